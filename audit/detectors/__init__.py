"""One question per file: rows to findings. The file, its function and its rule page share one name."""
