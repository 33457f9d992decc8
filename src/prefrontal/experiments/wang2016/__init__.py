"""Wang et al. 2016, "Learning to reinforcement learn": one folder per figure."""
