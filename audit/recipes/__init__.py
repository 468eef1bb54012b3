"""How a model was trained and served: one noun, and a reader for each place where it may be written down."""
