"""Comparisons that no paper has."""
