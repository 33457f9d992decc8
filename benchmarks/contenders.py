"""Who is measured, and which of their ratios were promised."""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    what: str
    command: tuple[str, ...]  # a script of this folder and its arguments
    cores: int = 1
    own_environment: bool = False  # in the one that setup.py makes


@dataclasses.dataclass(frozen=True)
class Ratio:
    """How many times as fast one is as another, by the processor's time or by the clock."""

    faster: str
    slower: str
    by: str  # processor_seconds or wall_seconds
    promised: float | None = None


OURS, TWO_CORES, TWICE, PLAIN = "ours", "ours, two cores", "ours, forward pass run twice", "plain JAX"
SB3 = "sb3-contrib, 64 lifetimes an update"
SB3_WIDE = "sb3-contrib, 1,024 environments, 64 lifetimes an update"
SB3_WIDEST = "sb3-contrib, 1,024 lifetimes an update"

CONTENDERS: Sequence[Contender] = (
    Contender(OURS, "A2C of this library, one core", ("ours.py", "recall")),
    Contender(TWO_CORES, "the same on two devices, 64 lifetimes on each", ("ours.py", "recall"), cores=2),
    Contender(TWICE, "the learner recomputes what the rollout computed", ("ours.py", "replay")),
    Contender(PLAIN, "a page of JAX, differentiated through the rollout", ("plain.py",)),
    Contender(SB3, "RecurrentPPO, one step a rollout", ("sb3.py", "64", "1"), own_environment=True),
    Contender(SB3_WIDE, "RecurrentPPO, 16 steps a rollout", ("sb3.py", "1024", "16"), own_environment=True),
    Contender(SB3_WIDEST, "RecurrentPPO, one step a rollout", ("sb3.py", "1024", "1"), own_environment=True),
)

RATIOS: Sequence[Ratio] = (
    Ratio(OURS, PLAIN, "processor_seconds", 1.7),
    Ratio(OURS, TWICE, "processor_seconds"),
    Ratio(OURS, SB3, "processor_seconds"),
    Ratio(OURS, SB3_WIDE, "processor_seconds"),
    Ratio(OURS, SB3_WIDEST, "processor_seconds", 15),  # its fastest
    Ratio(TWO_CORES, OURS, "wall_seconds", 1.6),
)
