"""A user's own environment: what it returns is cast where it can be meant, and refused by name otherwise."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.evaluation import evaluate
from prefrontal.learners.a2c import A2C
from prefrontal.references import reference
from prefrontal.tasks import (
    BanditTask,
    BernoulliBandit,
    DependentArms,
    Harlow,
    IndependentArms,
    InformativeArm,
    Maze,
    MazeInView,
    Restless,
    TwoStep,
    check_draws,
    distribution,
)
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.training import train
from prefrontal.types import Step

SMALL = AgentSettings(memory="none:units=2")


class Mine(Environment):
    """Every return can be replaced."""

    observation_space = spaces.Box(0.0, 1.0, (2,), np.float32)
    action_space = spaces.Discrete(2)
    expected: Any = None

    def __init__(self, **changes):
        vars(self).update(changes)

    def reset_to(self):
        return 0, [0.0, 1]

    def step_to(self, state, u):
        return Step(state + 1, [0.0, 1], u < 0.5, False, False, False)

    def reset(self, key, task):
        return self.reset_to()

    def noise(self, key):
        return jax.random.uniform(key)

    def transition(self, noise, task, state, action):
        return self.step_to(state, noise)

    def expected_reward(self, task, state, action):
        return self.expected


@dataclasses.dataclass(frozen=True)
class Tasks(TaskDistribution):
    environment: Any = None
    horizon: int = 3

    def sample(self, key):
        return jax.random.uniform(key)


def lived(**changes):
    tasks = Tasks(Mine(**changes))
    return evaluate(reference("random", tasks), tasks, lifetimes=4)


def test_python_values_and_bool_rewards_are_cast():
    records = lived()
    assert records.reward.dtype == np.float32
    assert records.alive.all()


OBSERVED = jnp.zeros(2)


@pytest.mark.parametrize(
    ("reward", "paid"),
    [
        (lambda count: count == 1, [0.0, 1.0, 0.0]),
        (lambda count: 3 * count, [0.0, 3.0, 6.0]),
        (lambda _: jnp.uint8(200), [200.0] * 3),
        (lambda _: True, [1.0] * 3),
        (lambda _: -2, [-2.0] * 3),
        (lambda _: np.float64(0.5), [0.5] * 3),
    ],
)
def test_a_reward_keeps_its_value_when_it_is_cast(reward, paid):
    records = lived(step_to=lambda state, _: Step(state + 1, OBSERVED, reward(state), False, False, False))
    assert records.reward.dtype == np.float32
    np.testing.assert_array_equal(records.reward, [paid] * 4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"step_to": lambda s, u: (s, OBSERVED, u, False, False)},
            r"Mine.transition returned a tuple.*Step\(",
        ),
        (
            {"step_to": lambda s, u: Step(s, OBSERVED, u, False, False)},
            "Mine.transition makes a Step with other fields",
        ),
        (
            {"step_to": lambda s, u: Step(s, OBSERVED, u, False, None, False)},
            "truncated is None; it must be a",
        ),
        (
            {"step_to": lambda s, u: Step(s, jnp.zeros(3), u, False, False, False)},
            r"shape \(3,\).*shape \(2,\)",
        ),
        ({"step_to": lambda s, u: Step((s, s), OBSERVED, u, False, False, False)}, "must keep its structure"),
        (
            {"step_to": lambda s, u: Step(s, OBSERVED, 1.0 if u < 0.5 else 0.0, False, False, False)},
            "Mine.transition uses an array as a Python number.*jnp.where instead of `if`.*traced array",
        ),
        (
            {"step_to": lambda s, u: Step(s, OBSERVED, np.sqrt(u), False, False, False)},
            "Mine.transition uses an array .* use jax.numpy instead of numpy",
        ),
        ({"reset": lambda _: (0, OBSERVED)}, r"Mine.reset\(_\) cannot be called with 2 arguments"),
        (
            {"transition": lambda _task, _state, _action: None},
            r"Mine.transition\(_task, _state, _action\) cannot be called with 4 arguments",
        ),
        ({"noise": lambda: ()}, r"Mine.noise\(\) cannot be called with 1 argument"),
        ({"expected": jnp.zeros(2)}, r"Mine.expected_reward is float32 of shape \(2,\)"),
        ({"reset_to": lambda: jnp.array(0)}, "Mine.reset returned int32.*two things"),
        ({"observation_space": spaces.Dict({"a": spaces.Discrete(2)})}, "flatten_space"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(changes, said):
    with pytest.raises(ValueError, match=said):
        lived(**changes)


@dataclasses.dataclass(frozen=True)
class MadeByFactory(Tasks):
    environment: Any = dataclasses.field(default_factory=Mine)


@dataclasses.dataclass(frozen=True)
class Given(TaskDistribution):
    environment: Mine
    horizon: int = 3
    sample = Tasks.sample


def test_an_environment_may_be_made_by_a_factory_or_given():
    for tasks in (MadeByFactory(), Given(Mine())):
        assert evaluate(reference("random", tasks), tasks, lifetimes=4).horizon == 3


@dataclasses.dataclass(frozen=True)
class Bare(TaskDistribution):
    horizon: int = 3
    sample = Tasks.sample


@dataclasses.dataclass(frozen=True)
class Holding(Mine):
    held: Any = dataclasses.field(default_factory=lambda: jnp.zeros(2))


@dataclasses.dataclass
class Thawed(Mine):
    size: int = 1


class Unsaid(Mine):
    action_space = None


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        (Bare(), "Bare has no environment; it must have one"),
        (Tasks(Mine), r"Tasks.environment is the class Mine; .*, as in HiddenGoal\(\)"),
        (Tasks(Holding()), "Holding cannot be hashed .*an array is made outside the class"),
        (Tasks(Holding([1])), "Holding cannot be hashed .*its fields numbers, texts and tuples"),
        (Tasks(Holding(Mine.observation_space)), "A space is a property or a plain attribute of the class"),
        (Tasks(Thawed()), "Thawed cannot be hashed .*a dataclass with frozen=True"),
        (Tasks(Unsaid()), "Unsaid.action_space is None; it must be a space of gymnasium's"),
        (Tasks(Mine(), horizon=2.5), "Tasks.horizon is 2.5; it must be a whole number"),
    ],
)
def test_tasks_that_are_not_whole_are_refused_by_what_mends_them(tasks, said):
    with pytest.raises(ValueError, match=said):
        distribution(tasks)


def test_a_trained_agent_is_refused_in_another_world():
    agent = AgentSettings(memory="none:units=2").build(BernoulliBandit(2), 3, key=jax.random.key(0))
    with pytest.raises(ValueError, match="its actions are 2, and there they are 5"):
        evaluate(agent, IndependentArms(5, 3), lifetimes=2)


@pytest.mark.parametrize("probabilities", [(0.1, 0.2, 0.3), (2.0, -1.0, 0, 0, 0)])
def test_a_task_that_is_none_of_the_bandit_is_refused(probabilities):
    with pytest.raises(ValueError, match="probabilities"):
        BernoulliBandit(5).step(jax.random.key(0), BanditTask(jnp.array(probabilities)), (), jnp.array(0))


@pytest.mark.parametrize(
    ("tasks", "changes", "said"),
    [
        (IndependentArms(5, 3), {"probabilities": jnp.zeros(3)}, r"must be an array of shape \(5,\)"),
        (
            DependentArms(horizon=3),
            {"probabilities": jnp.array([2.0, -1.0])},
            "has 2; it must be from 0 to 1",
        ),
        (Restless(horizon=3), {"start": jnp.array(101)}, "start has 101; it must be from 0 to 100"),
        (Restless(horizon=3), {"volatility": jnp.array(-0.1)}, "volatility has -0.1; it must be at least 0"),
        (InformativeArm(), {"target": jnp.array(10)}, "target has 10; it must be from 0 to 9"),
        (TwoStep(horizon=4), {"good": jnp.array([1, 2])}, "good has 2; it must be from 0 to 1"),
        (TwoStep(horizon=4), {"common": jnp.array(1.5)}, "common has 1.5; it must be from 0 to 1"),
        (Maze(horizon=3), {"walls": jnp.zeros((5, 5), bool)}, r"walls is .* shape \(11, 11\)"),
        (Maze(horizon=3), {"goal": jnp.array([11, 0])}, "goal has 11; it must be from 0 to 10"),
        (MazeInView(horizon=3), {"steps": jnp.zeros((4, 3, 3), int)}, r"of shape \(headings, 11, 11\)"),
        (Harlow(horizon=3), {"other": jnp.zeros((9, 9, 3))}, r"other is .* shape \(1, 20, 3\)"),
    ],
)
def test_a_distribution_that_draws_tasks_of_another_world_is_refused(tasks, changes, said):
    class Wrong(type(tasks)):
        def sample(self, key):
            return super().sample(key)._replace(**changes)

    wrong = Wrong(**{field.name: getattr(tasks, field.name) for field in dataclasses.fields(tasks)})
    with pytest.raises(ValueError, match=said):
        wrong.environment.step(jax.random.key(0), wrong.sample(jax.random.key(0)), (), jnp.array(0))
    with pytest.raises(ValueError, match=said):
        check_draws(wrong, jax.random.split(jax.random.key(0), 3))


class Certain(IndependentArms):
    def sample(self, key):
        return BanditTask(2.0 * super().sample(key).probabilities)


def test_a_training_looks_at_a_few_tasks_before_it_begins(tmp_path):
    with pytest.raises(ValueError, match=r"a task of BernoulliBandit: probabilities has 1\..* from 0 to 1"):
        train(A2C(Certain(horizon=3), SMALL, lifetimes=4, microbatch=2), 0, tmp_path / "run")


class Constant(IndependentArms):
    def sample(self, key):
        return BanditTask(jnp.full(2, 0.5))


class Numpys(IndependentArms):
    def sample(self, key):
        return BanditTask(jnp.asarray(np.random.default_rng().random(2), jnp.float32))


class MeansIt(Constant):
    one_task = True


def test_tasks_that_do_not_come_from_their_keys_are_warned_of():
    for tasks, said in ((Constant(horizon=3), "one_task = True"), (Numpys(horizon=3), "outside its key")):
        with pytest.warns(UserWarning, match=said):
            evaluate(reference("random", tasks), tasks, lifetimes=4)
    evaluate(reference("random", IndependentArms(horizon=3)), MeansIt(horizon=3), lifetimes=4)


def test_a_training_on_tasks_that_ignore_their_keys_warns(tmp_path):
    learner = A2C(Constant(horizon=3), SMALL, lifetimes=4, microbatch=2)
    with pytest.warns(UserWarning, match="Constant.sample does not use its key.*one_task = True"):
        train(learner, 0, tmp_path / "run")


@pytest.mark.parametrize(
    ("space", "seen", "features"),
    [
        (spaces.Discrete(3, start=1), 3, [0, 0, 1]),
        (spaces.MultiDiscrete([2, 3]), [1, 0], [0, 1, 1, 0, 0]),
        (spaces.MultiBinary(3), [1, 0, 1], [1, 0, 1]),
    ],
)
def test_observed_choices_are_coded_one_hot(space, seen, features):
    world = Mine(observation_space=space, reset_to=lambda: (0, seen))
    world.step_to = lambda state, u: Step(state + 1, seen, u, False, False, False)
    agent = AgentSettings(memory="none:units=2").build(world, 3, key=jax.random.key(0))
    records = evaluate(agent, Tasks(world), lifetimes=2, keep=("observation",))
    assert agent.encoder.observer is not None
    np.testing.assert_array_equal(agent.encoder.observer(jnp.asarray(records.observation[0, 0])), features)


@pytest.mark.parametrize("space", [spaces.Discrete(2**31), spaces.MultiDiscrete([2, 2**40])])
def test_actions_beyond_32_bits_are_refused(space):
    with pytest.raises(ValueError, match="its actions must be numbered from -2147483648 to 2147483646"):
        lived(action_space=space)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_reward_that_is_not_finite_is_named(value):
    step = lambda state, _: Step(state + 1, OBSERVED, value, False, False, False)  # noqa: E731
    with pytest.raises(ValueError, match=f"the reward of Mine is {value} at step 0 of lifetime 0"):
        lived(step_to=step)
    with pytest.raises(ValueError, match=f"the expected_reward of Mine is {value} at step 0 of lifetime 0"):
        lived(expected=value)


def test_a_horizon_may_be_numpys():
    tasks = Tasks(Mine(), np.int64(3))
    assert evaluate(reference("random", tasks), tasks, lifetimes=4).horizon == 3


class Nothing(Mine):
    observation_space = spaces.Box(0.0, 1.0, (0,))
    reward_range: Any = None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "Nothing.reward_range is None; it must be the lowest and the highest reward"),
        ((0.0, 1.0, 2.0), "it must be the lowest and the highest reward"),
        (("0", 1.0), "the lowest of Nothing.reward_range is '0'; it must be a number"),
    ],
)
def test_a_range_of_rewards_is_two_numbers(given, said):
    with pytest.raises(ValueError, match=said):
        reference("ucb1", Tasks(Nothing(reward_range=given)))


@pytest.mark.parametrize("given", [0.5, "01", ("0", "1"), (1.0, 0.0), (0.0, 0.0)])
def test_rewards_that_are_listed_are_rising_numbers(given):
    class Lists(Mine):
        reward_values = given

    architecture = AgentSettings(PerceptSettings(previous_reward="one-hot"), "none:units=2")
    with pytest.raises(ValueError, match=r"Lists.reward_values is .*; it must be a tuple of numbers in"):
        A2C(Tasks(Lists()), architecture).init(0)


def test_an_observation_outside_a_discrete_space_is_named():
    """As one-hot it would be nothing at all."""
    step = lambda state, u: Step(state + 1, 7, u < 0.5, False, False, False)  # noqa: E731
    world = Mine(observation_space=spaces.Discrete(3), reset_to=lambda: (0, 2), step_to=step)
    agent = SMALL.build(world, 3, key=jax.random.key(0))
    with pytest.raises(
        ValueError, match=r"observation of Mine is 7 at step 1 of lifetime 0; it must be in its"
    ):
        evaluate(agent, Tasks(world), lifetimes=2)


@pytest.mark.parametrize(
    ("space", "seen", "said"),
    [
        (spaces.Box(-1.0, 1.0, (2,)), [0.0, np.nan], r"\[ ?0. nan\] at step 1 .* be of finite numbers"),
        (spaces.MultiDiscrete([2, 3]), [1, 3], r"\[1 3\] at step 1 of lifetime 0; it must be in its space"),
        (spaces.MultiBinary(2), [0, 2], r"\[0 2\] at step 1 of lifetime 0; it must be in its space"),
    ],
)
def test_an_observation_that_is_none_is_named(space, seen, said):
    """A memory that is NaN chooses the first action, without a word."""
    step = lambda state, u: Step(state + 1, jnp.array(seen), u < 0.5, False, False, False)  # noqa: E731
    with pytest.raises(ValueError, match=f"observation of Mine is {said}"):
        lived(
            observation_space=space, reset_to=lambda: (0, jnp.zeros(2, jnp.array(seen).dtype)), step_to=step
        )


class Listed(Mine):
    reward_values: Any = (0.0, 0.5)


def test_a_reward_that_is_not_among_those_declared_is_named():
    agent = SMALL.build(Listed(), 3, key=jax.random.key(0))
    said = r"reward of Listed is 1.0 at step \d of .* reward_values, \(0.0, 0.5\)"
    with pytest.raises(ValueError, match=said):
        evaluate(agent, Tasks(Listed()), lifetimes=20)
