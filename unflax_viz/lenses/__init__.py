"""The lenses: what a run holds, seen as trees; `lenses.LENSES` is the list."""
