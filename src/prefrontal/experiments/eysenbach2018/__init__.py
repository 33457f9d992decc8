"""Skills without a reward (Eysenbach et al. 2018)."""
