"""The cells of table 1 in Duan et al. 2016, and of its successors' (Mishra et al. 2018, table 1)."""

import dataclasses

TESTED_ON = 1000  # tasks, in both papers
# Names of the rows, as the table on the page has them. "gittins" is an approximation for infinite lifetimes
# in the papers; ours is for the pulls that are left.
ROWS = ("random", "finite-gittins", "thompson", "optimistic-thompson", "ucb1", "epsilon-greedy", "greedy")


@dataclasses.dataclass(frozen=True)
class Cell:
    """Lifetimes of so many pulls of so many arms, each of which pays with a probability from U[0, 1]."""

    pulls: int
    arms: int
    at_least: float | None  # the return that we claim for an agent trained by `laptop`
    references: tuple[float, ...]  # printed, in the order of `ROWS`
    rl2: float  # printed by Duan et al.
    snail: float  # printed by Mishra et al.

    @property
    def kind(self) -> str:
        return f"{self.pulls}-{self.arms}"

    @property
    def words(self) -> str:
        return f"{self.pulls} pulls of {self.arms}"

    @property
    def tasks(self) -> str:
        return f"bandit-independent:arms={self.arms},horizon={self.pulls}"

    @property
    def oracle(self) -> float:
        """The expected return of the oracle, which knows the best arm."""
        return self.pulls * self.arms / (self.arms + 1)


CELLS = (
    Cell(10, 5, 6.64, (5.0, 6.6, 5.7, 6.5, 6.7, 6.6, 6.6), 6.7, 6.6),
    Cell(10, 10, None, (5.0, 6.6, 5.5, 6.2, 6.7, 6.6, 6.6), 6.7, 6.7),
    Cell(10, 50, None, (5.1, 6.5, 5.2, 5.5, 6.6, 6.5, 6.5), 6.8, 6.7),
    Cell(100, 5, 78.2, (49.9, 78.3, 74.7, 77.9, 78.0, 75.4, 74.8), 78.7, 79.1),
    Cell(100, 10, 82.5, (49.9, 82.8, 76.7, 81.4, 82.4, 77.4, 77.1), 83.5, 83.5),
    Cell(100, 50, 83.0, (49.8, 85.2, 64.5, 67.7, 84.3, 78.3, 78.0), 84.9, 85.1),
    Cell(500, 5, 401.5, (249.8, 405.8, 402.0, 406.7, 405.8, 388.2, 380.6), 401.5, 408.1),
    Cell(500, 10, None, (249.0, 437.8, 429.5, 438.9, 437.1, 408.0, 395.0), 432.5, 432.4),
    Cell(500, 50, 427.2, (249.6, 463.7, 427.2, 437.6, 457.6, 413.6, 402.8), 438.9, 442.6),
)
CONTROLLED = CELLS[3]  # with controls
DISTILLED = CELLS[-1]  # with an agent that imitates, where reward alone falls short
