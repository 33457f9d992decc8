"""Random tabular MDPs, and planning in a known MDP."""
