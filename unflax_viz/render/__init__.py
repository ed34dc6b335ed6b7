"""A record as Treescope parts, a level at a time; the only room with treescope."""
