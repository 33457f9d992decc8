"""Exact values on the grid with a hidden goal: moves are certain, and goals are few."""

import numpy as np
from jaxtyping import Float

from prefrontal.agents import Agent
from prefrontal.references.exact.base import Rewards, mean_rewards, oracle_rewards, rewards_on
from prefrontal.references.gridworld.walk import SearchThenServe, best_walk, distance, walk_rewards
from prefrontal.tasks.gridworld import MOVES, HiddenGoal


@rewards_on.register(HiddenGoal)
def rewards_on_hidden_goal(distribution: HiddenGoal, agent: Agent) -> Rewards | None:
    if not isinstance(agent, SearchThenServe):
        return None
    if (agent.world, agent.goals) != (distribution.environment, distribution.goals):
        return None  # without a search for the best walk there
    if agent.actions != best_walk(distribution).actions:
        return None
    return walk_rewards(distribution)


@oracle_rewards.register(HiddenGoal)
def hidden_goal_oracle(distribution: HiddenGoal) -> Rewards:
    """The rewards of an oracle that goes straight to the goal in each episode, and stays there."""
    step = np.arange(distribution.horizon) % distribution.length + 1
    start = distribution.environment.start
    there = np.mean([step >= distance(start, goal) for goal in distribution.goals], axis=0)
    return (distribution.reward + distribution.cost) * there - distribution.cost


@mean_rewards.register(HiddenGoal)
def hidden_goal_mean(distribution: HiddenGoal) -> Rewards:
    """The chance to stand in each cell is carried forward through an episode of random moves.

    All episodes are alike.
    """
    goals, rewards = tuple(np.transpose(distribution.goals)), []
    where = np.zeros((distribution.size, distribution.size))
    where[distribution.environment.start] = 1.0
    for _ in range(min(distribution.length, distribution.horizon)):
        where = _moved_at_random(where)
        rewards.append(where[goals].sum() / len(distribution.goals))
    there = np.resize(rewards, distribution.horizon)
    return (distribution.reward + distribution.cost) * there - distribution.cost


def _moved_at_random(where: Float[np.ndarray, "size size"]) -> Float[np.ndarray, "size size"]:
    """One step of each action with the same probability; what would leave the grid stays at its edge."""
    size, after = len(where), np.zeros_like(where)
    for down, across in MOVES:
        rows, columns = (np.clip(np.arange(size) + by, 0, size - 1) for by in (down, across))
        np.add.at(after, (rows[:, None], columns[None]), where / len(MOVES))
    return after
