"""Whether rows come from where the reference came from."""
