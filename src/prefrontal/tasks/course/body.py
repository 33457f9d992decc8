"""A body that runs along a course: it pushes forward, crouches to gather force, and jumps when it lets go.

It stands in place of POET's walker, which needs Box2D. What makes the task is kept: obstacles of different
kinds need different skills, progress is paid, and a fall costs as much as a third of the course. Crouching is
the only way under a ceiling, and it gathers the force that is released as a jump. So ducking and jumping
conflict.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Int

from prefrontal.checks import settle
from prefrontal.tasks.base import Environment
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.course.terrain import DEEP, DISTANCE, OPEN, SAMPLES, SPACING, Encoding
from prefrontal.types import RandomKey, Step, Task

STANDING, CROUCHING = 1.0, 0.5  # heights of the body
RUNS, CREEPS = 0.6, 0.3  # its highest velocities, in units a step
GRIP, DRAG, AIR = (
    0.1,
    0.03,
    0.01,
)  # how fast it gets there, what a slope takes, and what a push does in the air
GATHERS = 0.2  # of a jump's force, in each step of crouching
JUMP, GRAVITY = 0.4, 0.05  # the velocity upwards of a jump with full force, and what a step takes of it
STEP = 0.25  # the highest step that it takes without a jump
LOST = -3.0  # below this height it has fallen
AHEAD = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)  # where it sees the ground
ABOVE = (0.5, 1.5, 3.0, 5.0)  # where it sees ceilings
SEES = 2.0  # units up and down
PAYS, FALL = 300.0, 100.0  # for the whole course, and what a fall costs (POET's)


class CourseTask(NamedTuple):
    encoding: Encoding
    ground: Float[Array, "samples"]  # heights, every `SPACING` from 0 on
    ceiling: Float[Array, "samples"]


class CourseState(NamedTuple):
    place: Float[Array, "2"]  # of the feet: along the course, and up
    velocity: Float[Array, "2"]  # units a step
    force: Float[Array, ""]  # gathered for the next jump, from 0 to 1
    grounded: Bool[Array, ""]
    crouched: Bool[Array, ""]
    time: Int[Array, ""]  # steps since the start of the episode


@dataclasses.dataclass(frozen=True)
class CourseWorld(Environment):
    """An action is two numbers: a push, from backward (-1) to forward (1), and whether to crouch (above 0).

    The agent sees the ground and the ceilings ahead, both velocities, its force, whether it stands on the
    ground and whether it crouches. An episode ends at the end of the course, with a fall, or after `length`
    steps. The reward is 300 for the whole course, in proportion to the way that was gained, and -100 for a
    fall.

    **Arguments:** `once`, whether the lifetime ends with its first episode.
    """

    length: int = 160  # the most steps of an episode
    once: bool = False

    action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
    observation_space = spaces.Box(-1.5, 1.5, (len(AHEAD) + len(ABOVE) + 5,), np.float32)

    def __post_init__(self):
        settle(self, length=(1, inf))

    @property
    def restarts(self) -> bool:
        return not self.once

    def check_task(self, task: Task) -> None:
        check_field(self, task, "ground", (SAMPLES,), -DEEP - OPEN, OPEN)
        check_field(self, task, "ceiling", (SAMPLES,), -OPEN, 2 * OPEN)

    def reset(self, key: RandomKey, task: CourseTask):
        nothing = jnp.zeros(2, jnp.float32)
        no, yes = jnp.zeros((), bool), jnp.ones((), bool)
        state = CourseState(nothing, nothing, nothing[0], yes, no, jnp.array(0, jnp.int32))
        state = state._replace(place=jnp.stack([nothing[0], task.ground[0]]))
        return state, _seen(task, state)

    def noise(self, key: RandomKey) -> tuple[()]:
        """No noise: a step is deterministic."""
        return ()

    def transition(self, noise: tuple[()], task: CourseTask, state: CourseState, action) -> Step:
        after = moved(task, state, action)
        fell, there = after.place[1] < LOST, after.place[0] >= DISTANCE
        over, late = fell | there, after.time >= self.length
        gained = jnp.minimum(after.place[0], DISTANCE) - state.place[0]
        reward = PAYS / DISTANCE * gained - FALL * fell.astype(jnp.float32)
        ends = (over | late) & self.once
        return Step(after, _seen(task, after), reward, over, late & ~over, ends)

    def expected_reward(self, task: CourseTask, state: CourseState, action) -> Float[Array, ""]:
        return self.transition((), task, state, action).reward


def moved(task: CourseTask, state: CourseState, action: Float[Array, "2"]) -> CourseState:
    """Where an action takes the body, in one step."""
    (x, y), (forward, upward) = state.place, state.velocity
    here, roof = _at(task.ground, x), _at(task.ceiling, x)
    pressed = action[1] > 0
    low = pressed | (roof < y + STANDING)  # there is no room to stand
    tall = jnp.where(low, CROUCHING, STANDING)
    jumps = state.grounded & ~pressed & (state.force > 0)
    on = state.grounded & ~jumps
    force = jnp.where(state.grounded & pressed, jnp.minimum(state.force + GATHERS, 1.0), 0.0)

    slope = (_at(task.ground, x + SPACING) - here) / SPACING
    steep = jnp.clip(slope, -1.0, 1.0)  # an edge is no slope
    pushed = GRIP * (jnp.where(low, CREEPS, RUNS) * action[0] - forward) - DRAG * steep
    forward = jnp.clip(forward + jnp.where(on, pushed, AIR * action[0]), -RUNS, RUNS)
    upward = jnp.where(on, 0.0, jnp.where(jumps, JUMP * state.force, upward) - GRAVITY)

    to, up = jnp.maximum(x + forward, 0.0), y + upward
    ground, above = _at(task.ground, to), _at(task.ceiling, to)
    blocked = (ground > up + STEP) | (above < jnp.maximum(up, ground) + tall)
    to, forward = jnp.where(blocked, x, to), jnp.where(blocked, 0.0, forward)
    ground, above = jnp.where(blocked, here, ground), jnp.where(blocked, roof, above)

    grounded = jnp.where(on, up <= ground + STEP, up <= ground)
    knocked = ~grounded & (above < up + tall)
    up = jnp.where(grounded, ground, jnp.where(knocked, above - tall, up))
    upward = jnp.where(grounded, 0.0, jnp.where(knocked, jnp.minimum(upward, 0.0), upward))
    place, velocity = jnp.stack([to, up]), jnp.stack([forward, upward])
    return CourseState(place, velocity, force, grounded, low, state.time + 1)


def _seen(task: CourseTask, state: CourseState) -> Float[Array, "seen"]:
    """What the body sees and feels, each number about from -1 to 1."""
    x, y = state.place
    ground = jnp.stack([_at(task.ground, x + ahead) for ahead in AHEAD]) - y
    above = jnp.stack([_at(task.ceiling, x + ahead) for ahead in ABOVE]) - y
    felt = (
        *(state.velocity[0] / RUNS, state.velocity[1] / JUMP),
        *(state.force, state.grounded.astype(jnp.float32), state.crouched.astype(jnp.float32)),
    )
    return jnp.concatenate(
        [
            jnp.clip(ground, -SEES, SEES) / SEES,
            jnp.clip(above, 0.0, SEES) / SEES,
            jnp.clip(jnp.stack(felt), -1.5, 1.5),
        ]
    )


def _at(heights: Float[Array, "samples"], x: Float[Array, ""]) -> Float[Array, ""]:
    """The height at a place: that of the sample before it."""
    return heights[jnp.clip((x / SPACING).astype(jnp.int32), 0, SAMPLES - 1)]
