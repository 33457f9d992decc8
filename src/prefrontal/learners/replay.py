"""A replay buffer on the device: the last transitions, as arrays of one size."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.types import Lifetimes, RandomKey


class Transitions(eqx.Module):
    """Steps from one observation to the next, features first and the batch last."""

    observation: Float[Array, "numbers batch"]
    action: Float[Array, "k batch"]  # flat
    following: Float[Array, "numbers batch"]  # the next observation
    real: Float[Array, "batch"]  # 1; 0 if there was no next observation in the same episode


class Replay(eqx.Module):
    """A ring of `capacity` transitions."""

    held: Transitions
    written: Int[Array, ""]  # transitions written, up to `capacity`
    place: Int[Array, ""]  # where the next one goes

    @classmethod
    def empty(cls, capacity: int, numbers: int, actions: int) -> "Replay":
        zeros = lambda *shape: jnp.zeros((*shape, capacity), jnp.float32)  # noqa: E731
        held = Transitions(zeros(numbers), zeros(actions), zeros(numbers), zeros())
        return cls(held, jnp.array(0, jnp.int32), jnp.array(0, jnp.int32))

    def added(self, new: Transitions) -> "Replay":
        """With `new`, which take the places of the oldest. There must be no more of them than places."""
        capacity, count = self.held.real.shape[0], new.real.shape[0]
        places = (self.place + jnp.arange(count, dtype=jnp.int32)) % capacity
        held = jax.tree.map(lambda old, one: old.at[..., places].set(one), self.held, new)
        return Replay(held, jnp.minimum(self.written + count, capacity), (self.place + count) % capacity)

    def drawn(self, key: RandomKey, count: int) -> Transitions:
        """`count` transitions of those written, each drawn independently."""
        places = jax.random.randint(key, (count,), 0, jnp.maximum(self.written, 1), jnp.int32)
        return jax.tree.map(lambda leaf: leaf[..., places], self.held)


def transitions_of(lifetimes: Lifetimes) -> Transitions:
    """All steps of lifetimes but the last, `(T, ..., batch)` as one batch of (T - 1) · batch."""
    over = lifetimes.episode_over | lifetimes.truncated | (lifetimes.continues == 0)
    seen, action = lifetimes.percept.observation, lifetimes.action
    real = (lifetimes.alive & ~over)[:-1].astype(jnp.float32)
    return Transitions(_flat(seen[:-1]), _flat(action[:-1]), _flat(seen[1:]), _flat(real)[0])


def _flat(leaf: Float[Array, "T ... batch"]) -> Float[Array, "numbers all"]:
    """All steps of all lifetimes side by side."""
    rows = jnp.moveaxis(leaf.reshape(len(leaf), -1, leaf.shape[-1]), 0, 1)
    return rows.reshape(len(rows), -1)
