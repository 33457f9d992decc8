"""Distributions of MDPs."""

import dataclasses
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium

from prefrontal.checks import shown
from prefrontal.errors import UserError
from prefrontal.registry import Registry
from prefrontal.suggest import unknown
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.bandits.bernoulli import BanditTask, BernoulliBandit, DependentArms, IndependentArms
from prefrontal.tasks.bandits.continuous import HiddenTarget, TargetBandit, TargetTask
from prefrontal.tasks.bandits.informative import InformativeArm, InformativeArmBandit, InformativeTask
from prefrontal.tasks.bandits.restless import Restless, RestlessBandit, RestlessTask
from prefrontal.tasks.base import Environment, TaskDistribution, check_distribution
from prefrontal.tasks.course.body import CourseTask, CourseWorld
from prefrontal.tasks.course.course import Course
from prefrontal.tasks.gridworld import GridTask, GridWorld, HiddenGoal
from prefrontal.tasks.growing import Growable, Growing, Grown, load_grown
from prefrontal.tasks.harlow import LARGE_SCREEN, SMALL_SCREEN, Harlow, HarlowScreen, HarlowTask
from prefrontal.tasks.images import EmojiImages, FolderImages, Stripes, emoji_or_stripes
from prefrontal.tasks.mazes.episodes import MazeEpisodes, NewMazeEpisodes, NewMazeEpisodesInView
from prefrontal.tasks.mazes.maze import Maze, MazeGrid, MazeTask, MazeWorld, NewMaze
from prefrontal.tasks.mazes.raycast import Camera
from prefrontal.tasks.mazes.view import MazeInView, MazeView, NewMazeInView
from prefrontal.tasks.plane.box import BoxGoals, BoxGoalsWorld
from prefrontal.tasks.plane.corners import CornersTask, CornersWorld, FourCorners
from prefrontal.tasks.plane.navigation import Navigation, NavigationTask, NavigationWorld
from prefrontal.tasks.plane.rotation import Rotation, RotationTask, RotationWorld
from prefrontal.tasks.plane.runner import DirectionRunner, RunnerTask, RunnerWorld
from prefrontal.tasks.randomness import check_draws, warn_of_draws
from prefrontal.tasks.skills.base import SkillTask, SkillWorld
from prefrontal.tasks.skills.box import BoxSkills, BoxWorld
from prefrontal.tasks.tabular.mdps import TabularMDPs, TabularTask, TabularWorld
from prefrontal.tasks.two_step import TwoStep, TwoStepTask, TwoStepWorld


def _emoji(**fields: Any) -> Harlow:
    """Harlow's task with emoji, if their font is found. The font is looked for only on this call."""
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
        "box-goals": BoxGoals,
        "course": Course,
        "direction-runner": DirectionRunner,
        "four-corners": FourCorners,
        "gridworld": HiddenGoal,
        "grown": Grown,
        "harlow": Harlow,
        "harlow-emoji": partial(_emoji, horizon=150, screen=SMALL_SCREEN),
        "harlow-paper": partial(_emoji, horizon=900, screen=LARGE_SCREEN),
        "maze": Maze,
        "maze-new": NewMaze,
        "maze-view": MazeInView,
        "maze-view-new": NewMazeInView,
        "maze-view-paper": partial(MazeInView, horizon=900, reward=10.0, camera=Camera(84, 84)),
        "maze-episodes": NewMazeEpisodes,
        "maze-episodes-large": partial(NewMazeEpisodes, horizon=500, size=19),
        "maze-episodes-view": NewMazeEpisodesInView,
        "maze-episodes-view-large": partial(NewMazeEpisodesInView, horizon=500, size=19),
        "navigation": Navigation,
        "rotation": Rotation,
        "skills-box": BoxSkills,
        "skills-rooms": partial(BoxSkills, door=0.3),
        "tabular-mdp": TabularMDPs,
        "two-step-2016": TwoStep,
        "two-step-2018": partial(TwoStep, common=0.8, reversal=0.025),
    },
    by_class=True,
)


