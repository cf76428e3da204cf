"""Which columns there are, and of which types."""
