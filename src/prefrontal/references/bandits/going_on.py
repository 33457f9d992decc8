"""What it is worth to be able to stop: an arm of unknown mean, pulled for so long that all is continuous.

After many pulls a posterior is normal, and its mean moves as Brownian motion does. With n pulls, rewards of
standard deviation σ and the discount e^-β for each pull, count time by a = β n and the mean's distance from a
standard arm's λ by y = (mean - λ) / (σ √β). From a to a + da the distance changes with variance 1 / a - 1 /
(a + da), and the gain over the standard arm, in units of σ √β, is

    F(a, y) = max(0, y (1 - e^-da) + e^-da E F(a + da, y + change))

(Chang & Lai 1987; Brezzi & Lai 2002).
"""

import functools
import itertools

import numpy as np
from jaxtyping import Float

_STEP = 0.02  # in y: changes are up or down by so much, so their variance is its square
_WIDEST = 6.0  # standard deviations of what y may still change by
_LAST = 14.0  # in a, beyond the start: there the future is discounted by a millionth


def gain_of_going_on(
    mean: Float[np.ndarray, "*rows"], standard: Float[np.ndarray, "*columns"], pulls: float, discount: float
) -> Float[np.ndarray, "*shape"]:
    """What an arm is worth more than the standard arm for ever, of rewards 0 or 1, counted in 1 / (1 - γ)."""
    beta = -np.log(discount)
    unit = np.sqrt(mean * (1.0 - mean) * beta)
    distance, gain = _gains(beta * pulls)
    away = (mean - standard) / unit
    inside = np.interp(away, distance, gain, left=0.0)
    return unit * np.where(away > distance[-1], away, inside)


@functools.lru_cache(maxsize=8)
def _gains(start: float) -> tuple[Float[np.ndarray, "y"], Float[np.ndarray, "y"]]:
    """F(start, y) on a grid of y, by a random walk backwards in the variance that is left, 1 / a."""
    most = 1.0 / start
    steps = int(np.ceil((most - 1.0 / (start + _LAST)) / _STEP**2))
    half = int(np.ceil(_WIDEST * np.sqrt(most) / _STEP)) + 1
    y = _STEP * np.arange(-half, half + 1)
    left = most - _STEP**2 * np.arange(steps, -1, -1)  # the variance left, from the end to the start
    times = 1.0 / np.maximum(left, 1e-3 / (start + _LAST))
    gain = np.maximum(y, 0.0)
    for later, now in itertools.pairwise(times):
        discount = np.exp(now - later)
        gain[1:-1] = np.maximum(
            y[1:-1] * (1.0 - discount) + discount * 0.5 * (gain[2:] + gain[:-2]), 0.0
        )  # at the ends it stays what it is: 0, and y
    return y, gain
