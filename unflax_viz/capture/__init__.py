"""Hears what a model does in a run, and records it; only `linen` knows flax."""
