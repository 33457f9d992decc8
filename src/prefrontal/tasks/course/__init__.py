"""Obstacle courses that a body runs along: their encodings, their terrain, and the body."""
