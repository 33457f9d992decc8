"""Distributions of MDPs."""

import dataclasses
import warnings
from functools import partial
from typing import Any

import gymnasium

from prefrontal.errors import UserError
from prefrontal.registry import Registry
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.bandits.bernoulli import BanditTask, BernoulliBandit, DependentArms, IndependentArms
from prefrontal.tasks.bandits.continuous import HiddenTarget, TargetBandit, TargetTask
from prefrontal.tasks.bandits.informative import InformativeArm, InformativeArmBandit, InformativeTask
from prefrontal.tasks.bandits.restless import Restless, RestlessBandit, RestlessTask
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.harlow import LARGE_SCREEN, SMALL_SCREEN, Harlow, HarlowScreen, HarlowTask
from prefrontal.tasks.images import EmojiImages, FolderImages, Stripes, emoji_or_stripes
from prefrontal.tasks.mazes.maze import Maze, MazeGrid, MazeTask, MazeWorld, NewMaze
from prefrontal.tasks.mazes.raycast import Camera
from prefrontal.tasks.mazes.view import MazeInView, MazeView, NewMazeInView
from prefrontal.tasks.two_step import TwoStep, TwoStepTask, TwoStepWorld


def _emoji(**fields: Any) -> Harlow:
    """With emoji where a font of them is found: looked for when it is asked for, and not before."""
    return Harlow(images=emoji_or_stripes(), **fields)


DISTRIBUTIONS = Registry(
    "task distribution",
    TaskDistribution,
    {
        "bandit-independent": IndependentArms,
        "bandit-dependent-uniform": DependentArms,
        "bandit-dependent-easy": partial(DependentArms, better=0.9),
        "bandit-dependent-medium": partial(DependentArms, better=0.75),
        "bandit-dependent-hard": partial(DependentArms, better=0.6),
        "bandit-informative": InformativeArm,
        "bandit-restless": Restless,
        "bandit-continuous": HiddenTarget,
        "harlow": Harlow,
        "harlow-emoji": partial(_emoji, horizon=150, screen=SMALL_SCREEN),
        "harlow-paper": partial(_emoji, horizon=900, screen=LARGE_SCREEN),
        "maze": Maze,
        "maze-new": NewMaze,
        "maze-view": MazeInView,
        "maze-view-new": NewMazeInView,
        "maze-view-paper": partial(MazeInView, horizon=900, reward=10.0, camera=Camera(84, 84)),
        "two-step-2016": TwoStep,
        "two-step-2018": partial(TwoStep, common=0.8, reversal=0.025),
    },
    by_class=True,
)


def distribution(chosen: str | TaskDistribution, **fields: Any) -> TaskDistribution:
    """The task distribution that `chosen` names; a warning where it is not quite what the name says.

    **Arguments:**
    - `chosen`, a name, as in `bandit-independent`, or a name with fields, as in
      `bandit-independent:arms=10,horizon=500`. `NAME:FOLDER`, as in `harlow-paper:photos`, is the one of that
      name with the images of a folder. A distribution stands for itself.
    - `fields`, that are to have other values than the name stands for.

    **Raises:** `UserError` for a name or a field that is not known, with the nearest that is, and for a value
    out of range.
    """
    if not isinstance(chosen, str | TaskDistribution):
        raise UserError(not_tasks(chosen))
    name, colon, folder = chosen.partition(":") if isinstance(chosen, str) else ("", "", "")
    if colon and "=" not in folder:
        tasks = _with_images(DISTRIBUTIONS.make(name, **fields), name, folder)
    else:
        tasks = DISTRIBUTIONS.make(chosen, **fields)
    if tasks.caution and isinstance(chosen, str):
        warnings.warn(f"{chosen}: {tasks.caution}", stacklevel=2)
    return tasks


def not_tasks(value: object) -> str:
    """What is to be said of what was given in the place of a task distribution."""
    what = repr(value) if isinstance(value, str | int | float | type(None)) else type(value).__name__
    hint = "a frozen dataclass with environment, horizon and sample, or the name of one (`prefrontal list`)"
    if isinstance(value, type) and issubclass(value, TaskDistribution):
        what, hint = f"the class {value.__name__}", f"an instance of it: {value.__name__}()"
    elif isinstance(value, gymnasium.Env):
        what = f"a gymnasium.Env ({value})"
        hint = "one draws tasks, and its environment is an `Environment` in JAX: see CONTRIBUTING"
    elif isinstance(value, Environment):
        what, hint = f"an Environment, {type(value).__name__}", "a distribution draws tasks for it"
    return f"tasks is {what}; it must be a TaskDistribution: {hint}"


def _with_images(tasks: TaskDistribution, name: str, folder: str) -> Harlow:
    if not isinstance(tasks, Harlow):
        having = ", ".join(known for known in DISTRIBUTIONS if known.startswith("harlow"))
        raise ValueError(f"{name} has no images, so that {folder!r} cannot be theirs; only {having} have")
    return dataclasses.replace(tasks, images=FolderImages(folder))


__all__ = [
    "DISTRIBUTIONS",
    "BanditTask",
    "BernoulliBandit",
    "Camera",
    "DependentArms",
    "EmojiImages",
    "Environment",
    "FolderImages",
    "Harlow",
    "HarlowScreen",
    "HarlowTask",
    "HiddenTarget",
    "IndependentArms",
    "InformativeArm",
    "InformativeArmBandit",
    "InformativeTask",
    "Maze",
    "MazeGrid",
    "MazeInView",
    "MazeTask",
    "MazeView",
    "MazeWorld",
    "NewMaze",
    "NewMazeInView",
    "OneEpisode",
    "Restless",
    "RestlessBandit",
    "RestlessTask",
    "Stripes",
    "TargetBandit",
    "TargetTask",
    "TaskDistribution",
    "TwoStep",
    "TwoStepTask",
    "TwoStepWorld",
    "distribution",
]
