"""Answers questions about one run: question in, answer out, never a change."""
