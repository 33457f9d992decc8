"""Table 2 of Duan et al. 2016: random MDPs, by the number of episodes."""

import dataclasses

LENGTH = 10  # steps of an episode
# Names of the rows, as the table on the page has them, and their references.
ROWS = ("random", "psrl", "opsrl", "ucrl2", "beb", "mdp-epsilon-greedy", "mdp-greedy")


@dataclasses.dataclass(frozen=True)
class Cell:
    """Lifetimes of so many episodes in a random MDP of ten states and five actions."""

    episodes: int
    at_least: float | None  # the return that we claim for an agent trained by `laptop`
    references: tuple[float, ...]  # printed, in the order of `ROWS`
    rl2: float

    @property
    def kind(self) -> str:
        return str(self.episodes)

    @property
    def words(self) -> str:
        return f"{self.episodes} episodes"

    @property
    def steps(self) -> int:
        return self.episodes * LENGTH

    @property
    def tasks(self) -> str:
        return f"tabular-mdp:episodes={self.episodes}"


CELLS = (
    Cell(10, 144.0, (100.1, 138.1, 144.1, 146.6, 150.2, 132.8, 134.8), 156.2),
    Cell(25, 425.0, (250.2, 408.8, 425.2, 424.1, 427.8, 377.3, 368.8), 445.7),
    Cell(50, 931.0, (499.7, 904.4, 930.7, 918.9, 917.8, 823.3, 769.3), 936.1),
    Cell(75, None, (749.9, 1417.1, 1449.2, 1427.6, 1422.6, 1293.9, 1172.9), 1428.8),
    Cell(100, None, (999.4, 1939.5, 1973.9, 1942.1, 1935.1, 1778.2, 1585.3), 1913.7),
)
