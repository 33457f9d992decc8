"""Agents: the interface; percept -> encoder -> memory -> policy and value; self-revising agents."""

from prefrontal.agents.adapting import Adapting
from prefrontal.agents.base import Agent, PredictingAgent, Prediction
from prefrontal.agents.greedy import Greedy
from prefrontal.agents.percept import PerceptEncoder, PerceptSettings, RewardInput, check_fits
from prefrontal.agents.recurrent import RecurrentAgent
from prefrontal.agents.settings import AgentSettings
from prefrontal.agents.skilled import BestSkill, Discriminator, Skilled

__all__ = [
    "Adapting",
    "Agent",
    "AgentSettings",
    "BestSkill",
    "Discriminator",
    "Greedy",
    "PerceptEncoder",
    "PerceptSettings",
    "PredictingAgent",
    "Prediction",
    "RecurrentAgent",
    "RewardInput",
    "Skilled",
    "check_fits",
]
