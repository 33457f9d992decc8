"""How an agent gets better from segment to segment of a lifetime: R₀, R₁, ..., and their scores."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.disk.records import Records


class BySegment(NamedTuple):
    """The mean return of an episode in each segment of each lifetime."""

    sampled: Float[np.ndarray, "N S"]  # of the episodes that the agent learns from
    mode: Float[np.ndarray, "N S"] | None  # of those acted by the law's mode; None where there are none


def by_segment(records: Records, length: int, every: int, shown: int = 0) -> BySegment:
    """The returns of lifetimes of whole segments.

    **Arguments:** `length`, the steps of an episode; `every`, of a segment; `shown`, so many of its last
    steps are acted by the mode (see `Adapting`).

    **Raises:** ValueError unless lifetimes are whole segments, and the two parts of these whole episodes.
    """
    horizon = records.reward.shape[1]
    if horizon % every or every % length or shown % length or not 0 <= shown < every:
        raise ValueError(
            f"lifetimes have {horizon} steps, segments {every}, of which {shown} are shown, and episodes "
            f"{length}; each must be a whole number of the next"
        )
    steps = records.reward.astype(np.float64).reshape(len(records.reward), -1, every // length, length)
    returns, learnt = steps.sum(axis=3), (every - shown) // length
    return BySegment(
        returns[..., :learnt].mean(axis=2), returns[..., learnt:].mean(axis=2) if shown else None
    )


def scored(returns: Float[np.ndarray, "..."], *, stay: float, oracle: float) -> Float[np.ndarray, "..."]:
    """(R - R_stay) / (R_oracle - R_stay): 0 for who does nothing, 1 for who knows the task."""
    return (returns - stay) / (oracle - stay)
