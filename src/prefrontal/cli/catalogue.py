"""All that there is to run, to train on and to compare with, as one object."""

import dataclasses
import importlib
import inspect
import pkgutil
from typing import Any

from prefrontal import experiments, learners, references
from prefrontal.disk.serialisation import to_json
from prefrontal.encoders import ENCODERS
from prefrontal.experiments.base import Experiment, Preset
from prefrontal.learners.base import Learner
from prefrontal.memory import MEMORIES
from prefrontal.references import REFERENCES
from prefrontal.tasks import DISTRIBUTIONS


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """Each thing's name, what it is, and its parameters, in JSON's own types."""
    return {
        "experiments": [_experiment(experiments.experiment(name)) for name in experiments.names()],
        "distributions": [_distribution(name) for name in DISTRIBUTIONS],
        "references": [_reference(name) for name in REFERENCES],
        "encoders": [_encoder(name) for name in ENCODERS],
        "memories": [{"name": name, "description": _of_module(kind)} for name, kind in MEMORIES.items()],
        "learners": [{"name": name, "description": _of_module(kind)} for name, kind in _learners().items()],
    }


def _experiment(experiment: Experiment) -> dict[str, Any]:
    said = {name: getattr(experiment, name) for name in ("name", "title", "question", "source")}
    return said | {"presets": [_preset(name, preset) for name, preset in experiment.presets.items()]}


def _preset(name: str, preset: Preset) -> dict[str, Any]:
    """`minutes`: about how long all seeds take on two cores."""
    return {
        "name": name,
        "seeds": preset.seeds,
        "minutes": preset.minutes,
        "lifetimes": preset.lifetimes,
        "conditions": [condition.name for condition in preset.conditions],
        "references": [policy.label for policy in preset.references],
    }


def _distribution(name: str) -> dict[str, Any]:
    tasks = DISTRIBUTIONS[name]()
    return {
        "name": name,
        "description": _first_line(type(tasks)),
        "actions": int(tasks.environment.action_space.n),
        "settings": to_json(tasks),
    }


def _encoder(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": _of_module(ENCODERS[name]),
        "settings": to_json(ENCODERS[name]()),
    }


def _reference(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": REFERENCES[name].description,
        "parameters": references.parameters(name),
    }


def _learners() -> dict[str, type[Learner]]:
    """Every learning algorithm by its module's name."""
    found = {}
    for module in pkgutil.iter_modules(learners.__path__, f"{learners.__name__}."):
        for kind in vars(importlib.import_module(module.name)).values():
            if _is_learner(kind) and kind.__module__ == module.name:
                found[module.name.split(".")[-1]] = kind
    return found


def _is_learner(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Learner) and dataclasses.is_dataclass(kind)


def _of_module(kind: Any) -> str:
    """The first line of what its module says: one interchangeable part is in one file."""
    return _first_line(inspect.getmodule(kind))


def _first_line(kind: Any) -> str:
    return (inspect.getdoc(kind) or "").split("\n")[0]
