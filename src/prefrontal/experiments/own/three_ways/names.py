"""What the conditions and the trials of `three-ways` are called."""

FAMILIES = {
    "navigation": "a hidden goal",
    "rotation": "turned moves",
    "four-corners": "four corners",
    "direction-runner": "a runner's direction",
}
WAYS = {"rl2": "RL²", "maml": "MAML", "reptile": "Reptile", "joint": "joint training"}
EPISODES = 60  # of a trial: agents that learn by gradient take an inner step after 20 and after 40
SEGMENT = 20  # episodes
TRIAL = f"{EPISODES} episodes"
LENGTH = 5  # episodes of the lifetimes that RL² is trained on
INNER = 5  # inner steps of Reptile in training
# The metric that says what an episode earns where training has come to, and how many episodes it sums.
METRIC = {
    "rl2": ("return", LENGTH),
    "maml": ("return_1", 1),
    "reptile": (f"return_{INNER - 1}", 1),
    "joint": ("return_0", 1),
}


def condition(family: str, way: str) -> str:
    return f"{family}-{way}"
