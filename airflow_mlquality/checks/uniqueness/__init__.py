"""What may be there once only."""
