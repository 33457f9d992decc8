"""Proximal policy optimisation (Schulman et al. 2017) on whole lifetimes, replayed from their start."""

import dataclasses
from functools import partial
from math import inf
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, Key

from prefrontal.agents import PredictingAgent, Prediction
from prefrontal.checks import check_integer
from prefrontal.learners.actor_critic import ActorCritic, ActorCriticState
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.losses import mean_lived
from prefrontal.learners.equations.surrogate import clipped_surrogate, clipped_value_loss, ratios
from prefrontal.learners.lifetimes import lived
from prefrontal.learners.parallel import mean_over_devices, on_devices
from prefrontal.learners.schedules import Linear, Scheduled, at
from prefrontal.learners.value_scale import Scale
from prefrontal.policies import Law
from prefrontal.streams import update_key
from prefrontal.tasks import TaskDistribution
from prefrontal.types import Lifetimes

_MOST_EPOCHS = 1000


class Said(NamedTuple):
    """An agent's predictions at each step of lifetimes."""

    log_probability: Float[Array, "T *batch"]  # of the action that was taken
    value: Float[Array, "T *batch"]
    entropy: Float[Array, "T *batch"]
    told: Float[Array, "T *batch"] | None  # the value of a critic that sees the task

    @property
    def baseline(self) -> Float[Array, "T *batch"]:
        """The value from which advantages are computed."""
        return self.value if self.told is None else self.told


class Spoken(NamedTuple):
    said: Said
    law: Law  # every leaf (T, ..., *batch)


class _Update(NamedTuple):
    """The state of an update between two minibatches."""

    turn: Int[Array, ""]  # the number of minibatches done, including those of the first round
    weights: PredictingAgent
    optimiser: Any
    before: Spoken  # from the weights that lived the lifetimes, every leaf (lanes, T, ..., lifetimes)
    sums: Metrics  # over the minibatches after the first round
    stopped: Bool[Array, ""]


