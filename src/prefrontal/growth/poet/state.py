"""The state of POET: niches of a fixed number, each an environment with its agent, and the archive."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Bool, Float, Int

from prefrontal.learners.base import LearnerState


class Niches(eqx.Module):
    """The active pairs of an environment and an agent. Places that are not `there` are empty."""

    there: Bool[Array, "*niches"]
    environment: Int[Array, "*niches"]  # its row in the archive
    weights: Float[Array, "*niches weights"]
    moments: Any  # of Adam, for each niche
    spread: Float[Array, "*niches"]  # σ of the agent's population
    rate: Float[Array, "*niches"]  # of its steps
    recent: Float[Array, "*niches 5"]  # the last scores of the agent, the newest last; -inf before the first


class Archive(eqx.Module):
    """Every environment that was ever admitted, in this order. Rows that are not used yet have `born` -1."""

    vectors: Float[Array, "rows numbers"]
    parent: Int[Array, "rows"]  # the row of its parent; -1 for the first, and for what has none
    born: Int[Array, "rows"]  # the update before which it was admitted
    retired: Int[Array, "rows"]  # the update before which it left; -1 while it is active
    solved: Int[Array, "rows"]  # the update after which it was solved first; -1 if it never was
    new: Bool[Array, "rows"]  # whether no earlier agent could solve it when it was admitted
    best: Float[Array, "rows"]  # the best mean of an agent's last scores in it
    weights: Float[Array, "rows weights"]  # the agent with that mean
    moved: Int[Array, "rows rows"]  # how many agents were transferred, from row to row


class POETState(LearnerState):
    niches: Niches
    archive: Archive
    rows: Int[Array, ""]  # of the archive that are used
    rollouts: Int[Array, ""]  # lifetimes so far
