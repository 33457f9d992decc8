"""An agent that learns by gradient inside a lifetime: its memory is its own weights."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.agents.base import PredictingAgent, Prediction
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey

InnerLoss = Callable[[PredictingAgent, Lifetimes], Float[Array, ""]]


class Adapted(NamedTuple):
    """What an adapting agent remembers."""

    weights: PredictingAgent  # as the revisions so far have left them
    inner: Any  # their own memory, which begins anew with every segment


class Adapting(PredictingAgent):
    """Acts with weights θ that it revises after every `every` steps: θ ← θ - rate ∇ loss(θ, segment).

    Finn et al. 2017, equation 1. Every lifetime begins with `start`. `replay` goes through the revisions
    again and is differentiable through them, so that its gradient is the meta-gradient; with `first_order`
    it takes the inner gradients for constants (Finn et al. 2017, section 5.2).

    **Arguments:** `rate`, the inner learning rate, a number or a tree like `start`; `loss`, of weights and
    one lifetime's segment `(every, ...)`; `every`, the steps of a segment, a whole number of episodes.
    """

    start: PredictingAgent
    rate: Any
    loss: InnerLoss = eqx.field(static=True)
    every: int = eqx.field(static=True)
    first_order: bool = eqx.field(static=True, default=False)

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
        same = jax.tree.structure(self.rate) == jax.tree.structure(weights)
        rates = self.rate if same else jax.tree.map(lambda _: self.rate, weights)
        return jax.tree.map(lambda weight, rate, slope: weight - rate * slope, weights, rates, gradient)
