"""What is kept beside the data goes in, and comes out again: runs and vectors in `.audit/`, a person's decisions."""
