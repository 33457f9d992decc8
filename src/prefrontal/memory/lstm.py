"""Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    z = W [x; h] + b
    i, f, o = σ(zᵢ), σ(z_f), σ(zₒ);    g = tanh(z_g)        in the order i, f, g, o
    c ← f c + i g;    h ← o tanh(c)

The backward pass is written by hand, as `docs/performance.md` explains: a step computes its own local
derivatives while its activations are at hand, and leaves these derivatives as its residuals. A step backwards
is then two matrix products and a few sums. A second derivative is taken of the equations above, by JAX, and
is as slow as that is: to it the residuals would be constants.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.affine import along_features, apply
from prefrontal.checks import settle
from prefrontal.memory.base import Memory, MemorySettings, Parts
from prefrontal.types import RandomKey
from prefrontal.weights import built

START = {"forget_bias": (-20.0, 20.0), "recurrent_gain": (0.0, 10.0)}  # the least and the most of each


@dataclasses.dataclass(frozen=True)
class LSTMSettings(MemorySettings):
    """One layer of long short-term memory (Hochreiter & Schmidhuber 1997, forget gate of Gers et al. 2000).

    The initial weights decide what it remembers before it has learnt to remember.

    **Arguments:**

    - `units`: the number of units in the layer.
    - `forget_bias`: the initial b of the forget gates. A unit without input keeps σ(b) of its cell at every
      step. 1 (.73) suits information that arrives repeatedly. 3 or 4 (.95, .98) suits information that
      arrives once, many steps before it is needed (Jozefowicz et al. 2015; Tallec & Ollivier 2018).
    - `recurrent_gain`: a factor on the usual standard deviation of the recurrent weights, 1 / √units. With a
      larger factor, units initially combine more inputs, such as an image and the reward that followed it.
    """

    units: int = 48
    forget_bias: float = 1.0
    recurrent_gain: float = 1.0

    def __post_init__(self):
        settle(self, units=(1, inf), **START)

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> "LSTM":
        start = (self.forget_bias, self.recurrent_gain)
        return built(self, lambda key: LSTM(parts.size, self.units, *start, key=key), key, "units")


class LSTMState(NamedTuple):
    hidden: Float[Array, "units *batch"]
    cell: Float[Array, "units *batch"]


class LSTMResiduals(NamedTuple):
    """The derivatives of one step, all known at the time of the step, and its hidden state.

    They are separate arrays: if they were joined into one, XLA would compute them one by one.
    """

    cell_to_gates: tuple[Float[Array, "units *batch"], ...]  # dc / dz of i, f, g
    hidden_to_output: Float[Array, "units *batch"]  # dh / dz_o
    hidden_to_cell: Float[Array, "units *batch"]  # dh / dc
    forget: Float[Array, "units *batch"]  # dc / dc of the step before
    hidden: Float[Array, "units *batch"]


class LSTM(Memory):
    """One layer of `size` units.

    The rows of `weights` and `bias` are the gates i, f, g, o (input, forget, candidate, output), in this
    order, each with a row for each unit. The columns of `weights` are the inputs followed by the previous
    hidden state. The module's docstring has the equations; `docs/on-disk.md` has the names in a saved file.

    Initial recurrent weights are normal with variance 1 / units. Initial input weights are normal with
    variance 1 for any number of inputs: a percept carries few numbers (a one-hot action, a reward), and they
    must have an effect from the start. If the first `from_units` inputs are units of another layer, their
    weights have variance 1 / from_units.
    """

    weights: Float[Array, "4*size features+size"]
    bias: Float[Array, "4*size"]
    size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        size: int,
        forget_bias: float = 1.0,
        recurrent_gain: float = 1.0,
        *,
        key: RandomKey,
        from_units: int = 0,
    ):
        of_inputs = jnp.ones(input_size, jnp.float32).at[:from_units].set(max(from_units, 1) ** -0.5)
        spread = jnp.concatenate([of_inputs, jnp.full(size, recurrent_gain * size**-0.5, jnp.float32)])
        self.weights = spread[None] * jax.random.normal(key, (4 * size, input_size + size), jnp.float32)
        self.bias = jnp.zeros(4 * size, jnp.float32).at[size : 2 * size].set(forget_bias)
        self.size = size

    def initial(self, batch: tuple[int, ...] = ()) -> LSTMState:
        zeros = jnp.zeros((self.size, *batch), self.weights.dtype)
        return LSTMState(zeros, zeros)

    def step(self, state: LSTMState, inputs: Float[Array, "features *batch"]):
        state, residuals = _step(self.weights, self.bias, state, inputs)
        return state, state.hidden, residuals

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        # All the derivatives come from `_recall`.
        return self.recall(inputs, _stepped(*jax.lax.stop_gradient((self.weights, self.bias, inputs))))

    def recall(
        self, inputs: Float[Array, "T features *batch"], residuals: LSTMResiduals
    ) -> Float[Array, "T size *batch"]:
        return _recall(self.weights, self.bias, inputs, jax.lax.stop_gradient(residuals))

    def units(self, residuals: LSTMResiduals) -> Float[Array, "T size *batch"]:
        return residuals.hidden


def _step(
    weights, bias, state: LSTMState, inputs: Float[Array, "features *batch"]
) -> tuple[LSTMState, LSTMResiduals]:
    """The equations at the head of this file, and their derivatives."""
    units = len(bias) // 4
    z = apply(weights, jnp.concatenate([inputs, state.hidden])) + along_features(bias, inputs)
    i, f, g, o = _split(_squash(z, units), units)
    cell = f * state.cell + i * g
    tanh_cell = jnp.tanh(cell)
    hidden = o * tanh_cell
    residuals = LSTMResiduals(
        cell_to_gates=(g * i * (1 - i), state.cell * f * (1 - f), i * (1 - g * g)),
        hidden_to_output=tanh_cell * o * (1 - o),
        hidden_to_cell=o * (1 - tanh_cell**2),
        forget=f,
        hidden=hidden,
    )
    return LSTMState(hidden, cell), residuals


def _stepped(weights, bias, inputs: Float[Array, "T features *batch"]) -> LSTMResiduals:
    """The residuals of every step, from the initial state."""
    zeros = jnp.zeros((len(bias) // 4, *inputs.shape[2:]), weights.dtype)
    step = lambda state, x: _step(weights, bias, state, x)  # noqa: E731
    return jax.lax.scan(step, LSTMState(zeros, zeros), inputs)[1]


def _squash(z: Float[Array, "gates *batch"], units: int) -> Float[Array, "gates *batch"]:
    """tanh on the third quarter and σ on the others, in one operation: σ(z) = tanh(z / 2) / 2 + 1 / 2."""
    is_gate = jnp.arange(4 * units) // units != 2
    scale = along_features(jnp.where(is_gate, jnp.asarray(0.5, z.dtype), 1.0), z)
    return jnp.tanh(z * scale) * scale + along_features(jnp.where(is_gate, jnp.asarray(0.5, z.dtype), 0.0), z)


def _split(gates: Float[Array, "gates *batch"], units: int):
    return tuple(gates[k * units : (k + 1) * units] for k in range(4))


@jax.custom_vjp
def _recall(weights, bias, inputs, residuals: LSTMResiduals):  # noqa: ARG001 (arguments of the backward pass)
    """The hidden states, which the residuals hold, as a differentiable function of weights and inputs."""
    return residuals.hidden


def _recall_forward(weights, bias, inputs, residuals: LSTMResiduals):
    return _recall(weights, bias, inputs, residuals), (weights, bias, inputs, residuals)


def _previous(values: Float[Array, "T ..."]) -> Float[Array, "T ..."]:
    """Each step's predecessor, with the initial zeros before the first."""
    return jnp.concatenate([jnp.zeros_like(values[:1]), values[:-1]])


