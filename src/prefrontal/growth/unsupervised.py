"""Tasks that nobody wrote: a discriminator pays for its own skills (Gupta et al. 2018).

The process is one without a reward (`SkillWorld`), such as the box of `skills-box`. A task is a skill z,
which the agent is not told. After each move to a state s it pays

    r_z(s) = log D(z|s),

where the discriminator D is fixed: random, or that of a DIAYN. A reward log D(z|s) - log p(z), as DIAYN's
own, would differ by a constant. Episodes have one length, so this changes no optimum, and the paper has
log D. Its best value is 0, as is that of a distance from a goal.
"""

import abc
import dataclasses
import functools
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.agents.skilled import Discriminator, Skilled
from prefrontal.checks import check_integer, check_kind, settle, shown
from prefrontal.errors import UserError
from prefrontal.learners import Learner
from prefrontal.learners.diayn import SkillLearner
from prefrontal.registry import Registry
from prefrontal.streams import check_seed, weights_key
from prefrontal.tasks import SkillTask, SkillWorld, TaskDistribution, distribution
from prefrontal.tasks.base import Environment
from prefrontal.tasks.skills.base import any_mixture, any_skill
from prefrontal.types import RandomKey, State, Step, Task

_RANDOM = 0x72616E64  # makes a random discriminator's key different from those that `split` returns


@dataclasses.dataclass(frozen=True)
class DiscriminatorSettings(abc.ABC):
    """How a discriminator is made, from a seed. The same settings and seed make the same discriminator.

    Distributions hold these settings and not the weights. So they can be compared, hashed, stored as JSON and
    built again anywhere. What was built is kept for the rest of the process.

    **Arguments:** `seed`; None means that of the training, which `ProposedTasks.of_training` fills in.
    """

    registry: ClassVar[Registry["DiscriminatorSettings"]]

    seed: int | None = 0

    def __post_init__(self):
        settle(self)
        if self.seed is not None:
            check_seed(self.seed)

    def discriminator(self, process: SkillWorld) -> Discriminator:
        """The discriminator of this process's skills.

        **Raises:** `UserError` if `seed` is None, or if the discriminator is one of other skills.
        """
        if self.seed is None:
            raise UserError(
                f"seed of {type(self).__name__} is None, that of a training which is not known here; give a "
                "whole number"
            )
        return _built(self, process)

    @abc.abstractmethod
    def build(self, process: SkillWorld) -> Discriminator:
        """Make it anew."""


