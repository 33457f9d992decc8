"""An agent that follows another's lifetimes does what it would have done, and no more."""

import jax
import jax.numpy as jnp
import numpy as np
from test_adapting import Tally

from prefrontal.agents import Agent
from prefrontal.references import CountedFrom, reference
from prefrontal.rollout.follow import follow
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import distribution
from prefrontal.types import Lifetimes, Percept

TASKS = distribution("bandit-independent:horizon=10")
KEYS = lifetime_keys("train", 0, jnp.arange(40))
OTHERS = jax.random.split(jax.random.key(1), 40)


class Majority(Tally):
    """Pulls the second arm once a whole segment has paid more than half, as its revisions say."""

    def act(self, memory, percept, noise):
        steps, revisions, told = memory
        return (steps + 1, revisions, told), (told > 2).astype(jnp.int32), (steps, told)

    def revise(self, memory, lived):
        steps, revisions, _ = memory
        (seen, _), before = lived.residuals, lived.action
        return steps, revisions + 1, jnp.sum(lived.reward) + 0.0 * jnp.sum(before) + 0.0 * seen[0]


def test_who_follows_itself_repeats_itself():
    """By steps and by segments; its own residuals are those that it revises itself by."""
    for agent in (Tally(), Majority()):
        drawn, lived = jax.jit(lambda agent=agent: rollout(agent, TASKS, KEYS))()
        np.testing.assert_array_equal(follow(agent, lived, drawn, OTHERS), lived.action)
    assert 0 < np.mean(lived.action) < 1


def test_a_reference_does_what_the_counts_say():
    """UCB1 after another's pulls, against its definition."""
    drawn, lived = rollout(reference("random", TASKS), TASKS, KEYS)
    said = np.asarray(follow(reference("ucb1", TASKS), lived, drawn, OTHERS))
    action, reward = np.asarray(lived.action), np.asarray(lived.reward)
    for life in range(40):
        for t in range(2, 10):
            pulls = np.bincount(action[:t, life], minlength=2)
            paid = np.bincount(action[:t, life], reward[:t, life], minlength=2)
            if pulls.all():
                index = paid / pulls + np.sqrt(np.log(t) / pulls)
            else:
                index = np.where(pulls == 0, np.inf, 0.0)
            if abs(index[0] - index[1]) > 1e-5:
                assert said[t, life] == np.argmax(index)


def test_an_oracle_is_told_the_task_and_the_state():
    tasks = distribution("maze:horizon=20")
    keys = lifetime_keys("train", 0, jnp.arange(4))
    shortest = reference("shortest-path", tasks)
    drawn, lived = jax.jit(lambda: rollout(shortest, tasks, keys, states=True))()
    np.testing.assert_array_equal(follow(shortest, lived, drawn, OTHERS[:4]), lived.action)


class Told(Agent):
    """Answers with whatever it is given, one up."""

    @property
    def segment(self):
        return 4

    def initial_memory(self):
        return jnp.zeros((), jnp.int32)

    def act(self, memory, percept, noise):
        return memory, percept.previous_action + 1, None

    def act_told(self, memory, percept, noise, task, state):
        return memory, percept.previous_action + task + state, None

    def revise(self, memory, lived):
        return lived.action - lived.percept.previous_action


def test_actions_counted_from_another_number_are_so_for_every_method():
    counted = CountedFrom(Told(), 5)
    percept = Percept(None, jnp.array([7]), None, None, None)
    assert counted.segment == 4
    assert counted.act(0, percept, None)[1] == 8
    assert counted.act_told(0, percept, None, 10, 100)[1] == 117
    lived = Lifetimes(percept, jnp.array([9]), *[None] * (len(Lifetimes._fields) - 2))
    assert counted.revise(0, lived) == 2
