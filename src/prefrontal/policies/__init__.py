"""Policy heads turn a memory's output into a law over actions.

`auto` chooses by the action space: `categorical` for Discrete, `factored` for MultiDiscrete and MultiBinary,
`gaussian` for a Box of floats.
"""

import dataclasses

from prefrontal.actions import Actions, Choice, Factors, Vector
from prefrontal.policies.base import Law, Policy, PolicySettings
from prefrontal.policies.categorical import Categorical, CategoricalLaw, CategoricalSettings
from prefrontal.policies.factored import Factored, FactoredLaw, FactoredSettings
from prefrontal.policies.gaussian import Gaussian, GaussianLaw, GaussianSettings
from prefrontal.policies.squashed import Squashed, SquashedLaw, SquashedSettings
from prefrontal.registry import Registry
from prefrontal.types import RandomKey

_USUAL = {Choice: CategoricalSettings, Factors: FactoredSettings, Vector: GaussianSettings}


@dataclasses.dataclass(frozen=True)
class AutoPolicySettings(PolicySettings):
    """The usual head for the kind of action: `categorical`, `factored` or `gaussian`."""

    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Policy:
        return _USUAL[type(actions)]().build(actions, units, key=key)


POLICIES = Registry(
    "policy",
    PolicySettings,
    {
        "auto": AutoPolicySettings,
        "categorical": CategoricalSettings,
        "factored": FactoredSettings,
        "gaussian": GaussianSettings,
        "squashed": SquashedSettings,
    },
)

__all__ = [
    "POLICIES",
    "AutoPolicySettings",
    "Categorical",
    "CategoricalLaw",
    "CategoricalSettings",
    "Factored",
    "FactoredLaw",
    "FactoredSettings",
    "Gaussian",
    "GaussianLaw",
    "GaussianSettings",
    "Law",
    "Policy",
    "PolicySettings",
    "Squashed",
    "SquashedLaw",
    "SquashedSettings",
]
