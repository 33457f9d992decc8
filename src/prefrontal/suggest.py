"""Look a name up in a registry; an unknown name is answered with the nearest known ones."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

Thing = TypeVar("Thing")


def lookup(kind: str, name: str, known: Mapping[str, Thing]) -> Thing:
    """`known[name]`, or a ValueError: "no memory is called 'ltsm'. Did you mean 'lstm'?"."""
    if name in known:
        return known[name]
    raise ValueError(f"no {kind} is called {name!r}. {_did_you_mean(name, known)}")


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
