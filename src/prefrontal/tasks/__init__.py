"""Distributions of MDPs."""

import dataclasses
import warnings
from collections.abc import Callable

from prefrontal.suggest import lookup
from prefrontal.tasks.bandits.bernoulli import BanditTask, BernoulliBandit, DependentArms, IndependentArms
from prefrontal.tasks.bandits.informative import InformativeArm, InformativeArmBandit, InformativeTask
from prefrontal.tasks.bandits.restless import Restless, RestlessBandit, RestlessTask
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.harlow import LARGE_SCREEN, SMALL_SCREEN, Harlow, HarlowScreen, HarlowTask
from prefrontal.tasks.images import EmojiImages, FolderImages, Stripes, emoji_or_stripes
from prefrontal.tasks.mazes.maze import Maze, MazeGrid, MazeTask, MazeWorld, NewMaze
from prefrontal.tasks.mazes.raycast import Camera
from prefrontal.tasks.mazes.view import MazeInView, MazeView, NewMazeInView
from prefrontal.tasks.two_step import TwoStep, TwoStepTask, TwoStepWorld

DISTRIBUTIONS: dict[str, Callable[[], TaskDistribution]] = {
    "bandit-independent": IndependentArms,
    "bandit-dependent-uniform": DependentArms,
    "bandit-dependent-easy": lambda: DependentArms(better=0.9),
    "bandit-dependent-medium": lambda: DependentArms(better=0.75),
    "bandit-dependent-hard": lambda: DependentArms(better=0.6),
    "bandit-informative": InformativeArm,
    "bandit-restless": Restless,
    "harlow": Harlow,
    "harlow-emoji": lambda: Harlow(horizon=150, screen=SMALL_SCREEN, images=emoji_or_stripes()),
    "harlow-paper": lambda: Harlow(horizon=900, screen=LARGE_SCREEN, images=emoji_or_stripes()),
    "maze": Maze,
    "maze-new": NewMaze,
    "maze-view": MazeInView,
    "maze-view-new": NewMazeInView,
    "maze-view-paper": lambda: MazeInView(horizon=900, reward=10.0, camera=Camera(84, 84)),
    "two-step-2016": TwoStep,
    "two-step-2018": lambda: TwoStep(common=0.8, reversal=0.025),
}


def distribution(name: str) -> TaskDistribution:
    """The task distribution registered under `name`; a warning where it is not quite what the name says.

    `NAME:FOLDER`, as in `harlow-paper:photos`, is the one of that name with the images of a folder.
    """
    known, colon, folder = name.partition(":")
    tasks = lookup("task distribution", known, DISTRIBUTIONS)()
    if colon:
        tasks = _with_images(tasks, known, folder)
    if tasks.caution:
        warnings.warn(f"{name}: {tasks.caution}", stacklevel=2)
    return tasks


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
    "Restless",
    "RestlessBandit",
    "RestlessTask",
    "Stripes",
    "TaskDistribution",
    "TwoStep",
    "TwoStepTask",
    "TwoStepWorld",
    "distribution",
]
