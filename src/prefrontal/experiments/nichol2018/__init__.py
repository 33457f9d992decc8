"""Reptile (Nichol et al. 2018), on tasks of reinforcement learning."""
