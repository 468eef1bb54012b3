"""The rulebook, shipped as data: one page per rule."""
