"""An agent that learns by gradient inside a lifetime: its memory is its own weights."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.agents.base import PredictingAgent, Prediction
from prefrontal.checks import (
    LARGEST,
    check_between,
    check_integer,
    check_kind,
    check_one_of,
    check_truth,
    shown,
)
from prefrontal.errors import UserError
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey

# A function of the weights, of one lifetime's segment, and of log π of its actions by the weights that lived
# it (None if they are the same weights).
InnerLoss = Callable[[PredictingAgent, Lifetimes, Float[Array, "T"] | None], Float[Array, ""]]
InnerRule = Literal["sgd", "adam"]
_DECAYS, _TINY = (0.9, 0.999), 1e-8  # of Adam's moments, as in its paper


class Adapted(NamedTuple):
    """The memory of an adapting agent."""

    weights: PredictingAgent  # after the revisions so far
    moments: Any  # Adam's two moments of the gradient, trees like the weights; () with the rule "sgd"
    revisions: Int[Array, ""]  # the number of revisions so far
    inner: Any  # the memory of the agent with these weights, reset at the start of every segment


class Adapting(PredictingAgent):
    """Acts with weights θ and revises them after every `every` steps: θ ← θ - rate ∇ loss(θ, segment).

    Finn et al. 2017, equation 1. Every lifetime begins with `start`. `replay` repeats the revisions and can
    be differentiated through them: its gradient is the meta-gradient. With `first_order` it treats the inner
    gradients as constants (Finn et al. 2017, section 5.2).

    **Arguments:**

    - `rate`: the inner learning rate, a number or a tree like `start`.
    - `loss`: a function of the weights, of one lifetime's segment `(every, ...)`, and of log π of its actions
      `(every,)` by the weights that lived it (None if they are the same weights).
    - `every`: the number of steps in a segment, a whole number of episodes.
    - `factors`: the rate is multiplied by the first factor at the first revision, by the second at the
      second, and so on; the last factor holds from then on.
    - `rule`: `sgd`, as above, or `adam` (Kingma & Ba 2015), whose moments are zero at the start of a
      lifetime.
    - `shown`: the number of steps at the end of each segment, a whole number of episodes, in which the agent
      takes the most probable action. The agent does not learn from them: they show what it earns without
      exploration.

    **Raises:** ValueError if an argument is of the wrong kind; the error names it.
    """

    start: PredictingAgent
    rate: Any
    loss: InnerLoss = eqx.field(static=True)
    every: int = eqx.field(static=True)
    first_order: bool = eqx.field(static=True, default=False)
    factors: tuple[float, ...] = eqx.field(static=True, default=(1.0,))
    rule: InnerRule = eqx.field(static=True, default="sgd")
    shown: int = eqx.field(static=True, default=0)

    def __check_init__(self):
        check_kind("start", self.start, PredictingAgent, ": its weights are where every lifetime begins")
        check_integer("every", self.every, 1)
        check_integer("shown", self.shown, 0, self.every - 1)
        check_truth("first_order", self.first_order)
        check_one_of("rule", self.rule, ("sgd", "adam"))
        check_kind("loss", self.loss, Callable, ": a function of the weights and of one lifetime's segment")
        check_kind("factors", self.factors, tuple, " of numbers, one for each revision")
        check_integer("the number of factors", len(self.factors), 1)
        for factor in self.factors:
            check_between("one of factors", factor, 0.0, LARGEST)
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
    def episode_length(self) -> int | None:
        """The `length` that the loss was built with, if it has one: it cuts a segment into its episodes."""
        return getattr(self.loss, "length", None)

    @property
    def apart(self) -> bool:
        return self.start.apart

    @property
    def longest(self) -> int | None:
        return None if self.start.longest is None or self.start.longest >= self.every else self.start.longest

    def initial_memory(self) -> Adapted:
        return self._begun(self.start.initial_memory())

    def noise(self, key: RandomKey) -> Noise:
        return self.start.noise(key)

    def act(self, memory: Adapted, percept: Percept, noise: Noise):
        inner, action, residuals = memory.weights.act(memory.inner, percept, noise)
        if self.shown:
            _, mode, _ = memory.weights.act_by_mode(memory.inner, percept)
            action = jnp.where(percept.time % self.every >= self.every - self.shown, mode, action)
        return memory._replace(inner=inner), action, residuals

    def revise(self, memory: Adapted, lived: Lifetimes) -> Adapted:
        memory = self._revised(memory, lived, None)
        return memory._replace(inner=memory.weights.initial_memory())

    def replay(self, lifetimes: Lifetimes, before: Float[Array, "T *batch"] | None = None) -> Prediction:
        """As in `PredictingAgent`.

        **Arguments:** `before`, log π of the actions by the weights that lived the lifetimes; None if they
        are the agent's own weights. The inner loss weights the actions by π / π_before.
        """
        if lifetimes.alive.ndim > 1:
            return jax.vmap(self.replay, in_axes=-1, out_axes=-1)(lifetimes, before)
        split = (-(-lifetimes.alive.shape[0] // self.every) - 1) * self.every
        memory, said = self._through(lifetimes, before, split, lambda weights, lived: weights.replay(lived))
        last = memory.weights.replay(jax.tree.map(lambda leaf: leaf[split:], lifetimes))
        flat = jax.tree.map(lambda leaf: leaf.reshape(split, *leaf.shape[2:]), said)
        return jax.tree.map(lambda *parts: jnp.concatenate(parts), flat, last)

    def adapted(
        self, lifetimes: Lifetimes, before: Float[Array, "T *batch"] | None = None
    ) -> PredictingAgent:
        """The weights after a revision by every whole segment of lifetimes, including the last one.

        **Arguments:** as those of `replay`.

        **Returns:** weights like `start`, with the lifetimes' batch axis last.
        """
        if lifetimes.alive.ndim > 1:
            return jax.vmap(self.adapted, in_axes=-1, out_axes=-1)(lifetimes, before)
        split = lifetimes.alive.shape[0] // self.every * self.every
        return self._through(lifetimes, before, split, lambda *_: None)[0].weights

    def units(self, residuals: Any) -> Float[Array, "T units *batch"]:
        return self.start.units(residuals)

    def _begun(self, inner: Any) -> Adapted:
        none = lambda: jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), self.start)  # noqa: E731
        moments = (none(), none()) if self.rule == "adam" else ()
        return Adapted(self.start, moments, jnp.zeros((), jnp.int32), inner)

    def _through(
        self, lifetimes: Lifetimes, before: Float[Array, "T"] | None, split: int, visit: Callable
    ) -> tuple[Adapted, Any]:
        """The memory after the segments of the first `split` steps, and what `visit` returned for each."""
        segments = split // self.every
        whole = jax.tree.map(
            lambda leaf: leaf[:split].reshape(segments, self.every, *leaf.shape[1:]), (lifetimes, before)
        )

        def segment(memory: Adapted, given):
            return self._revised(memory, *given), visit(memory.weights, given[0])

        return jax.lax.scan(segment, self._begun(()), whole)

    def _revised(self, memory: Adapted, lived: Lifetimes, before: Float[Array, "every"] | None) -> Adapted:
        """The memory after a segment; `inner` is as before."""
        learnt = self.every - self.shown
        lived, before = jax.tree.map(lambda leaf: leaf[:learnt], (lived, before))
        gradient = jax.grad(self.loss)(memory.weights, lived, before)
        if self.first_order:
            gradient = jax.lax.stop_gradient(gradient)
        gradient, moments = self._direction(gradient, memory)
        place = jnp.minimum(memory.revisions, len(self.factors) - 1)
        factor = jnp.asarray(self.factors, jnp.float32)[place]
        one_rate = not _same_structure(self.rate, memory.weights)
        rates = jax.tree.map(lambda _: self.rate, memory.weights) if one_rate else self.rate
        weights = jax.tree.map(
            lambda weight, rate, slope: weight - factor * rate * slope, memory.weights, rates, gradient
        )
        return Adapted(weights, moments, memory.revisions + 1, memory.inner)

    def _direction(self, gradient: PredictingAgent, memory: Adapted) -> tuple[PredictingAgent, Any]:
        """The direction in which the weights move, and the next moments."""
        if self.rule == "sgd":
            return gradient, ()
        powers = (gradient, jax.tree.map(jnp.square, gradient))
        moments = tuple(
            jax.tree.map(lambda old, new, decay=decay: decay * old + (1.0 - decay) * new, old, new)
            for decay, old, new in zip(_DECAYS, memory.moments, powers, strict=True)
        )
        count = (memory.revisions + 1).astype(jnp.float32)
        first, second = (1.0 - decay**count for decay in _DECAYS)

        def step(mean, square):
            """Zero where all gradients were zero so far: the square root has no slope there."""
            root = jnp.sqrt(jnp.where(square > 0.0, square, 1.0) / second)
            return jnp.where(square > 0.0, mean / first / (root + _TINY), 0.0)

        return jax.tree.map(step, *moments), moments


def _same_structure(rate: Any, weights: PredictingAgent) -> bool:
    return jax.tree.structure(rate) == jax.tree.structure(weights)


def _is_number(rate: Any) -> bool:
    """Whether it is an array with one real number. It may be traced, because a rate can be learnt."""
    return (
        eqx.is_array_like(rate)
        and jnp.shape(rate) == ()
        and jnp.issubdtype(jnp.result_type(rate), jnp.floating)
    )
