"""Layouts of mazes, and the shortest ways through them.

A layout is a matrix of cells, True where there is a wall, with walls all around. North is row 0.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

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
    """The walls of a drawing in which `#` is a wall and `.` a free cell."""
    rows = drawing.split()
    walls = np.array([[cell == "#" for cell in row] for row in rows])
    edges = np.concatenate([walls[0], walls[-1], walls[:, 0], walls[:, -1]])
    if not edges.all() or set("".join(rows)) != {"#", "."}:
        raise ValueError(f"the layout is {rows}; it must be of # and ., with # all around")
    return walls


def random_layout(key: RandomKey, size: int, opened: int) -> Bool[Array, "size size"]:
    """A maze in which every two cells are joined: a random spanning tree, and `opened` walls fewer.

    Cells of odd row and odd column are nodes, always free; those between two of them are walls or passages.
    The tree is Prim's over random weights: again and again the lightest passage out of it is opened.
    """
    tree_key, opened_key = jax.random.split(key)
    nodes = size // 2
    ends = jnp.asarray(_edges(nodes))
    weights = jax.random.uniform(tree_key, (len(ends),))

    def grow(_, tree):
        reached, passages = tree
        leaving = reached[ends[:, 0]] != reached[ends[:, 1]]
        lightest = jnp.argmin(jnp.where(leaving, weights, jnp.inf))
        return reached.at[ends[lightest]].set(True), passages.at[lightest].set(True)

    start = jnp.arange(nodes * nodes) == 0, jnp.zeros(len(ends), bool)
    _, passages = jax.lax.fori_loop(0, nodes * nodes - 1, grow, start)
    order = jnp.argsort(jnp.where(passages, 2.0, jax.random.uniform(opened_key, (len(ends),))))
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
    """Steps to the goal by moves north, east, south and west: 0 at the goal, `FAR` where no way leads."""

    def sweep(steps):
        moved = [jnp.roll(steps, (-down, -across), (1, 2)) for down, across in MOVES]
        return jnp.min(jnp.stack(moved), axis=0)

    return _fixed_point(sweep, walls, goal, headings=1)


def turns_and_cells_to(walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "4 h w"]:
    """Steps to the goal from each heading, by a turn of 90 degrees or a move ahead, each one step."""

    def sweep(steps):
        ahead = jnp.stack([jnp.roll(steps[h], (-down, -across), (0, 1)) for h, (down, across) in _headings()])
        return jnp.minimum(ahead, jnp.minimum(jnp.roll(steps, 1, 0), jnp.roll(steps, -1, 0)))

    return _fixed_point(sweep, walls, goal, headings=4)


def _headings():
    return enumerate(MOVES)


def _fixed_point(sweep, walls: Bool[Array, "h w"], goal: Int[Array, "2"], headings: int):
    """d ← min(d, 1 + the least d one step on), until nothing changes: breadth first from the goal."""
    start = jnp.full((headings, *walls.shape), FAR).at[:, goal[0], goal[1]].set(0)

    def nearer(steps):
        return jnp.where(walls[None], FAR, jnp.minimum(steps, 1 + sweep(steps)))

    def changed(pair):
        return jnp.any(pair[0] != pair[1])

    steps, _ = jax.lax.while_loop(changed, lambda pair: (nearer(pair[0]), pair[0]), (nearer(start), start))
    return steps