def distribution(chosen: str | Path | TaskDistribution, **fields: Any) -> TaskDistribution:
    """The task distribution named `chosen`. A warning says how it differs from its name, if it does.

    **Arguments:**

    - `chosen`: a name such as `bandit-independent`, a name with fields such as
      `bandit-independent:arms=10,horizon=500`, or a distribution. `NAME:FOLDER`, such as
      `harlow-paper:photos`, is the named distribution with the images of a folder. Or the folder of a
      finished run of a grower, such as `OUT/runs/poet/seed-0`: the distribution that it grew.
    - `fields`: values that replace those of the named distribution.

    **Raises:** `UserError` for an unknown name or field (the error suggests the nearest known one), for a
    value out of range, and for a distribution without an `Environment` or without a horizon.
    """
    if isinstance(chosen, Path) or (isinstance(chosen, str) and _is_folder(chosen)):
        return dataclasses.replace(load_grown(chosen), **fields)
    if not isinstance(chosen, str):
        check_tasks(chosen)
    tasks = _made(chosen, **fields)
    check_distribution(tasks)
    if tasks.caution and isinstance(chosen, str):
        warnings.warn(f"{chosen}: {tasks.caution}", stacklevel=2)
    return tasks


def _is_folder(chosen: str) -> bool:
    """Whether a text means a folder: no name of a distribution has a slash, and names come first."""
    return chosen.partition(":")[0] not in DISTRIBUTIONS and ("/" in chosen or Path(chosen).is_dir())


def _made(chosen: str | TaskDistribution, **fields: Any) -> TaskDistribution:
    name, colon, folder = chosen.partition(":") if isinstance(chosen, str) else ("", "", "")
    if colon and "=" not in folder:
        return _with_images(DISTRIBUTIONS.make(name, **fields), name, folder)
    return DISTRIBUTIONS.make(chosen, **fields)


def check_tasks(value: object) -> None:
    """Raise a `UserError` unless this is a task distribution or the name of one."""
    if isinstance(value, str):
        if (name := value.partition(":")[0]) not in DISTRIBUTIONS:
            raise UserError(f"tasks is {shown(value)}: {unknown('task distribution', name, DISTRIBUTIONS)}")
        if ":" in value:
            _made(value)
    elif not isinstance(value, TaskDistribution):
        raise UserError(_not_tasks(value))


def _not_tasks(value: object) -> str:
    """The error message for a value that is not a task distribution."""
    what = shown(value) if isinstance(value, int | float | type(None)) else type(value).__name__
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
        raise UserError(
            f"{name!r} has {folder!r} after the colon; it must be field=value, as in {name}:horizon=50. A "
            f"folder of images can stand there for {having} only"
        )
    return dataclasses.replace(tasks, images=FolderImages(folder))


__all__ = [
    "DISTRIBUTIONS",
    "BanditTask",
    "BernoulliBandit",
    "BoxGoals",
    "BoxGoalsWorld",
    "BoxSkills",
    "BoxWorld",
    "Camera",
    "CornersTask",
    "CornersWorld",
    "Course",
    "CourseTask",
    "CourseWorld",
    "DependentArms",
    "DirectionRunner",
    "EmojiImages",
    "Environment",
    "FolderImages",
    "FourCorners",
    "GridTask",
    "GridWorld",
    "Growable",
    "Growing",
    "Grown",
    "Harlow",
    "HarlowScreen",
    "HarlowTask",
    "HiddenGoal",
    "HiddenTarget",
    "IndependentArms",
    "InformativeArm",
    "InformativeArmBandit",
    "InformativeTask",
    "Maze",
    "MazeEpisodes",
    "MazeGrid",
    "MazeInView",
    "MazeTask",
    "MazeView",
    "MazeWorld",
    "Navigation",
    "NavigationTask",
    "NavigationWorld",
    "NewMaze",
    "NewMazeEpisodes",
    "NewMazeEpisodesInView",
    "NewMazeInView",
    "OneEpisode",
    "Restless",
    "RestlessBandit",
    "RestlessTask",
    "Rotation",
    "RotationTask",
    "RotationWorld",
    "RunnerTask",
    "RunnerWorld",
    "SkillTask",
    "SkillWorld",
    "Stripes",
    "TabularMDPs",
    "TabularTask",
    "TabularWorld",
    "TargetBandit",
    "TargetTask",
    "TaskDistribution",
    "TwoStep",
    "TwoStepTask",
    "TwoStepWorld",
    "check_draws",
    "distribution",
    "warn_of_draws",
]
