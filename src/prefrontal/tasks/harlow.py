"""Harlow's abstract task structure (Harlow 1949), as gaze on a screen (Wang et al. 2016, section 3.2.2).

In each trial a cross is shown straight ahead, and the agent must look at it. Then two images appear to the
left and right, the same two throughout a lifetime; their sides are drawn anew in every trial. One of the two
images is rewarded in all trials. The agent chooses by turning until an image is at the centre of its view.
After the first trial there is nothing left to guess: accuracy is 50 % in the first trial, and can be 100 % in
every later one.

The world is a circle of 360 degrees; the cross is at 0. The agent sees the part of it around its gaze.
"""

import dataclasses
from math import inf
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Int, Shaped

from prefrontal.checks import check_integer, settle
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.images import Colours, EmojiImages, FolderImages, ImageSet, Stripes
from prefrontal.types import RandomKey, Step, Task

FIXATION, CHOICE, INTERVAL = 0, 1, 2  # what a trial consists of, in this order
LEFT, RIGHT, STAY = 0, 1, 2  # actions

Pixels = Literal["float", "byte"]


class HarlowTask(NamedTuple):
    rewarded: Colours
    other: Colours


class HarlowState(NamedTuple):
    gaze: Float[Array, ""]  # degrees from the cross, to the right, from -180 to 180
    velocity: Float[Array, ""]  # degrees per frame
    phase: Int[Array, ""]  # FIXATION, CHOICE or INTERVAL
    frames: Int[Array, ""]  # in the phase; for FIXATION, on the cross without a break
    trial: Int[Array, ""]  # from 0
    rewarded_right: Bool[Array, ""]  # the side of this trial's rewarded image


