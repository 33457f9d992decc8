"""Policies for tabular MDPs that plan once an episode: by the true MDP, a posterior's mean or draws of it."""
