"""Things of one kind by name: `NAME`, or `NAME:field=value,field=value`.

Memories, encoders, policies, references, learners and task distributions are all found this way, on the
command line, in Python and in files. A thing is a frozen dataclass; a field that is not given keeps the value
that the name stands for.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from prefrontal.checks import read_value, shown
from prefrontal.disk.serialisation import from_json, hints_of
from prefrontal.errors import UserError
from prefrontal.suggest import lookup

Thing = TypeVar("Thing")


class Registry(Mapping[str, Callable[..., Thing]], Generic[Thing]):
    """What makes each thing of a kind, by name.

    **Arguments:** `kind`, what an error calls such a thing ("memory"); `base`, the class of them all;
    `makers`, by name a dataclass, or a function without arguments that gives an instance of one; `by_class`,
    whether files name things by their class, where several names stand for one class; `untagged`, the name
    of the kind that files do not name, for it was the only one when they were first written.

    `base` learns of its registry, so that files can say of a field of that type which it is.
    """

    def __init__(
        self,
        kind: str,
        base: type[Thing],
        makers: Mapping[str, Callable[..., Thing]],
        by_class: bool = False,
        untagged: str | None = None,
    ):
        self.kind, self.base, self.by_class, self._makers = kind, base, by_class, dict(makers)
        self.untagged = makers[untagged] if untagged else None
        base.registry = self  # pyright: ignore[reportAttributeAccessIssue]

    def __getitem__(self, name: str) -> Callable[..., Thing]:
        return self._makers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def add(self, name: str, maker: Callable[..., Thing]) -> None:
        """Register one more, as in a module of one's own. A name that is taken is refused."""
        if name in self._makers:
            raise ValueError(f"a {self.kind} is called {name!r} already; choose another name")
        self._makers[name] = maker

    def make(self, chosen: "str | Thing", **fields: Any) -> Thing:
        """The thing that `chosen` names, with these fields changed.

        **Arguments:** `chosen`, a name, a name with fields (`lstm:units=64`), or such a thing itself.

        **Raises:** `UserError` that names what is not known, with the nearest name that is, or the field and
        the value that is out of range.
        """
        if isinstance(chosen, self.base):
            return dataclasses.replace(chosen, **fields) if fields else chosen  # pyright: ignore
        if isinstance(chosen, type) and issubclass(chosen, self.base):
            name = chosen.__name__
            raise UserError(f"{self.kind} is the class {name}; it must be an instance of it: {name}()")
        if not isinstance(chosen, str):
            raise UserError(
                f"{self.kind} is {shown(chosen)}; it must be a {self.base.__name__}, or the name of one: "
                f"{', '.join(self)}"
            )
        name, _, text = chosen.partition(":")
        maker = lookup(self.kind, name, self)
        given = _parsed(name, text)
        needed = {field: fields.pop(field) for field in _needed(maker) if field in fields}
        needed |= _read(maker, {field: given.pop(field) for field in _needed(maker) if field in given})
        if missing := [field for field in _needed(maker) if field not in needed]:
            raise UserError(
                f"{name!r} lacks {', '.join(missing)}; give it after a colon: {name}:{missing[0]}=..."
            )
        return _with_fields(maker(**needed), name, given, fields)

    def tag(self, kind: type) -> str:
        """What files call this class: the name that it is registered under, or else its own.

        **Raises:** `UserError` where its own name is that of another that is registered.
        """
        named = {} if self.by_class else self._makers
        found = next((name for name, maker in named.items() if maker is kind), kind.__name__)
        if named.get(found, kind) is not kind:
            raise UserError(
                f"the class {found} has the name of a registered {self.kind}, so files could not tell "
                "them apart; rename it, or register it"
            )
        return found

    def tagged(self, tag: str) -> type | None:
        """The class of this tag; None where no module that is imported defines it.

        Of several classes of one name that are not registered it is the newest, as when a cell of a notebook
        is run again.
        """
        maker = None if self.by_class else self._makers.get(tag)
        if isinstance(maker, type):
            return maker
        return next((kind for kind in reversed([*_subclasses(self.base)]) if kind.__name__ == tag), None)


def _with_fields(thing: Thing, name: str, text: Mapping[str, Any], given: Mapping[str, Any]) -> Thing:
    """`thing` with other values in its fields: those of `text`, as the fields' types ask, and `given`."""
    for field in [*text, *given]:
        lookup(f"field of {name!r}", field, hints_of(type(thing)))
    return dataclasses.replace(thing, **_read(type(thing), text) | dict(given))  # pyright: ignore[reportArgumentType]


def _read(kind: Any, text: Mapping[str, Any]) -> dict[str, Any]:
    """The values of fields as their types ask, from JSON."""
    return {field: from_json(hints_of(kind)[field], value, field) for field, value in text.items()}


def _needed(maker: Callable[..., Any]) -> list[str]:
    """The fields that a class cannot be made without."""
    if not (isinstance(maker, type) and dataclasses.is_dataclass(maker)):
        return []
    missing = dataclasses.MISSING
    fields = dataclasses.fields(maker)
    return [one.name for one in fields if one.default is missing and one.default_factory is missing]


def _parsed(name: str, text: str) -> dict[str, Any]:
    """`a=1,b=[2,3],c=word` by name. Numbers, lists, true, false and null are as in JSON."""
    values: dict[str, Any] = {}
    for part in _split(text):
        field, equals, value = part.partition("=")
        if not (field.strip() and equals):
            raise UserError(f"{name!r} has {part!r} after the colon; it must be field=value")
        if field.strip() in values:
            raise UserError(f"{name!r} has {field.strip()!r} twice after the colon; it may be given once")
        values[field.strip()] = read_value(value)
    return values


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no brackets."""
    parts, depth = [""] if text else [], 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _subclasses(kind: type) -> Iterator[type]:
    for below in kind.__subclasses__():
        yield below
        yield from _subclasses(below)