@functools.lru_cache(maxsize=64)
def _built(settings: DiscriminatorSettings, process: SkillWorld) -> Discriminator:
    """It is built in a thread of its own, since it may be asked for while a program is traced.

    JAX's contexts, such as the program that is traced and its mesh of devices, belong to their thread.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(settings.build, process).result()


@dataclasses.dataclass(frozen=True)
class RandomDiscriminator(DiscriminatorSettings):
    """A network of random weights, which nothing trains.

    **Arguments:** `gain`, by which the weights of every layer are multiplied. With 1, the skills differ so
    little from place to place that there is hardly anything to learn.
    """

    gain: float = 3.0
    features: tuple[int, ...] = (0, 1)  # the entries of what the process shows that it sees
    widths: tuple[int, ...] = (64, 64)  # tanh units of each of its hidden layers

    def __post_init__(self):
        super().__post_init__()
        settle(self, gain=(0, 1e3), features=(0, inf), widths=(1, 10_000))
        if not self.features:
            raise ValueError("features is (); it must name at least one entry of what the process shows")

    def build(self, process: SkillWorld) -> Discriminator:
        for feature in self.features:
            check_integer("each of features", feature, 0, process.size - 1)
        assert self.seed is not None
        key = jax.random.fold_in(weights_key(self.seed), _RANDOM)
        made = Discriminator(self.features, self.widths, process.skills, key=key)
        weights = lambda one: [layer.weights for layer in one.layers]  # noqa: E731
        return eqx.tree_at(weights, made, [self.gain * layer for layer in weights(made)])


@dataclasses.dataclass(frozen=True)
class LearntDiscriminator(DiscriminatorSettings):
    """That of an agent that has learnt skills: the learner is trained with `seed` when it is first needed.

    **Arguments:** `learner`, such as `DIAYN("skills-box:length=20")`.
    """

    learner: Learner = dataclasses.field(kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        check_kind("learner", self.learner, SkillLearner, ", as in DIAYN('skills-box')")

    def build(self, process: SkillWorld) -> Discriminator:
        assert self.seed is not None
        found = process_of("learner's tasks", self.learner.tasks)
        if (found.size, found.skills) != (process.size, process.skills):
            raise UserError(
                f"learner's tasks are {shown(self.learner.tasks)}, with {found.skills} skills, and the "
                f"process has {process.skills}; both must have the same skills"
            )
        return learnt(self.learner, self.seed).discriminator


def process_of(field: str, tasks: TaskDistribution | str) -> SkillWorld:
    """The process of tasks in which skills are told; a `UserError`, which names `field`, if none are."""
    world = distribution(tasks).environment
    if not isinstance(world, SkillWorld):
        raise UserError(
            f"{field} is {shown(tasks)}, in which no skill is told; its environment must be a SkillWorld, as "
            "in skills-box"
        )
    return world


def learnt(learner: Learner, seed: int) -> Skilled:
    """The agent of a whole training in memory, without a folder."""
    update = lambda state, _: (learner.step(state)[0], None)  # noqa: E731
    whole = jax.jit(lambda state: jax.lax.scan(update, state, None, learner.updates)[0])
    agent = learner.agent(whole(learner.init(seed)))
    assert isinstance(agent, Skilled)
    return agent


DISCRIMINATORS = Registry(
    "discriminator",
    DiscriminatorSettings,
    {"random": RandomDiscriminator, "learnt": LearntDiscriminator},
)


@dataclasses.dataclass(frozen=True)
class ProposedWorld(Environment):
    """What a process shows, and what a discriminator pays for a skill that is not told."""

    process: SkillWorld
    by: DiscriminatorSettings

    def __post_init__(self):
        check_kind("process", self.process, SkillWorld)
        check_kind("by", self.by, DiscriminatorSettings)

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(-np.inf, np.inf, (self.process.size,), np.float32)

    @property
    def action_space(self) -> spaces.Space:
        return self.process.action_space

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-inf, 0.0)

    @property
    def episode_length(self) -> int:
        return self.process.length

    def check_task(self, task: Task) -> None:
        self.process.check_task(task)

    def noise(self, key: RandomKey) -> tuple[()]:
        """No noise: a step is deterministic."""
        return ()

    def reset(self, key: RandomKey, task: SkillTask) -> tuple[State, Float[Array, "size"]]:
        state = self.process.begun(key)
        return state, self.process.seen(state)

    def transition(self, noise: tuple[()], task: SkillTask, state: State, action: Any) -> Step:
        after, never = self.process.after(state, action), jnp.zeros((), bool)
        seen = self.process.seen(after)
        reward = jnp.sum(task.skill * self.by.discriminator(self.process)(seen))
        return Step(after, seen, reward, after.time >= self.process.length, never, never)


@dataclasses.dataclass(frozen=True)
class ProposedTasks(TaskDistribution):
    """The tasks that a discriminator proposes: z is uniform, and its reward is log D(z|s).

    The agent sees what the process shows, but not the skill. Outside D, two skills pay at once, each half.

    **Arguments:**

    - `skills`: the process and its skills, a distribution such as `skills-box:length=20,skills=16`.
    - `by`: the discriminator, by name (`random`, `random:gain=1`) or as settings.
    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      the length of an episode; `episodes` is None afterwards.
    - `mixed`: whether two skills pay at once (outside D).

    Source: Gupta et al. 2018, section 4.
    """

    horizon: int = 60
    skills: TaskDistribution | str = "skills-box:length=20"
    by: DiscriminatorSettings | str = "random"
    episodes: int | None = None
    mixed: bool = False

    def __post_init__(self):
        settle(self, horizon=(1, inf), episodes=(1, inf))
        try:
            object.__setattr__(self, "by", DISCRIMINATORS.make(self.by))
        except ValueError as error:
            raise UserError(f"by is {shown(self.by)}: {error}") from None
        process_of("skills", self.skills)
        if self.episodes is not None:
            object.__setattr__(self, "horizon", self.episodes * self.process.length)
            object.__setattr__(self, "episodes", None)

    @property
    def process(self) -> SkillWorld:
        """The process without a reward.

        **Raises:** `UserError` if no skill is told in `skills`.
        """
        return process_of("skills", self.skills)

    @property
    def environment(self) -> ProposedWorld:
        return ProposedWorld(self.process, DISCRIMINATORS.make(self.by))

    def sample(self, key: RandomKey) -> SkillTask:
        skills = self.process.skills
        return any_mixture(key, skills) if self.mixed else any_skill(key, skills)

    def outside(self) -> "ProposedTasks":
        return dataclasses.replace(self, mixed=not self.mixed)

    def of_training(self, seed: int) -> "ProposedTasks":
        by = DISCRIMINATORS.make(self.by)
        return (
            self if by.seed is not None else dataclasses.replace(self, by=dataclasses.replace(by, seed=seed))
        )
