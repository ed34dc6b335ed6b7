"""Runs a model once and returns a record; the only room that imports flax."""
