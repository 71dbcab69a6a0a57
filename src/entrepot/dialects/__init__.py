"""Dialects: how each cloud addresses, asks, answers and refuses. Dialects never import each other."""
