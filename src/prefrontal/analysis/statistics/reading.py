"""Numbers as people bring them: read into plain arrays, or refused by a sentence that says where."""

from numbers import Number
from typing import Any

import numpy as np

from prefrontal.checks import shown


def trainings(name: str, values: Any, axes: int = 1) -> list[np.ndarray]:
    """The values of each training, each an array of finite numbers with tasks first."""
    is_array = isinstance(values, np.ndarray) and values.ndim > 0
    given = list(values) if is_array or isinstance(values, list | tuple) else []
    if not given or any(isinstance(one, Number | str) for one in given):
        raise ValueError(f"{name} is {shown(values)}; it must hold an array of tasks for each training")
    return [numbers(f"{name}[{seed}]", one, axes) for seed, one in enumerate(given)]


def numbers(name: str, values: Any, axes: int = 1) -> np.ndarray:
    """Finite numbers as an array of so many axes; a ValueError that says what is in their place."""
    try:
        found = np.asarray(values)
    except ValueError:  # numpy's, for lists of several lengths
        raise ValueError(f"{name} has rows of different lengths; all must be of one") from None
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} has the type {found.dtype}; it must hold numbers")
    if found.ndim != axes or not found.size:
        raise ValueError(
            f"{name} has the shape {found.shape}; it must be {'(tasks, points)' if axes == 2 else 'a row'}, "
            "with a number in it"
        )
    out = ~np.isfinite(found) | np.ma.getmaskarray(values)
    if out.any():
        place = tuple(int(one) for one in np.argwhere(out)[0])
        is_masked = isinstance(values, np.ma.MaskedArray) and bool(np.ma.getmaskarray(values)[place])
        said = "masked" if is_masked else found[place]
        where = place[0] if axes == 1 else place
        raise ValueError(
            f"{name} is {said} at {where}; it must be a finite number: leave out what is missing"
        )
    return found
