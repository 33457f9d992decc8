"""MAML on 2D navigation as a plain, vectorised JAX page: the measure of what ours may cost.

Twenty tasks, twenty trajectories of thirty steps before one inner step and after it, two layers of 64 tanh
units: what `benchmarks/maml.py` sets ours beside.
"""

import jax
import jax.numpy as jnp
import optax

TASKS, TRAJECTORIES, STEPS, UNITS = 20, 20, 30, 64
INNER_RATE, RATE, DISCOUNT = 0.3, 5e-3, 0.99


def fresh(key):
    sizes = [(2, UNITS), (UNITS, UNITS), (UNITS, 2)]
    keys = jax.random.split(key, 3)
    layers = [
        (jax.random.normal(k, (n, m)) / n**0.5, jnp.zeros(m)) for k, (n, m) in zip(keys, sizes, strict=True)
    ]
    return {"layers": layers, "log_spread": jnp.full(2, jnp.log(0.5))}


def mean_of(weights, position):
    x = position
    for w, b in weights["layers"][:-1]:
        x = jnp.tanh(x @ w + b)
    w, b = weights["layers"][-1]
    return 0.1 * (x @ w + b)


def log_probability(weights, position, action):
    spread = weights["log_spread"] + jnp.log(0.1)
    standard = (action - mean_of(weights, position)) * jnp.exp(-spread)
    return -jnp.sum(standard**2 / 2 + spread + 0.918938533, -1)


def lived(weights, goal, key):
    """Trajectories in one task: positions, actions and rewards, each (STEPS, TRAJECTORIES, ...)."""

    def step(position, noise):
        action = mean_of(weights, position) + 0.1 * jnp.exp(weights["log_spread"]) * noise
        after = position + jnp.clip(action, -0.1, 0.1)
        return after, (position, action, -jnp.linalg.norm(after - goal, axis=-1))

    noise = jax.random.normal(key, (STEPS, TRAJECTORIES, 2))
    return jax.lax.scan(step, jnp.zeros((TRAJECTORIES, 2)), noise)[1]


def advantages(rewards):
    add = lambda total, reward: (reward + DISCOUNT * total,) * 2  # noqa: E731
    returns = jax.lax.scan(add, jnp.zeros(TRAJECTORIES), rewards, reverse=True)[1]
    centred = returns - returns.mean(1, keepdims=True)
    return centred / (centred.std() + 1e-8)


def inner_loss(weights, trajectories):
    position, action, rewards = trajectories
    said = log_probability(weights, position, action)
    return -jnp.mean(jnp.exp(said - jax.lax.stop_gradient(said)) * advantages(rewards))


def adapted(weights, trajectories):
    slope = jax.grad(inner_loss)(weights, trajectories)
    slope["log_spread"] = jnp.zeros(2)
    return jax.tree.map(lambda weight, one: weight - INNER_RATE * one, weights, slope)


def iteration(carry, key):
    weights, optimiser = carry
    goal_key, first_key, then_key = jax.random.split(key, 3)
    goals = jax.random.uniform(goal_key, (TASKS, 2), minval=-0.5, maxval=0.5)
    before = jax.vmap(lived, (None, 0, 0))(weights, goals, jax.random.split(first_key, TASKS))
    there = jax.vmap(adapted, (None, 0))(weights, before)
    after = jax.vmap(lived)(there, goals, jax.random.split(then_key, TASKS))
    loss = lambda weights: jnp.mean(  # noqa: E731
        jax.vmap(lambda one, other: inner_loss(adapted(weights, one), other))(before, after)
    )
    change, optimiser = optax.adam(RATE).update(jax.grad(loss)(weights), optimiser)
    earned = after[2].sum(1).mean()
    return (optax.apply_updates(weights, change), optimiser), earned


def program(iterations: int):
    """Some iterations as a compiled function without arguments."""
    weights = fresh(jax.random.key(0))
    carry = (weights, optax.adam(RATE).init(weights))
    keys = jax.random.split(jax.random.key(1), iterations)
    run = jax.jit(lambda carry, keys: jax.lax.scan(iteration, carry, keys))
    return lambda: run(carry, keys)
