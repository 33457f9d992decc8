"""Distributions that grow by themselves (Wang et al. 2019)."""
