"""What reward a learner learns from. What the agent itself is fed is always the sampled reward."""

from typing import Literal, get_args

from jaxtyping import Array, Float

from prefrontal.types import Lifetimes

Signal = Literal["sampled", "expected", "regret", "best"]
SIGNALS = get_args(Signal)


def learning_signal(lifetimes: Lifetimes, signal: Signal) -> Float[Array, "T *batch"]:
    """The reward of each step as the learner takes it.

    - `sampled`: the reward that was paid, as in every paper.
    - `expected`: E[reward | task, state, action]. The objective is the same in expectation and the noise is
      gone.
    - `regret`: the same less what an oracle would expect. The oracle's reward does not depend on the agent's
      actions, so it is a baseline and the gradient is unbiased still; what varies between tasks is gone as
      well. Where actions end the lifetime this does not hold, for the oracle is paid no longer than the agent
      lives, and an early death costs no regret: such an environment should offer no oracle_reward, or the
      learner take `expected`.
    - `best`: the last of these that the task offers.
    """
    if signal == "best":
        signal = _best(lifetimes)
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


def _best(lifetimes: Lifetimes) -> Signal:
    if lifetimes.expected_reward is None:
        return "sampled"
    return "expected" if lifetimes.oracle_reward is None else "regret"
