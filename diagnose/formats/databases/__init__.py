"""What databases write, and the statements that ORMs print."""