@dataclasses.dataclass(frozen=True)
class HarlowScreen(Environment):
    """The screen and its timing. Every decision lasts `repeat` frames.

    Angles, rewards and frames are the paper's (section 3.2.2). The paper says only "slight momentum": here,
    in every frame, the velocity moves `1 - momentum` of the way towards the intended velocity.
    """

    height: int = 1  # pixels
    width: int = 48  # pixels
    image_height: int = 1  # pixels
    image_width: int = 20  # pixels: 26.3 of 65 degrees, as 34 of 84 pixels are
    pixels: Pixels = "float"  # numbers from 0 to 1, or bytes from 0 to 255
    trials: int = 10  # in a lifetime, at most
    repeat: int = 4  # frames a decision
    momentum: float = 0.2  # the share of the velocity kept from frame to frame
    view: float = 65.0  # degrees that the screen's width subtends
    turn: float = 4.4  # degrees a decision, at full speed
    fixation_radius: float = 3.5  # degrees
    fixation_frames: int = 4  # on the cross without a break
    choice_radius: float = 7.0  # degrees
    interval_frames: int = 10  # between a choice and the next cross

    def __post_init__(self):
        counted = ("height", "width", "image_height", "image_width", "trials", "repeat")
        frames = dict.fromkeys(("fixation_frames", "interval_frames"), (0, inf))
        degrees = dict.fromkeys(("turn", "fixation_radius", "choice_radius"), (0.0, 180.0))
        limits = dict.fromkeys(counted, (1, inf)) | frames | degrees
        settle(self, momentum=(0.0, 1.0), view=(1.0, 360.0), **limits)
        check_integer("image_height", self.image_height, 1, self.height)
        check_integer("image_width", self.image_width, 1, max(1, self.width // 2))  # two, side by side

    @property
    def observation_space(self) -> spaces.Box:
        kind, high = (np.uint8, 255) if self.pixels == "byte" else (np.float32, 1.0)
        return spaces.Box(0, high, (self.height, self.width, 3), kind)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(3)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-1.0, 1.0)

    @property
    def restarts(self) -> bool:
        return False

    @property
    def degrees_per_pixel(self) -> float:
        return self.view / self.width

    @property
    def eccentricity(self) -> float:
        """Degrees from the cross to the centre of an image; the images just fit on the screen."""
        return (self.view - self.image_width * self.degrees_per_pixel) / 2

    def reset(self, key: RandomKey, task: HarlowTask) -> tuple[HarlowState, Shaped[Array, "h w 3"]]:
        state = HarlowState(
            jnp.array(0.0, jnp.float32),
            jnp.array(0.0, jnp.float32),
            jnp.array(FIXATION, jnp.int32),
            jnp.array(0, jnp.int32),
            jnp.array(0, jnp.int32),
            jax.random.bernoulli(key, jnp.float32(0.5)),
        )
        return state, self.render(task, state)

    def check_task(self, task: Task) -> None:
        for image in ("rewarded", "other"):
            check_field(self, task, image, (self.image_height, self.image_width, 3), 0, 255)

    def noise(self, key: RandomKey) -> Bool[Array, ""]:
        """The side of the rewarded image in the next trial, if one begins."""
        return jax.random.bernoulli(key, jnp.float32(0.5))

    def transition(self, noise: Bool[Array, ""], task: HarlowTask, state: HarlowState, action) -> Step:
        def frame(carry, _):
            state, reward = carry
            state, more = self._frame(noise, state, action)
            return (state, reward + more), None

        (state, reward), _ = jax.lax.scan(
            frame, (state, jnp.array(0.0, jnp.float32)), None, length=self.repeat
        )
        never = jnp.zeros((), bool)
        return Step(state, self.render(task, state), reward, never, never, state.trial >= self.trials)

    def _frame(self, noise, state: HarlowState, action) -> tuple[HarlowState, Float[Array, ""]]:
        """One frame: the gaze moves, and then the phase may end. Nothing happens after the last trial."""
        state = self._turned(state, action)
        on_cross = jnp.abs(state.gaze) <= self.fixation_radius
        on_left = jnp.abs(state.gaze + self.eccentricity) <= self.choice_radius
        on_right = jnp.abs(state.gaze - self.eccentricity) <= self.choice_radius
        fixated = (state.phase == FIXATION) & on_cross & (state.frames + 1 >= self.fixation_frames)
        chosen = (state.phase == CHOICE) & (on_left | on_right)
        rested = (state.phase == INTERVAL) & (state.frames + 1 >= self.interval_frames)
        right = on_right == state.rewarded_right
        reward = jnp.where(fixated, 0.2, jnp.where(chosen, jnp.where(right, 1.0, -1.0), 0.0))
        lost = (state.phase == FIXATION) & ~on_cross  # the cross must be held without a break
        state = HarlowState(
            state.gaze,
            state.velocity,
            jnp.where(fixated, CHOICE, jnp.where(chosen, INTERVAL, jnp.where(rested, FIXATION, state.phase))),
            jnp.where(fixated | chosen | rested | lost, 0, state.frames + 1),
            state.trial + chosen.astype(jnp.int32),
            jnp.where(rested, noise, state.rewarded_right),
        )
        return state, reward

    def _turned(self, state: HarlowState, action) -> HarlowState:
        wanted = (
            jnp.where(action == STAY, 0.0, jnp.where(action == RIGHT, 1.0, -1.0)) * self.turn / self.repeat
        )
        velocity = self.momentum * state.velocity + (1.0 - self.momentum) * wanted
        gaze = jnp.mod(state.gaze + velocity + 180.0, 360.0) - 180.0
        return state._replace(gaze=gaze, velocity=velocity)

    def render(self, task: HarlowTask, state: HarlowState) -> Shaped[Array, "h w 3"]:
        """The screen: black, with the white cross or the images."""
        scale = self.degrees_per_pixel
        across = state.gaze + (jnp.arange(self.width, dtype=jnp.float32) - (self.width - 1) / 2) * scale
        down = (jnp.arange(self.height, dtype=jnp.float32) - (self.height - 1) / 2) * scale
        side = jnp.where(state.rewarded_right, 1.0, -1.0) * self.eccentricity
        images = self._drawn(task.rewarded, across - side, down) + self._drawn(
            task.other, across + side, down
        )
        screen = jnp.where(state.phase == CHOICE, images, 0.0)
        screen = jnp.where((state.phase == FIXATION) & self._cross(across, down)[:, :, None], 1.0, screen)
        return jnp.round(screen * 255).astype(jnp.uint8) if self.pixels == "byte" else screen

    def _drawn(
        self, image: Colours, across: Float[Array, "w"], down: Float[Array, "h"]
    ) -> Float[Array, "h w 3"]:
        """An image around angle 0, and black beside it."""
        image = image / 255.0 if image.dtype == jnp.uint8 else image
        column, seen_across = _cell(across / self.degrees_per_pixel, self.image_width)
        row, seen_down = _cell(down / self.degrees_per_pixel, self.image_height)
        return jnp.where((seen_down[:, None] & seen_across[None])[:, :, None], image[row][:, column], 0.0)

    def _cross(self, across: Float[Array, "w"], down: Float[Array, "h"]) -> Bool[Array, "h w"]:
        """Two bars of 4 degrees, 1.6 degrees (but no less than a pixel) wide."""
        thin = max(0.8, self.degrees_per_pixel / 2)
        x, y = jnp.abs(across)[None], jnp.abs(down)[:, None]
        return ((x <= thin) & (y <= 2.0)) | ((y <= thin) & (x <= 2.0))


def _cell(position: Float[Array, "n"], size: int) -> tuple[Int[Array, "n"], Bool[Array, "n"]]:
    """The index of the cell around 0, of `size` cells, that a position is in, and whether it is in any."""
    cell = jnp.floor(position + size / 2).astype(jnp.int32)
    return jnp.clip(cell, 0, size - 1), (cell >= 0) & (cell < size)


@dataclasses.dataclass(frozen=True)
class Harlow(TaskDistribution):
    """Harlow's task: two images, new in every lifetime, one of them rewarded on either side.

    Images that training never draws are held out. Outside D: images of another kind.
    """

    horizon: int = 200  # decisions; the paper's 3,600 frames are 900
    screen: HarlowScreen = HarlowScreen()  # the environment
    images: Stripes | EmojiImages | FolderImages | ImageSet = Stripes()  # the source of images

    def __post_init__(self):
        settle(self, horizon=(1, inf))
        self.images.check_size(*self._size)

    @property
    def environment(self) -> HarlowScreen:
        return self.screen

    @property
    def caution(self) -> str:
        return self.images.caution

    @property
    def _size(self) -> tuple[int, int]:
        return self.screen.image_height, self.screen.image_width

    def sample(self, key: RandomKey) -> HarlowTask:
        return HarlowTask(*self.images.two(key, *self._size))

    def held_out(self) -> "Harlow":
        return dataclasses.replace(self, images=self.images.held_out())

    def outside(self) -> "Harlow":
        return dataclasses.replace(self, images=self.images.outside(*self._size))


# Square images of 10 pixels, as wide in degrees as those of the strip.
SMALL_SCREEN = HarlowScreen(height=10, width=24, image_height=10, image_width=10)
# The paper's screen and its images.
LARGE_SCREEN = HarlowScreen(height=84, width=84, image_height=34, image_width=34, pixels="byte")
