"""Raw records to question, answer and split: one file per kind of record."""
