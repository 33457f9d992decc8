"""Gittins indices for arms that pay 0 or 1 (Gittins 1979; Gittins, Glazebrook & Weber 2011, chapter 8)."""

import dataclasses
import functools
import math
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from prefrontal.checks import settle
from prefrontal.errors import UserError
from prefrontal.references.bandits.counting import IndexAgent, seen_as_unit
from prefrontal.references.bandits.going_on import gain_of_going_on
from prefrontal.references.base import ReferenceSettings, check_binary
from prefrontal.tasks.base import TaskDistribution

LONGEST_DISCOUNT = 0.9999
LONGEST = 2000  # pulls, and as many would the table take for a longer lifetime
NEGLIGIBLE = 1e-4  # the recursion starts where the future is discounted by so much
FARTHEST = 1000  # pulls ahead: where more would count, what comes after them is approximated
_GRID = 1024  # standard arms, between which the index is interpolated: within 2e-4, on average 5e-6


@functools.lru_cache(maxsize=8)
def gittins_indices(discount: float, pulls: int) -> Float[np.ndarray, "pulls pulls"]:
    """The index of an arm with a uniform prior after s successes in n < `pulls` pulls: row n, column s.

    The index is the λ at which the arm and a standard arm that always pays λ are equally good (calibration).
    For each λ of a grid, with V counted in units of 1 / (1 - γ),

        C(n, s) = q (1 - γ + γ V(n + 1, s + 1)) + (1 - q) γ V(n + 1, s),    q = (s + 1) / (n + 2),
        V(n, s) = max(λ, C(n, s)),

    backwards from an n so far ahead that what is learnt later no longer counts; the root of C - λ is the
    index. Where that is farther than `FARTHEST`, what is learnt later is counted in continuous time
    (`going_on.py`).
    """
    # Even steps of the arcsine: everywhere alike beside a posterior's standard deviation, √(λ(1 - λ) / n).
    standard = np.sin(np.linspace(0.0, np.pi / 2, _GRID)) ** 2
    ahead = math.ceil(math.log(NEGLIGIBLE) / math.log(discount)) if discount > 0 else 1
    last = pulls + min(ahead, FARTHEST)
    value = np.maximum(uniform_mean(last)[:, None], standard)
    if ahead > FARTHEST:
        # A posterior of n pulls has the variance of a mean of n + 3.
        value = standard + gain_of_going_on(uniform_mean(last)[:, None], standard, last + 3.0, discount)
    indices = np.zeros((pulls, pulls))
    for n in range(last - 1, -1, -1):
        mean = uniform_mean(n)[:, None]
        go_on = discount * mean * (value[1:] - value[:-1])
        go_on += discount * value[:-1] + (1.0 - discount) * mean
        if n < pulls:
            indices[n, : n + 1] = falling_root(standard, go_on - standard)
        value = np.maximum(go_on, standard, out=go_on)  # in place: the arrays are large
    indices.setflags(write=False)
    return indices


def uniform_mean(pulls: int) -> Float[np.ndarray, "successes"]:
    """The posterior mean after 0..pulls successes."""
    return (np.arange(pulls + 1) + 1.0) / (pulls + 2.0)


def falling_root(
    x: Float[np.ndarray, "grid"], y: Float[np.ndarray, "rows grid"]
) -> Float[np.ndarray, "rows"]:
    """Where each row of y, positive at first and then not, crosses zero: linear between the grid's points."""
    after = np.clip((y > 0).sum(axis=1), 1, len(x) - 1)
    rows = np.arange(len(y))
    above, below = y[rows, after - 1], y[rows, after]
    return x[after - 1] + (x[after] - x[after - 1]) * above / (above - below)


class Gittins(IndexAgent):
    """Pulls an arm with the highest Gittins index; ties are broken at random."""

    table: Float[Array, "pulls pulls"]

    @property
    def longest(self) -> int:
        return len(self.table)

    def index(
        self, pulls: Int[Array, "*shape"], total: Float[Array, "*shape"], time: Int[Array, ""]
    ) -> Float[Array, "*shape"]:
        return self.table[pulls, jnp.round(total).astype(jnp.int32)]


@dataclasses.dataclass(frozen=True)
class GittinsSettings(ReferenceSettings):
    """Optimal for independent arms, a uniform prior and an endless lifetime with `discount`."""

    description: ClassVar[str] = (
        "pulls the arm with the highest Gittins index, for a uniform prior and this discount"
    )

    discount: float = 0.98

    def __post_init__(self):
        settle(self, discount=(0.0, LONGEST_DISCOUNT))

    def build(self, distribution: TaskDistribution) -> Gittins:
        check_binary("gittins", distribution.environment)
        if distribution.horizon > LONGEST:
            raise UserError(
                f"horizon is {distribution.horizon}; the table of Gittins indices is for at most "
                f"{LONGEST} pulls"
            )
        seen = seen_as_unit("gittins", distribution.environment)
        return Gittins(*seen, jnp.asarray(gittins_indices(self.discount, distribution.horizon), jnp.float32))
