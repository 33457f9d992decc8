"""Outer steps, which improve initial weights by a meta-objective: plain gradient, ProMP and TRPO.

All have the same loss: -E[rₜ Aₜ] over the steps after the last inner step, with rₜ = π(aₜ) / π_before(aₜ).
Both policies have taken their own inner steps on the same lifetimes.
"""

import abc
import dataclasses
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from prefrontal.checks import settle
from prefrontal.learners.base import Metrics
from prefrontal.registry import Registry

Loss = Callable[..., tuple[Float[Array, ""], Metrics]]


class Terms(NamedTuple):
    """What a learner offers to an outer step. All means are over all lifetimes of the update."""

    said: Callable[[Any], Any]  # weights -> their laws at each step of the lifetimes
    # weights, `said` of the weights before (None if they are the same), ε of the clipping -> the loss and
    # metrics. `divergence_pre` and `divergence` are the mean KL(π_before ‖ π) before the first and after the
    # last inner step, in nats.
    loss: Loss
    follow: Callable[[Any, Any, Any], tuple[Any, Any]]  # gradient, weights, optimiser -> the next two
    mean: Callable[[Any], Any]  # over devices


class Outer(abc.ABC):
    """An outer step: a frozen dataclass that improves weights by a meta-objective."""

    registry: ClassVar[Registry["Outer"]]

    @property
    def sets_its_step(self) -> bool:
        """Whether it decides the length of its step itself, without an optimiser."""
        return False

    @abc.abstractmethod
    def improve(self, terms: Terms, weights: Any, optimiser: Any) -> tuple[Any, Any, Metrics]:
        """Take one outer step. **Returns:** the next weights, the optimiser's next state, and metrics."""


@dataclasses.dataclass(frozen=True)
class Gradient(Outer):
    """One step of the optimiser along the meta-gradient (Finn et al. 2017, equation 4)."""

    def improve(self, terms: Terms, weights: Any, optimiser: Any) -> tuple[Any, Any, Metrics]:
        gradient, metrics = terms.mean(jax.grad(terms.loss, has_aux=True)(weights, None, inf))
        metrics |= {"gradient_norm": optax.tree.norm(gradient)}
        return *terms.follow(gradient, weights, optimiser), metrics


@dataclasses.dataclass(frozen=True)
class ProMP(Outer):
    """Several steps of the optimiser on the same lifetimes (Rothfuss et al. 2019, algorithm 1).

    The ratio rₜ is clipped at 1 ± ε as in PPO. The loss also has a term: `divergence_cost` times the mean
    KL(π_before ‖ π) of the policies before their first inner step.
    """

    epochs: int = 5  # steps on the same lifetimes
    clip: float = 0.3  # ε
    divergence_cost: float = 5e-4  # η, per nat

    def __post_init__(self):
        settle(self, epochs=(1, 1000), clip=(1e-6, 1e6), divergence_cost=(0, inf))

    def improve(self, terms: Terms, weights: Any, optimiser: Any) -> tuple[Any, Any, Metrics]:
        before = terms.said(weights)

        def loss(weights):
            value, metrics = terms.loss(weights, before, self.clip)
            return value + self.divergence_cost * metrics["divergence_pre"], metrics

        def epoch(now, _):
            gradient, metrics = terms.mean(jax.grad(loss, has_aux=True)(now[0]))
            metrics |= {"gradient_norm": optax.tree.norm(gradient)}
            return terms.follow(gradient, *now), metrics

        (weights, optimiser), metrics = jax.lax.scan(epoch, (weights, optimiser), length=self.epochs)
        return weights, optimiser, jax.tree.map(jnp.mean, metrics)


@dataclasses.dataclass(frozen=True)
class TRPO(Outer):
    """The longest step along F⁻¹ g that stays within a trust region (Schulman et al. 2015, appendix C).

    g is the meta-gradient. F is the Hessian of the mean KL(π_before ‖ π) after the last inner step, at the
    weights before the step. Conjugate gradients compute F⁻¹ g. The step is halved until the loss falls and
    the KL is at most `divergence_limit`. If that never happens, the weights do not change.
    """

    divergence_limit: float = 0.01  # δ, in nats
    iterations: int = 10  # of conjugate gradients
    damping: float = 1e-5  # added to F's diagonal
    halvings: int = 15  # of the step, at most

    def __post_init__(self):
        settle(self, divergence_limit=(1e-9, inf), iterations=(1, 1000), damping=(0, inf), halvings=(1, 100))

    @property
    def sets_its_step(self) -> bool:
        return True

    def improve(self, terms: Terms, weights: Any, optimiser: Any) -> tuple[Any, Any, Metrics]:
        before = terms.said(weights)
        loss = lambda weights: terms.loss(weights, before, inf)  # noqa: E731
        slope = lambda weights: jax.grad(lambda at: loss(at)[1]["divergence"])(weights)  # noqa: E731

        def curved(direction):
            """(F + damping) times a direction."""
            product = terms.mean(jax.jvp(slope, (weights,), (direction,))[1])
            return jax.tree.map(lambda one, other: one + self.damping * other, product, direction)

        (value, _), gradient = terms.mean(jax.value_and_grad(loss, has_aux=True)(weights))
        direction = conjugate_gradients(curved, gradient, self.iterations)
        length = optax.tree.vdot(direction, curved(direction))
        full = jnp.sqrt(2.0 * self.divergence_limit / jnp.maximum(length, 1e-12))

        def at(halved):
            size = full * 0.5 ** halved.astype(jnp.float32)
            return jax.tree.map(lambda weight, step: weight - size * step, weights, direction)

        def fails(tried):
            reached, there = tried[1]
            good = (reached < value) & (there["divergence"] <= self.divergence_limit)
            return (tried[0] < self.halvings) & ~good

        measured = lambda halved: terms.mean(loss(at(halved)))  # noqa: E731
        none = jnp.zeros((), jnp.int32)
        tried = jax.lax.while_loop(
            fails, lambda tried: (tried[0] + 1, measured(tried[0] + 1)), (none, measured(none))
        )
        moved = tried[0] < self.halvings
        weights = jax.tree.map(lambda new, old: jnp.where(moved, new, old), at(tried[0]), weights)
        extra = {"gradient_norm": optax.tree.norm(gradient), "halvings": tried[0].astype(jnp.float32)}
        return weights, optimiser, tried[1][1] | extra


def conjugate_gradients(product: Callable[[Any], Any], target: Any, iterations: int) -> Any:
    """x with A x = `target`, for a symmetric positive definite A given by its `product` (Hestenes 1952)."""

    def step(_, now):
        x, residual, direction, square = now
        curved = product(direction)
        size = square / jnp.maximum(optax.tree.vdot(direction, curved), 1e-20)
        x = jax.tree.map(lambda one, other: one + size * other, x, direction)
        residual = jax.tree.map(lambda one, other: one - size * other, residual, curved)
        following = optax.tree.vdot(residual, residual)
        grown = following / jnp.maximum(square, 1e-20)
        direction = jax.tree.map(lambda one, other: one + grown * other, residual, direction)
        return x, residual, direction, following

    zeros = jax.tree.map(jnp.zeros_like, target)
    start = (zeros, target, target, optax.tree.vdot(target, target))
    return jax.lax.fori_loop(0, iterations, step, start)[0]


OUTERS = Registry("outer step", Outer, {"promp": ProMP, "gradient": Gradient, "trpo": TRPO})
