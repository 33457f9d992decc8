"""Harlow's task: turning, looking, choosing, and what is seen, against what is worked out by hand."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.agents import Agent
from prefrontal.evaluation import evaluate
from prefrontal.references import reference
from prefrontal.tasks.harlow import (
    CHOICE,
    FIXATION,
    INTERVAL,
    LEFT,
    RIGHT,
    STAY,
    Harlow,
    HarlowScreen,
    HarlowState,
    HarlowTask,
)
from prefrontal.tasks.images import Stripes

SCREEN = HarlowScreen()
TASK = Harlow().sample(jax.random.key(0))
LARGE = HarlowScreen(height=84, width=84, image_height=34, image_width=34, pixels="byte")


def state(gaze=0.0, velocity=0.0, phase=FIXATION, frames=0, trial=0, right=True) -> HarlowState:
    return HarlowState(*map(jnp.array, (gaze, velocity, phase, frames, trial, right)))


def step(one: HarlowState, action: int, screen: HarlowScreen = SCREEN, side: bool = False):
    return screen.transition(jnp.array(side), TASK, one, jnp.array(action))


def test_turning_has_momentum():
    """By hand: v ← 0.2 v + 0.8 · 1.1, four frames a decision, and it coasts when the turning stops."""
    velocity, gaze, one = 0.0, 0.0, state(phase=CHOICE)
    for action, wanted in ((RIGHT, 1.1), (RIGHT, 1.1), (STAY, 0.0), (LEFT, -1.1)):
        for _ in range(4):
            velocity = 0.2 * velocity + 0.8 * wanted
            gaze += velocity
        one = step(one, action).state
        assert (one.gaze, one.velocity) == (pytest.approx(gaze, abs=1e-3), pytest.approx(velocity, abs=1e-5))


def test_the_world_is_a_circle():
    around = step(state(gaze=179.0, velocity=1.1, phase=CHOICE), RIGHT).state
    assert float(around.gaze) == pytest.approx(179.0 + 4.4 - 360.0, abs=1e-4)


def test_the_cross_must_be_held_for_four_frames():
    done = step(state(), STAY)
    assert (float(done.reward), int(done.state.phase)) == (pytest.approx(0.2), CHOICE)
    slower = dataclasses.replace(SCREEN, fixation_frames=6)
    half = step(state(), STAY, slower)
    assert (float(half.reward), int(half.state.phase), int(half.state.frames)) == (0.0, FIXATION, 4)
    assert float(step(half.state, STAY, slower).reward) == pytest.approx(0.2)
    lost = step(half.state._replace(gaze=jnp.array(3.4)), RIGHT, slower).state
    assert (int(lost.phase), int(lost.frames)) == (FIXATION, 0)


@pytest.mark.parametrize(
    ("gaze", "right", "reward"), [(18.0, True, 1.0), (18.0, False, -1.0), (-18.0, True, -1.0)]
)
def test_an_image_is_chosen_by_looking_at_it(gaze, right, reward):
    chosen = step(state(gaze=gaze, phase=CHOICE, right=right), STAY)
    assert float(chosen.reward) == reward
    assert (int(chosen.state.phase), int(chosen.state.trial)) == (INTERVAL, 1)


def test_three_decisions_choose_an_image():
    one, decisions = state(phase=CHOICE), 0
    while int(one.phase) == CHOICE:
        one, decisions = step(one, RIGHT).state, decisions + 1
    assert decisions == 3


def test_nothing_is_paid_between_trials_and_the_next_side_is_the_noise():
    one = state(phase=INTERVAL, trial=1, right=True)
    first, second = step(one, STAY, side=False), None
    second = step(first.state, STAY, side=False)
    assert (float(first.reward), int(first.state.phase), bool(first.state.rewarded_right)) == (
        0.0,
        INTERVAL,
        True,
    )
    third = step(second.state, STAY, side=False)
    assert int(third.state.trial) == 1
    assert not bool(third.state.rewarded_right)


def test_a_lifetime_ends_with_its_last_trial():
    last = step(state(gaze=18.0, phase=CHOICE, trial=SCREEN.trials - 1), STAY)
    assert bool(last.lifetime_over)
    assert not bool(last.episode_over | last.truncated)


def slow_screen(screen: HarlowScreen, task: HarlowTask, one: HarlowState) -> np.ndarray:
    """Pixel by pixel."""
    made = np.zeros((screen.height, screen.width, 3), np.float32)
    degrees = screen.view / screen.width
    for y in range(screen.height):
        for x in range(screen.width):
            angle = float(one.gaze) + (x - (screen.width - 1) / 2) * degrees
            height = (y - (screen.height - 1) / 2) * degrees
            for image, side in ((task.rewarded, 1), (task.other, -1)):
                centre = side * screen.eccentricity * (1 if bool(one.rewarded_right) else -1)
                column = int(np.floor((angle - centre) / degrees + screen.image_width / 2))
                row = int(np.floor(height / degrees + screen.image_height / 2))
                if 0 <= column < screen.image_width and 0 <= row < screen.image_height:
                    made[y, x] = np.asarray(image)[row, column]
    return made


@pytest.mark.parametrize(("gaze", "right"), [(0.3, True), (0.3, False), (-9.1, True), (21.7, False)])
def test_the_images_are_where_they_should_be(gaze, right):
    one = state(gaze=gaze, phase=CHOICE, right=right)
    np.testing.assert_allclose(SCREEN.render(TASK, one), slow_screen(SCREEN, TASK, one), atol=1e-6)


def test_the_large_screen_shows_both_images_whole():
    task = Harlow(screen=LARGE, images=Stripes(17)).sample(jax.random.key(3))
    seen = np.asarray(LARGE.render(task, state(phase=CHOICE, right=True)))
    assert (seen.shape, seen.dtype) == ((84, 84, 3), np.uint8)
    for image, column in ((task.other, 0), (task.rewarded, 50)):
        np.testing.assert_allclose(seen[25:59, column : column + 34] / 255, image, atol=0.003)
    assert not seen[:25].any()
    assert not seen[:, 34:50].any()


def test_the_cross_is_seen_only_while_it_counts():
    seen = np.asarray(LARGE.render(TASK_LARGE, state()))
    assert seen[41:43, 41:43].min() == 255
    assert 4 < (seen[:, :, 0] > 0).sum() < 84
    assert not np.asarray(LARGE.render(TASK_LARGE, state(phase=INTERVAL))).any()
    moved = np.asarray(SCREEN.render(TASK, state(gaze=5.0)))
    assert np.flatnonzero(moved[0, :, 0]).mean() < 23  # to the right of it, the cross is seen on the left


TASK_LARGE = Harlow(screen=LARGE).sample(jax.random.key(0))


class Scripted(Agent):
    """Looks at the cross, goes to the side that its first trial taught it, or to a side at random."""

    def initial_memory(self):
        return jnp.array(0)

    def act(self, memory, percept, noise):
        """Of the one-row screen: white is the cross, and an image's first column tells which it is."""
        row = percept.observation[0]
        white = (row == 1.0).all(axis=-1)
        where = jnp.sum(jnp.where(white, jnp.arange(48), 0)) / jnp.maximum(white.sum(), 1) - 23.5
        to_cross = jnp.where(jnp.abs(where) < 1.5, STAY, jnp.where(where > 0, RIGHT, LEFT))
        side = jnp.where(jax.random.bernoulli(noise), LEFT, RIGHT)
        memory = jnp.where(white.any(), 0, jnp.where(memory == 0, side + 1, memory))
        return memory, jnp.where(white.any(), to_cross, memory - 1), None


