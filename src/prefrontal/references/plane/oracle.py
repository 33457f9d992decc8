"""The oracle of tasks in the plane: it knows the task and takes the best actions from the start."""

from functools import partial

import equinox as eqx
import jax
from jaxtyping import Array, Float

from prefrontal.actions import Actions, actions_of
from prefrontal.agents import Agent
from prefrontal.references.bandits.oracle import oracle_policy
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.plane.base import PlaneWorld
from prefrontal.tasks.plane.corners import FourCorners
from prefrontal.tasks.plane.navigation import Navigation
from prefrontal.tasks.plane.rotation import Rotation
from prefrontal.tasks.plane.runner import DirectionRunner
from prefrontal.types import Noise, Percept, RandomKey, State, Task

_batched = partial(jax.vmap, in_axes=-1, out_axes=-1)


class BestCourse(Agent):
    """Moves straight to the goal, or walks with the best gait, as `PlaneWorld.best_action` says."""

    world: PlaneWorld = eqx.field(static=True)

    @property
    def acts(self) -> Actions:
        return actions_of(self.world.action_space)

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> tuple[()]:
        return ()

    def act(self, memory: tuple[()], percept: Percept, noise: Noise):
        """**Raises:** ValueError, because a percept does not say where the goal is."""
        raise ValueError("oracle acts on the task and the state; call act_told, as the rollout does")

    def act_told(
        self, memory: tuple[()], percept: Percept, noise: Noise, task: Task, state: State
    ) -> tuple[tuple[()], Float[Array, "2 batch"], None]:
        return memory, _batched(self.world.best_action)(task, state), None


@oracle_policy.register(Navigation)
@oracle_policy.register(Rotation)
@oracle_policy.register(FourCorners)
@oracle_policy.register(DirectionRunner)
def best_course(distribution: TaskDistribution) -> BestCourse:
    world = distribution.environment
    assert isinstance(world, PlaneWorld)
    return BestCourse(world)
