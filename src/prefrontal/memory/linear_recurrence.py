"""Linear recurrent units (Orvieto et al. 2023, "Resurrecting recurrent neural networks for long sequences").

    h = W x + b                                       the inputs, once
    u = norm(h)                                       then in each layer
    s ← λ s + exp(γ) (B u);    λ = exp(-exp(ν) + i exp(θ))
    g = gelu(Re(C s) + D u)
    h ← h + (V g + v) σ(G g + k)                      the gated linear unit, and the skip

and the output is norm(h) behind the last. States s, and B and C, are complex; they are kept as real and
imaginary parts. |λ| = exp(-exp(ν)) is below 1 whatever is learnt (section 3.3), and γ begins with the value
that gives a state driven by noise the variance of the noise (section 3.4). A layer is linear in its state.
So the gradient of a lifetime is another such recurrence, run backwards.
"""

import dataclasses
from math import pi
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.affine import Affine, along_features, apply
from prefrontal.checks import settle
from prefrontal.memory.base import Memory, Parts
from prefrontal.memory.layer_norm import LayerNorm
from prefrontal.memory.layered import LayeredSettings
from prefrontal.types import RandomKey


class Complex(NamedTuple):
    """Complex numbers: a checkpoint holds real ones only."""

    real: Float[Array, "..."]
    imaginary: Float[Array, "..."]

    def times(self, other: "Complex") -> "Complex":
        return Complex(
            self.real * other.real - self.imaginary * other.imaginary,
            self.real * other.imaginary + self.imaginary * other.real,
        )

    def plus(self, other: "Complex") -> "Complex":
        return Complex(self.real + other.real, self.imaginary + other.imaginary)

    def conjugate(self) -> "Complex":
        return Complex(self.real, -self.imaginary)


@dataclasses.dataclass(frozen=True)
class LinearRecurrenceSettings(LayeredSettings):
    """Linear recurrent units with a complex diagonal (Orvieto et al. 2023), in blocks with a gate and a skip.

    **Arguments:**
    - `units`, the features of a layer, and also its complex states.
    - `layers`, one upon the other.
    - `least_radius`, `most_radius`: between them lie all |λ| at first, uniformly over the ring's area. A
      state keeps |λ| of itself at every step.
    - `most_phase`: the angles of λ begin between 0 and this, in radians.
    """

    least_radius: float = 0.9
    most_radius: float = 0.999
    most_phase: float = pi / 10

    def __post_init__(self):
        radius = (0.0, 0.999999)
        others = {"most_radius": (1e-3, radius[1]), "most_phase": (1e-6, 2 * pi)}
        settle(self, **self.limits, least_radius=radius, **others)
        if self.least_radius >= self.most_radius:
            raise ValueError(
                f"least_radius is {self.least_radius}; it must be below most_radius, {self.most_radius}"
            )

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> "LinearRecurrence":
        return LinearRecurrence(**self.weights(parts, RecurrentLayer, key))


class RecurrentLayer(eqx.Module):
    """One layer: the recurrence, a gated linear unit, and the skip."""

    norm: LayerNorm
    log_decay: Float[Array, "units"]  # ν
    log_phase: Float[Array, "units"]  # θ
    log_gain: Float[Array, "units"]  # γ
    driving: Float[Array, "2*units units"]  # B: real parts, imaginary parts
    reading: Float[Array, "units 2*units"]  # C: of the real parts, of the imaginary parts
    through: Float[Array, "units"]  # D
    gated: Affine  # V and v, G and k

    def __init__(self, settings: LinearRecurrenceSettings, *, key: RandomKey):
        units = settings.units
        ring_key, phase_key, driving_key, reading_key, through_key, gated_key = jax.random.split(key, 6)
        squares = settings.least_radius**2, settings.most_radius**2
        square = jax.random.uniform(ring_key, (units,), jnp.float32, *squares)
        phase = settings.most_phase * (1 - jax.random.uniform(phase_key, (units,), jnp.float32))
        self.norm = LayerNorm(units)
        self.log_decay = jnp.log(-jnp.log(jnp.maximum(square, 1e-12)) / 2)
        self.log_phase = jnp.log(phase)
        self.log_gain = jnp.log1p(-square) / 2
        self.driving = jax.random.normal(driving_key, (2 * units, units), jnp.float32) * (2 * units) ** -0.5
        self.reading = jax.random.normal(reading_key, (units, 2 * units), jnp.float32) * units**-0.5
        self.through = jax.random.normal(through_key, (units,), jnp.float32)
        self.gated = Affine(units, 2 * units, key=gated_key)

    @property
    def decay(self) -> Complex:
        """λ of each state."""
        radius, phase = jnp.exp(-jnp.exp(self.log_decay)), jnp.exp(self.log_phase)
        return Complex(radius * jnp.cos(phase), radius * jnp.sin(phase))

    def drive(self, u: Float[Array, "units *batch"]) -> Complex:
        """exp(γ) B u."""
        gain = jnp.exp(jnp.concatenate([self.log_gain, self.log_gain]))
        both = apply(gain[:, None] * self.driving, u)
        return Complex(both[: len(self.through)], both[len(self.through) :])

    def leave(self, h: Float[Array, "units *batch"], u: Float[Array, "units *batch"], state: Complex):
        """h with the layer's output added."""
        read = apply(self.reading, jnp.concatenate([state.real, state.imaginary]))
        both = self.gated(jax.nn.gelu(read + along_features(self.through, u) * u))
        return h + both[: len(self.through)] * jax.nn.sigmoid(both[len(self.through) :])

    def over_time(self, h: Float[Array, "T units *batch"], states: Complex | None):
        """All steps of lifetimes; `states` are those of each step, where they are known."""
        u = jax.vmap(self.norm)(h)
        drive = jax.vmap(self.drive)(u)
        decay = Complex(*(along_features(part, h[0]) for part in self.decay))
        known = states_of(decay, drive) if states is None else _known(decay, drive, states)
        return jax.vmap(self.leave)(h, u, known)


