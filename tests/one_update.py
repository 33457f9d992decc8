"""One update of A2C, taken apart: the lifetimes it lives and the gradient it follows, seen from outside."""

import dataclasses
import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from toy_tasks import Corridor

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.learners.a2c import A2C
from prefrontal.learners.actor_critic import ActorCritic, ActorCriticState
from prefrontal.learners.schedules import Linear
from prefrontal.memory import MEMORIES, AttentionSettings, MemorySettings, StackedLSTMSettings
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.types import Lifetimes, Percept

WORLD = Corridor(horizon=8, most_hazard=0.5)
AGENT = AgentSettings(PerceptSettings(previous_reward="one-hot", episode_start=True, time_scale=10.0))
LEARNER = A2C(
    WORLD,
    AGENT,
    lifetimes=32,
    microbatch=8,
    microbatches=1,
    signal="sampled",
    discount=Linear(0.6, 0.9),
    trace_decay=0.7,
    value_cost=0.3,
    entropy_cost=Linear(0.5, 0.1),
    learning_rate=Linear(2e-2, 0.0),
    max_gradient_norm=1e9,
)


def memory_of(name: str, units: int) -> MemorySettings:
    """The memory of this name with so many units, and in a layer below one fewer."""
    if name == "stacked-lstm":
        return StackedLSTMSettings((units - 1, units))
    if name == "attention":
        return AttentionSettings(units, heads=1 if units % 2 else 2)
    return MEMORIES.make(name, units=units)


def learner_of(memory: str = "lstm", devices: int = 1, **changes) -> A2C:
    """One in which nothing is degenerate; `changes` are of its settings."""
    agent = dataclasses.replace(AGENT, memory=memory_of(memory, 4))
    return dataclasses.replace(LEARNER, architecture=agent, devices=devices, **changes)


def percepts_alone(percept: Percept) -> Lifetimes:
    """Lifetimes of which nothing is known but what the agent is given: all that `replay` may look at."""
    return Lifetimes(percept, *[None] * (len(Lifetimes._fields) - 1))


# Compiled once for all tests, and for few updates: most of the time would go into making the program fast.
_IN_HASTE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def quick_jit(function):
    return jax.jit(function, compiler_options=_IN_HASTE)


@functools.cache
def compiled(learner: ActorCritic):
    return quick_jit(learner.step)


@quick_jit
def live_through(agent, keys):
    """The lifetimes of these keys, without the residuals that only learners need."""
    return rollout(agent, WORLD, keys)[1]._replace(residuals=None)


def state_of(learner: ActorCritic, update: int = 0, seed: int = 0) -> ActorCriticState:
    """With large weights, so that whatever is wrong moves the heads visibly."""
    state = learner.init(seed)
    weights = jax.tree.map(lambda leaf: 2 * leaf, state.weights)
    return ActorCriticState(jnp.array(update, jnp.uint32), state.seed, weights, state.optimiser)


def keys_of(learner: ActorCritic, state: ActorCriticState):
    """The lifetimes that the next update is to live."""
    batch = learner.lifetimes_per_update
    numbers = int(state.update) * batch + jnp.arange(batch)
    return lifetime_keys("train", int(state.seed), numbers)


def with_adam(learner: ActorCritic) -> ActorCritic:
    return dataclasses.replace(learner, optimiser="adam", max_gradient_norm=1e9)


def gradient(learner: ActorCritic, state: ActorCriticState):
    """The gradient of the next update, before it is clipped."""
    adam = with_adam(learner)
    fresh = eqx.tree_at(lambda state: state.optimiser, state, adam.init(0).optimiser)
    return followed(compiled(adam)(fresh)[0])


def followed(state: ActorCriticState):
    """The gradient that Adam was given in its first update: its first moment is (1 - 0.9) times that."""
    return jax.tree.map(lambda moment: moment / 0.1, optax.tree_utils.tree_get(state.optimiser, "mu"))
