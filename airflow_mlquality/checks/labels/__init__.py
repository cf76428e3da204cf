"""Whether labels can be trained on."""
