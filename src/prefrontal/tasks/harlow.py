"""Harlow's abstract task structure (Harlow 1949), as gaze on a screen (Wang et al. 2016, section 3.2.2).

A trial: a cross is shown straight ahead, and is to be looked at; then two images stand to its left and right,
the same two throughout a lifetime and on sides drawn anew in every trial. One of them is the rewarded one, in
all trials, and the agent chooses by turning until an image is at the centre of its view. After the first
trial there is nothing left to guess: accuracy is 50 % in it, and can be 100 % in every trial thereafter.

The world is a circle of 360 degrees; the cross is at 0. What is seen is the part of it around the gaze.
"""

import dataclasses
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Int, Shaped

from prefrontal.checks import check_between, check_integer
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.images import Colours, EmojiImages, FolderImages, Stripes
from prefrontal.types import RandomKey, Step

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

    Angles, rewards and frames are the paper's (section 3.2.2). Where it says no more than "slight momentum",
    the velocity goes to the wanted one by `1 - momentum` of the way in every frame.
    """

    height: int = 1  # pixels
    width: int = 48
    image_height: int = 1
    image_width: int = 20  # pixels: 26.3 of 65 degrees, as 34 of 84 pixels are
    pixels: Pixels = "float"
    trials: int = 10
    repeat: int = 4  # frames a decision
    momentum: float = 0.2
    view: float = 65.0  # degrees that the screen's width subtends
    turn: float = 4.4  # degrees a decision, at full speed
    fixation_radius: float = 3.5  # degrees
    fixation_frames: int = 4
    choice_radius: float = 7.0  # degrees
    interval_frames: int = 10

    def __post_init__(self):
        for field in ("height", "width", "image_height", "image_width", "trials", "repeat"):
            check_integer(field, getattr(self, field), 1)
        check_between("momentum", self.momentum, 0.0, 1.0)
        if self.pixels not in ("float", "byte"):
            raise ValueError(f"pixels is {self.pixels!r}; it must be 'float' or 'byte'")

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
        """Degrees from the cross to an image's centre: the images just fit the screen."""
        return (self.view - self.image_width * self.degrees_per_pixel) / 2

    def reset(self, key: RandomKey, task: HarlowTask) -> tuple[HarlowState, Shaped[Array, "h w 3"]]:
        state = HarlowState(
            jnp.array(0.0),
            jnp.array(0.0),
            jnp.array(FIXATION),
            jnp.array(0),
            jnp.array(0),
            jax.random.bernoulli(key),
        )
        return state, self.render(task, state)

    def noise(self, key: RandomKey) -> Bool[Array, ""]:
        """The side of the rewarded image, should the next trial begin."""
        return jax.random.bernoulli(key)

    def transition(self, noise: Bool[Array, ""], task: HarlowTask, state: HarlowState, action) -> Step:
        def frame(carry, _):
            state, reward = carry
            state, more = self._frame(noise, state, action)
            return (state, reward + more), None

        (state, reward), _ = jax.lax.scan(frame, (state, jnp.array(0.0)), None, length=self.repeat)
        never = jnp.zeros((), bool)
        return Step(state, self.render(task, state), reward, never, never, state.trial >= self.trials)

    def _frame(self, noise, state: HarlowState, action) -> tuple[HarlowState, Float[Array, ""]]:
        """One frame: the gaze moves, then the phase may end. Nothing more happens after the last trial."""
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
            state.trial + chosen,
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
        """What is on the screen: black, the cross in white, the images."""
        scale = self.degrees_per_pixel
        across = state.gaze + (jnp.arange(self.width) - (self.width - 1) / 2) * scale
        down = (jnp.arange(self.height) - (self.height - 1) / 2) * scale
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
        """An image around angle 0; nothing beside it."""
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
    """Which of `size` cells around 0 a position is in, and whether it is in any."""
    cell = jnp.floor(position + size / 2).astype(jnp.int32)
    return jnp.clip(cell, 0, size - 1), (cell >= 0) & (cell < size)


@dataclasses.dataclass(frozen=True)
class Harlow(TaskDistribution):
    """Two images, of which one is rewarded wherever it stands; new ones in every lifetime.

    Held out are the images that training never draws. Outside D: images of another kind.
    """

    horizon: int = 200  # decisions; the paper's 3,600 frames are 900
    screen: HarlowScreen = HarlowScreen()
    images: Stripes | EmojiImages | FolderImages = Stripes()

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
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
