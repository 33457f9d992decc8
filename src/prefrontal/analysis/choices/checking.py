"""Reads choices and rewards into plain arrays, or refuses them with an error that names the place.

A trial is missed if the subject gave no answer. It is marked in `missed`, or by the mask of a masked array.
Its values, NaN or any code, are replaced by 0 here, and no analysis counts them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.checks import check_integer

ROWS, BLOCKS = ("lifetimes", "trials"), ("blocks", "lifetimes", "trials")


class Answers(NamedTuple):
    """Choices and their rewards: arrays of one shape, with zeros in missed trials."""

    action: Integer[np.ndarray, "..."]
    reward: Float[np.ndarray, "..."]
    made: Bool[np.ndarray, "..."]  # False where the trial was missed


def read_choices(
    action: Any,
    reward: Any = None,
    missed: Any = None,
    *,
    axes: Sequence[str] = ROWS,
    arms: int | None = 2,
    least: float = -np.inf,
    most: float = np.inf,
) -> Answers:
    """Read choices from 0 to `arms` - 1 (None: any whole number from 0) and rewards from `least` to `most`.

    **Arguments:** `missed`, of the shape of `action`, True where no answer was given; trials that are masked
    in `action` or `reward` are also missed; `axes`, the names of the axes for errors.

    **Raises:** ValueError for anything else, with the array's name, the value and its place.
    """
    shape = _numbers("action", action).shape
    if len(shape) != len(axes):
        raise ValueError(f"action has the shape {shape}; it must be ({', '.join(axes)})")
    missed = read_missed(shape, missed, action, reward)
    if missed.all():
        raise ValueError(f"action has the shape {shape} and no choice in it; there must be at least one")
    choice = _filled("action", action, missed)
    fits = (choice == np.floor(choice)) & (choice >= 0) & (choice < (arms or np.iinfo(np.int32).max))
    rule = f"a choice from 0 to {arms - 1}" if arms else "a whole number from 0"
    _check_values("action", choice, fits, rule)
    paid = np.zeros(shape) if reward is None else _filled("reward", reward, missed).astype(np.float64)
    fits = np.isfinite(paid) & (paid >= least) & (paid <= most)
    _check_values("reward", paid, fits, _range(least, most))
    return Answers(choice.astype(np.int64), paid, ~missed)


def read_codes(name: str, values: Any, missed: Bool[np.ndarray, "..."]) -> Bool[np.ndarray, "..."]:
    """Codes 0 or 1 as booleans; False in missed trials. A ValueError for any other code."""
    codes = _filled(name, values, missed)
    _check_values(name, codes, (codes == 0) | (codes == 1), "0 or 1")
    return codes == 1


def read_missed(shape: tuple[int, ...], missed: Any, *arrays: Any) -> Bool[np.ndarray, "..."]:
    """The missed trials, by `missed` (None: no trial) or by a mask of one of the arrays."""
    found = np.zeros(shape, bool)
    if missed is not None:
        found = read_codes("missed", missed, found)
    for array in arrays:
        if isinstance(array, np.ma.MaskedArray) and array.shape == shape:
            found = found | np.ma.getmaskarray(array)
    return found


def count_choices(made: Bool[np.ndarray, "blocks lifetimes T"]) -> Integer[np.ndarray, "blocks"]:
    """The number of choices in each block; a ValueError if a block has none."""
    counts = made.sum(axis=(1, 2))
    if not counts.all():
        raise ValueError(f"block {int(counts.argmin())} has no choice: all of its trials are missed")
    return counts


def check_learnt(made: Bool[np.ndarray, "blocks lifetimes T"]) -> None:
    """Raise a ValueError for a block in which nothing that was learnt can show, so that any parameters fit.

    A first choice is made before anything is learnt.
    """
    most = made.sum(axis=2).max(axis=1)
    if (most < 2).any():
        block = int(most.argmin())
        raise ValueError(
            f"block {block} has lifetimes of {most[block]} trial with a choice; a fit needs at least 2 in "
            "one of them, because a first choice says nothing of how a subject learns: no parameter is "
            "identified"
        )


def check_lags(lags: Any, trials: int) -> None:
    """Raise a ValueError unless lifetimes of so many trials have `lags` of them before another."""
    if trials < 2:
        raise ValueError(
            f"action has lifetimes of {trials} trial{'s' * (trials != 1)}; a regression on the trials before "
            "needs at least 2"
        )
    check_integer("lags", lags, 1, trials - 1)


def read_parameters(
    parameters: Any, names: Sequence[str], lowest: Sequence[float], highest: Sequence[float], blocks: int
) -> Float[np.ndarray, "blocks parameters"]:
    """The parameters as an array.

    **Raises:** ValueError unless there is a row for each block, and each parameter lies between its bounds.
    """
    values, wanted = _numbers("parameters", parameters), (blocks, len(names))
    if values.shape != wanted:
        raise ValueError(
            f"parameters has the shape {values.shape}; it must be {wanted}: a row of {', '.join(names)} for "
            "each block"
        )
    for name, column, low, high in zip(names, values.T, lowest, highest, strict=True):
        fits = np.isfinite(column) & (column >= low) & (column <= high)
        if not fits.all():
            block = int(fits.argmin())
            raise ValueError(f"{name} is {column[block]} in block {block}; it must be {_range(low, high)}")
    return values


def check_lifetimes(count: int, least: int, what: str) -> None:
    """Raise a ValueError if there are fewer lifetimes than the errors of `what` need."""
    if count < least:
        raise ValueError(
            f"{what} has {count} lifetime{'s' * (count != 1)}; its errors are over lifetimes and need at "
            f"least {least}. Give one subject's blocks or sessions as lifetimes"
        )


def _range(least: float, most: float) -> str:
    if np.isinf(most):
        return "a finite number" if np.isinf(least) else f"a number at least {least:g}"
    return f"a number from {least:g} to {most:g}"


def _numbers(name: str, values: Any) -> np.ndarray:
    """The values as a plain array, including masked values."""
    try:
        found = np.asarray(values)
    except ValueError:  # numpy's, for lists of several lengths
        raise ValueError(
            f"{name} has rows of different lengths; fill the short ones up and mark what was filled as missed"
        ) from None
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} has the type {found.dtype}; it must hold numbers")
    return found.astype(np.int64) if found.dtype.kind == "b" else found


def _filled(name: str, values: Any, missed: Bool[np.ndarray, "..."]) -> np.ndarray:
    """The values, with 0 in missed trials."""
    found = _numbers(name, values)
    if found.shape != missed.shape:
        raise ValueError(f"{name} has the shape {found.shape}; it must be action's, {missed.shape}")
    return np.where(missed, np.zeros((), found.dtype), found)


def _check_values(name: str, values: np.ndarray, fits: np.ndarray, rule: str) -> None:
    if np.all(fits):
        return
    place = tuple(int(one) for one in np.argwhere(~fits)[0])
    unanswered = name == "action" or np.isnan(values[place])
    hint = "; trials without an answer are marked in missed" if unanswered else ""
    raise ValueError(f"{name} is {values[place]} at {place}; it must be {rule}{hint}")
