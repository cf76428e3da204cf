"""How much there is, and what it adds up to."""
