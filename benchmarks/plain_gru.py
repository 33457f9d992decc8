"""A GRU in a page of plain JAX, in the style of PureJaxRL: `python plain_gru.py HORIZON LIFETIMES`.

The cell is written as flax computes its `GRUCell`, batch first; random numbers are drawn in the step. A
scan collects whole lifetimes, and the loss runs the network over them again and is differentiated. The
loss, the inputs, the task and the training are those of `plain.py`.
"""

import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from plain import ARMS, ENTROPY_COST, UNITS, VALUE_COST, returns, serve_training


def dense(key, inputs, outputs):
    return {"kernel": jax.random.normal(key, (inputs, outputs)) / inputs**0.5, "bias": jnp.zeros(outputs)}


def initial_weights(key):
    names = ["in", "hidden", "policy", "value"]
    sizes = [(ARMS + 2, 3 * UNITS), (UNITS, 3 * UNITS), (UNITS, ARMS), (UNITS, 1)]
    return {
        name: dense(k, *size) for name, k, size in zip(names, jax.random.split(key, 4), sizes, strict=True)
    }


def apply(layer, x):
    return x @ layer["kernel"] + layer["bias"]


def gru(weights, hidden, x):
    in_r, in_z, in_n = jnp.split(apply(weights["in"], x), 3, axis=-1)
    hid_r, hid_z, hid_n = jnp.split(apply(weights["hidden"], hidden), 3, axis=-1)
    r, z = jax.nn.sigmoid(in_r + hid_r), jax.nn.sigmoid(in_z + hid_z)
    return (1 - z) * jnp.tanh(in_n + r * hid_n) + z * hidden


def network(weights, hidden, x):
    hidden = gru(weights, hidden, x)
    return hidden, apply(weights["policy"], hidden), apply(weights["value"], hidden)[..., 0]


def collected(weights, key, horizon, lifetimes):
    """Inputs, actions, rewards and values `(horizon, lifetimes, ...)`."""
    task_key, life_key = jax.random.split(key)
    probabilities = jax.random.uniform(task_key, (lifetimes, ARMS))

    def pull(carry, time):
        key, hidden, action, reward = carry
        key, action_key, reward_key = jax.random.split(key, 3)
        x = jnp.concatenate([action, reward[:, None], jnp.full((lifetimes, 1), time / horizon)], -1)
        hidden, logits, value = network(weights, hidden, x)
        action = jax.random.categorical(action_key, logits)
        chance = jnp.take_along_axis(probabilities, action[:, None], 1)[:, 0]
        reward = jax.random.bernoulli(reward_key, chance).astype(jnp.float32)
        return (key, hidden, jax.nn.one_hot(action, ARMS), reward), (x, action, reward, value)

    zeros = jnp.zeros(lifetimes)
    start = life_key, jnp.zeros((lifetimes, UNITS)), jnp.zeros((lifetimes, ARMS)), zeros
    return jax.lax.scan(pull, start, jnp.arange(horizon))[1]


def loss(weights, x, action, advantage, target):
    def step(hidden, x):
        hidden, logits, value = network(weights, hidden, x)
        return hidden, (logits, value)

    _, (logits, value) = jax.lax.scan(step, jnp.zeros((x.shape[1], UNITS)), x)
    log_policy = jax.nn.log_softmax(logits)
    chosen = jnp.take_along_axis(log_policy, action[..., None], -1)[..., 0]
    entropy = -jnp.sum(jnp.exp(log_policy) * log_policy, -1)
    critic = VALUE_COST * jnp.mean((target - value) ** 2) / 2
    return critic - jnp.mean(advantage * chosen) - ENTROPY_COST * jnp.mean(entropy)


def main(horizon: int, lifetimes: int) -> None:
    def gradient_of(weights, key):
        x, action, reward, value = collected(weights, key, horizon, lifetimes)
        target = returns(reward)
        return jax.grad(loss)(weights, x, action, target - value, target)

    serve_training(initial_weights(jax.random.key(0)), gradient_of, horizon * lifetimes)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
