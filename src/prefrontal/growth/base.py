"""The seam of growers: learners whose product is a task distribution."""

import abc
from typing import Any

from prefrontal.learners.base import Learner, Product
from prefrontal.tasks import Growing


class Grower(Learner):
    """A learner that makes environments. Its agent is one of those that it trained on the way."""

    @abc.abstractmethod
    def growing(self, state: Any) -> Growing:
        """The environments of this moment as a distribution; it can be called in a compiled program."""

    @abc.abstractmethod
    def product(self, state: Any) -> Product:
        """The environments to keep, as `Grown`, and what happened, as arrays by name."""
