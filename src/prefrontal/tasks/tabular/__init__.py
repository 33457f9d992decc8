"""Random tabular MDPs, and planning in an MDP that is known."""
