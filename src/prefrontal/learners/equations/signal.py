"""The reward that a learner learns from. The agent's own input is always the sampled reward."""

from typing import Literal, get_args

from jaxtyping import Array, Float

from prefrontal.types import Lifetimes

Signal = Literal["sampled", "expected", "regret"]
SIGNALS = get_args(Signal)


def learning_signal(lifetimes: Lifetimes, signal: Signal) -> Float[Array, "T *batch"]:
    """The reward of each step, as the learner uses it.

    - `sampled`: the reward that was paid, as in every paper.
    - `expected`: E[reward | task, state, action]. The objective is the same in expectation, without the
      noise.
    - `regret`: the expected reward minus the oracle's. The oracle's reward does not depend on the agent's
      actions, so it is a baseline and the gradient stays unbiased; it also removes the variation between
      tasks. This does not hold if actions can end the lifetime: the oracle is then paid only as long as the
      agent lives, so an early end costs no regret. Such an environment should have no `oracle_reward`, or the
      learner should use `expected`.
    """
    if signal == "sampled":
        return lifetimes.reward
    if lifetimes.expected_reward is None:
        raise ValueError(
            f"signal is {signal!r}, but the environment does not know its expected_reward; use 'sampled'"
        )
    if signal == "expected":
        return lifetimes.expected_reward
    if lifetimes.oracle_reward is None:
        raise ValueError(
            "signal is 'regret', but the environment does not know its oracle_reward; use 'expected'"
        )
    return lifetimes.expected_reward - lifetimes.oracle_reward
