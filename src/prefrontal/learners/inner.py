"""What learners share whose agents learn by gradient: the agent, its objective, its settings."""

import dataclasses
from collections.abc import Callable
from math import inf
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from prefrontal.agents import Adapting, AgentSettings, PerceptSettings, PredictingAgent
from prefrontal.agents.adapting import InnerRule
from prefrontal.checks import check_integer
from prefrontal.errors import UserError
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.baselines import Baseline
from prefrontal.learners.equations.inner import Form, InnerObjective
from prefrontal.learners.equations.signal import learning_signal
from prefrontal.learners.lifetimes import LifetimeLearner, LifetimeState, lived
from prefrontal.learners.parallel import on_devices
from prefrontal.learners.schedules import Linear, Scheduled
from prefrontal.memory import NoMemorySettings
from prefrontal.rollout.live import rollout
from prefrontal.tasks import OneEpisode, TaskDistribution
from prefrontal.types import Lifetimes

# The input is the observation only; two layers of 64 tanh units (Rothfuss et al. 2019, appendix).
PLAIN = AgentSettings(
    PerceptSettings(previous_action=False, previous_reward="off", time=False), NoMemorySettings(64, 2)
)


class Outset(eqx.Module):
    """What is learnt over lifetimes."""

    start: PredictingAgent  # the weights at the start of every lifetime
    rates: Any = None  # learnt inner rates, a number or a tree like `start`; None if not learnt


# From weights, tasks and the keys of lifetimes to a gradient, or what replaces it, and metrics.
Gradient = Callable[[Outset, TaskDistribution, Key[Array, "microbatches microbatch"]], tuple[Outset, Metrics]]


