"""The interface of agents: an agent starts with an initial memory and acts on percepts.

A trained network is an agent, and so is Thompson sampling. So the same rollout produces every curve of a
figure.
"""

import abc
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Shaped

from prefrontal.actions import Actions
from prefrontal.errors import UserError
from prefrontal.policies import Law
from prefrontal.tasks.checking import call, is_array, shown
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey, State, Task


class Agent(eqx.Module):
    """Acts on percepts with a memory that lasts a lifetime. Its methods handle one lifetime, without a batch.

    An agent may also *revise* itself: a lifetime is then divided into segments of `segment` steps. Between
    two segments, `revise` makes a new memory from the old memory and the finished segment.
    """

    @property
    def segment(self) -> int | None:
        """The number of steps between two revisions, a whole number of episodes; None if it never revises."""
        return None

    @property
    def episode_length(self) -> int | None:
        """The number of steps in every episode that this agent can learn from; None if they may differ."""
        return None

    @property
    def longest(self) -> int | None:
        """The largest number of steps in a lifetime that this agent can handle; None if there is no limit."""
        return None

    @property
    def apart(self) -> bool:
        """Whether nothing passes from one episode to the next within a segment, neither memory nor percept.

        The rollout may then live the episodes of a segment side by side, with the same results.
        """
        return False

    @property
    def acts(self) -> Actions | None:
        """The actions that this agent was built for; None where that is not known."""
        return None

    @abc.abstractmethod
    def initial_memory(self) -> Any:
        """The memory at the start of a lifetime: a pytree of arrays, without a batch axis."""

    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one action, a pytree of arrays for `act`: `key` itself if not overridden.

        The rollout calls it for whole lifetimes at once.
        """
        return key

    @abc.abstractmethod
    def act(self, memory: Any, percept: Percept, noise: Noise) -> tuple[Any, Shaped[Array, "*action"], Any]:
        """One step of one lifetime.

        **Arguments:** `memory`, from the last step or from `initial_memory`; `percept`, with the observation,
        the previous action and the previous reward; `noise`, from this agent's `noise`.

        **Returns:** the next memory, with unchanged shapes and dtypes; the action, an array of the action
        space's shape, not clipped to the bounds of a Box; and the residuals, which are whatever `recall` and
        `units` need from this step (None if nothing).
        """

    def act_all(
        self, memory: Any, percept: Percept, noise: Noise
    ) -> tuple[Any, Shaped[Array, "*action batch"], Any]:
        """`act` in every lifetime of a batch, the batch axis last. Override it only for speed."""

        def act(*given):
            acted = call(self, "act", *given)
            if isinstance(acted, tuple) and len(acted) == 3 and not is_array(acted[1]):
                name = type(self).__name__
                raise UserError(f"{name} acts with {shown(acted[1])}; it must be an array of numbers")
            return acted

        return jax.vmap(act, in_axes=-1, out_axes=-1)(memory, percept, noise)

    def act_told(self, memory: Any, percept: Percept, noise: Noise, task: Task, state: State):
        """`act_all` with the task and the environment's state, the batch axis last: for oracles only.

        No other agent overrides it, so no other agent sees the task or the state.
        """
        return self.act_all(memory, percept, noise)

    def revise(self, memory: Any, lived: Lifetimes) -> Any:
        """The memory after a segment: an inner gradient step, a new plan. Used only if `segment` is a number.

        **Arguments:** `memory`, at the end of the segment; `lived`, the segment of one lifetime, each leaf
        `(segment, ...)`. Its `continues` is 0 only if the lifetime ended within the segment.

        **Returns:** a memory of the same shapes.
        """
        return memory


class Prediction(eqx.Module):
    """An agent's law over actions and its value at every step of a lifetime."""

    law: Law  # over actions, every leaf (T, ..., *batch)
    value: Float[Array, "T *batch"]  # the expected return from here on, as the agent estimates it
    features: Float[Array, "T units *batch"] | None = None  # the inputs of the value head
    told: Float[Array, "T *batch"] | None = None  # the value of a critic that sees the task

    @property
    def baseline(self) -> Float[Array, "T *batch"]:
        """The value from which advantages are computed: that of the critic, if there is one."""
        return self.value if self.told is None else self.told

    def log_probability(self, action: Shaped[Array, "T ..."]) -> Float[Array, "T *batch"]:
        """log π(aₜ) of the actions `(T, *action, *batch)`."""
        return jax.vmap(lambda law, one: law.log_probability(one))(self.law, action)

    def entropy(self) -> Float[Array, "T *batch"]:
        """H(πₜ), in nats."""
        return jax.vmap(lambda law: law.entropy())(self.law)

    def divergence(self, other: "Prediction") -> Float[Array, "T *batch"]:
        """KL(πₜ ‖ other's), in nats."""
        return jax.vmap(lambda ours, theirs: ours.divergence(theirs))(self.law, other.law)


class PredictingAgent(Agent):
    """An agent whose law and value can be recomputed from its lifetimes, and differentiated."""

    @abc.abstractmethod
    def replay(self, lifetimes: Lifetimes) -> Prediction:
        """The law and the value at every step of lifetimes, recomputed with these weights.

        **Arguments:** `lifetimes`, each leaf `(T, ..., *batch)`. Its residuals are not used.
        """

    def recall(self, lifetimes: Lifetimes) -> Prediction:
        """`replay`, if `lifetimes` come from a rollout with these same weights and hold its residuals.

        Override it if the residuals avoid computing something twice.
        """
        return self.replay(lifetimes)

    def act_by_mode(self, memory: Any, percept: Percept) -> tuple[Any, Shaped[Array, "*action"], Any]:
        """`act`, but with the most probable action of the law in place of one that is drawn.

        **Raises:** ValueError if the agent's class does not override it.
        """
        raise ValueError(f"{type(self).__name__} has no act_by_mode, which takes the most probable action")

    def with_value(self, size: Float[Array, ""], shift: Float[Array, ""]) -> "PredictingAgent":
        """The same agent with the value `size` · V + `shift`.

        **Raises:** ValueError if the agent's class does not override it. Such an agent cannot be trained with
        a `value_scale`.
        """
        raise ValueError(
            f"{type(self).__name__} has no with_value, which scales its value; use value_scale='none'"
        )

    @abc.abstractmethod
    def units(self, residuals: Any) -> Float[Array, "T units *batch"]:
        """The activity of each unit at each step, from a rollout's residuals.

        Step `t` is after percept `t` and before reward `t`.

        **Raises:** ValueError if there are no units to record.
        """
