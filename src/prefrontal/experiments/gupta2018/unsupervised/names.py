"""What the tasks, the conditions and the trials of `unsupervised` are called."""

GOALS = "box-goals"  # the tasks that a person wrote
LENGTH = 20  # steps of an episode
TRAJECTORIES = 20  # episodes from which an inner step learns
STEPS = 3  # inner steps of a trial
RATES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # α, of the first inner step of a trial; later ones have half of it
RATE = 1.0  # the one of them that MAML is trained with
EPISODES = 20  # of a trial of RL²
LIVED = 5  # episodes of the lifetimes that RL² is trained on
TRIED = "goals"  # the trial of agents that learn without a gradient

# The tasks that an agent is meta-trained on.
WAYS = {
    "true": "true goals",
    "diayn": "DIAYN's D",
    "random": "random D, gain 3",
    "random-1": "random D, gain 1",
}
GAINS = {"random": 3.0, "random-1": 1.0}  # of a random D
COLOURS = {
    "true": "#009e73",
    "diayn": "#d55e00",
    "random": "#0072b2",
    "random-1": "#56b4e9",
    "scratch": "#7f7f7f",
    "skills": "#cc79a7",
}


def trial(rate: float) -> str:
    return f"rate {rate:g}"


def colour(condition: str) -> str:
    return COLOURS[condition.removeprefix("maml-").removeprefix("rl2-")]
