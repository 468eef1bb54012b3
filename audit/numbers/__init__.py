"""The number that an answer opens with: what it is, whether it was asked for, and whether it is needless."""
