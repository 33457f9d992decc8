"""Gated recurrent units (Cho et al. 2014), with the reset gate behind the product.

    r, z = σ(W_r x + U_r h + b_r), σ(W_z x + U_z h + b_z)        reset, update
    n = tanh(W_n x + b_n + r (U_n h + c))                        candidate
    h ← z h + (1 - z) n

Cho et al. (arXiv 1406.1078) reset the state behind its product with U_n in their first version, as here, and
before it in the last. cuDNN, PyTorch and flax do as here: so one product with U serves all three.

The backward pass is written by hand, like the LSTM's: a step leaves its local derivatives as its residuals.
A second derivative is taken of the equations above, by JAX, and is as slow as that is.
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


@dataclasses.dataclass(frozen=True)
class GRUSettings(MemorySettings):
    """One layer of gated recurrent units (Cho et al. 2014), with the reset gate behind the product.

    What its weights begin with decides what it remembers before it has learnt to.

    **Arguments:**
    - `units`, of the layer.
    - `update_bias`: b of the update gates. A unit without input keeps σ(b) of itself at every step, as an
      LSTM's cell does by its `forget_bias` (Tallec & Ollivier 2018).
    - `recurrent_gain`: times the recurrent weights' usual standard deviation, 1 / √units.
    """

    units: int = 48
    update_bias: float = 1.0
    recurrent_gain: float = 1.0

    def __post_init__(self):
        settle(self, units=(1, inf), update_bias=(-20.0, 20.0), recurrent_gain=(0.0, 10.0))

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> "GRU":
        start = (self.update_bias, self.recurrent_gain)
        return built(self, lambda key: GRU(parts.size, self.units, *start, key=key), key, "units")


class GRUResiduals(NamedTuple):
    """The derivatives of one step's h, all known when the step is made, and h itself."""

    to_reset: Float[Array, "units *batch"]  # by the sum inside r's σ
    to_update: Float[Array, "units *batch"]  # by the sum inside z's σ
    to_inner: Float[Array, "units *batch"]  # by U_n h + c
    to_candidate: Float[Array, "units *batch"]  # by the sum inside n's tanh
    keep: Float[Array, "units *batch"]  # by the h of the step before, the sums held fixed
    hidden: Float[Array, "units *batch"]


class GRU(Memory):
    """One layer of `size` units. A unit is a component of h.

    The rows of the weights and of `bias` are those of r, z, n (reset, update, candidate), in this order: a
    row for each unit. The module's docstring has the equations.

    Initial weights are like the LSTM's: recurrent weights are normal with variance 1 / units, and input
    weights have variance 1 for any number of inputs. Initial biases are zero, except for the update gates.
    """

    input_weights: Float[Array, "3*size features"]  # W
    recurrent_weights: Float[Array, "3*size size"]  # U
    bias: Float[Array, "3*size"]  # b
    inner_bias: Float[Array, "size"]  # c
    size: int = eqx.field(static=True)  # the number of units

    def __init__(
        self,
        input_size: int,
        size: int,
        update_bias: float = 1.0,
        recurrent_gain: float = 1.0,
        *,
        key: RandomKey,
    ):
        input_key, recurrent_key = jax.random.split(key)
        self.input_weights = jax.random.normal(input_key, (3 * size, input_size), jnp.float32)
        recurrent = jax.random.normal(recurrent_key, (3 * size, size), jnp.float32)
        self.recurrent_weights = recurrent_gain * size**-0.5 * recurrent
        self.bias = jnp.zeros(3 * size, jnp.float32).at[size : 2 * size].set(update_bias)
        self.inner_bias = jnp.zeros(size, jnp.float32)
        self.size = size

    def initial(self, batch: tuple[int, ...] = ()) -> Float[Array, "size *batch"]:
        return jnp.zeros((self.size, *batch), self.bias.dtype)

    def step(self, state: Float[Array, "size *batch"], inputs: Float[Array, "features *batch"]):
        units = self.size
        outer = apply(self.input_weights, inputs) + along_features(self.bias, inputs)
        inner = apply(self.recurrent_weights, state)
        gates = jnp.tanh((outer[: 2 * units] + inner[: 2 * units]) / 2) / 2 + 0.5  # σ
        r, z = gates[:units], gates[units:]
        inner = inner[2 * units :] + along_features(self.inner_bias, inputs)
        n = jnp.tanh(outer[2 * units :] + r * inner)
        hidden = z * state + (1 - z) * n
        to_candidate = (1 - z) * (1 - n * n)
        residuals = GRUResiduals(
            to_reset=to_candidate * inner * r * (1 - r),
            to_update=(state - n) * z * (1 - z),
            to_inner=to_candidate * r,
            to_candidate=to_candidate,
            keep=z,
            hidden=hidden,
        )
        return hidden, hidden, residuals

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        stepped = _stepped(*jax.lax.stop_gradient((self, inputs)))  # all derivatives come from `_recall`
        return self.recall(inputs, stepped)

    def recall(
        self, inputs: Float[Array, "T features *batch"], residuals: GRUResiduals
    ) -> Float[Array, "T size *batch"]:
        return _recall(self, inputs, jax.lax.stop_gradient(residuals))

    def units(self, residuals: GRUResiduals) -> Float[Array, "T size *batch"]:
        return residuals.hidden


