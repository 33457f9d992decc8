"""The seam of the agents' room: whatever can start with an initial memory and act on percepts.

A trained network and Thompson sampling both are one, so that every curve of a figure comes out of the same
rollout.
"""

import abc
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Shaped

from prefrontal.policies import Law
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey, State, Task


class Agent(eqx.Module):
    """Acts on percepts with a memory that lasts a lifetime. Functions of one lifetime: the rollout maps.

    An agent may also *revise* itself: a lifetime is then lived in segments of `segment` steps, and between
    two of them the memory becomes what `revise` makes of it and of the segment that was lived.
    """

    @property
    def segment(self) -> int | None:
        """The number of steps between two revisions, a whole number of episodes; None: it never revises."""
        return None

    @property
    def longest(self) -> int | None:
        """The most steps of a lifetime that this agent can live through; None where any number will do."""
        return None

    @abc.abstractmethod
    def initial_memory(self) -> Any:
        """The memory at the start of every lifetime."""

    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one action. The rollout draws it for whole lifetimes at once."""
        return key

    @abc.abstractmethod
    def act(self, memory: Any, percept: Percept, noise: Noise) -> tuple[Any, Shaped[Array, "*action"], Any]:
        """The next memory, the action, and residuals of what was computed (None if nothing need be kept)."""

    def act_all(
        self, memory: Any, percept: Percept, noise: Noise
    ) -> tuple[Any, Shaped[Array, "*action batch"], Any]:
        """`act` in every lifetime of a batch, the batch axis last. To be overridden only for speed."""
        return jax.vmap(self.act, in_axes=-1, out_axes=-1)(memory, percept, noise)

    def act_told(self, memory: Any, percept: Percept, noise: Noise, task: Task, state: State):
        """`act_all`, for one who is told the task and the environment's state: an oracle, and nobody else."""
        return self.act_all(memory, percept, noise)

    def revise(self, memory: Any, lived: Lifetimes) -> Any:
        """The memory after a segment: an inner gradient step, a new plan. Only where `segment` is a number.

        **Arguments:** `memory`, as the segment left it; `lived`, the segment `(segment, ...)` of one
        lifetime: `continues` is 0 only where the lifetime was over within it.
        """
        return memory


class Prediction(eqx.Module):
    """What an agent's heads say at every step of a lifetime."""

    law: Law  # over actions, every leaf (T, ..., *batch)
    value: Float[Array, "T *batch"]

    def log_probability(self, action: Shaped[Array, "T ..."]) -> Float[Array, "T *batch"]:
        """log π(aₜ) of the actions `(T, *action, *batch)`."""
        return jax.vmap(lambda law, one: law.log_probability(one))(self.law, action)

    def entropy(self) -> Float[Array, "T *batch"]:
        """H(πₜ), in nats."""
        return jax.vmap(lambda law: law.entropy())(self.law)

    def divergence(self, other: "Prediction") -> Float[Array, "T *batch"]:
        """KL(πₜ ‖ other's), in nats."""
        return jax.vmap(lambda ours, theirs: ours.divergence(theirs))(self.law, other.law)


class PredictingAgent(Agent):
    """An agent with a policy and a value that can be had again from what it lived, and differentiated."""

    @abc.abstractmethod
    def replay(self, lifetimes: Lifetimes) -> Prediction:
        """What its heads say at every step of lifetimes `(T, ..., *batch)`, recomputed with these weights."""

    def recall(self, lifetimes: Lifetimes) -> Prediction:
        """`replay`, where `lifetimes` come from a rollout of these very weights and hold its residuals.

        To be overridden where the residuals says what need not be computed twice.
        """
        return self.replay(lifetimes)

    @abc.abstractmethod
    def units(self, residuals: Any) -> Float[Array, "T units *batch"]:
        """Each unit's activity, out of a rollout's residuals. A ValueError where there is none to record."""
