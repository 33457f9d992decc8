"""Errors for values out of range: they name the field, the value and the rule.

Numpy's numbers are numbers: `np.int64(3)` is a whole one, `np.float32(0.5)` another. A truth is none.
"""

import math
import numbers
from collections.abc import Collection


def check_integer(field: str, value: object, low: int, high: float = math.inf) -> None:
    """A ValueError unless `value` is a whole number from `low` to `high`."""
    if not _is(value, numbers.Integral) or not low <= value <= high:  # pyright: ignore[reportOperatorIssue]
        rule = f"at least {low}" if high == math.inf else f"from {low} to {high}"
        raise ValueError(f"{field} is {value!r}; it must be a whole number, {rule}")


def check_between(field: str, value: object, low: float, high: float = math.inf) -> None:
    """A ValueError unless `value` is a finite number from `low` to `high`."""
    if not _is(value, numbers.Real) or not _within(value, low, high):  # pyright: ignore[reportArgumentType]
        rule = f"a number at least {low:g}" if high == math.inf else f"a number from {low:g} to {high:g}"
        rule = "a finite number" if low == -math.inf else rule
        raise ValueError(f"{field} is {value!r}; it must be {rule}")


def check_truth(field: str, value: object) -> None:
    """A ValueError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{field} is {value!r}; it must be True or False")


def check_one_of(field: str, value: object, known: Collection[str]) -> None:
    """A ValueError unless `value` is one of these words."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{field} is {value!r}; it must be one of {', '.join(known)}")


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _within(value: numbers.Real, low: float, high: float) -> bool:
    return math.isfinite(value) and low <= float(value) <= high