@dataclasses.dataclass(frozen=True)
class PPO(ActorCritic):
    """One update lives a batch of lifetimes, and goes through it `epochs` times in `minibatches`.

    Each minibatch is one step of the optimiser along the gradient of

        Σₜ min(rₜ Aₜ, clip(rₜ, 1 ± ε) Aₜ) - c_v (Rₜ - Vₜ)² / 2 + c_e H(πₜ),    rₜ = π(aₜ) / π_before(aₜ),

    summed as in A2C (`equations.surrogate`). π_before, the advantages Aₜ and the targets Rₜ = Aₜ + V_before
    come from the weights that lived the lifetimes. Advantages reach across the ends of episodes, up to the
    end of the lifetime. Each minibatch replays whole lifetimes from the initial memory. A first round of
    replays only records π_before. It uses the same compiled instructions as the later rounds, so all rₜ of
    the first minibatch are exactly 1.

    With a `divergence_limit`, the update ends at the first minibatch whose mean KL(π_before ‖ π) exceeds it;
    that minibatch does not change the weights. Metrics are means over all minibatches of the update,
    including that one. The metric `minibatches` is the number that changed the weights; `clipped` is the
    share of steps with rₜ outside 1 ± ε.
    """

    microbatches: int = 8  # as in `LifetimeLearner`
    normalise_advantages: bool = True  # as in `ActorCritic`
    value_cost: float = 0.5  # c_v
    learning_rate: Scheduled = Linear(3e-3, 0.0)  # as in `LifetimeLearner`
    epochs: int = 4  # how often an update goes through its lifetimes
    minibatches: int = 4  # the number of minibatches in an epoch, all of the same size
    clip: Scheduled = 0.2  # ε
    value_clip: float | None = None  # ε of the value, in the units of `value_scale`; None: no clipping
    divergence_limit: float | None = None  # in nats; None: no limit

    def __post_init__(self):
        super().__post_init__()
        check_integer("epochs", self.epochs, 1, _MOST_EPOCHS)

    def _limits(self):
        own = {"epochs": (1, inf), "minibatches": (1, inf), "value_clip": (1e-6, inf)}
        return super()._limits() | own | {"divergence_limit": (1e-6, inf)}

    def _schedules(self):
        return super()._schedules() | {"clip": (0, 1e6)}

    @property
    def _apart(self) -> int:
        return self.minibatches

    def learn(self, state: ActorCriticState, tasks: TaskDistribution) -> tuple[ActorCriticState, Metrics]:
        lanes = self.microbatches // self.minibatches
        keys = self._keys(state).reshape(lanes, -1)
        shuffles = jax.random.split(update_key(state.seed, state.update), lanes)
        learn = lambda dealt, state: self._learn(state, tasks, *dealt)  # noqa: E731
        (weights, optimiser), metrics = on_devices(learn, (keys, shuffles), self.devices, state)
        return self._after(state, weights, optimiser, metrics, tasks.horizon)

    def _learn(
        self,
        state: ActorCriticState,
        tasks: TaskDistribution,
        keys: Key[Array, "lanes lifetimes"],
        shuffles: Key[Array, "lanes"],
    ) -> tuple[tuple[PredictingAgent, Any], Metrics]:
        """An update on one device. A lane has one micro-batch of each minibatch, and its own shuffle."""
        lifetimes, metrics = jax.lax.map(partial(self._live, state.weights, tasks), keys)
        learnt, measured = self._improved(state, lifetimes, shuffles)
        return learnt, measured | _mean_of_lanes(metrics)

    def _improved(
        self, state: ActorCriticState, lifetimes: Lifetimes, shuffles: Key[Array, "lanes"]
    ) -> tuple[tuple[PredictingAgent, Any], Metrics]:
        """The weights and the optimiser after all minibatches of an update, and the means of its metrics."""
        minibatch = partial(
            self._minibatch,
            lifetimes=lifetimes,
            shuffles=shuffles,
            progress=self._progress(state),
            scale=state.scale,
        )
        turns, start = (self.epochs + 1) * self.minibatches, self._begin(state, lifetimes, minibatch)
        end = jax.lax.while_loop(lambda now: (now.turn < turns) & ~now.stopped, minibatch, start)
        learnt = (end.turn - self.minibatches).astype(jnp.float32)
        sums = {name: total / learnt for name, total in end.sums.items()}
        done = {"minibatches": learnt - end.stopped.astype(jnp.float32)}
        return (end.weights, end.optimiser), sums | done

    def _live(self, agent: PredictingAgent, tasks: TaskDistribution, keys: Key[Array, "lifetimes"]):
        """The lifetimes of one lane, the batch axis last, and their metrics."""

        def live(keys):
            return self._lifetimes(agent, tasks, keys)._replace(residuals=None)

        parts = jax.lax.map(live, keys.reshape(-1, self.microbatch))
        join = lambda leaf: jnp.moveaxis(leaf, 0, -2).reshape(*leaf.shape[1:-1], len(keys))  # noqa: E731
        lifetimes = jax.tree.map(join, parts)
        return lifetimes, lived(lifetimes)

    def _begin(self, state: ActorCriticState, lifetimes: Lifetimes, minibatch) -> _Update:
        """The update before its first minibatch."""
        before = jax.eval_shape(jax.vmap(lambda lane: Spoken(*speak(state.weights, lane))), lifetimes)
        start = _Update(
            jnp.zeros((), jnp.int32), state.weights, state.optimiser, _zeros(before), {}, jnp.array(False)
        )
        return start._replace(sums=_zeros(jax.eval_shape(minibatch, start).sums))

    def _minibatch(
        self,
        now: _Update,
        lifetimes: Lifetimes,
        shuffles: Key[Array, "lanes"],
        progress: Float[Array, ""],
        scale: Scale | None,
    ) -> _Update:
        """One minibatch. The first round only records what the agent says; the others change the weights."""
        noting, places = now.turn < self.minibatches, self._places(shuffles, now.turn)
        loss = partial(self._loss, progress=progress, scale=scale)
        visit = partial(self._visit, now.weights, noting, loss)
        spoken, *parts = jax.lax.map(visit, (lifetimes, now.before, places))
        gradient, metrics = _mean_of_lanes(parts)
        metrics["gradient_norm"] = optax.tree.norm(gradient)
        far = metrics["divergence"] > (inf if self.divergence_limit is None else self.divergence_limit)
        learnt = self._follow(gradient, now.weights, now.optimiser, progress)
        weights, optimiser = _choose(noting | far, (now.weights, now.optimiser), learnt)
        sums = {name: now.sums.get(name, 0.0) + jnp.where(noting, 0.0, one) for name, one in metrics.items()}
        before = self._noted(now, spoken, noting)
        return _Update(now.turn + 1, weights, optimiser, before, sums, far & ~noting)

    def _visit(self, agent: PredictingAgent, noting: Bool[Array, ""], loss: Any, lane: Any):
        """What the agent says of one micro-batch, the gradient (zeros in the first round), and metrics."""
        lifetimes, before, places = lane
        lifetimes, before = jax.tree.map(lambda leaf: jnp.take(leaf, places, axis=-1), (lifetimes, before))
        said, backwards, law = jax.vjp(lambda agent: speak(agent, lifetimes), agent, has_aux=True)
        # Without the barrier the compiler could compute the loss's ratios apart from what is recorded.
        spoken = jax.lax.optimization_barrier(Spoken(said, law))
        loss = partial(loss, law=spoken.law, before=before, lifetimes=lifetimes)
        d_said, metrics = jax.grad(loss, has_aux=True)(spoken.said)
        nothing = lambda: jax.tree.map(jnp.zeros_like, agent)  # noqa: E731
        return spoken, jax.lax.cond(noting, nothing, lambda: backwards(d_said)[0]), metrics

    def _loss(
        self,
        said: Said,
        law: Law,
        before: Spoken,
        lifetimes: Lifetimes,
        progress: Float[Array, ""],
        scale: Scale | None,
    ) -> tuple[Float[Array, ""], Metrics]:
        """The loss, and its metrics. `before` was said by the weights that lived the lifetimes."""
        alive, clip = lifetimes.alive, at(self.clip, progress)
        aims = self._aims(lifetimes, before.said.baseline, progress, scale)
        ratio = ratios(said.log_probability, before.said.log_probability, alive)
        value_clip = inf if self.value_clip is None else self.value_clip
        of_value = partial(clipped_value_loss, target=aims.target, alive=alive, clip=value_clip)
        policy = clipped_surrogate(ratio, aims.advantage, alive, clip)
        values = {"value_loss": of_value(said.value, before.said.value)}
        if said.told is not None and before.said.told is not None:
            values["told_value_loss"] = of_value(said.told, before.said.told)
        loss, metrics = self._whole(policy, values, said.entropy, aims, alive, progress, scale)
        apart = Prediction(before.law, said.value).divergence(Prediction(law, said.value))
        measured = {"divergence": apart, "clipped": (jnp.abs(ratio - 1.0) > clip).astype(jnp.float32)}
        each = {name: _mean_step(values, alive) for name, values in measured.items()}
        return loss, metrics | each

    def _places(self, shuffles: Key[Array, "lanes"], turn: Int[Array, ""]) -> Int[Array, "lanes microbatch"]:
        """The lifetimes of a minibatch in each lane: in order in the first two rounds, then shuffled."""
        epoch, place = turn // self.minibatches, turn % self.minibatches
        in_order = jnp.arange(self.minibatches * self.microbatch, dtype=jnp.int32)
        shuffle = lambda key: jax.random.permutation(jax.random.fold_in(key, epoch), in_order)  # noqa: E731
        order = jnp.where(epoch < 2, in_order[None], jax.vmap(shuffle)(shuffles))
        return jax.lax.dynamic_slice_in_dim(order, place * self.microbatch, self.microbatch, axis=1)

    def _noted(self, now: _Update, spoken: Spoken, noting: Bool[Array, ""]) -> Spoken:
        """What was said before the update; in the first round, with this minibatch's part filled in."""
        first = now.turn % self.minibatches * self.microbatch

        def note(before, fresh):
            there = jax.lax.dynamic_slice_in_dim(before, first, self.microbatch, -1)
            return jax.lax.dynamic_update_slice_in_dim(before, jnp.where(noting, fresh, there), first, -1)

        return jax.tree.map(note, now.before, spoken)


def speak(agent: PredictingAgent, lifetimes: Lifetimes) -> tuple[Said, Law]:
    """What an agent says of lifetimes, replayed from their beginning."""
    prediction = agent.replay(lifetimes)
    chosen, entropy = prediction.log_probability(lifetimes.action), prediction.entropy()
    return Said(chosen, prediction.value, entropy, prediction.told), prediction.law


def _mean_step(values: Float[Array, "T *batch"], alive: Bool[Array, "T *batch"]) -> Float[Array, ""]:
    """The mean over the steps that were lived."""
    return mean_lived(values, alive) / mean_lived(jnp.ones_like(values), alive)


def _mean_of_lanes(tree: Any) -> Any:
    """The mean over the first axis, and over devices."""
    return mean_over_devices(jax.tree.map(lambda leaf: jnp.mean(leaf, axis=0), tree))


def _choose(first: Bool[Array, ""], one: Any, other: Any) -> Any:
    return jax.tree.map(lambda *leaves: jnp.where(first, *leaves), one, other)


def _zeros(shapes: Any) -> Any:
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
