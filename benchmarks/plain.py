"""The same work in a page of plain JAX, as one would first write it: differentiated through the rollout.

One lifetime is written as one lifetime and mapped over a batch; random numbers are drawn in the step that
needs them; everything is jitted, updates are scanned. It is fast for what it is, and it learns.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import optax
from worker import serve

LIFETIMES, PULLS, UNITS, ARMS = 64, 100, 48, 2
GAMMA, VALUE_COST, ENTROPY_COST = 0.9, 0.05, 0.05
OPTIMISER = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))


def initial_weights(key):
    lstm_key, policy_key, value_key = jax.random.split(key, 3)
    inputs = ARMS + 2 + UNITS
    return {
        "lstm": jax.random.normal(lstm_key, (inputs, 4 * UNITS)) / inputs**0.5,
        "lstm_bias": jnp.zeros(4 * UNITS).at[UNITS : 2 * UNITS].set(1.0),
        "policy": jax.random.normal(policy_key, (UNITS, ARMS)) / UNITS**0.5,
        "value": jax.random.normal(value_key, (UNITS,)) / UNITS**0.5,
    }


def lstm(weights, hidden, cell, x):
    z = jnp.concatenate([x, hidden]) @ weights["lstm"] + weights["lstm_bias"]
    i, f, g, o = jnp.split(z, 4)
    cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(cell), cell


def returns(rewards):
    """Discounted, of rewards with time first."""
    back = lambda ret, r: (r + GAMMA * ret,) * 2  # noqa: E731
    return jax.lax.scan(back, jnp.zeros_like(rewards[0]), rewards, reverse=True)[1]


def lifetime_loss(weights, key):
    """A2C's loss on one lifetime of the agent in a bandit of its own."""
    task_key, life_key = jax.random.split(key)
    probabilities = jax.random.uniform(task_key, (ARMS,))

    def pull(carry, time):
        key, hidden, cell, previous_action, previous_reward = carry
        key, action_key, reward_key = jax.random.split(key, 3)
        x = jnp.concatenate([previous_action, jnp.array([previous_reward, time / PULLS])])
        hidden, cell = lstm(weights, hidden, cell, x)
        logits = hidden @ weights["policy"]
        action = jax.random.categorical(action_key, logits)
        reward = jax.random.bernoulli(reward_key, probabilities[action]).astype(jnp.float32)
        log_policy = jax.nn.log_softmax(logits)
        out = (
            log_policy[action],
            hidden @ weights["value"],
            -jnp.sum(jnp.exp(log_policy) * log_policy),
            reward,
        )
        return (key, hidden, cell, jax.nn.one_hot(action, ARMS), reward), out

    start = life_key, jnp.zeros(UNITS), jnp.zeros(UNITS), jnp.zeros(ARMS), jnp.array(0.0)
    _, (log_probability, value, entropy, reward) = jax.lax.scan(pull, start, jnp.arange(PULLS))
    advantage = returns(reward) - value
    policy_loss = -jnp.mean(jax.lax.stop_gradient(advantage) * log_probability)
    return policy_loss + VALUE_COST * jnp.mean(advantage**2) / 2 - ENTROPY_COST * jnp.mean(entropy)


def loss(weights, key):
    return jnp.mean(jax.vmap(lifetime_loss, (None, 0))(weights, jax.random.split(key, LIFETIMES)))


def serve_training(weights, gradient_of, steps: int) -> None:
    """Train on demand, as `worker.serve` says. An update is of `steps` steps.

    **Arguments:** `gradient_of(weights, key)`, that of the loss on one batch.
    """

    @jax.jit
    def updates(state, count):
        def update(_, state):
            weights, optimiser, key = state
            key, batch_key = jax.random.split(key)
            direction, optimiser = OPTIMISER.update(gradient_of(weights, batch_key), optimiser)
            return optax.apply_updates(weights, direction), optimiser, key

        return jax.lax.fori_loop(0, count, update, state)

    state = weights, OPTIMISER.init(weights), jax.random.key(1)

    def train(count: int) -> int:
        nonlocal state
        state = jax.block_until_ready(updates(state, count))
        return count * steps

    serve(train, ["jax", "jaxlib", "optax"])


if __name__ == "__main__":
    serve_training(initial_weights(jax.random.key(0)), jax.grad(loss), LIFETIMES * PULLS)
