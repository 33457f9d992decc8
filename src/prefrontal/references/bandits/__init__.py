"""Policies for bandits."""
