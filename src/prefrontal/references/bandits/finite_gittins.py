"""Gittins indices for a lifetime of finitely many pulls (Bradt, Johnson & Karlin 1956; Niño-Mora 2011)."""

import contextlib
import dataclasses
import functools
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from prefrontal.cache import cache_folder
from prefrontal.disk.storage import load_arrays, save_arrays
from prefrontal.errors import DamagedFileError, DiskFullError, UserError
from prefrontal.references.bandits.counting import IndexAgent, seen_as_unit
from prefrontal.references.bandits.gittins import falling_root, uniform_mean
from prefrontal.references.base import ReferenceSettings, check_binary
from prefrontal.tasks.base import TaskDistribution

LONGEST = 1000  # pulls: the table has T³ / 6 entries, and takes about T³ / 4 microseconds
_GRID = 512  # standard arms, between which the index is interpolated
_KEPT_FROM = 200  # pulls
_KIND = "a table of finite-horizon Gittins indices"


@functools.lru_cache(maxsize=4)
def finite_indices(horizon: int) -> Float[np.ndarray, "states"]:
    """The index of an arm with a uniform prior after s successes in n of t pulls, by `place`.

    With h = T - t pulls left the index is the λ for which one is indifferent between the arm and a standard
    arm that pays λ. What the arm is worth more than h λ is, with q = (s + 1) / (n + 2) and D₀ = 0,

        C_h(n, s) = q - λ + q D_{h-1}(n + 1, s + 1) + (1 - q) D_{h-1}(n + 1, s),    D_h = max(0, C_h),

    and the root of C_h is the index. A pull leaves n + h as it is: so for each n + h there is one chain of
    vectors over s, which is computed for all λ of a grid at once.

    A table that takes long is kept in the user's cache folder.
    """
    folder = cache_folder()
    if horizon < _KEPT_FROM or folder is None:
        return _computed(horizon)
    path = folder / "tables" / f"finite-gittins-{horizon}-{_GRID}.safetensors"
    with contextlib.suppress(OSError, DamagedFileError, UserError):
        return load_arrays(path, _KIND)[0]["indices"]
    indices = _computed(horizon)
    with contextlib.suppress(OSError, DiskFullError, UserError):
        save_arrays(path, _KIND, {"indices": indices}, {})
    return indices


def _computed(horizon: int) -> Float[np.ndarray, "states"]:
    standard = (np.sin(np.linspace(0.0, np.pi / 2, _GRID)) ** 2).astype(np.float32)
    indices = np.zeros(place(horizon, 0, 0), np.float32)
    for both in range(1, horizon + 1):  # n + h
        ahead = np.zeros((both + 1, _GRID), np.float32)
        for n in range(both - 1, -1, -1):
            mean = uniform_mean(n).astype(np.float32)[:, None]
            worth = ahead[1:] - ahead[:-1]
            worth *= mean
            worth += ahead[:-1]
            worth += mean - standard
            start = place(horizon - (both - n), n, 0)
            indices[start : start + n + 1] = falling_root(standard, worth)
            ahead = np.maximum(worth, 0.0, out=worth)
    indices.setflags(write=False)
    return indices


def place(time, pulls, successes):
    """Where the table has the index after `time` pulls: times, in each n ≤ t, and in each s ≤ n."""
    return time * (time + 1) * (time + 2) // 6 + pulls * (pulls + 1) // 2 + successes


class FiniteGittins(IndexAgent):
    """Pulls an arm of the highest index for the pulls that are left; ties are broken at random."""

    table: Float[Array, "states"]
    horizon: int = eqx.field(static=True)

    @property
    def longest(self) -> int:
        return self.horizon

    def index(
        self, pulls: Int[Array, "*shape"], total: Float[Array, "*shape"], time: Int[Array, ""]
    ) -> Float[Array, "*shape"]:
        return self.table[place(time, pulls, jnp.round(total).astype(jnp.int32))]


@dataclasses.dataclass(frozen=True)
class FiniteGittinsSettings(ReferenceSettings):
    """For independent arms and a uniform prior. Not optimal, but within some hundredths of a reward of it."""

    description: ClassVar[str] = "pulls the arm with the highest Gittins index for the pulls that are left"

    def build(self, distribution: TaskDistribution) -> FiniteGittins:
        check_binary("finite-gittins", distribution.environment)
        horizon = distribution.horizon
        if horizon > LONGEST:
            raise UserError(f"horizon is {horizon}; finite-gittins is for at most {LONGEST} pulls")
        seen = seen_as_unit("finite-gittins", distribution.environment)
        return FiniteGittins(*seen, jnp.asarray(finite_indices(horizon)), horizon)
