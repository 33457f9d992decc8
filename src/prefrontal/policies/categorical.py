"""A softmax over discrete actions: gymnasium's Discrete."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.actions import Actions, Choice
from prefrontal.affine import Affine
from prefrontal.policies.base import Law, Mask, Policy, PolicySettings, masked
from prefrontal.types import RandomKey


class CategoricalLaw(Law):
    """π(a) = exp(logits[a]) / Σ exp(logits); actions are counted from `start`."""

    logits: Float[Array, "n *batch"]
    start: int = eqx.field(static=True, default=0)

    def log_probability(self, action: Int[Array, "*batch"]) -> Float[Array, "*batch"]:
        chosen = jax.nn.one_hot(action - self.start, self.logits.shape[0], dtype=jnp.float32, axis=0)
        return jnp.sum(jax.nn.log_softmax(self.logits, axis=0) * chosen, axis=0)

    def entropy(self) -> Float[Array, "*batch"]:
        log_policy = jax.nn.log_softmax(self.logits, axis=0)
        return -jnp.sum(jnp.exp(log_policy) * log_policy, axis=0)

    def divergence(self, other: "CategoricalLaw") -> Float[Array, "*batch"]:
        ours, theirs = (jax.nn.log_softmax(law.logits, axis=0) for law in (self, other))
        return jnp.sum(jnp.exp(ours) * (ours - theirs), axis=0)

    def mode(self) -> Int[Array, "*batch"]:
        return self.start + jnp.argmax(self.logits, axis=0)


class Categorical(Policy):
    actions: Choice = eqx.field(static=True)

    def law(self, output: Float[Array, "units *batch"], allowed: Mask = None) -> CategoricalLaw:
        return CategoricalLaw(masked(self.numbers(output), allowed), self.actions.start)

    def noise(self, key: RandomKey) -> Float[Array, "n"]:
        return jax.random.gumbel(key, (self.actions.n,), jnp.float32)

    def choose(
        self, output: Float[Array, "units *batch"], noise: Float[Array, "n *batch"], allowed: Mask = None
    ) -> Int[Array, "*batch"]:
        """Draw with the Gumbel-max trick."""
        return self.actions.best(masked(self.numbers(output) + noise, allowed))


@dataclasses.dataclass(frozen=True)
class CategoricalSettings(PolicySettings):
    """A softmax over the actions, for Discrete: each step chooses one action."""

    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Categorical:
        if not isinstance(actions, Choice):
            raise ValueError(f"the policy 'categorical' is for Discrete actions, and these are {actions}")
        layer = Affine(units, actions.n, key=key)
        return Categorical(layer.weights, layer.bias, actions)
