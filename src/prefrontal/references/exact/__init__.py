"""Expected return and regret of references without sampling error.

`base` has what can be asked and how an answer is registered; the other files register what is known.
"""

from prefrontal.references.exact import bernoulli, continuous, counts, informative, restless, shift, two_step
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
    "informative",
    "mean_rewards",
    "optimum_alone",
    "oracle_rewards",
    "restless",
    "rewards_on",
    "rewards_under",
    "shift",
    "two_arm_prior",
    "two_step",
]
