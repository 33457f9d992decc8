"""MAML, Reptile and joint training as learners: their updates, their outer steps, their errors."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from toy_runs import assert_same_run, interrupted

from prefrontal.agents import Adapting, AgentSettings, PerceptSettings
from prefrontal.disk.runs import load_agent
from prefrontal.evaluation import evaluate
from prefrontal.learners import MAML, Joint, Reptile
from prefrontal.learners.equations.baselines import linear_features, time_mean
from prefrontal.learners.outer import TRPO, conjugate_gradients
from prefrontal.memory import NoMemorySettings
from prefrontal.tasks import distribution
from prefrontal.training import train

PLAIN = AgentSettings(PerceptSettings(previous_action=False, previous_reward="off"), NoMemorySettings(5))
MDP = "tabular-mdp:states=3,actions=2,length=4,episodes=6"
SIZES = {"trajectories": 3, "inner_rate": 0.5, "microbatch": 4, "lifetimes": 16}


def stepped(learner, seed: int = 0):
    """The state before the first update and after it, and its metrics."""
    before = learner.init(seed)
    after, metrics = jax.jit(learner.step)(before)
    return before, after, metrics


def moved(before, after):
    return jax.tree.map(lambda one, other: np.asarray(other - one), before.weights.start, after.weights.start)


@pytest.mark.parametrize(
    "learner",
    [
        MAML(MDP, PLAIN, **SIZES),
        Reptile(MDP, PLAIN, inner_rule="adam", **SIZES),
        Joint(MDP, PLAIN, **SIZES),
    ],
    ids=["maml", "reptile", "joint"],
)
def test_it_trains_is_killed_resumed_and_evaluated(learner, tmp_path):
    """To the same bits. The agent that is loaded adapts, for longer than its training's lifetimes too."""
    trained = train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "killed", 2)
    train(learner, 0, tmp_path / "killed", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")
    loaded = load_agent(tmp_path / "whole")
    assert isinstance(loaded, Adapting)
    longer = distribution(MDP, episodes=9)
    mine, theirs = (evaluate(one, longer, lifetimes=6, keep=("value",)) for one in (trained, loaded))
    np.testing.assert_array_equal(mine.action, theirs.action)
    with pytest.raises(ValueError, match=r"learns from episodes of 4 steps, and an episode .* has 3 steps"):
        evaluate(trained, distribution(MDP, length=3, horizon=36), lifetimes=6)


def test_reptile_with_one_segment_is_joint_training():
    """φ - θ₁ is the inner rate times joint training's gradient, on the same lifetimes."""
    sizes, tasks = SIZES | {"trajectories": 6}, MDP
    reptile = stepped(Reptile(tasks, PLAIN, learning_rate=1.0, **sizes))
    joint = stepped(Joint(tasks, PLAIN, optimiser="sgd", learning_rate=0.5, max_gradient_norm=1e3, **sizes))
    same = lambda one, other: np.testing.assert_allclose(one, other, atol=1e-6)  # noqa: E731
    jax.tree.map(same, moved(*reptile[:2]), moved(*joint[:2]))
    assert any(np.abs(leaf).max() > 1e-3 for leaf in jax.tree.leaves(moved(*joint[:2])))


def test_returns_by_segment_are_those_of_evaluated_lifetimes():
    learner = MAML(MDP, PLAIN, **SIZES)
    state, _, metrics = stepped(learner)
    records = evaluate(learner.agent(state), MDP, lifetimes=4, split="train")
    each = records.reward.reshape(4, 2, 3, 4).sum(axis=3).mean(axis=(0, 2))
    np.testing.assert_allclose([metrics["return_0"], metrics["return_1"]], each, rtol=1e-5)


def test_trpo_stays_in_its_region_and_lowers_the_loss():
    learner = MAML(MDP, PLAIN, outer="trpo:divergence_limit=1e-3", **SIZES)
    before, after, metrics = stepped(learner)
    assert float(metrics["divergence"]) <= 1e-3
    assert float(metrics["loss"]) < 0.0  # it is 0 at the weights before, whose ratios are 1
    assert any(np.abs(leaf).max() > 1e-4 for leaf in jax.tree.leaves(moved(before, after)))


def test_conjugate_gradients_solve():
    root = np.random.default_rng(0).normal(size=(6, 6)).astype(np.float32)
    square = root @ root.T + np.eye(6, dtype=np.float32)
    target = {"a": jnp.arange(4.0), "b": jnp.ones(2)}
    flat = lambda tree: jnp.concatenate([tree["a"], tree["b"]])  # noqa: E731
    product = lambda tree: dict(zip("ab", jnp.split(square @ flat(tree), [4]), strict=True))  # noqa: E731
    found = jax.jit(lambda target: conjugate_gradients(product, target, 12))(target)
    np.testing.assert_allclose(flat(found), np.linalg.solve(square, flat(target)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("chosen", ["one", "each"])
def test_inner_rates_are_learnt(chosen):
    learner = MAML(MDP, PLAIN, outer="gradient", learn_rates=chosen, **SIZES)
    before, after, _ = stepped(learner)
    changed = optax.tree.norm(optax.tree.sub(after.weights.rates, before.weights.rates))
    assert changed > 1e-5
    assert jax.tree.leaves(learner.agent(after).rate)[0] == jax.tree.leaves(after.weights.rates)[0]


def test_first_order_is_another_gradient():
    steep: dict = SIZES | {"outer": "gradient", "optimiser": "sgd", "learning_rate": 1.0}
    exact = stepped(MAML(MDP, PLAIN, **steep))
    first = stepped(MAML(MDP, PLAIN, first_order=True, **steep))
    apart = optax.tree.norm(optax.tree.sub(moved(*exact[:2]), moved(*first[:2])))
    assert apart > 1e-3


def test_two_devices_learn_what_one_does():
    sizes = SIZES | {"microbatches": 2}
    for learner in (MAML(MDP, PLAIN, **sizes), Reptile(MDP, PLAIN, **sizes)):
        one, two = stepped(learner), stepped(learner.on(2))
        same = lambda mine, other: np.testing.assert_allclose(mine, other, atol=2e-5)  # noqa: E731
        jax.tree.map(same, moved(*one[:2]), moved(*two[:2]))


def test_baselines():
    rng = np.random.default_rng(1)
    returns, seen = rng.normal(size=(8, 5)).astype("f"), rng.normal(size=(8, 5, 2)).astype("f")
    np.testing.assert_allclose(time_mean(jnp.array(returns)), np.tile(returns.mean(0), (8, 1)), rtol=1e-5)
    times = np.arange(5) / 100
    rows = [
        [*seen[episode, step], *seen[episode, step] ** 2, *(times[step] ** power for power in (1, 2, 3, 0))]
        for episode in range(8)
        for step in range(5)
    ]
    rows = np.array(rows)
    weights = np.linalg.solve(rows.T @ rows + 1e-5 * np.eye(8), rows.T @ returns.reshape(-1))
    found = linear_features(jnp.array(returns), jnp.array(seen))
    np.testing.assert_allclose(found.reshape(-1), rows @ weights, atol=0.05)


def test_a_bandits_episode_is_a_pull():
    learner = MAML("bandit-independent:horizon=12", PLAIN, trajectories=4, microbatch=4)
    assert learner.every == 4
    _, _, metrics = stepped(learner)
    assert {"return_0", "return_1", "return_2"} <= metrics.keys()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trajectories": 4}, "has 16; the horizon must be a whole number of segments, at least 2"),
        ({"trajectories": 6}, "must be a whole number of segments, at least 2"),
        ({"outer": "adam"}, "adam"),
        (
            {"outer": "trpo", "learning_rate": 0.1},
            "learning_rate is given; leave it out: 'trpo' has its own step",
        ),
        ({"exploration_credit": 1.0}, "inner_form is 'ratio'; with an exploration_credit"),
        ({"rate_factors": ()}, "the number of rate_factors is 0"),
        ({"inner_rate": -1.0}, "inner_rate is -1.0"),
        ({"trajectories": 1}, "trajectories is 1 and baseline is 'time'"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        MAML(MDP, PLAIN, **SIZES | changes)


def test_episodes_of_different_length_are_refused():
    with pytest.raises(ValueError, match="has no episode_length; its episodes must have one length"):
        MAML("maze", PLAIN, **SIZES)


def test_weights_with_a_memory_adapt_too():
    """Their memory begins anew with every segment, whose episodes are then lived one after the other."""
    learner = MAML(MDP, AgentSettings(memory="lstm:units=3"), outer="gradient", **SIZES)
    before, after, _ = stepped(learner)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(moved(before, after)))


def test_a_training_may_begin_with_an_adapting_agents_start():
    given = Joint(MDP, PLAIN, **SIZES)
    agent = given.agent(given.init(5))
    begun = MAML(MDP, PLAIN, **SIZES).init(0, agent=agent).weights.start
    jax.tree.map(np.testing.assert_array_equal, begun, agent.start)


def test_trpo_says_that_it_sets_its_own_step():
    assert TRPO().sets_its_step
