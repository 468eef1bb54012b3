"""What a designed experiment proves: effects of data, rank, text and prompt, with seeds and questions as replicates."""