@dataclasses.dataclass(frozen=True)
class InnerLearner(LifetimeLearner):
    """A learner whose agents learn by gradient inside a lifetime (`Adapting`).

    A lifetime is divided into segments of `trajectories` episodes. After each segment the agent takes an
    inner step: it follows the gradient of `InnerObjective` on that segment. In evaluation, lifetimes may have
    more segments than in training.

    **Raises:** `UserError` if the horizon is not a whole number of segments, if the environment has no
    `episode_length`, or if the `baseline` "time" has only one episode to average over.
    """

    architecture: AgentSettings = PLAIN  # of the agent that is trained
    lifetimes: int = 2000  # the number of lifetimes in a training
    microbatch: int = 20  # the number of lifetimes, each in its own task, that a device lives at once
    microbatches: int = 1  # the number of micro-batches in an update
    discount: float = 0.99  # within an episode
    learning_rate: Scheduled = Linear(5e-3, 0.0)  # of the outer step
    trajectories: int = 20  # episodes of a segment
    inner_rate: float = 0.1  # the learning rate of inner steps
    # Factors of the rate at the first inner step, the second, and so on; the last one holds from then on.
    rate_factors: tuple[float, ...] = (1.0, 0.5)
    inner_rule: InnerRule = "sgd"  # or "adam"
    inner_form: Form = "ratio"  # see `InnerObjective`: it decides the second derivative of an inner step
    adapt_spread: bool = False  # whether inner steps change a Gaussian policy's spread
    baseline: Baseline = "time"  # of the advantages: the mean at each time, or "linear" in features
    trace_decay: float = 1.0  # λ of the advantages, within an episode
    normalise_advantages: bool = True  # over the episodes of a task

    def __post_init__(self):
        super().__post_init__()
        check_integer("the number of rate_factors", len(self.rate_factors), 1)
        horizon, every = self.horizon, self.every
        if horizon % every or horizon < self._segments * every:
            raise UserError(
                f"the horizon of the tasks is {horizon} steps, and a segment of {self.trajectories} episodes "
                f"has {every}; the horizon must be a whole number of segments, at least {self._segments}"
            )
        if self.trajectories == 1 and self.baseline == "time":
            raise UserError(
                "trajectories is 1 and baseline is 'time', the mean over a segment's episodes: a single one "
                "has no advantage over itself, and nothing is learnt; give more of them, or another baseline"
            )

    def _limits(self):
        own = {"trajectories": (1, inf), "inner_rate": (0, 1e6), "rate_factors": (0, 1e6)}
        return super()._limits() | own | {"discount": (0, 1), "trace_decay": (0, 1)}

    def _schedules(self):
        return {name: limits for name, limits in super()._schedules().items() if name != "discount"}

    @property
    def _segments(self) -> int:
        """The smallest number of segments in a lifetime."""
        return 1

    @property
    def length(self) -> int:
        """The number of steps in an episode. In a bandit it is one pull, because a pull changes no state.

        **Raises:** `UserError` if the environment has no `episode_length`.
        """
        environment = self.distribution.environment
        if isinstance(environment, OneEpisode):
            return 1
        if environment.episode_length is None:
            raise UserError(
                f"{type(self).__name__} divides lifetimes into segments of whole episodes, but "
                f"{type(environment).__name__} has no episode_length; its episodes must have one length"
            )
        return int(environment.episode_length)

    @property
    def every(self) -> int:
        """The number of steps in a segment."""
        return self.trajectories * self.length

    @property
    def objective(self) -> InnerObjective:
        """The objective whose gradient an inner step follows."""
        return InnerObjective(
            self.length,
            self.discount,
            self.trace_decay,
            self.baseline,
            self.normalise_advantages,
            self.signal,
            self.inner_form,
        )

    def init(self, seed: int, agent: PredictingAgent | None = None) -> LifetimeState:
        """As `LifetimeLearner.init`. From an `Adapting` agent, training begins with its `start`."""
        fresh = super().init(seed, agent.start if isinstance(agent, Adapting) else agent)
        weights = Outset(fresh.weights, self._first_rates(fresh.weights))
        return dataclasses.replace(fresh, weights=weights, optimiser=self._optimiser().init(weights))  # pyright: ignore

    def agent(self, state: LifetimeState) -> Adapting:
        return self.adapting(state.weights)

    def adapting(self, weights: Outset, rate: float | None = None) -> Adapting:
        """The agent whose lifetimes begin with these weights, with the inner rate `rate` or `inner_rate`."""
        rates = weights.rates
        if rates is None:
            rates = self._rates(weights.start, self.inner_rate if rate is None else rate)
        return Adapting(
            weights.start,
            rates,
            self.objective,
            self.every,
            self._first_order,
            self.rate_factors,
            self.inner_rule,
        )

    @property
    def _first_order(self) -> bool:
        return True

    def _first_rates(self, start: PredictingAgent) -> Any:
        """The inner rates at the start of training; None if they are not learnt."""
        return None

    def _rates(self, start: PredictingAgent, rate: float) -> Any:
        """The inner rate of every weight."""
        rates = jax.tree.map(lambda _: jnp.float32(rate), start)
        spread = lambda agent: agent.policy.log_spread  # noqa: E731
        if self.adapt_spread or not hasattr(getattr(start, "policy", None), "log_spread"):
            return rates
        return eqx.tree_at(spread, rates, jnp.float32(0.0))

    def _dealt(self, state: LifetimeState) -> Key[Array, "microbatches microbatch"]:
        return self._keys(state).reshape(-1, self.microbatch)

    def _followed(
        self, gradient: Gradient, state: LifetimeState, tasks: TaskDistribution
    ) -> tuple[LifetimeState, Metrics]:
        """The state after one step along a gradient, which is averaged over devices."""
        find = lambda keys, weights: gradient(weights, tasks, keys)  # noqa: E731
        found, metrics = on_devices(find, self._dealt(state), self.devices, state.weights)
        metrics["gradient_norm"] = optax.tree.norm(found)
        weights, optimiser = self._follow(found, state.weights, state.optimiser, self._progress(state))
        return LifetimeState(state.update + 1, state.seed, weights, optimiser), metrics

    def _live(self, agent: Adapting, tasks: TaskDistribution, keys) -> tuple[Lifetimes, Metrics]:
        """The lifetimes of all micro-batches, each leaf `(microbatches, T, ..., microbatch)`, and metrics."""

        def live(keys):
            lifetimes = rollout(agent, tasks, keys)[1]._replace(residuals=None)
            return lifetimes, lived(lifetimes) | self._by_segment(lifetimes)

        lifetimes, metrics = jax.lax.map(live, keys)
        return lifetimes, jax.tree.map(jnp.mean, metrics)

    def _by_segment(self, lifetimes: Lifetimes) -> Metrics:
        """`return_0`, `return_1`, ...: the mean return of an episode in each segment."""
        rewards = learning_signal(lifetimes, self.signal)
        each = rewards.reshape(-1, self.every, *rewards.shape[1:]).sum(axis=1).mean(axis=-1)
        return {f"return_{place}": one / self.trajectories for place, one in enumerate(each)}


def segment(lifetimes: Lifetimes, every: int, place: int) -> Lifetimes:
    """Segment number `place` of lifetimes, counted from 0; negative numbers count from the end."""
    count = lifetimes.alive.shape[0] // every
    start = (place % count) * every
    return jax.tree.map(lambda leaf: leaf[start : start + every], lifetimes)


def advantages(objective: InnerObjective, lifetimes: Lifetimes) -> Float[Array, "T batch"]:
    """The advantages in a segment of a batch of lifetimes, the batch axis last."""
    return jax.vmap(objective.advantages, in_axes=-1, out_axes=-1)(lifetimes)


LearnRates = Literal["no", "one", "each"]
