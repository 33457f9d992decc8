"""Experiments: a folder for each paper, with a folder for each figure or table; found by folder.

Code that only reads an experiment's output (`part(name, "analysis")`, `part(name, "figure")`) needs no jax.
"""

import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from prefrontal.suggest import lookup

if TYPE_CHECKING:
    from prefrontal.experiments.base import Experiment

_FOLDER = Path(__file__).parent


def _folders() -> dict[str, str]:
    """Each experiment's name and the folder that declares it, `PAPER/EXPERIMENT`."""
    folders = sorted((path.parent for path in _FOLDER.glob("*/*/settings.py")), key=lambda path: path.name)
    return {path.name.replace("_", "-"): f"{path.parent.name}/{path.name}" for path in folders}


def names() -> list[str]:
    """The names of all experiments."""
    return list(_folders())


def experiment(name: str) -> "Experiment":
    """The experiment called `name`."""
    return part(name, "settings").EXPERIMENT


def part(name: str, module: str) -> ModuleType:
    """The module `settings`, `analysis`, `figure` or `search` of an experiment."""
    folder = lookup("experiment", name, _folders()).replace("/", ".")
    return importlib.import_module(f"{__name__}.{folder}.{module}")


def readme(name: str) -> str:
    """The experiment's README: its question, its command, its parameters and their sources."""
    return (_FOLDER / lookup("experiment", name, _folders()) / "README.md").read_text()


__all__ = ["experiment", "names", "part", "readme"]
