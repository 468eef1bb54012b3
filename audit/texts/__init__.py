"""Texts as such: what counts as the same, where to look, how sentences end, letters as numbers."""
