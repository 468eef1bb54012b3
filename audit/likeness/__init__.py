"""Texts in; out comes which are alike, which belong together and which copy one another."""
