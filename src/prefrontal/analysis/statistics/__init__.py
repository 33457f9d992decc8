"""Intervals, comparisons, regressions."""
