"""Errors for values of the wrong type or out of range: they name the field, the value and the rule.

NumPy numbers are accepted: `np.int64(3)` is a whole number, `np.float32(0.5)` a number. A bool is not a
number.
"""

import contextlib
import dataclasses
import functools
import json
import numbers
import os
import re
import types
from collections.abc import Collection
from math import inf, isfinite
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from prefrontal.errors import UserError

LARGEST_WHOLE = 2**31 - 1  # in settings: what they count is counted in 32 bits
LARGEST = 1e12  # in settings, either way: so that products of a few of them are finite in 32 bits
_LONGEST = 200  # letters of a value in an error

Limits = tuple[float, float]


def check_integer(field: str, value: object, low: float, high: float = inf) -> None:
    """Raise a ValueError unless `value` is a whole number from `low` to `high`."""
    if not _is(value, numbers.Integral) or not low <= value <= high:  # pyright: ignore[reportOperatorIssue]
        raise _refused(field, value, _whole(low, high))


def check_between(field: str, value: object, low: float, high: float = inf) -> None:
    """Raise a ValueError unless `value` is a finite number from `low` to `high`."""
    if not _is(value, numbers.Real) or not _within(value, low, high):  # pyright: ignore[reportArgumentType]
        raise _refused(field, value, _number(low, high))


def check_truth(field: str, value: object) -> None:
    """Raise a ValueError unless `value` is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise _refused(field, value, "True or False")


def check_one_of(field: str, value: object, known: Collection[str]) -> None:
    """Raise a ValueError unless `value` is one of these words."""
    if not isinstance(value, str) or value not in known:
        raise _refused(field, value, f"one of {', '.join(known)}")


def read_value(text: str) -> Any:
    """What a text on the command line means: JSON, or a number such as .5 or 1., or else the text itself."""
    for one in (text, re.sub(r"(?<![\w.])\.(?=\d)", "0.", re.sub(r"(?<=\d)\.(?![\w.])", ".0", text))):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(one)
    return text


def check_text(field: str, value: object) -> None:
    """Raise a ValueError unless `value` is a text."""
    if not isinstance(value, str):
        raise _refused(field, value, "a text")


def check_kind(field: str, value: object, kind: Any, hint: str = "") -> None:
    """Raise a ValueError unless `value` is an instance of a class; `hint` says how to get one."""
    if not isinstance(value, kind):
        what = f"{type(value).__name__}, {shown(value)}"
        what = f"the class {value.__name__}" if isinstance(value, type) else what
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise UserError(f"{field} is {what}; it must be {article} {kind.__name__}{hint}")


def path_of(field: str, value: object) -> Path:
    """The path of a text or a `Path`; ~ is the home folder. A ValueError for anything else."""
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise _refused(field, value, "a path, as text or a Path")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~ of a user who is not known
        raise _refused(field, value, "a path, and there is no such home folder") from None


def shown(value: object) -> str:
    """A value as errors show it: on one line, and shortened."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # of a number of thousands of digits, for one
        text = f"of type {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def settle(settings: Any, **limits: Limits) -> None:
    """Check every field of a frozen dataclass against its declared type, and make its values plain.

    Call it first in `__post_init__`. NumPy numbers become Python numbers and lists become tuples, so that
    settings can be hashed and stored as JSON. Numbers must be finite, and at most `LARGEST_WHOLE` or
    `LARGEST`.

    **Arguments:** `limits`, for each field the lowest and highest value of its number, or of each number in
    its tuple; `inf` if there is no limit.

    **Raises:** ValueError, which names the field, the value and what it must be.
    """
    for field, hint in _declared(type(settings)).items():
        given = getattr(settings, field)
        settled = _settled(field, given, hint, limits.get(field, (-inf, inf)))
        if settled is not given:
            object.__setattr__(settings, field, settled)


@functools.cache
def _declared(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields, by name."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _settled(field: str, value: Any, hint: Any, limits: Limits) -> Any:
    for kind in _alternatives(hint):
        if _fits(value, kind):
            return _plain(field, value, kind, limits)
    raise _refused(field, value, _called(hint, limits))


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _fits(value: Any, kind: Any) -> bool:
    """Whether `value` is of a type, without looking at its contents."""
    origin = get_origin(kind) or kind
    if origin is Literal:
        return isinstance(value, str) and value in get_args(kind)
    abstract = {int: numbers.Integral, float: numbers.Real}
    if origin in abstract:
        return _is(value, abstract[origin])
    if origin is bool:
        return isinstance(value, bool | np.bool_)
    if origin is tuple:
        return isinstance(value, tuple | list)
    try:
        return origin is Any or isinstance(value, origin)
    except TypeError:  # a type that cannot be asked
        return True


def _plain(field: str, value: Any, kind: Any, limits: Limits) -> Any:
    """`value`, of this type, as a plain Python value; a ValueError if it is out of range."""
    origin, (low, high) = get_origin(kind) or kind, limits
    if origin is int:
        check_integer(field, value, low, high)
        check_integer(field, value, max(low, -LARGEST_WHOLE), high if high < inf else LARGEST_WHOLE)
        return int(value)
    if origin is float:
        check_between(field, value, low, high)
        check_between(field, value, max(low, -LARGEST), min(high, LARGEST))
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    if origin is bool:
        return bool(value)
    if origin in (str, Literal):
        return value if type(value) is str else str.__str__(value)
    if origin is tuple:
        return _plain_tuple(field, value, kind, limits)
    if origin is dict:
        named, kept = get_args(kind)
        return {
            _settled(f"a key of {field}", key, named, limits): _settled(
                f"{field}[{key!r}]", one, kept, limits
            )
            for key, one in value.items()
        }
    return value


def _plain_tuple(field: str, value: tuple | list, kind: Any, limits: Limits) -> tuple:
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise _refused(field, value, _called(kind, limits))
    settled = tuple(_settled(field, one, of, limits) for one, of in zip(value, kinds, strict=True))
    same = type(value) is tuple and all(new is old for new, old in zip(settled, value, strict=True))
    return value if same else settled  # pyright: ignore[reportReturnType]


def _called(hint: Any, limits: Limits) -> str:
    """The name of a type in an error."""
    return " or ".join(_called_one(kind, limits) for kind in _alternatives(hint))


def _called_one(kind: Any, limits: Limits) -> str:
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(str(one) for one in parts)}"
    if origin is tuple:
        each = _called(parts[0], limits)
        return f"a tuple, each {each}" if parts[-1] is Ellipsis else f"a tuple of {len(parts)}, each {each}"
    numeric = {int: _whole, float: _number}
    if origin in numeric:
        return numeric[origin](*limits)
    words = {bool: "True or False", str: "a text", types.NoneType: "None", dict: "a dictionary"}
    return words.get(origin) or f"{getattr(origin, '__name__', origin)}(...)"


def _whole(low: float, high: float) -> str:
    if low == -inf and high == inf:
        return "a whole number"
    return f"a whole number, at least {low}" if high == inf else f"a whole number, from {low} to {high}"


def _number(low: float, high: float) -> str:
    if low == -inf:
        return "a finite number"
    return f"a number at least {low:g}" if high == inf else f"a number from {low:g} to {high:g}"


def _refused(field: str, value: object, wanted: str) -> UserError:
    return UserError(f"{field} is {shown(value)}; it must be {wanted}")


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _within(value: numbers.Real, low: float, high: float) -> bool:
    try:
        return isfinite(value) and low <= float(value) <= high
    except OverflowError:  # a whole number, or a fraction, beyond all floats
        return False
