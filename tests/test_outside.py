"""`outside()` is another distribution for every setting; a maze in which no way leads is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.streams import lifetime_keys
from prefrontal.tasks import (
    DirectionRunner,
    FourCorners,
    HiddenGoal,
    IndependentArms,
    Maze,
    Navigation,
    NewMaze,
    Restless,
    Rotation,
    TabularMDPs,
    TwoStep,
)
from prefrontal.tasks.base import sample_tasks

RING = "##### #...# #.#.# #...# #####"
SETTINGS = [
    IndependentArms(a=2.0, b=2.0),
    IndependentArms(a=2.0, b=1.0),
    TwoStep(common=0.5),
    TwoStep(common=1.0),
    Restless((0.6,)),
    Restless((0.0,)),
    Restless((0.0, 1.0)),
    Restless((0.0, 0.5, 1.0)),
    NewMaze(opened=0),
    NewMaze(size=5, opened=0),
    NewMaze(size=5, opened=1),
    Maze(drawing=RING),
    TabularMDPs(states=3, concentration=0.1),
    TabularMDPs(states=3, concentration=2.0),
    HiddenGoal(clear=0),
    HiddenGoal(clear=3),
    HiddenGoal(size=3),
    Navigation(inner=0.3),
    Rotation(mirrored=True),
    FourCorners(sides=True),
    DirectionRunner(crossed=True),
]


@pytest.mark.parametrize("world", SETTINGS, ids=str)
def test_outside_is_another_law_of_tasks(world):
    outside = world.outside()
    assert outside != world
    assert outside.horizon == world.horizon
    assert outside.environment.observation_space == world.environment.observation_space
    keys = lifetime_keys("outside", 0, jnp.arange(64))
    pairs = zip(*(jax.tree.leaves(sample_tasks(one, keys)) for one in (outside, world)), strict=True)
    assert not all(np.array_equal(a, b) for a, b in pairs)


def test_no_volatility_outside_is_one_of_within():
    for known in ((0.6,), (0.0, 1.0), (0.0, 0.5, 1.0), (0.02, 0.04), (1.0,)):
        assert not set(Restless(known).outside().volatilities) & set(known)


def test_a_maze_of_which_there_are_no_new_layouts_says_so():
    with pytest.raises(ValueError, match=r"drawing has 3 x 5 cells; new layouts"):
        Maze(drawing="##### #...# #####").outside()


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        ("##### #.#.# #####", r"no way leads from \(1, 1\) to \(1, 3\)"),
        ("### #.# ###", "a free cell to start from"),
        ("##### #..# #####", "rows of one length"),
        ("", "rows of one length"),
        ("..", "of # and"),
        ("#.# #.#", "with # all around"),
    ],
)
def test_a_drawing_that_is_no_maze_is_refused(drawing, said):
    with pytest.raises(ValueError, match=said):
        Maze(drawing=drawing)
