"""Pages and settings in, checked rules out."""
