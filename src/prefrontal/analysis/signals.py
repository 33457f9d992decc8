"""What an agent learnt from, in words. Its own input is always the sampled reward, also in training."""

from collections.abc import Mapping
from typing import Any

SAID = {"regret": "expected regret", "expected": "expected rewards", "sampled": "sampled rewards"}


def learns_from(condition: Mapping[str, Any]) -> str:
    """What a condition's learner learns from, by its declaration; empty if that names no signal."""
    learner = condition.get("learner")
    return SAID.get(learner.get("signal", ""), "") if isinstance(learner, Mapping) else ""
