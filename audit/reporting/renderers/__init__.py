"""Each takes a Report and gives text; nothing else."""
