"""Policies for the two-step task."""
