"""Look a name up in a registry; an unknown name is answered with the nearest known ones."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

Thing = TypeVar("Thing")


def lookup(kind: str, name: str, known: Mapping[str, Thing]) -> Thing:
    """`known[name]`, or a ValueError: "no memory is called 'ltsm'. Did you mean 'lstm'?"."""
    if name in known:
        return known[name]
    raise ValueError(unknown(kind, name, known))


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """What there is to say of a name that is not known. Dashes before it, as options have, tell nothing."""
    bare = {one.lstrip("-"): one for one in known}
    close = difflib.get_close_matches(name.lstrip("-").lower(), bare, n=1, cutoff=0.5)
    hint = f"Did you mean {bare[close[0]]!r}?" if close else f"Known: {', '.join(bare.values())}."
    return f"no {kind} is called {name!r}. {hint}"
