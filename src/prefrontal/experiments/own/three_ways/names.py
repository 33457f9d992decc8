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
INNER_MAML = {"four-corners": 2}  # inner steps of MAML in training, where there is more than one


def metric(family: str, way: str) -> tuple[str, int]:
    """The metric of training that says what an episode earns in the end, and how many episodes it sums."""
    last = {"maml": INNER_MAML.get(family, 1), "reptile": INNER - 1, "joint": 0}
    return ("return", LENGTH) if way == "rl2" else (f"return_{last[way]}", 1)


def condition(family: str, way: str) -> str:
    return f"{family}-{way}"
