"""Scenes: what is in them lies inside them, can be drawn as it is, and says what happened."""

import dataclasses
import typing
import warnings

import numpy as np
import pytest

from prefrontal.report.scene_drawing import draw, frames
from prefrontal.report.style import SCENE_COLOURS, figure
from prefrontal.scenes import bandits, gridworld, harlow, mazes, plane, tabular, two_step
from prefrontal.scenes.base import (
    Arrow,
    Circle,
    Colour,
    Line,
    Picture,
    Polygon,
    Rectangle,
    Scene,
    Text,
)
from prefrontal.scenes.charts import Chart, ticks

WALLS = np.ones((5, 6), bool)
WALLS[1:4, 1:5] = False
WALLS[2, 2] = True
GOAL = np.array([1, 4])
TRAIL = np.array([[3, 1], [3, 2], [3, 3]])
RNG = np.random.default_rng(0)


def arms(pulls: int, horizon: int = 12) -> Scene:
    rng = np.random.default_rng(1)
    action = rng.integers(0, 2, horizon)
    means = np.full((horizon, 2), (0.5, 0.52), np.float32)
    regret = np.cumsum(0.02 * (action == 0))
    paid = rng.integers(0, 2, horizon).astype(np.float32)
    return bandits.two_arms(means, action, paid, regret, pulls=pulls, most=1.0, name="trained")


def informative(pulls: int) -> Scene:
    action, reward = np.array([10, 3, 3, 3, 3]), np.array([0.4, 5, 5, 5, 5], np.float32)
    return bandits.informative_arm(3, action, reward, pulls=pulls, arms=11, name="trained")


def many(pulls: int) -> Scene:
    action, reward = np.array([2, 0, 1, 1]), np.array([0, 1, 1, 0], np.float32)
    return bandits.many_arms(np.array([0.2, 0.9, 0.5]), action, reward, pulls=pulls, name="trained")


def trial(at: int, part: int) -> Scene:
    action, state, reward = np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([1.0, 0.0, 1.0])
    return two_step.trial(1, action, state, reward, at=at, part=part, name="trained")


def screen(over: bool = False, rows: int = 1) -> Scene:
    made, right = np.arange(10) < 4, np.arange(10) % 2 == 0
    seen = RNG.integers(0, 256, (rows, 16, 3), np.uint8)
    return harlow.screen(seen, made, right, reward=-1.0, over=over, name="trained, step 3")


def maze(**more) -> Scene:
    return mazes.moment(WALLS, GOAL, TRAIL, step=2, arrivals=1, name="trained", **more)


def grid(trail: np.ndarray) -> Scene:
    searched = np.array([[4, 0], [3, 0]])
    return gridworld.moment(
        5, np.array([0, 4]), searched, trail, episode=2, step=len(trail) - 1, paid=-0.3, name="trained"
    )


def mdp(way: list[int], visits: np.ndarray) -> Scene:
    means = np.random.default_rng(2).normal(1, 1, (10, 5)).astype(np.float32)
    return tabular.moment(means, visits, np.array(way), episode=3, paid=31.5, name="trained")


SAID = {"episode": 2, "step": 3, "paid": -1.5, "name": "trained"}
COURSE = np.array([[0, 0], [0.1, 0.05], [0.2, 0.1], [0.2, -3.0]], np.float32)


def point(**more) -> Scene:
    return plane.point(np.array([0.4, -0.2]), [COURSE[:3], COURSE[:1]], COURSE, reach=0.6, **more, **SAID)


def runner(forward: bool, at: float) -> Scene:
    foot = np.array([-1.0, 0.5], np.float32)
    return plane.runner(forward, np.array([0.0, at]), foot, reach=5.0, **SAID)


SCENES = {
    "point": point(),
    "skills in rooms": plane.skills(np.stack([COURSE, -COURSE]), rooms=True, step=2, name="made up"),
    "point, at the start": plane.point(-9 * COURSE[1], [], 9 * COURSE[:1], reach=0.5, **SAID),
    "point, with a radius": point(radius=0.5),
    "runner, forward": runner(True, 2.0),
    "runner, far back": runner(False, -9.0),
    "grid": grid(TRAIL),
    "grid, at the start": grid(np.array([[4, 0]])),
    "mdp": mdp([0, 3, 3, 9], np.arange(50).reshape(10, 5)),
    "mdp, before": mdp([0], np.zeros((10, 5), int)),
    "two arms, before": arms(0),
    "two arms, at the end": arms(12),
    "informative arm": informative(4),
    "many arms, before": many(0),
    "many arms": many(4),
    **{f"two-step {at}, {part}": trial(at, part) for at in (0, 1, 2) for part in range(3)},
    "harlow": screen(),
    "harlow, over": screen(over=True),
    "harlow, square": screen(rows=16),
    "maze": maze(),
    "maze, seen": maze(heading=1, seen=np.zeros((4, 8, 3), np.uint8)),
    "journeys": mazes.ways(WALLS, GOAL, [TRAIL.astype(float), TRAIL[:2].astype(float)], [3, 2]),
}


