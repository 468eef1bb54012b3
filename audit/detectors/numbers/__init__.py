"""The detectors of the pages in `rules/numbers/`, and what only they need."""
