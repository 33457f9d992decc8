"""Gupta et al. 2018: "Unsupervised Meta-Learning for Reinforcement Learning"."""
