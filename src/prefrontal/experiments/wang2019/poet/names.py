"""What the controls of `poet` are called, and its bounds."""

SPREADS = (0.03, 0.1, 0.3)  # σ of training from scratch
SOLVES = 0.5  # at least, of fresh tasks of the last environments, by POET's agents
CANNOT = 0.1  # at most, by agents from scratch with their best σ
MORE = 1.25  # times as many environments that were new and then solved


def scratch(spread: float) -> str:
    return f"scratch-{spread:g}".replace(".", "")
