"""The two seams of the tasks' room: an environment's dynamics, and a distribution of tasks."""

import abc
import inspect
from typing import Any, ClassVar

import gymnasium
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Shaped

from prefrontal.actions import Actions, Choices, actions_of
from prefrontal.checks import check_integer, shown
from prefrontal.errors import UserError
from prefrontal.registry import Registry
from prefrontal.tasks.checking import (
    call,
    check_arrays,
    check_key,
    checked_action,
    checked_allowed,
    checked_step,
    is_concrete,
    nothing_allowed,
)
from prefrontal.types import Noise, RandomKey, State, Step, Task


class Environment(abc.ABC):
    """The dynamics, given a task. Pure functions of one lifetime; the task belongs to the caller.

    Implement `reset`, `transition` and, if a step is random, `noise`. If the expected reward of an action is
    known, implement `expected_reward` and `oracle_reward` too: regret is then exact, and a learner may learn
    from expectations instead of samples.
    """

    observation_space: gymnasium.Space
    """What is observed: Box, Discrete, MultiDiscrete or MultiBinary. A property or an attribute of the class.

    A Box of shape `(0,)` where there is nothing to observe. Dict and Tuple must be flattened.
    """

    action_space: gymnasium.Space
    """Discrete, MultiDiscrete, MultiBinary, or a Box of floats. A property, or an attribute of the class."""

    @property
    def reward_range(self) -> tuple[float, float]:
        """The lowest and the highest reward of one step."""
        return (-float("inf"), float("inf"))

    @property
    def reward_values(self) -> tuple[float, ...] | None:
        """All possible rewards in ascending order, for a one-hot reward input; None if there are too many."""
        return None

    @property
    def restarts(self) -> bool:
        """Whether episodes can end before the lifetime does, so that the rollout must start new ones."""
        return True

    @property
    def episode_length(self) -> int | None:
        """The number of steps in every episode, if all have the same length; None if lengths differ.

        An agent revises itself only after whole episodes, so its segments must be multiples of this.
        """
        return None

    @abc.abstractmethod
    def reset(self, key: RandomKey, task: Task) -> tuple[State, Shaped[Array, "*observation"]]:
        """The start of an episode in `task`.

        It is called at the start of a lifetime and, with the same task, after every episode that ends inside
        it.

        **Returns:** the environment's state, a pytree of arrays of fixed shapes, and the first observation,
        of the shape of `observation_space`.
        """

    def restart(self, key: RandomKey, task: Task, state: State) -> tuple[State, Any]:
        """The start of a later episode; `state` is how the last one ended. `reset`, if not overridden.

        Override it where something of the lifetime must be carried on, such as a count of its episodes.
        """
        return self.reset(key, task)

    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one step, a pytree of arrays: `key` itself if not overridden.

        The rollout calls it for whole lifetimes at once, outside its scan.
        """
        return key

    @abc.abstractmethod
    def transition(self, noise: Noise, task: Task, state: State, action: Shaped[Array, "*action"]) -> Step:
        """The outcome of `action`, with the given randomness.

        **Arguments:** `noise`, from this environment's `noise`; `state`, from the last step or from `reset`;
        `action`, inside `action_space`: an integer `()` for Discrete, or an array of the space's shape.

        **Returns:** the next state and observation, the reward `()`, and three flags `()`. `episode_over` and
        `truncated` make the rollout call `reset`; only `lifetime_over` ends the lifetime.
        """

    def step(self, key: RandomKey, task: Task, state: State, action: Shaped[Array, "*action"]) -> Step:
        """`transition` with the randomness of `noise(key)`. Use it to step an environment by hand.

        For a Box, an action outside is replaced by the nearest action inside, as in a rollout.

        **Raises:** `UserError` for a task that does not fit this environment, for an action outside
        `action_space` or one that is not `allowed`, and if `transition` returns anything that does not match
        the declared spaces.
        """
        check_key(key)
        self.check_task(task)
        space = self.action_space
        actions, who = actions_of(space), f"the caller of {type(self).__name__}.step"
        action = checked_action(who, actions, space, action)
        if is_concrete(action) and np.any(actions.misses(np.asarray(action))):
            raise UserError(f"the action is {np.asarray(action)}; action_space is {space}")
        if all(map(is_concrete, jax.tree.leaves((action, task, state)))):
            _check_allowed(self, actions, task, state, action)
        noise = call(self, "noise", key)
        return checked_step(self, call(self, "transition", noise, task, state, actions.inside(action)), state)

    def check_task(self, task: Task) -> None:
        """Raise a `UserError` if `task` does not fit this environment. By default every task fits.

        Shapes are always known; values are known only if the arrays are concrete. Any axes after a task's own
        axes are the batch: `evaluate` passes all the tasks that it has drawn.
        """
        return

    def expected_reward(
        self, task: Task, state: State, action: Shaped[Array, "*action"]
    ) -> Float[Array, ""] | None:
        """E[reward | task, state, action], a number `()`, or None if it is not known."""
        return None

    def oracle_reward(self, task: Task, state: State) -> Float[Array, ""] | None:
        """The expected reward, at this step, of an oracle that knows the task: a number `()`, or None.

        It must not depend on what the agent did, because a learner may use it as a baseline. Where actions
        decide the next state, it is what the oracle expects in its own course through the episode, and not
        the best reward in the agent's state; both courses begin at the same start. If an action can
        end the lifetime, it would depend on that (the oracle's steps end with the agent's), so such
        environments must return None. Cumulative expected regret is Σₜ (oracle_reward - expected_reward)
        (Wang et al. 2016, section 3.1).
        """
        return None

    def allowed(self, task: Task, state: State) -> Bool[Array, "choices"] | None:
        """The action mask: which actions may be taken in `state`. None, if not overridden: all of them.

        The agent is given it in its percept, so it must say no more of the task than the agent may know.
        Trained agents take allowed actions only. An action that is not allowed is an error of whoever takes
        it, in `evaluate` and in `step`; so is a state in which nothing is allowed.

        **Returns:** an array of bools: for Discrete `(n,)`; for MultiDiscrete and MultiBinary, the masks of
        the choices, one behind the other (of a MultiBinary, two values each: 0 and 1). None for a Box.
        """
        return None


class TaskDistribution(abc.ABC):
    """A distribution of tasks: a frozen dataclass with `environment`, `horizon` and `sample`.

    `horizon` is the number of steps in a lifetime; `dataclasses.replace` makes a longer or shorter one.
    """

    registry: ClassVar[Registry["TaskDistribution"]]

    horizon: int

    environment: Environment
    """The dynamics that all tasks of this distribution share."""

    @abc.abstractmethod
    def sample(self, key: RandomKey) -> Task:
        """One task drawn from the distribution D: a pytree of arrays, of the same shapes for every key.

        All of its randomness must come from `key`. It is compiled, so `numpy.random` would be drawn only
        once.
        """

    @property
    def one_task(self) -> bool:
        """Whether every draw is meant to be the same task. If False, `train` and `evaluate` warn of it."""
        return False

    @property
    def caution(self) -> str:
        """How it differs, on this machine, from what its name says; empty if it does not differ."""
        return ""

    def held_out(self) -> "TaskDistribution":
        """The distribution for `validation` and `test`: this one, unless its tasks come from a pool.

        Tasks drawn from a continuum differ from stream to stream in any case. If tasks are made from a pool,
        for example of images, override this: it is the distribution over the part of the pool that training
        never draws from.
        """
        return self

    def of_training(self, seed: int) -> "TaskDistribution":
        """The tasks of the training with this seed, where an experiment trains with several: these.

        Override it if every training has tasks of its own, such as tasks that were made without a person.
        """
        return self

    def outside(self) -> "TaskDistribution":
        """A distribution of tasks unlike the training tasks, to test how the agent generalises.

        **Raises:** ValueError if the distribution defines none.
        """
        raise ValueError(f"{type(self).__name__} declares no tasks outside its distribution")


def sample_tasks(distribution: TaskDistribution, keys: Shaped[Array, "n"]) -> Task:
    """Tasks for `n` lifetimes, the batch axis last.

    **Raises:** `UserError` if `sample` does not return a pytree of arrays, or if the distribution has no
    environment or no horizon.
    """
    check_distribution(distribution)
    return jax.vmap(lambda key: _sample(distribution, key), out_axes=-1)(keys)


def check_distribution(distribution: TaskDistribution) -> None:
    """Raise a `UserError` unless a distribution has an `Environment` and a horizon of at least one step.

    Both must be hashable, and the environment must have its two spaces.
    """
    name = type(distribution).__name__
    for field, meaning in (("horizon", "the number of steps in a lifetime"), ("environment", "the dynamics")):
        if not hasattr(distribution, field):
            raise UserError(f"{name} has no {field}; it must have one, {meaning}")
    environment = distribution.environment
    if not isinstance(environment, Environment):
        raise UserError(
            f"{name}.environment is {_said(environment)}; it must be an Environment, as in HiddenGoal()"
        )
    for space in ("observation_space", "action_space"):
        found = getattr(environment, space, None)
        if not isinstance(found, gymnasium.Space):
            raise UserError(
                f"{type(environment).__name__}.{space} is {_said(found)}; it must be a space of gymnasium's"
            )
    check_integer(f"{name}.horizon", distribution.horizon, 1)
    _check_hashable(environment)
    _check_hashable(distribution)


def _check_allowed(environment: Environment, actions: Actions, task: Task, state: State, action) -> None:
    """A `UserError` for an action, inside the space, that the environment's mask forbids in this state."""
    allowed = checked_allowed(environment, actions, call(environment, "allowed", task, state))
    if allowed is None or not isinstance(actions, Choices):
        return
    if actions.stuck(allowed):
        raise UserError(nothing_allowed(environment, "in this state"))
    if actions.barred(action, allowed):
        values = actions.named(np.asarray(allowed))
        raise UserError(f"the action is {np.asarray(action)}; allowed in this state are {values}")


def _said(value: object) -> str:
    """What an error says of a value in the place of an environment or a space."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "a method, which @property would make a property" if inspect.ismethod(value) else shown(value)


def _check_hashable(part: Environment | TaskDistribution) -> None:
    """A `UserError` for what jax would have to hash and cannot; a pytree's arrays are its arguments."""
    if not jax.tree_util.all_leaves([part]):
        return
    try:
        hash(part)
    except TypeError as error:
        raise UserError(
            f"{type(part).__name__} cannot be hashed ({error}); it must be a dataclass with frozen=True, and "
            "its fields numbers, texts and tuples. A space is a property or a plain attribute of the class; "
            "an array is made outside the class, or belongs in the task"
        ) from None


def _sample(distribution: TaskDistribution, key: RandomKey) -> Task:
    task = call(distribution, "sample", key)
    check_arrays(f"{type(distribution).__name__}.sample", "a task", task)
    return task
