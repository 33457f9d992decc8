"""Everything that can be run, trained on or compared with, as one object."""

import inspect
from typing import Any

import prefrontal.growth  # noqa: F401  # so that its learners have their names
from prefrontal import experiments, references
from prefrontal.disk.serialisation import to_json
from prefrontal.encoders import ENCODERS
from prefrontal.experiments.base import Experiment, Preset
from prefrontal.learners import LEARNERS
from prefrontal.memory import MEMORIES
from prefrontal.policies import POLICIES
from prefrontal.references import REFERENCES
from prefrontal.registry import Registry
from prefrontal.tasks import DISTRIBUTIONS


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """The name, description and parameters of everything, in JSON's own types."""
    return {
        "experiments": [_experiment(experiments.experiment(name)) for name in experiments.names()],
        "distributions": [_distribution(name) for name in DISTRIBUTIONS],
        "references": [_reference(name) for name in REFERENCES],
        "encoders": [_part(ENCODERS, name) for name in ENCODERS],
        "memories": [_part(MEMORIES, name) for name in MEMORIES],
        "policies": [_part(POLICIES, name) for name in POLICIES],
        "learners": [{"name": name, "description": _of_module(kind)} for name, kind in LEARNERS.items()],
    }


def _experiment(experiment: Experiment) -> dict[str, Any]:
    said = {name: getattr(experiment, name) for name in ("name", "title", "question", "source")}
    return said | {"presets": [_preset(name, preset) for name, preset in experiment.presets.items()]}


def _preset(name: str, preset: Preset) -> dict[str, Any]:
    """A preset. `minutes` is the approximate time of all seeds on two cores."""
    return {
        "name": name,
        "seeds": preset.seeds,
        "first_seed": preset.first_seed,
        "minutes": preset.minutes,
        "lifetimes": preset.lifetimes,
        "conditions": [condition.name for condition in preset.conditions],
        "references": [policy.label for policy in preset.references],
    }


def _distribution(name: str) -> dict[str, Any]:
    tasks = DISTRIBUTIONS.make(name)
    return {
        "name": name,
        "description": _first_line(type(tasks)),
        "actions": str(tasks.environment.action_space),
        "settings": _settings(tasks),
    }


def _part(registry: Registry, name: str) -> dict[str, Any]:
    """A memory, an encoder or a policy head."""
    thing = registry.make(name)
    return {
        "name": name,
        "description": _first_line(type(thing)),
        "settings": _settings(thing),
    }


def _reference(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": REFERENCES[name].description,
        "parameters": references.parameters(name),
    }


def _settings(thing: Any) -> dict[str, Any]:
    """The fields, without the kind, which the name already says."""
    return {name: value for name, value in to_json(thing).items() if name != "is"}


def _of_module(kind: Any) -> str:
    """The first line of the module's docstring: each interchangeable part has its own file."""
    return _first_line(inspect.getmodule(kind))


def _first_line(kind: Any) -> str:
    return (inspect.getdoc(kind) or "").split("\n")[0]
