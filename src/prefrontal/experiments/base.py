"""The declarations of an experiment."""

import dataclasses
from math import inf
from typing import Any, Literal

from prefrontal.checks import check_integer, settle
from prefrontal.disk.records import Kept
from prefrontal.errors import UserError
from prefrontal.experiments.drawn import Drawn
from prefrontal.growth import Grower
from prefrontal.learners import Learner
from prefrontal.suggest import lookup, unknown
from prefrontal.tasks import DISTRIBUTIONS, TaskDistribution


@dataclasses.dataclass(frozen=True)
class Trial:
    """A further evaluation of a condition's agents, changed in some way."""

    name: str  # what its records are called
    on: str  # the distribution
    changes: tuple[tuple[str, int | tuple[float, ...]], ...] = ()  # fields of the agent, and their values
    # A method of the agent, which gives the agent that is tried; `changes` are then its arguments.
    method: str = dataclasses.field(default="", metadata={"later": True})

    def __post_init__(self):
        settle(self)
        if self.on.partition(":")[0] not in DISTRIBUTIONS:
            raise UserError(f"on is {self.on!r}: {unknown('task distribution', self.on, DISTRIBUTIONS)}")


@dataclasses.dataclass(frozen=True)
class Condition:
    """One way of training, repeated with every seed.

    A control is the same training with one part taken away.
    """

    name: str
    label: str  # what a figure calls it
    learner: Learner  # any, with its tasks
    evaluate_on: tuple[str, ...] = ()  # besides the distribution trained on
    control: bool = False
    # The first seed also gets a few lifetimes with these columns, trained and untrained: to look at.
    keep: tuple[Kept, ...] = ()
    kept_lifetimes: int = 100
    # The seeds whose kept lifetimes findings and figures need. With "every", those of every seed are kept.
    kept_needed: Literal["none", "first", "every"] = "none"
    # The distribution that they are lived in, if not the one trained on.
    kept_on: str = dataclasses.field(default="", metadata={"later": True})
    trials: tuple[Trial, ...] = dataclasses.field(default=(), metadata={"later": True})
    # An earlier condition, whose learner is a grower: each seed learns on what that seed's run left.
    after: str = dataclasses.field(default="", metadata={"later": True})
    # Fields of the learner that every seed draws for itself, as in a random search.
    drawn: dict[str, Drawn] = dataclasses.field(default_factory=dict, hash=False)

    def __post_init__(self):
        settle(self)
        for field, limits in self.drawn.items():
            lookup("field of the learner", field, {one.name: one for one in dataclasses.fields(self.learner)})  # pyright: ignore
            for value in (limits.low, limits.high):
                dataclasses.replace(self.learner, **{field: value})  # pyright: ignore  # it says what is out of range
        check_integer("kept_lifetimes", self.kept_lifetimes, 1)
        if self.kept_needed != "none" and not self.keep:
            raise ValueError(f"kept_needed is {self.kept_needed!r}, but keep is empty; say what to keep")
        given = [("evaluate_on", name) for name in self.evaluate_on]
        for field, name in [*given, *[("kept_on", self.kept_on)] * bool(self.kept_on)]:
            if name.partition(":")[0] not in DISTRIBUTIONS and name != self.distribution:
                raise UserError(f"{field} has {name!r}: {unknown('task distribution', name, DISTRIBUTIONS)}")

    def learner_of(self, seed: int) -> Learner:
        """The learner of the training with this seed: with its own tasks, and the fields that it draws."""
        own: dict[str, Any] = {field: limits.value(field, seed) for field, limits in self.drawn.items()}
        tasks = getattr(self.learner, "tasks", None)
        if isinstance(tasks, TaskDistribution) and (of_seed := tasks.of_training(seed)) is not tasks:
            own["tasks"] = of_seed
        return dataclasses.replace(self.learner, **own) if own else self.learner  # pyright: ignore

    @property
    def distribution(self) -> str:
        """The name of the training distribution: its registered name, or that of its class."""
        tasks = self.learner.tasks
        return tasks if isinstance(tasks, str) else type(tasks).__name__

    @property
    def evaluations(self) -> tuple[str, ...]:
        """The names of the distributions that its agents are evaluated on, and of its trials."""
        others = (name for name in self.evaluate_on if name != self.distribution)
        return (self.distribution, *others, *(trial.name for trial in self.trials))


def changed(condition: Condition, name: str, label: str, **changes: Any) -> Condition:
    """The same condition under another name, with these fields of its learner changed."""
    return dataclasses.replace(
        condition,
        name=name,
        label=label,
        learner=dataclasses.replace(condition.learner, **changes),  # pyright: ignore
    )


@dataclasses.dataclass(frozen=True)
class ReferencePolicy:
    """A reference to evaluate on the same held-out tasks."""

    name: str  # in the registry of references
    label: str
    parameters: tuple[tuple[str, float], ...] = ()
    built_for: str = (
        ""  # the distribution that it takes its tasks to come from, if not the one it is evaluated on
    )
    on: tuple[str, ...] = ()  # the only distributions that it is evaluated on; all of the preset's, if empty

    def __post_init__(self):
        settle(self)


@dataclasses.dataclass(frozen=True)
class Preset:
    """The size of an experiment: its conditions, references, seeds and lifetimes."""

    conditions: tuple[Condition, ...]
    references: tuple[ReferencePolicy, ...]
    reference_on: tuple[str, ...]  # the distributions on which the references are evaluated
    seeds: int
    lifetimes: int  # held-out lifetimes in every evaluation
    minutes: float  # about how long it takes on two cores, all seeds
    first_seed: int = 0  # of its trainings, whose seeds follow each other: none that was tuned on

    def __post_init__(self):
        settle(self, minutes=(0, inf), first_seed=(0, inf))
        check_integer("seeds", self.seeds, 1)
        check_integer("lifetimes", self.lifetimes, 1)
        for place, condition in enumerate(self.conditions):
            growers = [one.name for one in self.conditions[:place] if isinstance(one.learner, Grower)]
            if condition.after and condition.after not in growers:
                raise ValueError(
                    f"after of {condition.name} is {condition.after!r}; it must be the name of an earlier "
                    f"condition whose learner is a grower: {', '.join(growers) or 'there is none'}"
                )


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One published figure or table. Its folder also holds `analysis.py`, `figure.py` and a README.

    If a preset has a condition `search`, whose settings are drawn, `search.py` replaces both.

    `figure.py` has `figures` and `ANIMATIONS`: for each animation, the condition whose kept lifetimes it
    shows, and the function that draws the `Animation` from its records before and after training.
    """

    name: str
    title: str
    question: str
    source: str  # paper and section
    presets: dict[str, Preset]

    def __post_init__(self):
        settle(self)
        for preset in self.presets.values():
            names = [condition.name for condition in preset.conditions]
            if len(set(names)) < len(names):
                raise ValueError(f"conditions of {self.name} are {names}; each must have a name of its own")