def test_whoever_looks_at_the_cross_and_then_guesses_has_half():
    records = evaluate(Scripted(), Harlow(), lifetimes=400)
    choices = np.abs(records.reward) > 0.5
    assert choices.sum(axis=1).max() <= 10
    assert choices.sum() > 400
    share = (records.reward[choices] > 0).mean()
    assert abs(share - 0.5) < 4 * 0.5 / np.sqrt(choices.sum())


def test_a_random_walk_of_the_gaze_is_paid_next_to_nothing():
    records = evaluate(reference("random", Harlow()), Harlow(), lifetimes=200)
    assert records.total_return.mean() < 2.5


def test_sides_are_balanced():
    starts = jax.vmap(lambda key: SCREEN.reset(key, TASK)[0].rewarded_right)(
        jax.random.split(jax.random.key(1), 4000)
    )
    assert abs(float(starts.mean()) - 0.5) < 4 * 0.5 / np.sqrt(4000)
    later = jax.vmap(SCREEN.noise)(jax.random.split(jax.random.key(2), 4000))
    assert abs(float(later.mean()) - 0.5) < 4 * 0.5 / np.sqrt(4000)


def test_images_are_stripes_of_their_own_width():
    image = np.asarray(TASK.rewarded)
    assert image.shape == (1, 20, 3)
    np.testing.assert_array_equal(image[:, 0::2], image[:, 1::2])
    outside = np.asarray(Harlow().outside().sample(jax.random.key(0)).rewarded)
    np.testing.assert_array_equal(outside[:, 0::4], outside[:, 3::4])


def test_settings_out_of_range_are_named():
    with pytest.raises(ValueError, match="momentum"):
        HarlowScreen(momentum=1.5)
    with pytest.raises(ValueError, match="stripes"):
        Harlow(images=Stripes(21))
