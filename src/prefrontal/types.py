"""The types that pass between the packages.

Arrays are *features first*: a kernel is written for one lifetime, and for a batch of lifetimes the batch is
the **last** axis. The rollout maps over that last axis. So the hidden state of a batch is a matrix
`(units, lifetimes)`, and one step of a memory is one matrix product.
"""

from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float, Int, Key, Shaped

RandomKey = Key[Array, ""]
Task = Any  # one MDP: a pytree of arrays
State = Any  # what an environment carries from step to step: a pytree of arrays
Noise = Any  # all the randomness that one step needs: a pytree of arrays


class Percept(NamedTuple):
    """The agent's input at one step. `PerceptSettings` choose the parts that an agent uses."""

    observation: Float[Array, "*observation"]  # what the environment shows now
    previous_action: Shaped[Array, "*action"]  # zeros before the first action, when `time` is 0
    previous_reward: Float[Array, ""]  # 0 before the first action
    time: Int[Array, ""]  # steps since the start of the lifetime
    episode_start: Bool[Array, ""]  # the observation opens a new episode
    # The action mask, from the environment's `allowed`: of each entry of an action's code, whether it may be
    # chosen now. None: everything may be.
    allowed: Bool[Array, "choices"] | None = None


class Step(NamedTuple):
    """The result of one action, as an environment returns it."""

    state: State  # the next state
    observation: Float[Array, "*observation"]  # the next observation, of the shape of `observation_space`
    reward: Float[Array, ""]  # a number
    episode_over: Bool[Array, ""]  # the episode ended in the world
    truncated: Bool[Array, ""]  # the episode was cut short, though the world goes on
    lifetime_over: Bool[Array, ""]  # nothing more can happen in this task


class Lifetimes(NamedTuple):
    """Everything that happened in lifetimes of at most `T` steps: time first, then features, the batch last.

    After `lifetime_over` a lifetime is padded: `alive` is False there, and rewards are zero.
    """

    percept: Percept  # each leaf (T, ..., batch)
    action: Shaped[Array, "T *batch"]  # (T, *action, *batch)
    reward: Float[Array, "T *batch"]  # sampled; 0 after the end of the lifetime
    # E[reward | task, state, action], and the same for an oracle that knows the task; None if not known.
    # Regret is the difference.
    expected_reward: Float[Array, "T *batch"] | None
    oracle_reward: Float[Array, "T *batch"] | None  # see above
    continues: Float[Array, "T *batch"]  # 0 where the world ends here, else 1: times γ, the discount
    alive: Bool[Array, "T *batch"]  # this step was lived, not padding
    episode_over: Bool[Array, "T *batch"]  # an episode ended in the world at this step
    truncated: Bool[Array, "T *batch"]  # an episode was cut short at this step
    residuals: Any  # what the agent kept of its own computation, for learning and for recording
    state: State = None  # the environment's state before each step, (T, ..., batch), if it was asked for
    # The task's parameters, (parameters, batch), if a learner's critic sees them. No agent may use them.
    parameters: Float[Array, "parameters batch"] | None = None
