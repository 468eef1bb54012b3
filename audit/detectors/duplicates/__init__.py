"""The detectors of the pages in `rules/duplicates/`, and what only they need."""
