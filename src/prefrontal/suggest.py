"""Look up a name in a registry. The error for an unknown name suggests the nearest known one."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from prefrontal.checks import check_text

Thing = TypeVar("Thing")


def lookup(kind: str, name: str, known: Mapping[str, Thing]) -> Thing:
    """`known[name]`, or a ValueError: "no memory is called 'ltsm'. Did you mean 'lstm'?"."""
    check_text(f"the name of {'an' if kind[0] in 'aeiou' else 'a'} {kind}", name)
    if name in known:
        return known[name]
    raise ValueError(unknown(kind, name, known))


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The error message for an unknown name. Leading dashes, as of options, are ignored."""
    bare = {one.lstrip("-"): one for one in known}
    close = difflib.get_close_matches(name.lstrip("-").lower(), bare, n=1, cutoff=0.5)
    hint = f"Did you mean {bare[close[0]]!r}?" if close else f"Known: {', '.join(bare.values())}."
    return f"no {kind} is called {name!r}. {hint}"
