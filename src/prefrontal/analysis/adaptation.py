"""How an agent improves from segment to segment of a lifetime: R₀, R₁, ..., and their scores."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.disk.records import Records


class BySegment(NamedTuple):
    """The mean return of an episode in each segment of each lifetime."""

    sampled: Float[np.ndarray, "N S"]  # of the episodes that the agent learns from
    mode: Float[np.ndarray, "N S"] | None  # of those with the most probable actions; None if there are none


def by_segment(records: Records, length: int, every: int, shown: int = 0) -> BySegment:
    """The mean returns of an episode, in units of reward, for lifetimes of `S` segments.

    **Arguments:** `length`, `every` and `shown`: the numbers of steps in an episode, in a segment, and at the
    end of a segment with the most probable actions (see `Adapting`).

    **Raises:** ValueError unless a lifetime is a whole number of segments, and both parts of a segment are
    whole numbers of episodes.
    """
    horizon = records.reward.shape[1]
    if horizon % every or every % length or shown % length or not 0 <= shown < every:
        raise ValueError(
            f"a lifetime has {horizon} steps, a segment {every} ({shown} of it shown), an episode {length}; "
            "a lifetime must be whole segments, and both parts of a segment whole episodes"
        )
    steps = records.reward.astype(np.float64).reshape(len(records.reward), -1, every // length, length)
    returns, learnt = steps.sum(axis=3), (every - shown) // length
    return BySegment(
        returns[..., :learnt].mean(axis=2), returns[..., learnt:].mean(axis=2) if shown else None
    )


def scored(returns: Float[np.ndarray, "..."], *, stay: float, oracle: float) -> Float[np.ndarray, "..."]:
    """(R - R_stay) / (R_oracle - R_stay): 0 is what a policy that never moves earns, 1 the oracle."""
    return (returns - stay) / (oracle - stay)
