"""A Report as text on the terminal, at the width that it has, and the screens of a review."""
