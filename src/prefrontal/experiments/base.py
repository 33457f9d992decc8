"""What an experiment declares."""

import dataclasses
from typing import Any, Literal

from prefrontal.checks import check_integer
from prefrontal.learners import Learner

PresetName = Literal["quick", "laptop", "paper"]


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
    # Of the first seed also a few lifetimes with these columns, trained and untrained: to look at.
    keep: tuple[str, ...] = ()
    kept_lifetimes: int = 100
    # Of which seeds findings and figures cannot do without them. If of every seed, then every one's are kept.
    kept_needed: Literal["none", "first", "every"] = "none"

    def __post_init__(self):
        check_integer("kept_lifetimes", self.kept_lifetimes, 1)
        if self.kept_needed != "none" and not self.keep:
            raise ValueError(f"kept_needed is {self.kept_needed!r}, but keep is empty; say what to keep")

    @property
    def distribution(self) -> str:
        """The name of the distribution trained on: that by which it is registered, or its class's."""
        tasks = self.learner.tasks
        return tasks if isinstance(tasks, str) else type(tasks).__name__

    @property
    def evaluations(self) -> tuple[str, ...]:
        """The names of the distributions that its agents are evaluated on."""
        return (self.distribution, *(name for name in self.evaluate_on if name != self.distribution))


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


@dataclasses.dataclass(frozen=True)
class Preset:
    """How much of an experiment is run."""

    conditions: tuple[Condition, ...]
    references: tuple[ReferencePolicy, ...]
    reference_on: tuple[str, ...]  # the distributions on which the references are evaluated
    seeds: int
    lifetimes: int  # held-out lifetimes in every evaluation
    minutes: float  # about how long it takes on two cores, all seeds

    def __post_init__(self):
        check_integer("seeds", self.seeds, 1)
        check_integer("lifetimes", self.lifetimes, 1)


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One published figure or table. Its folder also holds `analysis.py`, `figure.py` and a README.

    `figure.py` has `figures` and `ANIMATIONS`: for each the condition whose kept lifetimes it shows, and what
    draws the `Animation` from its records before training and after.
    """

    name: str
    title: str
    question: str
    source: str  # paper and section
    presets: dict[str, Preset]

    def __post_init__(self):
        for preset in self.presets.values():
            names = [condition.name for condition in preset.conditions]
            if len(set(names)) < len(names):
                raise ValueError(f"conditions of {self.name} are {names}; each must have a name of its own")
