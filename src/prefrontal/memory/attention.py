"""Causal attention over the whole lifetime (Vaswani et al. 2017), acting with a cache of keys and values.

    h = W x + b                                       the inputs, once
    q, k, v = the heads' parts of A norm(h) + a       then in each layer
    w_ts = softmax over s <= t of  R_t q_t · R_s k_s / √d
    h ← h + O [Σ_s w_ts v_s, of all heads] + o
    h ← h + D gelu(U norm(h) + u) + d

and the output is norm(h) behind the last. The layers are normalised before they compute, not after (Xiong et
al. 2020). R_t turns each pair of a head's numbers by an angle that grows with t, so that a product depends on
t - s alone: rotary positions (Su et al. 2021, section 3.2). They need no weights, and no limit of their own.

Acting, a step leaves its keys and values in the next of `horizon` places, and looks at all places that are
taken. `unroll` is the full pass, over blocks of queries where a whole table of weights would be large.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.affine import Affine
from prefrontal.checks import settle
from prefrontal.memory.base import Memory, Parts
from prefrontal.memory.layer_norm import LayerNorm
from prefrontal.memory.layered import LayeredSettings
from prefrontal.types import RandomKey

MOST_WEIGHTS = 2**22  # of attention, at once
_SLOWEST = 10_000.0  # steps: the pairs' angles turn by 1 down to 1 / 10,000 a step (Su et al. 2021)
_WIDER = 4  # times as many hidden units as a layer has features (Vaswani et al. 2017, section 3.3)


@dataclasses.dataclass(frozen=True)
class AttentionSettings(LayeredSettings):
    """Causal attention over the whole lifetime (Vaswani et al. 2017), with a cache and rotary positions.

    A lifetime has at most the horizon that it is built for.

    **Arguments:** `units`, the features of a layer; `layers`, one upon the other; `heads`, which share the
    features of a layer out.
    """

    heads: int = 4

    def __post_init__(self):
        settle(self, **self.limits, heads=(1, inf))
        if self.units % self.heads:
            raise ValueError(
                f"units is {self.units}; it must be a multiple of heads, {self.heads}, which divide them"
            )

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> "Attention":
        return Attention(**self.weights(parts, AttentionLayer, key), places=horizon)


class Cache(NamedTuple):
    """The keys and values of one layer, the keys turned to their places already."""

    keys: Float[Array, "places units *batch"]
    values: Float[Array, "places units *batch"]


class AttentionState(NamedTuple):
    """Each lifetime counts its own steps, for lifetimes of a batch need not have begun together."""

    caches: tuple[Cache, ...]
    time: Int[Array, "*batch"]  # places taken


class AttentionLayer(eqx.Module):
    """One layer: attention, two layers of units at each step, and the skips."""

    before_attention: LayerNorm
    asking: Affine  # A and a: queries, keys, values
    mixing: Affine  # O and o
    before_units: LayerNorm
    up: Affine
    down: Affine
    heads: int = eqx.field(static=True)

    def __init__(self, settings: AttentionSettings, *, key: RandomKey):
        units, hidden = settings.units, _WIDER * settings.units
        asking_key, mixing_key, up_key, down_key = jax.random.split(key, 4)
        small = (2 * settings.layers) ** -0.5  # the sum of what so many places add is of the order of h
        self.before_attention, self.before_units = LayerNorm(units), LayerNorm(units)
        self.asking = Affine(units, 3 * units, key=asking_key)
        self.mixing = Affine(units, units, key=mixing_key, scale=small)
        self.up = Affine(units, hidden, key=up_key)
        self.down = Affine(hidden, units, key=down_key, scale=small)
        self.heads = settings.heads

    def asked(self, h: Float[Array, "units *batch"], time: Int[Array, "*times"]):
        """Queries, keys and values (heads, size, *batch); the first two turned, the queries divided by √d."""
        numbers = self.asking(self.before_attention(h))
        query, key, value = numbers.reshape(3, self.heads, -1, *h.shape[1:])
        return turned(query, time) / query.shape[1] ** 0.5, turned(key, time), value

    def leave(self, h: Float[Array, "units *batch"], seen: Float[Array, "heads size *batch"]):
        """h with what was seen, and what the units make of it."""
        h = h + self.mixing(seen.reshape(h.shape))
        return h + self.down(jax.nn.gelu(self.up(self.before_units(h))))

    def step(self, h: Float[Array, "units batch"], cache: Cache, time: Int[Array, "batch"]):
        """One step of lifetimes at their own times: the features, and the cache with one more place taken."""
        query, key, value = self.asked(h, time)
        at = (time, slice(None), jnp.arange(len(time)))
        keys = cache.keys.at[at].set(key.reshape(h.shape).T, mode="drop")
        values = cache.values.at[at].set(value.reshape(h.shape).T, mode="drop")
        by_head = lambda of_places: of_places.reshape(-1, *query.shape)  # noqa: E731
        seen = jax.lax.platform_dependent(
            query, by_head(keys), by_head(values), time, cpu=looked_up_in_turn, default=looked_up_at_once
        )
        return self.leave(h, seen), Cache(keys, values)

    def over_time(self, h: Float[Array, "units T batch"]) -> Float[Array, "units T batch"]:
        """All steps of whole lifetimes, as so many lifetimes more: each product is one."""
        asked = self.asked(h, jnp.arange(h.shape[1], dtype=jnp.int32)[:, None])
        seen = attended(*(part.transpose(3, 0, 2, 1) for part in asked))
        return self.leave(h, seen.transpose(1, 3, 2, 0))


class Attention(Memory):
    """Layers of attention. A unit is a feature h after a layer: the first layer's, then the second's, ...

    The output of a step beyond `places` is NaN.
    """

    enter: Affine  # inputs -> the first layer
    layers: tuple[AttentionLayer, ...]  # one after the other
    norm: LayerNorm  # of the last layer's output
    size: int = eqx.field(static=True)  # the number of features
    places: int = eqx.field(static=True)  # the largest number of steps in a lifetime

    @property
    def longest(self) -> int:
        return self.places

    def initial(self, batch: tuple[int, ...] = ()) -> AttentionState:
        empty = jnp.zeros((self.places, self.size, *batch), self.enter.bias.dtype)
        return AttentionState(tuple(Cache(empty, empty) for _ in self.layers), jnp.zeros(batch, jnp.int32))

    def step(self, state: AttentionState, inputs: Float[Array, "features *batch"]):
        batch = inputs.shape[1:]
        flat = jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:2], -1), state.caches)
        time = state.time.reshape(-1)
        h, caches, features = self.enter(inputs.reshape(len(inputs), -1)), [], []
        for layer, cache in zip(self.layers, flat, strict=True):
            h, cache = layer.step(h, cache, time)
            caches.append(cache)
            features.append(h.reshape(-1, *batch))
        output = jnp.where(time[None] < self.places, self.norm(h), jnp.nan).reshape(-1, *batch)
        caches = jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:2], *batch), tuple(caches))
        return AttentionState(caches, state.time + 1), output, tuple(features)

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        h = self.enter(inputs.reshape(*inputs.shape[:2], -1).swapaxes(0, 1))
        for layer in self.layers:
            h = layer.over_time(h)
        return self.norm(h).swapaxes(0, 1).reshape(len(inputs), self.size, *inputs.shape[2:])

    def units(self, residuals: tuple[Float[Array, "T size *batch"], ...]) -> Float[Array, "T units *batch"]:
        return jnp.concatenate(residuals, axis=1)


def turned(
    x: Float[Array, "heads size *batch"], time: Int[Array, "*times"]
) -> Float[Array, "heads size *batch"]:
    """Each of n pairs (xᵢ, xᵢ₊ₙ) turned by the angle time / 10,000^(i / n). An odd last number is kept.

    The times broadcast against the batch.
    """
    pairs = x.shape[1] // 2
    slowness = _SLOWEST ** (-jnp.arange(pairs, dtype=x.dtype) / max(pairs, 1))
    angle = slowness.reshape(-1, *(1,) * time.ndim) * time.astype(x.dtype)[None]
    first, second, rest = x[:, :pairs], x[:, pairs : 2 * pairs], x[:, 2 * pairs :]
    cos, sin = jnp.cos(angle)[None], jnp.sin(angle)[None]
    return jnp.concatenate([first * cos - second * sin, first * sin + second * cos, rest], axis=1)


def looked_up_at_once(
    query: Float[Array, "heads size batch"],
    keys: Float[Array, "places heads size batch"],
    values: Float[Array, "places heads size batch"],
    time: Int[Array, "batch"],
) -> Float[Array, "heads size batch"]:
    """Σ_s w_s v_s over the places up to each lifetime's own `time`, where w = softmax(q · k_s)."""
    weights = _weights(jnp.sum(query[None] * keys, axis=2), time)
    return jnp.sum(weights[:, :, None] * values, axis=0)


