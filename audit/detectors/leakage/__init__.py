"""The detectors of the pages in `rules/leakage/`, and what only they need."""
