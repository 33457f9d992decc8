"""Settings (frozen dataclasses) as JSON and back. Strict: an unknown key or a wrong type is an error."""

import dataclasses
import functools
import math
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from prefrontal.errors import UserError
from prefrontal.suggest import lookup


def to_json(value: Any, path: str = "settings") -> Any:
    """`value` in JSON's own types: dataclasses and mappings become objects, tuples and lists arrays.

    A dataclass of a kind that has a registry says which it is: `{"is": "lstm", "units": 48}`. A field whose
    metadata say `setting=False` is left out; and one that says `later=True`, where it has its default: files
    that were written before there was such a field are then the same as those written now.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: to_json(getattr(value, f.name), f"{path}.{f.name}") for f in _told(value)}
        registry = getattr(value, "registry", None)
        if registry is None or type(value) is registry.untagged:
            return fields
        return {"is": registry.tag(type(value)), **fields}
    if isinstance(value, np.generic):  # a number of numpy's is the number
        value = value.item()
    if isinstance(value, Mapping):
        return {str(name): to_json(item, f"{path}.{name}") for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if (
        value is None
        or isinstance(value, bool | int | str)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    raise UserError(
        f"{path} is {value!r}; only finite numbers, text, true, false, null and dataclasses can be stored"
    )


def settings_of(kind: Any) -> list[dataclasses.Field]:
    """The fields of a dataclass that are settings: all but those that say otherwise."""
    return [field for field in dataclasses.fields(kind) if field.metadata.get("setting", True)]


def _told(value: Any) -> list[dataclasses.Field]:
    """The settings that are written to a file."""
    fields = settings_of(value)
    return [f for f in fields if not (f.metadata.get("later") and getattr(value, f.name) == f.default)]


@functools.cache
def hints_of(kind: type) -> dict[str, Any]:
    """The types of a dataclass's settings, by name."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in settings_of(kind) if field.init}


def named(value: Any) -> Any:
    """Dataclasses as names and fields, so two task distributions with equal fields differ."""
    if not dataclasses.is_dataclass(value):
        return value
    fields = {field.name: named(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return {"is": type(value).__name__, **fields}


def from_json(kind: Any, value: Any, path: str = "settings") -> Any:
    """The value of type `kind` whose JSON is `value`.

    **Raises:** `UserError`, which names the place, the value and what is wanted there.
    """
    if isinstance(value, dict) and hasattr(kind, "registry"):
        kind, value = _tagged(kind, value, path)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, path)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union(kind, value, path)
    if origin is tuple:
        return _tuple(kind, value, path)
    if origin is dict:
        of_items = get_args(kind)[1]
        _check(isinstance(value, dict), path, value, "an object")
        return {name: from_json(of_items, item, f"{path}.{name}") for name, item in value.items()}
    if origin is Literal:
        _check(value in get_args(kind), path, value, f"one of {', '.join(map(repr, get_args(kind)))}")
        return value
    return _scalar(kind, value, path)


def _tagged(kind: Any, value: dict[str, Any], path: str) -> tuple[Any, dict[str, Any]]:
    """The class that an object is of, by its tag if it has one, and its fields."""
    if "is" not in value:
        return (kind.registry.untagged or kind) if kind is kind.registry.base else kind, value
    found = kind.registry.tagged(value["is"])
    if found is None or not issubclass(found, kind):
        raise UserError(
            f"{path} is of the {kind.registry.kind} {value['is']!r}, which is not known here; import the "
            "module that defines it"
        )
    return found, {name: item for name, item in value.items() if name != "is"}


def _dataclass(kind: Any, value: Any, path: str) -> Any:
    _check(isinstance(value, dict), path, value, f"the settings of {kind.__name__}")
    fields = hints_of(kind)
    for name in value:
        lookup(f"field of {path}", name, fields)
    needed = [field.name for field in settings_of(kind) if field.init and _has_no_default(field)]
    missing = [name for name in needed if name not in value]
    if missing:
        raise UserError(f"{path} lacks {', '.join(missing)}; {kind.__name__} needs it")
    return kind(**{name: from_json(fields[name], item, f"{path}.{name}") for name, item in value.items()})


def _has_no_default(field: dataclasses.Field) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _union(kind: Any, value: Any, path: str) -> Any:
    """The first of the union's types that fits; the last one's complaint where none does.

    A text, and null, are what they are: for any other value those types are not tried.
    """
    plain = {str: str, types.NoneType: types.NoneType}
    tried = [one for one in get_args(kind) if isinstance(value, plain.get(one, object))]
    *others, last = tried or get_args(kind)
    for one in others:
        try:
            return from_json(one, value, path)
        except ValueError:
            continue
    return from_json(last, value, path)


def _tuple(kind: Any, value: Any, path: str) -> tuple:
    _check(isinstance(value, list), path, value, "an array")
    kinds = get_args(kind)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    _check(len(value) == len(kinds), path, value, f"an array of {len(kinds)}")
    return tuple(
        from_json(one, item, f"{path}[{i}]") for i, (one, item) in enumerate(zip(kinds, value, strict=True))
    )


def _scalar(kind: Any, value: Any, path: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    _check(type(value) is kind, path, value, "null" if kind is types.NoneType else f"of type {kind.__name__}")
    return value


def _check(fits: bool, path: str, value: Any, wanted: str) -> None:
    if not fits:
        raise UserError(f"{path} is {value!r}; it must be {wanted}")


def difference(there: Any, here: Any, path: str) -> tuple[str, Any, Any] | None:
    """The first place where two JSON values differ, with both values; None where they are equal."""
    if isinstance(there, dict) and isinstance(here, dict):
        names = list(dict.fromkeys([*here, *there]))
        parts = [(there.get(name), here.get(name), f"{path}.{name}" if path else name) for name in names]
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        parts = [
            (old, new, f"{path}[{index}]") for index, (old, new) in enumerate(zip(there, here, strict=True))
        ]
    else:
        return None if there == here and type(there) is type(here) else (path, there, here)
    return next((found for part in parts if (found := difference(*part))), None)
