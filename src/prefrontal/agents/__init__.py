"""Agents: the seam, and the agent that is trained, percept -> encoder -> memory -> policy and value."""

from prefrontal.agents.base import Agent, Prediction
from prefrontal.agents.percept import PerceptEncoder, PerceptSettings, RewardInput
from prefrontal.agents.recurrent import RecurrentAgent
from prefrontal.agents.settings import AgentSettings

__all__ = [
    "Agent",
    "AgentSettings",
    "PerceptEncoder",
    "PerceptSettings",
    "Prediction",
    "RecurrentAgent",
    "RewardInput",
]
