"""Turns what Flax Linen does into events, and runs recorded models again."""
