"""One remedy per file: a row and its finding give a patch."""
