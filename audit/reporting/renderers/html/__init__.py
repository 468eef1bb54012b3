"""A Report as one page of HTML that needs nothing from anywhere else."""
