"""Analyses of choices, as for an animal's choices."""
