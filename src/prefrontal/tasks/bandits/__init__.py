"""Bandits: arms that pay."""
