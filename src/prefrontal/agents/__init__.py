"""Agents: the seam; percept -> encoder -> memory -> policy and value; and agents that revise themselves."""

from prefrontal.agents.adapting import Adapting
from prefrontal.agents.base import Agent, PredictingAgent, Prediction
from prefrontal.agents.percept import PerceptEncoder, PerceptSettings, RewardInput
from prefrontal.agents.recurrent import RecurrentAgent
from prefrontal.agents.settings import AgentSettings

__all__ = [
    "Adapting",
    "Agent",
    "AgentSettings",
    "PerceptEncoder",
    "PerceptSettings",
    "PredictingAgent",
    "Prediction",
    "RecurrentAgent",
    "RewardInput",
]
