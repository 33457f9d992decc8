"""How numbers are written for people."""

from typing import SupportsFloat


def number(value: SupportsFloat, whole: bool = True) -> str:
    """About four digits: 1.748, 16.67, 64.92, 10,000; very small ones as 1.2e-05, whole ones as 3.

    With `whole` False those are written as 3.000, to stand in a column of measurements.
    """
    value = float(value)
    size = abs(value)
    if size >= 1000 or (whole and value == int(value)):
        return f"{value:,.0f}"
    if 0 < size < 5e-4:
        return f"{value:.1e}"
    return f"{value:.{1 if size >= 100 else 2 if size >= 10 else 3}f}"


def interval(bounds: tuple[SupportsFloat, SupportsFloat]) -> str:
    """`1.800 to 1.950`."""
    return f"{number(bounds[0], whole=False)} to {number(bounds[1], whole=False)}"


def cell(value: str | float | None) -> str:
    """A cell of a table: texts and whole numbers as they are, nothing where there is no number."""
    if value is None:
        return ""
    return number(value, whole=False) if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """41 s, 12 min, 3 h 05 min."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
