"""Expected return and regret of references without sampling error.

`base` defines the functions and their registration; the other files register the known values.
"""

from prefrontal.references.exact import (
    bernoulli,
    continuous,
    counts,
    gridworld,
    informative,
    plane,
    restless,
    shift,
    tabular,
    two_step,
)
from prefrontal.references.exact.base import (
    ExactValue,
    exact,
    exact_cross,
    exact_value,
    expected_rewards,
    mean_rewards,
    optimum_alone,
    oracle_rewards,
    rewards_on,
    rewards_under,
)
from prefrontal.references.exact.priors import two_arm_prior

__all__ = [
    "ExactValue",
    "bernoulli",
    "continuous",
    "counts",
    "exact",
    "exact_cross",
    "exact_value",
    "expected_rewards",
    "gridworld",
    "informative",
    "mean_rewards",
    "optimum_alone",
    "oracle_rewards",
    "plane",
    "restless",
    "rewards_on",
    "rewards_under",
    "shift",
    "tabular",
    "two_arm_prior",
    "two_step",
]
