"""The detectors of the pages in `rules/generation/`, and what only they need."""
