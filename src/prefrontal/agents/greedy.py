"""An agent that takes the most probable action instead of drawing one."""

from typing import Any

import jax

from prefrontal.agents.around import Around
from prefrontal.agents.base import PredictingAgent
from prefrontal.checks import check_kind
from prefrontal.errors import UserError
from prefrontal.types import Noise, Percept, RandomKey


class Greedy(Around):
    """The same weights, but every action is the mode of its law: `evaluate(Greedy(agent), tasks)`.

    If an agent explores by drawing its actions, it does not explore in this way, so its regret may be higher.
    `replay` says what the agent itself says, whose law is not that of these certain actions.

    **Raises:** ValueError for an agent that revises itself: it learns from the spread of its own actions. Use
    `Adapting.shown` for that agent: it adds episodes with the most probable actions to each segment.
    """

    def __check_init__(self):
        check_kind("agent", self.agent, PredictingAgent, ": a trained agent, whose law is known")
        if self.agent.segment is not None:
            raise UserError(
                f"agent is {type(self.agent).__name__}, which learns from the actions that it draws; to see "
                "its most probable actions, set its field `shown`, a number of steps"
            )

    def noise(self, key: RandomKey) -> Noise:
        """None is needed."""
        return ()

    def act(self, memory: Any, percept: Percept, noise: Noise):
        return self.agent.act_by_mode(memory, percept)

    def act_all(self, memory: Any, percept: Percept, noise: Noise):
        return jax.vmap(self.agent.act_by_mode, in_axes=-1, out_axes=-1)(memory, percept)
