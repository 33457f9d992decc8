"""Whether choices and rewards are coded as the analyses take them: an error says what is not, and where."""

from typing import Any

import numpy as np


def check_choices(
    action: Any, reward: Any = None, arms: int = 2, least: float = -np.inf, most: float = np.inf
) -> None:
    """A ValueError unless `action` is from 0 to `arms` - 1, and `reward`, where given, fits it.

    Every trial has to be there: missed ones (masked, NaN, or coded by another number) are refused.
    """
    if np.size(action) == 0:
        raise ValueError(f"action has the shape {np.shape(action)}; there must be at least one choice")
    _check_values("action", action, np.isin(action, range(arms)), f"a choice from 0 to {arms - 1}")
    if reward is None:
        return
    if np.shape(reward) != np.shape(action):
        raise ValueError(f"reward has the shape {np.shape(reward)}; it must be action's, {np.shape(action)}")
    fits = np.isfinite(reward) & (reward >= least) & (reward <= most)
    _check_values("reward", reward, fits, _range(least, most))


def check_codes(name: str, values: Any, like: Any) -> None:
    """A ValueError unless `values` are 0 or 1, in the shape of `like`."""
    if np.shape(values) != np.shape(like):
        raise ValueError(f"{name} has the shape {np.shape(values)}; it must be action's, {np.shape(like)}")
    _check_values(name, values, np.isin(values, (0, 1)), "0 or 1")


def _range(least: float, most: float) -> str:
    return "a finite number" if np.isinf(least) else f"a number from {least:g} to {most:g}"


def _check_values(name: str, values: Any, fits: np.ndarray, rule: str) -> None:
    masked = np.ma.getmaskarray(values)
    if masked.any():
        place = tuple(int(one) for one in np.argwhere(masked)[0])
        raise ValueError(f"{name} is masked at {place}; leave lifetimes with missed trials out")
    if not np.all(fits):
        place = tuple(int(one) for one in np.argwhere(~np.asarray(fits))[0])
        raise ValueError(f"{name} is {np.asarray(values)[place]} at {place}; it must be {rule}")
