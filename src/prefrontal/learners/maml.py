"""Model-agnostic meta-learning (Finn et al. 2017): initial weights that a few gradient steps improve much."""

import dataclasses
from math import inf
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from prefrontal.agents import PredictingAgent, Prediction
from prefrontal.errors import UserError
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.losses import mean_lived
from prefrontal.learners.equations.signal import learning_signal
from prefrontal.learners.equations.surrogate import clipped_surrogate, ratios
from prefrontal.learners.inner import InnerLearner, LearnRates, Outset, advantages, segment
from prefrontal.learners.lifetimes import LifetimeState
from prefrontal.learners.outer import OUTERS, Outer, Terms
from prefrontal.learners.parallel import mean_over_devices, on_devices
from prefrontal.learners.schedules import Scheduled
from prefrontal.policies import Law
from prefrontal.tasks import TaskDistribution
from prefrontal.types import Lifetimes


class Said(NamedTuple):
    """The laws of an adapting agent at each step of lifetimes."""

    log_probability: Float[Array, "T *batch"]  # of the action that was taken
    law: Law  # every leaf (T, ..., *batch)


class Aims(NamedTuple):
    """What the loss takes from the last segment of each lifetime, as constants."""

    advantage: Float[Array, "T *batch"]
    earned: Float[Array, "*batch"]  # the mean return of its episodes minus that of the other lifetimes


@dataclasses.dataclass(frozen=True)
class MAML(InnerLearner):
    """Learns initial weights θ that earn much after inner steps. An update increases

        E[R of the last segment]    as a function of θ.

    Lifetimes are lived with an inner step after every segment, and the gradient goes through the inner steps.
    A lifetime has one inner step fewer than segments, so the tasks' horizon decides their number. The inner
    steps follow `InnerObjective`; `inner_form` decides their second derivatives.

    **Arguments:**

    - `outer`: the outer step: `promp` (Rothfuss et al. 2019, algorithm 1), `gradient`, or `trpo` (Finn et al.
      2017, section 5.3).
    - `first_order`: whether inner gradients are treated as constants (Finn et al. 2017, section 5.2).
    - `learn_rates`: whether inner rates are learnt too: `no`, `one` rate for all weights, or one for `each`
      weight (Meta-SGD, Li et al. 2017). They begin at `inner_rate`.
    - `exploration_credit`: the factor with which actions before an inner step are credited with the return of
      the last segment (E-MAML, Stadie et al. 2018, equation 8). It requires `inner_form` "likelihood": in the
      other forms, the second derivatives contain this credit already. With 1, the meta-gradient is unbiased.

    **Raises:** `UserError` if a lifetime has fewer than two segments, and for arguments that exclude each
    other.
    """

    outer: Outer | str = "promp"
    learning_rate: Scheduled = 1e-3  # of the outer step
    first_order: bool = False
    learn_rates: LearnRates = "no"
    exploration_credit: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "outer", OUTERS.make(self.outer))
        super().__post_init__()
        if self.exploration_credit and self.inner_form != "likelihood":
            raise UserError(
                f"inner_form is {self.inner_form!r}; with an exploration_credit ({self.exploration_credit}) "
                "it must be 'likelihood', because the other forms contain this credit already"
            )
        if self._outer.sets_its_step:
            for field in ("learning_rate", "optimiser", "max_gradient_norm"):
                default = {one.name: one.default for one in dataclasses.fields(MAML)}[field]
                if getattr(self, field) != default:
                    name = OUTERS.tag(type(self._outer))
                    raise UserError(f"{field} is given; leave it out: {name!r} has its own step size")

    def _limits(self):
        return super()._limits() | {"exploration_credit": (0, inf)}

    @property
    def _outer(self) -> Outer:
        return OUTERS.make(self.outer)

    @property
    def _segments(self) -> int:
        return 2

    @property
    def _first_order(self) -> bool:
        return self.first_order

    def _first_rates(self, start: PredictingAgent) -> Any:
        if self.learn_rates == "no":
            return None
        return (
            self._rates(start, self.inner_rate)
            if self.learn_rates == "each"
            else jnp.float32(self.inner_rate)
        )

    def learn(self, state: LifetimeState, tasks: TaskDistribution) -> tuple[LifetimeState, Metrics]:
        learn = lambda keys, state: self._learn(state, tasks, keys)  # noqa: E731
        weights, optimiser, metrics = on_devices(learn, self._dealt(state), self.devices, state)
        return LifetimeState(state.update + 1, state.seed, weights, optimiser), metrics

    def _learn(
        self, state: LifetimeState, tasks: TaskDistribution, keys: Key[Array, "microbatches microbatch"]
    ) -> tuple[Outset, Any, Metrics]:
        """An update on one device."""
        progress = self._progress(state)
        lifetimes, metrics = self._live(self.adapting(state.weights), tasks, keys)
        aims = jax.lax.map(self._aims, lifetimes)

        def loss(weights: Outset, before: Said | None, clip: float):
            one = lambda given: self._loss(weights, *given, clip=clip)  # noqa: E731
            each = jax.lax.map(one, (lifetimes, aims, before))
            return jax.tree.map(jnp.mean, each)

        terms = Terms(
            said=lambda weights: jax.lax.map(lambda one: self._said(weights, one), lifetimes),
            loss=loss,
            follow=lambda gradient, weights, optimiser: self._follow(gradient, weights, optimiser, progress),
            mean=mean_over_devices,
        )
        weights, optimiser, learnt = self._outer.improve(terms, state.weights, state.optimiser)
        return weights, optimiser, mean_over_devices(metrics) | learnt

    def _said(self, weights: Outset, lifetimes: Lifetimes) -> Said:
        said = self.adapting(weights).replay(lifetimes)
        return Said(said.log_probability(lifetimes.action), said.law)

    def _aims(self, lifetimes: Lifetimes) -> Aims:
        last = segment(lifetimes, self.every, -1)
        earned = jnp.sum(learning_signal(last, self.signal), axis=0) / self.trajectories
        others = (jnp.sum(earned) - earned) / max(len(earned) - 1, 1)
        return Aims(advantages(self.objective, last), earned - others)

    def _loss(
        self, weights: Outset, lifetimes: Lifetimes, aims: Aims, before: Said | None, clip: float
    ) -> tuple[Float[Array, ""], Metrics]:
        """The loss and the metrics of one micro-batch `(T, ..., batch)`."""
        known = None if before is None else before.log_probability
        prediction = self.adapting(weights).replay(lifetimes, known)
        said = prediction.log_probability(lifetimes.action)
        ratio = ratios(said, jax.lax.stop_gradient(said) if known is None else known, lifetimes.alive)
        split = len(lifetimes.alive) - self.every
        alive = lifetimes.alive
        loss = clipped_surrogate(ratio[split:], aims.advantage, alive[split:], clip)
        metrics = {"loss": loss}
        if self.exploration_credit:
            explored = jnp.sum(jnp.where(alive[:split], ratio[:split], 0.0), axis=0) / self.length
            loss = loss - self.exploration_credit * jnp.mean(explored * aims.earned)
        if before is not None:
            apart = Prediction(before.law, prediction.value).divergence(prediction)
            metrics |= {"divergence": _mean_step(apart[split:], alive[split:])}
            metrics |= {"divergence_pre": _mean_step(apart[: self.every], alive[: self.every])}
        return loss, metrics


def _mean_step(values: Float[Array, "T *batch"], alive: Bool[Array, "T *batch"]) -> Float[Array, ""]:
    """The mean over the steps that were lived."""
    return mean_lived(values, alive) / jnp.maximum(mean_lived(jnp.ones_like(values), alive), 1e-8)
