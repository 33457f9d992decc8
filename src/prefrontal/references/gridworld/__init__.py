"""Policies for the grid with a hidden goal."""
