"""The seam of the policies' room: a memory's output becomes a law over actions."""

import abc
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float, Shaped

from prefrontal.actions import Actions
from prefrontal.affine import along_features, apply
from prefrontal.registry import Registry
from prefrontal.types import Noise, RandomKey


class Law(eqx.Module):
    """A distribution over actions at one step. Arrays are features first; further axes are the batch."""

    @abc.abstractmethod
    def log_probability(self, action: Shaped[Array, "..."]) -> Float[Array, "*batch"]:
        """log π(a) of an action `(*shape, *batch)`: of a density, where actions are real numbers."""

    @abc.abstractmethod
    def entropy(self) -> Float[Array, "*batch"]:
        """H = -E[log π(a)], in nats."""

    @abc.abstractmethod
    def divergence(self, other: "Law") -> Float[Array, "*batch"]:
        """KL(self ‖ other) = E[log π(a) - log π_other(a)], a drawn from this law, in nats."""

    @abc.abstractmethod
    def mode(self) -> Shaped[Array, "..."]:
        """The likeliest action `(*shape, *batch)`."""


class Policy(eqx.Module):
    """An affine layer on a memory's output, and the law that its numbers stand for.

    Functions of one step: a lifetime's steps are mapped over by who calls them. Any axes behind the features
    are the batch.
    """

    weights: Float[Array, "numbers units"]
    bias: Float[Array, "numbers"]
    actions: eqx.AbstractVar[Actions]

    def numbers(self, output: Float[Array, "units *batch"]) -> Float[Array, "numbers *batch"]:
        """W x + b."""
        return apply(self.weights, output) + along_features(self.bias, output)

    @abc.abstractmethod
    def law(self, output: Float[Array, "units *batch"]) -> Law:
        """The law over actions at a step whose memory has this output."""

    @abc.abstractmethod
    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one action."""

    @abc.abstractmethod
    def choose(self, output: Float[Array, "units *batch"], noise: Noise) -> Shaped[Array, "..."]:
        """An action `(*shape, *batch)` drawn from the law, with the randomness given."""


class PolicySettings(abc.ABC):
    """What a policy head is like: a frozen dataclass, which can be kept as JSON. All fields have defaults."""

    registry: ClassVar[Registry["PolicySettings"]]

    @abc.abstractmethod
    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Policy:
        """A head with fresh weights on so many units, or a ValueError if it is not for `actions`."""
