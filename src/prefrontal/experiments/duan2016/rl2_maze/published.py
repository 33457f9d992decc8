"""What Duan et al. 2016 print of mazes of two episodes (section 3.3, table 3)."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Printed:
    """The agents of the best of their runs: steps of the episodes that arrive, and shares of mazes."""

    words: str
    first: float
    second: float
    arrived: tuple[float, float]  # in the first episode, and in the second
    improved: float  # the second episode is no longer than the first

    @property
    def kept(self) -> float:
        return self.second / self.first


SMALL = Printed("small mazes, 5 x 5 rooms", 52.4, 39.1, (0.993, 0.996), 0.917)
LARGE = Printed("large mazes, 9 x 9 rooms", 180.1, 151.8, (0.971, 0.967), 0.714)