def _stepped(model: GRU, inputs: Float[Array, "T features *batch"]) -> GRUResiduals:
    def step(state, x):
        state, _, residuals = model.step(state, x)
        return state, residuals

    return jax.lax.scan(step, model.initial(inputs.shape[2:]), inputs)[1]


@jax.custom_vjp
def _recall(model: GRU, inputs, residuals: GRUResiduals):  # noqa: ARG001 (arguments of the backward pass)
    """The hidden states, which the residuals hold, as a differentiable function of weights and inputs."""
    return residuals.hidden


def _recall_forward(model: GRU, inputs, residuals: GRUResiduals):
    return _recall(model, inputs, residuals), (model, inputs, residuals)


def _recall_backward(saved, d_outputs: Float[Array, "T units *batch"]):
    return (*_gradient(*saved, d_outputs), None)


_recall.defvjp(_recall_forward, _recall_backward)


@jax.custom_vjp
def _gradient(model: GRU, inputs, residuals: GRUResiduals, d_outputs) -> tuple[GRU, Float[Array, "T ..."]]:
    """The derivatives by weights, as a model of them, and by inputs."""
    flat = jax.tree.map(lambda leaf: leaf.reshape(*leaf.shape[:2], -1), (inputs, residuals, d_outputs))
    d_model, d_outer = _backwards(model, *flat)
    d_inputs = jnp.einsum("gk,tgb->tkb", model.input_weights, d_outer)
    return d_model, d_inputs.reshape(inputs.shape)


def _gradient_forward(model: GRU, inputs, residuals: GRUResiduals, d_outputs):
    return _gradient(model, inputs, residuals, d_outputs), (model, inputs, d_outputs)


def _gradient_backward(saved, d_gradient):
    """The second derivative, of the equations themselves: to it the residuals would be constants."""

    def plain(model: GRU, inputs, d_outputs):
        return jax.vjp(lambda *given: _stepped(*given).hidden, model, inputs)[1](d_outputs)

    d_model, d_inputs, d_d_outputs = jax.vjp(plain, *saved)[1](d_gradient)
    return d_model, d_inputs, None, d_d_outputs


_gradient.defvjp(_gradient_forward, _gradient_backward)


def _backwards(
    model: GRU,
    inputs: Float[Array, "T features batch"],
    residuals: GRUResiduals,
    d_outputs: Float[Array, "T units batch"],
) -> tuple[GRU, Float[Array, "T rows batch"]]:
    """The derivatives by the weights, and by every step's W x + b.

    The first are Σₜ d_outerₜ [x; 1]ₜᵀ and Σₜ d_innerₜ [h; 1]ₜ₋₁ᵀ, summed on the way.
    """
    transposed, units = model.recurrent_weights.T, model.size
    seen = jnp.concatenate([inputs, jnp.ones_like(inputs[:, :1])], 1)
    before = jnp.concatenate([jnp.zeros_like(residuals.hidden[:1]), residuals.hidden[:-1]])

    def step(carry, xs):
        d_hidden, of_inputs, of_units, of_inner = carry
        d_output, by, seen, before = xs
        d_hidden = d_hidden + d_output
        d_gates = [by.to_reset * d_hidden, by.to_update * d_hidden]
        d_outer = jnp.concatenate([*d_gates, by.to_candidate * d_hidden])
        d_inner = jnp.concatenate([*d_gates, by.to_inner * d_hidden])
        of_inputs = of_inputs + seen @ d_outer.T
        of_units = of_units + before @ d_inner.T
        of_inner = of_inner + jnp.sum(d_inner[2 * units :], 1)
        return (transposed @ d_inner + by.keep * d_hidden, of_inputs, of_units, of_inner), d_outer

    zeros = [jnp.zeros((rows, 3 * units), model.bias.dtype) for rows in (seen.shape[1], units)]
    start = (jnp.zeros_like(d_outputs[0]), *zeros, jnp.zeros_like(model.inner_bias))
    (_, of_inputs, of_units, of_inner), d_outer = jax.lax.scan(
        step, start, (d_outputs, residuals, seen, before), reverse=True
    )
    fields = (of_inputs[:-1].T, of_units.T, of_inputs[-1], of_inner)
    return jax.tree.unflatten(jax.tree.structure(model), fields), d_outer
