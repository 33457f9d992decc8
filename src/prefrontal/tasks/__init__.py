"""Distributions of MDPs."""

from collections.abc import Callable

from prefrontal.suggest import lookup
from prefrontal.tasks.bandit import BanditTask, BernoulliBandit, DependentArms, IndependentArms
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.harlow import Harlow, HarlowScreen, HarlowTask
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
    "two-step-2016": TwoStep,
    "two-step-2018": lambda: TwoStep(common=0.8, reversal=0.025),
}


def distribution(name: str) -> TaskDistribution:
    """The task distribution registered under `name`."""
    return lookup("task distribution", name, DISTRIBUTIONS)()


__all__ = [
    "DISTRIBUTIONS",
    "BanditTask",
    "BernoulliBandit",
    "DependentArms",
    "Environment",
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
    "TaskDistribution",
    "TwoStep",
    "TwoStepTask",
    "TwoStepWorld",
    "distribution",
]
