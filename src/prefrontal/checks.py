"""Errors for values out of range: they name the field, the value and the rule."""

import math


def check_integer(field: str, value: object, low: int, high: float = math.inf) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        rule = f"at least {low}" if high == math.inf else f"from {low} to {high}"
        raise ValueError(f"{field} is {value!r}; it must be a whole number, {rule}")


def check_between(field: str, value: object, low: float, high: float = math.inf) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _within(value, low, high):
        rule = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise ValueError(f"{field} is {value!r}; it must be a number {rule}")


def _within(value: float, low: float, high: float) -> bool:
    return math.isfinite(value) and low <= value <= high
