"""Layouts of mazes, and the shortest ways through them.

A layout is a matrix of cells, True where there is a wall, with walls all around. North is row 0.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from prefrontal.checks import shown
from prefrontal.types import RandomKey

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # row and column: north, east, south, west
FAR = 2**20  # steps: to where no way leads

# The fixed layout of `maze`: rooms, passages and several ways round. It is ours.
LAYOUT = """
    ###########
    #...#.....#
    #.#.#.###.#
    #.#...#...#
    #.###.#.#.#
    #.....#.#.#
    #.###...#.#
    #...#.###.#
    ###.#.....#
    #.....###.#
    ###########
"""


def layout(drawing: str) -> Bool[np.ndarray, "height width"]:
    """The walls of a drawing: `#` is a wall and `.` a free cell. All free cells must be connected."""
    rows = drawing.split()
    even = len({len(row) for row in rows}) == 1 and set("".join(rows)) == {"#", "."}
    walls = np.array([[cell == "#" for cell in row] for row in rows if even])
    if not even or not np.concatenate([walls[0], walls[-1], walls[:, 0], walls[:, -1]]).all():
        raise ValueError(
            f"drawing is {shown(rows)}; it must be rows of one length, of # and ., with # all around"
        )
    free = [(int(row), int(column)) for row, column in np.argwhere(~walls)]
    if len(free) < 2:
        raise ValueError(
            f"drawing is {shown(rows)}; it must have a free cell to start from and another for the goal"
        )
    cut_off = set(free) - _reached(free[0], set(free))
    if cut_off:
        raise ValueError(
            f"drawing is {shown(rows)}; no way leads from {free[0]} to {min(cut_off)} (row, column)"
        )
    return walls


def _reached(start: tuple[int, int], free: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The free cells that can be reached from `start`."""
    reached, edge = {start}, [start]
    while edge:
        row, column = edge.pop()
        beside = {(row + down, column + across) for down, across in MOVES} & free - reached
        reached |= beside
        edge += beside
    return reached


def random_layout(key: RandomKey, size: int, opened: int) -> Bool[Array, "size size"]:
    """A maze whose cells are all connected: a random spanning tree with `opened` walls removed.

    Cells with odd row and odd column are nodes and always free; a cell between two nodes is a wall or a
    passage. The tree is grown by Prim's algorithm on random weights: it repeatedly opens the lightest passage
    out of the tree.
    """
    tree_key, opened_key = jax.random.split(key)
    nodes = size // 2
    ends = jnp.asarray(_edges(nodes))
    weights = jax.random.uniform(tree_key, (len(ends),), jnp.float32)

    def grow(_, tree):
        reached, passages = tree
        leaving = reached[ends[:, 0]] != reached[ends[:, 1]]
        lightest = jnp.argmin(jnp.where(leaving, weights, jnp.inf))
        return reached.at[ends[lightest]].set(True), passages.at[lightest].set(True)

    start = jnp.arange(nodes * nodes) == 0, jnp.zeros(len(ends), bool)
    _, passages = jax.lax.fori_loop(0, nodes * nodes - 1, grow, start)
    order = jnp.argsort(jnp.where(passages, 2.0, jax.random.uniform(opened_key, (len(ends),), jnp.float32)))
    passages = passages.at[order[:opened]].set(True)
    between = jnp.asarray([_node(a, nodes) + _node(b, nodes) for a, b in _edges(nodes)]) // 2
    free = jnp.zeros((size, size), bool).at[1::2, 1::2].set(True)
    return ~free.at[between[:, 0], between[:, 1]].max(passages)


def most_opened(size: int) -> int:
    """How many walls of a tree of this size can be opened."""
    nodes = size // 2
    return len(_edges(nodes)) - (nodes * nodes - 1)


def _edges(nodes: int) -> list[tuple[int, int]]:
    """Neighbours among `nodes` x `nodes` nodes, numbered row by row."""
    number = np.arange(nodes * nodes).reshape(nodes, nodes)
    east = zip(number[:, :-1].flat, number[:, 1:].flat, strict=True)
    south = zip(number[:-1].flat, number[1:].flat, strict=True)
    return [(int(a), int(b)) for a, b in (*east, *south)]


def _node(number: int, nodes: int) -> np.ndarray:
    """The cell of a node."""
    return np.array([number // nodes, number % nodes]) * 2 + 1


def cells_to(walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "1 h w"]:
    """Steps to the goal by moves north, east, south and west: 0 at the goal, `FAR` if unreachable."""

    def sweep(steps):
        moved = [jnp.roll(steps, (-down, -across), (1, 2)) for down, across in MOVES]
        return jnp.min(jnp.stack(moved), axis=0)

    return _fixed_point(sweep, walls, goal, headings=1)


def turns_and_cells_to(walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "4 h w"]:
    """Steps to the goal from each heading; a turn of 90 degrees or a move ahead is one step."""

    def sweep(steps):
        ahead = jnp.stack([jnp.roll(steps[h], (-down, -across), (0, 1)) for h, (down, across) in _headings()])
        return jnp.minimum(ahead, jnp.minimum(jnp.roll(steps, 1, 0), jnp.roll(steps, -1, 0)))

    return _fixed_point(sweep, walls, goal, headings=4)


def _headings():
    return enumerate(MOVES)


def _fixed_point(sweep, walls: Bool[Array, "h w"], goal: Int[Array, "2"], headings: int):
    """d ← min(d, 1 + the smallest d one step away), until nothing changes: breadth first from the goal."""
    start = jnp.full((headings, *walls.shape), FAR, jnp.int32).at[:, goal[0], goal[1]].set(0)

    def nearer(steps):
        return jnp.where(walls[None], FAR, jnp.minimum(steps, 1 + sweep(steps)))

    def changed(pair):
        return jnp.any(pair[0] != pair[1])

    steps, _ = jax.lax.while_loop(changed, lambda pair: (nearer(pair[0]), pair[0]), (nearer(start), start))
    return steps
