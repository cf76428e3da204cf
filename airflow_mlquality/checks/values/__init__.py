"""What a single value may be."""
