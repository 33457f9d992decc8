"""What grew: as a distribution, as targets of specialists, and as another condition's tasks."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_runs import assert_same_run, interrupted
from toy_targets import REFLEX, Targets

import prefrontal as pf
from prefrontal.disk.runs import Run, load_agent
from prefrontal.errors import BusyError, DamagedFileError, UserError
from prefrontal.evaluation import evaluate
from prefrontal.experiments import pipeline
from prefrontal.experiments.base import Condition, Preset
from prefrontal.growth import POET, Specialists
from prefrontal.learners import A2C
from prefrontal.tasks import Course, Grown
from prefrontal.tasks.course.terrain import KINDS, MOST, encoded, flat, mutated, vector_of
from prefrontal.training import train


def test_what_grew_is_a_distribution_like_any_other(tmp_path):
    poet = POET(
        iterations=19,
        niches=2,
        mutate_every=6,
        solved_at=-300.0,
        mirrored=2,
        tries=2,
        confirmed=2,
        low=-300.0,
        high=301.0,
    )
    poet = dataclasses.replace(poet, reproduce_at=-300.0, tasks="course:horizon=20,length=20,once=true")
    agent = train(poet, 0, tmp_path / "poet")
    tasks = pf.distribution(tmp_path / "poet")
    assert tasks == pf.distribution(str(tmp_path / "poet"))
    assert isinstance(tasks, Grown)
    assert len(tasks.environments) == 3
    assert pf.distribution(tmp_path / "poet", horizon=7).horizon == 7
    mine, theirs = (evaluate(one, tasks, lifetimes=3) for one in (agent, load_agent(tmp_path / "poet")))
    np.testing.assert_array_equal(mine.reward, theirs.reward)
    learner = A2C(tasks, lifetimes=16, microbatch=4, microbatches=2)
    train(learner, 0, tmp_path / "a2c")
    assert load_agent(tmp_path / "a2c") is not None
    growing = poet.growing(poet.init(0))
    state, _ = jax.jit(learner.learn)(learner.init(0), growing)
    assert int(state.update) == 1


def test_evaluations_draw_what_was_held_out():
    tasks = Grown(0, Targets(), ((1.0,), (2.0,)), ((3.0,),))
    assert tasks.horizon == 1
    for drawn_from, expected in ((tasks, {1, 2}), (tasks.held_out(), {3})):
        drawn = jax.vmap(drawn_from.sample)(jax.random.split(jax.random.key(0), 100)).at
        assert {round(float(at)) for at in drawn} == expected
    usual = Grown()
    assert len({*usual.environments, *usual.unseen}) == 16
    assert usual == Grown()
    assert usual.held_out().held_out() == usual.held_out()
    assert Grown().outside().least == 1


SCRATCH = Specialists(
    Grown(0, Targets(), ((1.0,), (2.0,), (4.0,)), ((3.0,),)),
    REFLEX,
    iterations=200,
    most=2,
    mirrored=4,
    trials=2,
    rate=0.05,
    confirmed=4,
    microbatch=8,
)


@pytest.mark.parametrize("path", [False, True])
def test_specialists_learn_their_targets(tmp_path, path):
    """Of the last two environments; what they reach is confirmed in fresh tasks, of POET's own stream."""
    learner = dataclasses.replace(SCRATCH, path=path, parts=4)
    np.testing.assert_array_equal(learner.targets, [[2.0], [4.0]])
    train(learner, 0, tmp_path / "whole")
    history = Run(tmp_path / "whole").history
    assert np.all(history["solved"] >= 0)
    assert np.all(history["passes"] == 1)
    assert np.all(history["reached"] == 1)
    assert int(history["rollouts"]) == 200 * 2 * 10
    assert pf.distribution(tmp_path / "whole") == learner.tasks
    interrupted(learner, tmp_path / "killed", 60)
    train(learner, 0, tmp_path / "killed", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


def test_a_path_goes_on_only_where_it_is_solved():
    learner = dataclasses.replace(SCRATCH, path=True, parts=2, rate=1e-9, least_rate=1e-9, spread=1e-6)
    state, step = learner.init(0), jax.jit(learner.step)
    for _ in range(5):
        np.testing.assert_array_equal(state.reached, [0, 0])
        state, _ = step(state)
    np.testing.assert_array_equal(state.reached, [0.5, 0.5])
    np.testing.assert_allclose(state.pairs.vectors, [[1.0], [2.0]])
    for _ in range(10):
        state, _ = step(state)
    # The agent throws near 0, which scores 200 at 1 and 100 at 2.
    np.testing.assert_array_equal(state.reached, [0.5, 0.5])
    assert np.all(np.isneginf(state.best))


def test_a_condition_learns_on_what_another_grew(tmp_path):
    """Each seed on its own; before that is there, it waits."""
    grower = POET("course:horizon=20,length=20,once=true", iterations=8, niches=2, mutate_every=6, mirrored=2)
    grower = dataclasses.replace(grower, tries=2, confirmed=2, low=-300.0, high=301.0, reproduce_at=-300.0)
    grower = dataclasses.replace(grower, solved_at=-300.0)
    scratch = Specialists(iterations=2, mirrored=2, confirmed=2)
    first, second = Condition("poet", "POET", grower), Condition("scratch", "scratch", scratch, after="poet")
    preset = Preset((first, second), (), (), 2, 3, 1.0)
    given = {"preset": preset, "out": tmp_path, "split": "validation", "devices": 1, "progress": None}
    with pytest.raises(BusyError, match="scratch, seed 0, waits for"):
        pipeline._train_and_evaluate(second, 0, **given)
    for condition in preset.conditions:
        pipeline._train_and_evaluate(condition, 0, **given)
    history = Run(tmp_path / "runs" / "scratch" / "seed-0").history
    grown = pf.distribution(tmp_path / "runs" / "poet" / "seed-0")
    np.testing.assert_array_equal(history["vectors"], np.array(grown.environments, np.float32))
    with pytest.raises(ValueError, match=r"after of scratch is 'poet'; .* is a grower: there is none"):
        Preset((second, first), (), (), 2, 3, 1.0)


def test_bad_settings_and_folders_are_refused(tmp_path):
    with pytest.raises(UserError, match="'maze'; it must be a distribution that can grow"):
        POET("maze")
    with pytest.raises(UserError, match="'course'; it must be a grown distribution"):
        Specialists("course")
    with pytest.raises(ValueError, match=r"low is 300.0 and high is 290.0"):
        POET(low=300.0)
    with pytest.raises(ValueError, match="admitted is 9; it can be at most 8"):
        POET(admitted=9)
    with pytest.raises(UserError, match=r"environments\[0\] is \(1.0,\); an environment of Course is 10 "):
        Grown(environments=((1.0,),))
    with pytest.raises(UserError, match=r"holds no grown distribution: there is no grown\.json"):
        pf.distribution(tmp_path)
    (tmp_path / "grown.json").write_text('{"tasks": {"is": "grown", "horizon": "x"}}')
    with pytest.raises(DamagedFileError, match=r"grown\.json is damaged"):
        pf.distribution(tmp_path)


def test_courses_mutate_within_bounds_and_from_flat_on():
    course = Course(horizon=160, once=True)
    np.testing.assert_array_equal(vector_of(encoded(jnp.arange(10.0))), jnp.arange(10.0))
    vector = vector_of(flat())
    assert len(course.units) == len(vector)
    assert float(jnp.sum(course.first())) == 1
    children = jax.vmap(course.mutated, in_axes=(None, 0))(vector, jax.random.split(jax.random.key(0), 200))
    begun = jax.vmap(encoded)(children)
    for name in KINDS:
        greatest = np.asarray(getattr(begun, name))[:, 1]
        assert 0.3 < np.mean(greatest > 0) < 0.7
        assert len(np.unique(greatest)) == 2
    for step in range(60):
        children = jax.vmap(course.mutated)(children, jax.random.split(jax.random.key(step), 200))
    for name in MOST:
        values = np.asarray(getattr(jax.vmap(encoded)(children), name)).reshape(200, -1)
        assert values.min() >= 0
        assert values.max() <= np.float32(MOST[name])
        assert np.all(np.diff(values) >= 0)
    same = [course.made(children[0], jax.random.key(1)).ground for _ in range(2)]
    np.testing.assert_array_equal(*same)
    child = mutated(flat(), jax.random.key(0))
    assert child.gap.shape == (2,)
