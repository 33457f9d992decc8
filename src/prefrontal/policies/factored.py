"""Several independent softmaxes, for actions that are several choices: MultiDiscrete and MultiBinary."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.actions import Actions, Factors
from prefrontal.affine import Affine
from prefrontal.policies.base import Law, Mask, Policy, PolicySettings, masked
from prefrontal.policies.categorical import CategoricalLaw
from prefrontal.types import RandomKey


class FactoredLaw(Law):
    """π(a) = Πₖ πₖ(aₖ): the choices are independent given the memory's output."""

    logits: Float[Array, "numbers *batch"]  # of the choices, one behind the other
    actions: Factors = eqx.field(static=True)

    @property
    def factors(self) -> list[CategoricalLaw]:
        parts = self.actions.parted(self.logits)
        return [CategoricalLaw(part, start) for part, start in zip(parts, self.actions.starts, strict=True)]

    def log_probability(self, action: Int[Array, "..."]) -> Float[Array, "*batch"]:
        each = action.reshape(len(self.actions.sizes), *action.shape[len(self.actions.shape) :])
        return sum(law.log_probability(one) for law, one in zip(self.factors, each, strict=True))  # pyright: ignore

    def entropy(self) -> Float[Array, "*batch"]:
        return sum(law.entropy() for law in self.factors)  # pyright: ignore[reportReturnType]

    def divergence(self, other: "FactoredLaw") -> Float[Array, "*batch"]:
        pairs = zip(self.factors, other.factors, strict=True)
        return sum(ours.divergence(theirs) for ours, theirs in pairs)  # pyright: ignore[reportReturnType]

    def mode(self) -> Int[Array, "..."]:
        return self.actions.best(self.logits)


class Factored(Policy):
    actions: Factors = eqx.field(static=True)

    def law(self, output: Float[Array, "units *batch"], allowed: Mask = None) -> FactoredLaw:
        return FactoredLaw(masked(self.numbers(output), allowed), self.actions)

    def noise(self, key: RandomKey) -> Float[Array, "numbers"]:
        return jax.random.gumbel(key, (self.actions.features,), jnp.float32)

    def choose(
        self,
        output: Float[Array, "units *batch"],
        noise: Float[Array, "numbers *batch"],
        allowed: Mask = None,
    ) -> Int[Array, "..."]:
        """Draw each choice with the Gumbel-max trick."""
        return self.actions.best(masked(self.numbers(output) + noise, allowed))


@dataclasses.dataclass(frozen=True)
class FactoredSettings(PolicySettings):
    """A softmax for each of several choices: for MultiDiscrete and MultiBinary."""

    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Factored:
        if not isinstance(actions, Factors):
            raise ValueError(
                f"the policy 'factored' is for MultiDiscrete and MultiBinary actions, and these are {actions}"
            )
        layer = Affine(units, actions.features, key=key)
        return Factored(layer.weights, layer.bias, actions)
