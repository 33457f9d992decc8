"""Finite-horizon planning in a known tabular MDP.

An episode has L steps. With r the mean rewards and P the transitions,

    Q_t(s, a) = r(s, a) + Σ_s' P(s' | s, a) V_{t+1}(s'),    V_t(s) = max_a Q_t(s, a),    V_L = 0

(Puterman 1994, section 4.5). The kernels handle one MDP.
"""

import functools
import operator

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

Rewards = Float[Array, "states actions"]
Transitions = Float[Array, "states actions next"]
Plan = Int[Array, "length states"]  # the action at each step of an episode, by state


def sum_in_order(values: Float[Array, "*shape n"]) -> Float[Array, "*shape"]:
    """The sum over the last axis, from first to last, so its rounding does not depend on the batch.

    `jnp.sum` adds in an order that depends on the shapes. A task would then depend on its batch.
    """
    return functools.reduce(operator.add, [values[..., k] for k in range(values.shape[-1])])


def action_values(
    rewards: Rewards, transitions: Transitions, length: int
) -> Float[Array, "length states actions"]:
    """Q_t(s, a) for an episode of `length` steps."""

    def back(value, _):
        values = rewards + sum_in_order(transitions * value[None, None])
        return values.max(axis=1), values

    return jax.lax.scan(back, jnp.zeros(rewards.shape[0]), None, length)[1][::-1]


def best_plan(values: Float[Array, "length states actions"]) -> Plan:
    """The action with the highest value; among equal values, the action with the lowest number."""
    return jnp.argmax(values, axis=-1).astype(jnp.int32)


def expected_course(
    rewards: Rewards, transitions: Transitions, plan: Plan, start: int
) -> Float[Array, "length"]:
    """The expected reward of each step of an episode that follows `plan` from the state `start`."""
    states = jnp.arange(len(rewards))

    def ahead(where, chosen):
        after = sum_in_order((where[:, None] * transitions[states, chosen]).T)
        return after, sum_in_order(where * rewards[states, chosen])

    return jax.lax.scan(ahead, (states == start).astype(jnp.float32), plan)[1]
