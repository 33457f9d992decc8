"""The Rescorla-Wagner model: one learning rate, and the value of what was chosen moves (Wang et al. 2016)."""

from typing import Any

Arrays = Any  # of numpy or of jax; their shapes need only fit


def learn(values: Arrays, chosen: Arrays, reward: Arrays, alpha: Arrays) -> Arrays:
    """v ← v + α (r - v) where `chosen` is 1; what was not chosen stays as it is."""
    return values + chosen * (alpha * (reward - values))
