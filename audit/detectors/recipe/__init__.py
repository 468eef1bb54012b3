"""The detectors of the pages in `rules/recipe/`, and what only they need."""