class LinearRecurrence(Memory):
    """Layers of linear recurrent units. A unit is the real or the imaginary part of a state.

    Units are in the order of the layers; in each layer the real parts come first, then the imaginary ones.
    """

    enter: Affine  # inputs -> the first layer
    layers: tuple[RecurrentLayer, ...]  # one after the other
    norm: LayerNorm  # of the last layer's output
    size: int = eqx.field(static=True)  # the number of features

    def initial(self, batch: tuple[int, ...] = ()) -> tuple[Complex, ...]:
        zeros = jnp.zeros((self.size, *batch), self.enter.bias.dtype)
        return tuple(Complex(zeros, zeros) for _ in self.layers)

    def step(self, state: tuple[Complex, ...], inputs: Float[Array, "features *batch"]):
        h, states = self.enter(inputs), []
        for layer, before in zip(self.layers, state, strict=True):
            u = layer.norm(h)
            decay = Complex(*(along_features(part, u) for part in layer.decay))
            states.append(decay.times(before).plus(layer.drive(u)))
            h = layer.leave(h, u, states[-1])
        return tuple(states), self.norm(h), tuple(states)

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        return self._over_time(inputs, [None] * len(self.layers))

    def recall(
        self, inputs: Float[Array, "T features *batch"], residuals: tuple[Complex, ...]
    ) -> Float[Array, "T size *batch"]:
        return self._over_time(inputs, jax.lax.stop_gradient(residuals))

    def units(self, residuals: tuple[Complex, ...]) -> Float[Array, "T units *batch"]:
        return jnp.concatenate([part for state in residuals for part in state], axis=1)

    def _over_time(self, inputs: Float[Array, "T features *batch"], states):
        h = jax.vmap(self.enter)(inputs)
        for layer, known in zip(self.layers, states, strict=True):
            h = layer.over_time(h, known)
        return jax.vmap(self.norm)(h)


def states_of(decay: Complex, drive: Complex, reverse: bool = False) -> Complex:
    """sₜ = λ sₜ₋₁ + vₜ from s₋₁ = 0, or sₜ = λ sₜ₊₁ + vₜ from behind. Differentiable any number of times.

    **Arguments:** `decay`, λ as (units, 1, ...); `drive`, v as (T, units, *batch).
    """
    run = _backwards_in_time if reverse else (lambda one: one)
    given = jax.lax.stop_gradient((decay, run(drive)))
    return run(_known(decay, run(drive), _scanned(*given)))


def _backwards_in_time(drive: Complex) -> Complex:
    return Complex(*(part[::-1] for part in drive))


def _scanned(decay: Complex, drive: Complex) -> Complex:
    """The states: step by step on a processor, all steps at once elsewhere."""
    return jax.lax.platform_dependent(decay, drive, cpu=step_by_step, default=all_at_once)


def step_by_step(decay: Complex, drive: Complex) -> Complex:
    """A loop over time: on a processor it is no slower, and is compiled much sooner."""

    def step(state: Complex, drive: Complex):
        state = decay.times(state).plus(drive)
        return state, state

    return jax.lax.scan(step, jax.tree.map(lambda part: jnp.zeros_like(part[0]), drive), drive)[1]


def all_at_once(decay: Complex, drive: Complex) -> Complex:
    """An associative scan: log₂ T times over all steps at once."""
    shape = (len(drive.real), *decay.real.shape)
    powers = Complex(*(jnp.broadcast_to(part, shape) for part in decay))

    def joined(first: tuple[Complex, Complex], then: tuple[Complex, Complex]):
        """Two stretches of time as one, each as (a, v): it makes a s + v of a state s."""
        return then[0].times(first[0]), then[0].times(first[1]).plus(then[1])

    return jax.lax.associative_scan(joined, (powers, drive))[1]


@jax.custom_vjp
def _known(decay: Complex, drive: Complex, states: Complex) -> Complex:  # noqa: ARG001
    """The states, which are known, as a differentiable function of λ and v."""
    return states


def _known_forward(decay: Complex, drive: Complex, states: Complex):
    states = _known(decay, drive, states)  # so that a second derivative knows whence they come
    return states, (decay, states)


def _known_backward(saved: tuple[Complex, Complex], d_states: Complex):
    """With d = ∂/∂real + i ∂/∂imaginary: d_vₜ = d_sₜ + λ̄ d_vₜ₊₁, and d_λ = Σₜ d_vₜ s̄ₜ₋₁."""
    decay, states = saved
    d_drive = states_of(decay.conjugate(), d_states, reverse=True)
    before = Complex(*(part[:-1] for part in states)).conjugate()
    products = Complex(*(part[1:] for part in d_drive)).times(before)
    over = (0, *range(2, products.real.ndim))
    d_decay = Complex(*(jnp.sum(part, over).reshape(decay.real.shape) for part in products))
    return d_decay, d_drive, None


_known.defvjp(_known_forward, _known_backward)
