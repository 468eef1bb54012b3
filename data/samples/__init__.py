"""Small sets written for this project, shipped as data."""
