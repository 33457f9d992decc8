"""Our trainer with one memory: `python our_memories.py MEMORY HORIZON LIFETIMES`, such as `gru 100 64`."""

import os
import sys

from worker import serve

os.environ["JAX_PLATFORMS"] = "cpu"

import jax

from prefrontal.agents import AgentSettings
from prefrontal.learners.a2c import A2C
from prefrontal.tasks import IndependentArms
from prefrontal.training import compiled


def main(memory: str, horizon: int, lifetimes: int) -> None:
    ours = A2C(
        IndependentArms(horizon=horizon),
        AgentSettings(memory=memory),
        lifetimes=20_000 * lifetimes,
        microbatch=lifetimes,
        microbatches=1,
    )
    program, state = compiled(ours), ours.init(0)

    def train(updates: int) -> int:
        nonlocal state
        chunk = jax.block_until_ready(program(state, updates))
        state = chunk.state
        return int(chunk.count) * lifetimes * horizon

    serve(train, ["prefrontal", "jax", "jaxlib"])


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
