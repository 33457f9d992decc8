"""Distributions that grow: nobody writes their tasks.

Growers are learners whose product is a task distribution: POET invents environments while it solves them.
`unsupervised` makes tasks of a process without a reward.
"""

from prefrontal.growth.base import Grower
from prefrontal.growth.poet import POET
from prefrontal.growth.specialists import Specialists
from prefrontal.growth.unsupervised import ProposedTasks
from prefrontal.learners import LEARNERS
from prefrontal.tasks import DISTRIBUTIONS

LEARNERS.add("poet", POET)
LEARNERS.add("specialists", Specialists)
DISTRIBUTIONS.add("proposed", ProposedTasks)

__all__ = ["POET", "Grower", "ProposedTasks", "Specialists"]
