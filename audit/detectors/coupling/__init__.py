"""The detectors of the pages in `rules/coupling/`, and what only they need."""
