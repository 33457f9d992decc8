"""Policies for tabular MDPs that plan once per episode, with the true MDP or with a posterior."""
