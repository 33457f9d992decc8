"""Our renderers, on as many devices as this process may use cores: `python our_frames.py "maze 120x160"`.

A frame is a step of the environment with a random action, and the picture in memory as the agent is given it.
"""

import os
import sys
from functools import partial

from worker import serve

CORES = len(os.sched_getaffinity(0))
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_NUM_CPU_DEVICES"] = str(CORES)  # read by jax when it is first imported

import jax  # noqa: E402
from jax.sharding import AxisType, PartitionSpec  # noqa: E402

from prefrontal.actions import choices_of  # noqa: E402
from prefrontal.tasks import Camera, MazeInView, TaskDistribution, distribution  # noqa: E402
from prefrontal.tasks.base import sample_tasks  # noqa: E402

LIFETIMES = 64
STEPS = 32  # in one call


def world(view: str) -> TaskDistribution:
    task, size = view.split()
    if task == "harlow":
        return distribution({"84x84": "harlow-paper", "10x24": "harlow-emoji"}[size])
    height, width = map(int, size.split("x"))
    return MazeInView(camera=Camera(height, width))


def last_frame(tasks: TaskDistribution, key):
    """The last of `STEPS` pictures `(..., lifetimes)`; each is in memory before the next is drawn."""
    environment, lifetimes = tasks.environment, LIFETIMES // CORES
    actions = choices_of(environment.action_space).n
    keys = jax.random.split(key, (3, lifetimes))
    drawn = sample_tasks(tasks, keys[0])
    start = jax.vmap(environment.reset, in_axes=(0, -1), out_axes=-1)(keys[1], drawn)

    def step(carried, key):
        def one(key, task, state):
            key, choice = jax.random.split(key)
            return environment.step(key, task, state, jax.random.randint(choice, (), 0, actions))

        lived = jax.vmap(one, in_axes=(0, -1, -1), out_axes=-1)(
            jax.random.split(key, lifetimes), drawn, carried[0]
        )
        return (lived.state, lived.observation), None

    return jax.lax.scan(step, start, jax.random.split(keys[2, 0], STEPS))[0][1]


def main(view: str) -> None:
    tasks = world(view)
    mesh = jax.make_mesh((CORES,), ("data",), axis_types=(AxisType.Auto,))
    over = PartitionSpec("data")

    @jax.jit
    @partial(jax.shard_map, mesh=mesh, in_specs=over, out_specs=over, check_vma=False)
    def drawn(keys):
        return last_frame(tasks, keys[0])

    count = 0

    def draw(updates: int) -> int:
        nonlocal count
        for _ in range(updates):
            count += 1
            jax.block_until_ready(drawn(jax.random.split(jax.random.key(count), CORES)))
        return updates * STEPS * LIFETIMES

    serve(draw, ["prefrontal", "jax", "jaxlib"])


if __name__ == "__main__":
    main(sys.argv[1])
