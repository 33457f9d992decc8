"""Mazes, from above and in first person."""
