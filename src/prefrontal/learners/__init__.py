"""The meta-learning algorithms."""
