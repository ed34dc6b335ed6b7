"""Rows as Treescope parts, pages and text; the only room with treescope."""
