"""The detectors of the pages in `rules/text/`, and what only they need."""
