"""Distributions of MDPs."""

import warnings
from collections.abc import Callable

from prefrontal.suggest import lookup
from prefrontal.tasks.bandit import BanditTask, BernoulliBandit, DependentArms, IndependentArms
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.harlow import LARGE_SCREEN, SMALL_SCREEN, Harlow, HarlowScreen, HarlowTask
from prefrontal.tasks.images import EmojiImages, FolderImages, Stripes, emoji_or_stripes
from prefrontal.tasks.informative import InformativeArm, InformativeArmBandit, InformativeTask
from prefrontal.tasks.restless import Restless, RestlessBandit, RestlessTask
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
    "harlow-emoji": lambda: Harlow(screen=SMALL_SCREEN, images=emoji_or_stripes()),
    "harlow-paper": lambda: Harlow(horizon=900, screen=LARGE_SCREEN, images=emoji_or_stripes()),
    "two-step-2016": TwoStep,
    "two-step-2018": lambda: TwoStep(common=0.8, reversal=0.025),
}


def distribution(name: str) -> TaskDistribution:
    """The task distribution registered under `name`; a warning where it is not quite what the name says."""
    tasks = lookup("task distribution", name, DISTRIBUTIONS)()
    if tasks.caution:
        warnings.warn(f"{name}: {tasks.caution}", stacklevel=2)
    return tasks


__all__ = [
    "DISTRIBUTIONS",
    "BanditTask",
    "BernoulliBandit",
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