def _recall_backward(saved, d_outputs: Float[Array, "T units *batch"]):
    return (*_gradient(*saved, d_outputs), None)


@jax.custom_vjp
def _gradient(weights, bias, inputs, residuals: LSTMResiduals, d_outputs):  # noqa: ARG001 (bias: for the second)
    """The derivatives by weights, bias and inputs."""
    flat = jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:2], -1), (inputs, residuals, d_outputs))
    d_weights, d_bias, d_z = _backwards(weights, *flat)
    d_inputs = jnp.einsum("gk,tgb->tkb", weights[:, : inputs.shape[1]], d_z)
    return d_weights, d_bias, d_inputs.reshape(inputs.shape)


def _gradient_forward(weights, bias, inputs, residuals: LSTMResiduals, d_outputs):
    given = (weights, bias, inputs, d_outputs)
    return _gradient(weights, bias, inputs, residuals, d_outputs), given


def _gradient_backward(saved, d_gradient):
    def plain(weights, bias, inputs, d_outputs):
        hidden = lambda *given: _stepped(*given).hidden  # noqa: E731
        return jax.vjp(hidden, weights, bias, inputs)[1](d_outputs)

    *d_given, d_d_outputs = jax.vjp(plain, *saved)[1](d_gradient)
    return *d_given, None, d_d_outputs


_gradient.defvjp(_gradient_forward, _gradient_backward)


def _backwards(
    weights: Float[Array, "gates k"],
    inputs: Float[Array, "T features batch"],
    residuals: LSTMResiduals,
    d_outputs: Float[Array, "T units batch"],
) -> tuple[Float[Array, "gates k"], Float[Array, "gates"], Float[Array, "T gates batch"]]:
    """The derivatives by weights and bias, and by every step's z.

    The first two are Σₜ d_zₜ [x; h; 1]ₜᵀ, summed step by step: computed from a stored d_z, they would take
    half as long again.
    """
    recurrent_transposed = weights[:, inputs.shape[1] :].T
    seen = jnp.concatenate([inputs, _previous(residuals.hidden), jnp.ones_like(inputs[:, :1])], 1)

    def step(carry, xs):
        d_hidden, d_cell, total = carry
        d_output, by, seen = xs
        d_hidden = d_hidden + d_output
        d_cell = d_cell + d_hidden * by.hidden_to_cell
        d_ifg = [to_gate * d_cell for to_gate in by.cell_to_gates]
        d_z = jnp.concatenate([*d_ifg, by.hidden_to_output * d_hidden])
        return (recurrent_transposed @ d_z, d_cell * by.forget, total + seen @ d_z.T), d_z

    zeros = jnp.zeros_like(d_outputs[0])
    start = (zeros, zeros, jnp.zeros((seen.shape[1], weights.shape[0]), weights.dtype))
    (_, _, total), d_z = jax.lax.scan(step, start, (d_outputs, residuals, seen), reverse=True)
    return total[:-1].T, total[-1], d_z


_recall.defvjp(_recall_forward, _recall_backward)
