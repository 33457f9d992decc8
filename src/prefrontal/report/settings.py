"""An experiment's settings as rows of a table: what all conditions share, and where they differ."""

from typing import Any, NamedTuple

_SAID_ELSEWHERE = {"name", "label", "control", "distribution", "evaluations", "evaluate_on"}


class Differing(NamedTuple):
    """A setting that not all conditions share, with its value in each."""

    name: str
    values: list[str]


def shared_and_differing(conditions: list[dict[str, Any]]) -> tuple[dict[str, str], list[Differing]]:
    """The settings that all conditions have alike, and those in which they differ."""
    flat = [
        _flat({name: value for name, value in one.items() if name not in _SAID_ELSEWHERE})
        for one in conditions
    ]
    names = list(dict.fromkeys(name for one in flat for name in one))
    shared = {
        name: flat[0][name] for name in names if all(one.get(name) == flat[0].get(name) for one in flat)
    }
    differing = [Differing(name, [one.get(name, "") for one in flat]) for name in names if name not in shared]
    return shared, differing


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """`{"agent.percept.time": "yes"}`: every leaf by its path."""
    if not isinstance(value, dict) or not value:
        return {path: _said(value)}
    leaves: dict[str, str] = {}
    for name, inner in value.items():
        leaves |= _flat(inner, f"{path}.{name}" if path else name)
    return leaves


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_said(item) for item in value)
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
