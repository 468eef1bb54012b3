"""Any file in, rows out: pairs, or what a model said, with ids that do not change; and back, byte for byte."""