def looked_up_in_turn(
    query: Float[Array, "heads size batch"],
    keys: Float[Array, "places heads size batch"],
    values: Float[Array, "places heads size batch"],
    time: Int[Array, "batch"],
) -> Float[Array, "heads size batch"]:
    """The same, a place at a time: a processor adds up whole rows, where it would go number by number."""
    weights = _weights(jax.lax.scan(lambda _, key: (None, jnp.sum(query * key, 1)), None, keys)[1], time)
    add = lambda seen, of_place: (seen + of_place[0][:, None] * of_place[1], None)  # noqa: E731
    return jax.lax.scan(add, jnp.zeros_like(query), (weights, values))[0]


def _weights(
    scores: Float[Array, "places heads batch"], time: Int[Array, "batch"]
) -> Float[Array, "places heads batch"]:
    taken = jnp.arange(len(scores), dtype=time.dtype)[:, None] <= time[None]
    return jax.nn.softmax(jnp.where(taken[:, None], scores, -jnp.inf), axis=0)


def attended(
    query: Float[Array, "batch heads T size"],
    key: Float[Array, "batch heads T size"],
    value: Float[Array, "batch heads T size"],
) -> Float[Array, "batch heads T size"]:
    """Σ_s w_ts v_s, where w_t = softmax(q_t · k_s) over s <= t.

    In blocks of queries, each with at most `MOST_WEIGHTS` weights. These are computed again for the gradient,
    so that no more than one block's are ever there.
    """
    batch, heads, steps, size = query.shape
    rows = max(1, min(steps, MOST_WEIGHTS // max(1, batch * heads * steps)))

    def block(start: Int[Array, ""], asked: Float[Array, "batch heads rows size"]):
        scores = jnp.einsum("bhtd,bhsd->bhts", asked, key)
        later = jnp.arange(steps)[None, :] > start + jnp.arange(asked.shape[2])[:, None]
        weights = jax.nn.softmax(jnp.where(later[None, None], -jnp.inf, scores), axis=-1)
        return jnp.einsum("bhts,bhsd->bhtd", weights, value)

    if rows == steps:
        return block(jnp.zeros((), jnp.int32), query)
    blocks = -(-steps // rows)
    padded = jnp.pad(query, ((0, 0), (0, 0), (0, blocks * rows - steps), (0, 0)))
    asked = jnp.moveaxis(padded.reshape(batch, heads, blocks, rows, size), 2, 0)
    starts = rows * jnp.arange(blocks, dtype=jnp.int32)
    seen = jax.lax.map(lambda given: jax.checkpoint(block)(*given), (starts, asked))
    return jnp.moveaxis(seen, 0, 2).reshape(batch, heads, blocks * rows, size)[:, :, :steps]
