"""Growers: learners whose product is a task distribution. POET invents environments while it solves them."""

from prefrontal.growth.base import Grower
from prefrontal.growth.poet import POET
from prefrontal.learners import LEARNERS

LEARNERS.add("poet", POET)

__all__ = ["POET", "Grower"]
