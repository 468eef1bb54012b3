"""The set-similarity join: `compiled.py` for many texts, `products.py` for few; both find the same pairs."""
