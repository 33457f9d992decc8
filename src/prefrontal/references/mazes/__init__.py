"""Policies for mazes."""
