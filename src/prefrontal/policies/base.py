"""The interface of policy heads, which turn a memory's output into a law over actions."""

import abc
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Shaped

from prefrontal.actions import Actions
from prefrontal.affine import along_features, apply
from prefrontal.registry import Registry
from prefrontal.types import Noise, RandomKey

Mask = Bool[Array, "choices *batch"] | None
_LOW = -1e9  # e to the power of it is 0; sums of a few of them, and their products with 0, are finite


class Law(eqx.Module):
    """A distribution over actions at one step. Arrays are features first; further axes are the batch."""

    @abc.abstractmethod
    def log_probability(self, action: Shaped[Array, "..."]) -> Float[Array, "*batch"]:
        """log π(a) of an action `(*shape, *batch)`, in nats; a log density if actions are real numbers."""

    @abc.abstractmethod
    def entropy(self) -> Float[Array, "*batch"]:
        """H = -E[log π(a)], in nats."""

    @abc.abstractmethod
    def divergence(self, other: "Law") -> Float[Array, "*batch"]:
        """KL(self ‖ other) = E[log π(a) - log π_other(a)], with a drawn from this law, in nats."""

    @abc.abstractmethod
    def mode(self) -> Shaped[Array, "..."]:
        """The most probable action `(*shape, *batch)`."""


def masked(
    logits: Float[Array, "numbers *batch"], allowed: Bool[Array, "numbers *batch"] | None
) -> Float[Array, "numbers *batch"]:
    """Logits that are so low where an action is not allowed that its probability is 0 in 32 bits.

    They are finite: so logarithms of such a probability are too, and its share of an entropy is 0, not NaN.

    **Raises:** ValueError if the mask has another shape than the logits.
    """
    if allowed is None:
        return logits
    if jnp.shape(allowed) != logits.shape:
        raise ValueError(
            f"the percept's `allowed` has the shape {jnp.shape(allowed)}; it must have one entry for each "
            f"logit, {logits.shape}"
        )
    return jnp.where(allowed, logits, _LOW)


class Policy(eqx.Module):
    """An affine layer on a memory's output, whose numbers are the parameters of a law over actions.

    The methods handle one step; the caller maps them over the steps of a lifetime. Any axes after the
    features are the batch.
    """

    weights: Float[Array, "numbers units"]  # W
    bias: Float[Array, "numbers"]  # b
    actions: eqx.AbstractVar[Actions]  # the kind of actions

    def numbers(self, output: Float[Array, "units *batch"]) -> Float[Array, "numbers *batch"]:
        """W x + b: the parameters of the law before they are scaled, such as logits."""
        return apply(self.weights, output) + along_features(self.bias, output)

    @abc.abstractmethod
    def law(self, output: Float[Array, "units *batch"], allowed: Mask = None) -> Law:
        """The law over actions, given the memory's output at this step.

        **Arguments:** `allowed`, the action mask `(choices, *batch)`: an action that it forbids has the
        probability 0. None: there is no mask. An agent passes it only where there is one, so a head of your
        own that is never used with masks need not take it.
        """

    @abc.abstractmethod
    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one action, without a batch axis: a pytree of arrays for `choose`."""

    @abc.abstractmethod
    def choose(
        self, output: Float[Array, "units *batch"], noise: Noise, allowed: Mask = None
    ) -> Shaped[Array, "..."]:
        """An action `(*shape, *batch)` drawn from the law with the randomness `noise`; `allowed` as in `law`.

        For a Box, the action may lie outside: the rollout gives the environment the nearest action inside.
        """


class PolicySettings(abc.ABC):
    """The settings of a head: a frozen dataclass that can be stored as JSON. All fields have defaults."""

    registry: ClassVar[Registry["PolicySettings"]]

    @abc.abstractmethod
    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Policy:
        """A head with fresh weights on a memory's output of `units` numbers.

        **Raises:** ValueError if this head is not made for `actions`.
        """
