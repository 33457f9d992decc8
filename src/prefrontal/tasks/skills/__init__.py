"""Controlled Markov processes in which the agent is told a skill: dynamics without a reward of their own."""