def corners(shape) -> np.ndarray:
    """The points that a shape lies between; of a text, where it is aligned."""
    if isinstance(shape, Rectangle | Picture):
        return np.array([(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)])
    if isinstance(shape, Circle):
        r = shape.radius
        return np.array([(shape.x - r, shape.y - r), (shape.x + r, shape.y + r)])
    if isinstance(shape, Arrow):
        return np.array([shape.start, shape.end])
    if isinstance(shape, Text):
        return np.array([(shape.x, shape.y)])
    return np.array(shape.points)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_all_of_it_is_inside_its_extent(scene):
    assert scene.shapes
    for shape in scene.shapes:
        places = corners(shape)
        assert np.isfinite(places).all(), shape
        assert (places >= -1e-9).all(), shape
        assert (places <= np.array([scene.width, scene.height]) + 1e-9).all(), shape


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_its_texts_and_numbers_say_something(scene):
    assert all(shape.text.strip() for shape in scene.shapes if isinstance(shape, Text))
    assert scene.title.strip()
    assert all(np.isfinite(number) for number in scene.numbers.values())


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_it_is_drawn_without_a_warning(scene):
    drawn, (axes,) = figure(width=4.0, height=4.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(axes, scene)
        drawn.canvas.draw()
    pixels = np.asarray(drawn.canvas.buffer_rgba())
    assert (pixels[..., :3] < 128).any()


def test_every_colour_has_its_ink():
    assert set(typing.get_args(Colour)) == set(SCENE_COLOURS)


def test_an_empty_text_and_a_scene_without_extent_are_errors():
    with pytest.raises(ValueError, match="text is ' '; it must not be empty"):
        Text(0, 0, " ")
    with pytest.raises(ValueError, match="a scene of 0 x 1 units"):
        Scene(0, 1, ())


def test_pictures_are_alike_where_their_pixels_are():
    one = Picture(0, 0, 1, 1, np.zeros((2, 2, 3)))
    assert one == Picture(0, 0, 1, 1, np.zeros((2, 2, 3)))
    assert one != Picture(0, 0, 1, 1, np.ones((2, 2, 3)))
    assert one != dataclasses.replace(one, x=0.5)
    assert one != Text(0, 0, "text")


def test_a_chart_puts_values_where_its_axes_have_them():
    chart = Chart(1.0, 2.0, 4.0, 3.0, (0.0, -1.0), (10.0, 1.0))
    assert chart.at(0, -1) == (1.0, 5.0)
    assert chart.at(10, 1) == (5.0, 2.0)
    assert chart.at(5, 0) == pytest.approx((3.0, 3.5))


@pytest.mark.parametrize(("high", "wanted"), [(100, [0, 25, 50, 75, 100]), (1.0, [0, 0.25, 0.5, 0.75, 1.0])])
def test_ticks_are_round_numbers_from_nothing(high, wanted):
    np.testing.assert_allclose(ticks(high), wanted)


@pytest.mark.parametrize("high", [0.37, 3, 17.4, 29.9, 64, 950])
def test_there_are_few_ticks_within_the_axis(high):
    found = ticks(high)
    assert 3 <= len(found) <= 5
    assert found[-1] <= high * (1 + 1e-9)


def test_a_pull_is_filled_where_it_paid_and_the_regret_is_told():
    scene = arms(12)
    dots = [shape for shape in scene.shapes if isinstance(shape, Circle)]
    assert len(dots) == scene.numbers["pull"] == 12
    assert sum(dot.fill != "paper" for dot in dots) == scene.numbers["reward"]
    assert any("pull 12: regret" in shape.text for shape in scene.shapes if isinstance(shape, Text))


def test_names_of_arms_that_pay_alike_are_moved_apart():
    first, second = (shape.y for shape in arms(0).shapes if isinstance(shape, Text) and "arm" in shape.text)
    assert first - second == pytest.approx(0.16 * 3.9 / 1.1)  # arm 1 pays more, and is above


def test_in_the_two_step_task_what_happened_is_thick():
    thick = [shape for shape in trial(1, two_step.PAID).shapes if isinstance(shape, Arrow) and shape.line > 2]
    assert [shape.dashed for shape in thick] == [False, True]  # action 1 led to S₂: rare
    ringed = [shape for shape in trial(1, 0).shapes if isinstance(shape, Circle) and shape.edge == "good"]
    assert {(shape.x, shape.y) for shape in ringed} == {two_step.STATES[1]}


def test_a_square_is_filled_where_its_trial_paid():
    squares = [
        shape
        for shape in trial(2, two_step.PAID).shapes
        if isinstance(shape, Rectangle) and not shape.rounded
    ]
    assert [shape.fill for shape in squares] == ["paper"] * 3 + ["paid", "paper", "paid"]
    assert trial(2, two_step.PAID).numbers["paid"] == 2.0
    assert trial(2, two_step.MOVED).numbers["paid"] == 1.0


def test_every_wall_is_drawn_and_nothing_else_is_one():
    drawn = np.zeros_like(WALLS)
    for shape in maze().shapes:
        if isinstance(shape, Rectangle) and shape.fill == "wall":
            drawn[int(shape.y), int(shape.x) : int(shape.x + shape.width)] = True
    np.testing.assert_array_equal(drawn, WALLS)


@pytest.mark.parametrize(("heading", "ahead"), list(enumerate([(0, -1), (1, 0), (0, 1), (-1, 0)])))
def test_the_triangle_points_where_the_agent_looks(heading, ahead):
    seen = np.zeros((4, 8, 3), np.uint8)
    (agent,) = [one for one in maze(heading=heading, seen=seen).shapes if isinstance(one, Polygon)]
    tip = np.array(agent.points[0]) - (TRAIL[-1][::-1] + 0.5)
    np.testing.assert_allclose(tip, 0.38 * np.array(ahead), atol=1e-9)


def drawn_anew(scene: Scene, width: float) -> np.ndarray:
    """The last frame of a single scene: nothing was painted before it."""
    return frames([[scene]], width=width)[0]


@pytest.mark.parametrize(
    "scenes",
    [
        [arms(pulls) for pulls in range(6)],
        [trial(at, part) for at in (0, 1) for part in range(3)],
        [many(pulls) for pulls in (1, 2, 4)],
        [informative(pulls) for pulls in (1, 2, 5, 1)],  # the next lifetime begins with less
        [maze(), maze(heading=2, seen=np.zeros((4, 8, 3), np.uint8))][:1] * 3,
    ],
)
def test_frames_that_draw_only_what_moves_are_those_drawn_anew(scenes):
    whole = frames([scenes], width=3.0)
    assert len(whole) == len(scenes)
    for frame, scene in zip(whole, scenes, strict=True):
        np.testing.assert_array_equal(frame, drawn_anew(scene, 3.0))


def test_panels_lie_side_by_side_and_leave_each_other_alone():
    still, moving = [trial(0, 0)] * 3, [trial(0, part) for part in range(3)]
    both = frames([still, moving], width=6.0)
    middle = both[0].shape[1] // 2
    assert all(np.array_equal(frame[:, :middle], both[0][:, :middle]) for frame in both)
    assert not np.array_equal(both[0][:, middle:], both[1][:, middle:])


def test_panels_have_as_many_scenes():
    with pytest.raises(ValueError, match=r"panels have \[1, 2\] scenes"):
        frames([[trial(0, 0)], [trial(0, 0)] * 2], width=6.0)
    with pytest.raises(ValueError, match=r"panels have \[0\] scenes"):
        frames([[]], width=6.0)


def test_a_scene_may_be_a_line_alone():
    scene = Scene(2, 1, (Line(((0, 0), (2, 1))),), "line")
    assert (drawn_anew(scene, 2.0) < 128).any()


def test_of_many_arms_the_best_is_at_the_top():
    scene = many(4)
    dots = [shape for shape in scene.shapes if isinstance(shape, Circle)]
    heights = [dot.y for dot in dots]
    assert heights[2] == heights[3] < heights[0] < heights[1]  # arms 1, 1; 2; 0
    assert [dot.fill for dot in dots] == ["paper", "edge", "good", "paper"]
    assert scene.numbers["regret"] == pytest.approx(0.4 + 0.7)


def test_a_point_is_drawn_where_it_is_and_beyond_the_edge_at_it():
    goal, agent = [shape for shape in point().shapes if isinstance(shape, Circle)]
    assert (goal.x, goal.y) == pytest.approx((5.2, 4.2))  # 6 units are from -.6 to .6, y upwards
    assert (agent.x, agent.y) == pytest.approx((4.2, 6.2))
    ways = [shape for shape in point().shapes if isinstance(shape, Line)]
    assert [way.colour for way in ways] == ["grey", "agent"]  # of one place there is no way
    ring = next(shape for shape in point(radius=0.1).shapes if isinstance(shape, Line))
    np.testing.assert_allclose(np.hypot(*(np.array(ring.points) - (5.2, 4.2)).T), 0.5)


@pytest.mark.parametrize("forward", [True, False])
def test_a_runners_arrow_points_where_it_should_go(forward):
    (arrow,) = [shape for shape in runner(forward, 1.0).shapes if isinstance(shape, Arrow)]
    assert (arrow.end[0] > arrow.start[0]) == forward
    here, there = (
        next(shape for shape in runner(forward, at).shapes if isinstance(shape, Circle)).x for at in (1, 2)
    )
    assert there - here == pytest.approx(6 / 5)
