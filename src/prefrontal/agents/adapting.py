"""An agent that learns by gradient inside a lifetime: its memory is its own weights."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.agents.base import PredictingAgent, Prediction
from prefrontal.checks import LARGEST, check_between, check_integer, check_kind, check_truth, shown
from prefrontal.errors import UserError
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey

InnerLoss = Callable[[PredictingAgent, Lifetimes], Float[Array, ""]]


class Adapted(NamedTuple):
    """The memory of an adapting agent."""

    weights: PredictingAgent  # as the revisions so far have left them
    inner: Any  # the memory of these weights, reset with every segment


class Adapting(PredictingAgent):
    """Acts with weights θ and revises them after every `every` steps: θ ← θ - rate ∇ loss(θ, segment).

    Finn et al. 2017, equation 1. Every lifetime begins with `start`. `replay` repeats the revisions and can
    be differentiated through them: its gradient is the meta-gradient. With `first_order` it treats the inner
    gradients as constants (Finn et al. 2017, section 5.2).

    **Arguments:** `rate`, the inner learning rate, a number or a tree like `start`; `loss`, a function of the
    weights and of one lifetime's segment `(every, ...)`; `every`, the number of steps in a segment, a whole
    number of episodes.

    **Raises:** ValueError if an argument is of the wrong kind; the error names it.
    """

    start: PredictingAgent
    rate: Any
    loss: InnerLoss = eqx.field(static=True)
    every: int = eqx.field(static=True)
    first_order: bool = eqx.field(static=True, default=False)

    def __check_init__(self):
        check_kind("start", self.start, PredictingAgent, ": its weights are where every lifetime begins")
        check_integer("every", self.every, 1)
        check_truth("first_order", self.first_order)
        check_kind("loss", self.loss, Callable, ": a function of the weights and of one lifetime's segment")
        if isinstance(self.rate, int | float):
            check_between("rate", self.rate, -LARGEST, LARGEST)
        elif not (_is_number(self.rate) or _same_structure(self.rate, self.start)):
            raise UserError(
                f"rate is {shown(self.rate)}; it must be a number, or a tree of numbers like start"
            )

    @property
    def segment(self) -> int:
        return self.every

    @property
    def longest(self) -> int | None:
        return None if self.start.longest is None or self.start.longest >= self.every else self.start.longest

    def initial_memory(self) -> Adapted:
        return Adapted(self.start, self.start.initial_memory())

    def noise(self, key: RandomKey) -> Noise:
        return self.start.noise(key)

    def act(self, memory: Adapted, percept: Percept, noise: Noise):
        inner, action, residuals = memory.weights.act(memory.inner, percept, noise)
        return Adapted(memory.weights, inner), action, residuals

    def revise(self, memory: Adapted, lived: Lifetimes) -> Adapted:
        weights = self._revised(memory.weights, lived)
        return Adapted(weights, weights.initial_memory())

    def replay(self, lifetimes: Lifetimes) -> Prediction:
        if lifetimes.alive.ndim > 1:
            return jax.vmap(self.replay, in_axes=-1, out_axes=-1)(lifetimes)
        horizon = lifetimes.alive.shape[0]
        revisions = -(-horizon // self.every) - 1
        split = revisions * self.every
        whole = jax.tree.map(
            lambda leaf: leaf[:split].reshape(revisions, self.every, *leaf.shape[1:]), lifetimes
        )

        def segment(weights: PredictingAgent, lived: Lifetimes):
            return self._revised(weights, lived), weights.replay(lived)

        weights, before = jax.lax.scan(segment, self.start, whole)
        last = weights.replay(jax.tree.map(lambda leaf: leaf[split:], lifetimes))
        flat = jax.tree.map(lambda leaf: leaf.reshape(split, *leaf.shape[2:]), before)
        return jax.tree.map(lambda *parts: jnp.concatenate(parts), flat, last)

    def units(self, residuals: Any) -> Float[Array, "T units *batch"]:
        return self.start.units(residuals)

    def _revised(self, weights: PredictingAgent, lived: Lifetimes) -> PredictingAgent:
        gradient = jax.grad(self.loss)(weights, lived)
        if self.first_order:
            gradient = jax.lax.stop_gradient(gradient)
        one_rate = not _same_structure(self.rate, weights)
        rates = jax.tree.map(lambda _: self.rate, weights) if one_rate else self.rate
        return jax.tree.map(lambda weight, rate, slope: weight - rate * slope, weights, rates, gradient)


def _same_structure(rate: Any, weights: PredictingAgent) -> bool:
    return jax.tree.structure(rate) == jax.tree.structure(weights)


def _is_number(rate: Any) -> bool:
    """Whether it is an array with one real number. It may be traced, because a rate can be learnt."""
    return (
        eqx.is_array_like(rate)
        and jnp.shape(rate) == ()
        and jnp.issubdtype(jnp.result_type(rate), jnp.floating)
    )
