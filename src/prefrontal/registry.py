"""Things of one kind by name: `NAME`, or `NAME:field=value,field=value`.

Memories, encoders, policies, references, learners and task distributions are all found this way, on the
command line, in Python and in files. A thing is a frozen dataclass; a field that is not given keeps the value
that the name stands for.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from prefrontal.disk.serialisation import from_json, hints_of
from prefrontal.errors import UserError
from prefrontal.suggest import lookup

Thing = TypeVar("Thing")


class Registry(Mapping[str, Callable[..., Thing]], Generic[Thing]):
    """What makes each thing of a kind, by name.

    **Arguments:** `kind`, what an error calls such a thing ("memory"); `base`, the class of which all are;
    `makers`, by name a dataclass, or a function without arguments that gives an instance of one; `by_class`,
    whether files name things by their class, where several names stand for one class.

    `base` learns of its registry, so that files can say of a field of that type which it is.
    """

    def __init__(
        self,
        kind: str,
        base: type[Thing],
        makers: Mapping[str, Callable[..., Thing]],
        by_class: bool = False,
    ):
        self.kind, self.base, self.by_class, self._makers = kind, base, by_class, dict(makers)
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
        """The thing that `chosen` stands for, with these fields changed.

        **Arguments:** `chosen`, a name, a name with fields (`lstm:units=64`), or such a thing itself.

        **Raises:** `UserError` that names what is not known, with the nearest name that is, or the field and
        the value that is out of range.
        """
        if isinstance(chosen, self.base):
            return dataclasses.replace(chosen, **fields) if fields else chosen  # pyright: ignore
        if not isinstance(chosen, str):
            raise UserError(
                f"{self.kind} is {chosen!r}; it must be a {self.base.__name__}, or the name of one: "
                f"{', '.join(self)}"
            )
        name, _, text = chosen.partition(":")
        maker = lookup(self.kind, name, self)
        needed = {field: fields.pop(field) for field in _needed(maker) if field in fields}
        return _with_fields(maker(**needed), name, text, fields)

    def tag(self, kind: type) -> str:
        """What files call this class: the name that it is registered under, or else its own."""
        named = () if self.by_class else self._makers.items()
        return next((name for name, maker in named if maker is kind), kind.__name__)

    def tagged(self, tag: str) -> type | None:
        """The class of this tag; None where no module that is imported defines it."""
        return next((kind for kind in _subclasses(self.base) if self.tag(kind) == tag), None)


def _with_fields(thing: Thing, name: str, text: str, given: Mapping[str, Any]) -> Thing:
    """`thing` with other values in its fields: those of `text`, as the fields' types ask, and `given`."""
    hints, parsed = hints_of(type(thing)), _parsed(name, text)
    for field in [*parsed, *given]:
        lookup(f"field of {name!r}", field, hints)
    read = {field: from_json(hints[field], value, field) for field, value in parsed.items()}
    return dataclasses.replace(thing, **read | dict(given))  # pyright: ignore[reportArgumentType]


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
            raise UserError(f"{name!r} has {part!r} behind the colon; it must be field=value")
        try:
            values[field.strip()] = json.loads(value)
        except ValueError:
            values[field.strip()] = value
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
