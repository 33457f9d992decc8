"""The cost of an update of MAML, beside that of a page of plain JAX: `python benchmarks/maml.py`.

The contenders take turns. Times are processor seconds of one core, and each ratio is within a round.
"""

import argparse
import os
import statistics
import time

os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false"

import jax
import plain_maml

from prefrontal import MAML

TASKS = "navigation:episodes=40"


def ours(iterations: int, first_order: bool):
    """Some iterations of ours as a compiled function without arguments."""
    learner = MAML(
        TASKS, outer="gradient", learning_rate=plain_maml.RATE, inner_rate=0.3, first_order=first_order
    )
    state = learner.init(0)
    run = jax.jit(lambda now: jax.lax.fori_loop(0, iterations, lambda _, one: learner.step(one)[0], now))
    return lambda: run(state)


def seconds(run, iterations: int) -> float:
    """Processor seconds of an iteration."""
    began = time.process_time()
    jax.block_until_ready(run())
    return (time.process_time() - began) / iterations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--iterations", type=int, default=10)
    given = parser.parse_args()
    runs = {
        "plain JAX": plain_maml.program(given.iterations),
        "ours": ours(given.iterations, first_order=False),
        "ours, first order": ours(given.iterations, first_order=True),
    }
    for run in runs.values():
        jax.block_until_ready(run())
    rounds = [
        {name: seconds(run, given.iterations) for name, run in runs.items()} for _ in range(given.rounds)
    ]
    for name in runs:
        cost = statistics.median(one[name] for one in rounds)
        ratio = statistics.median(one[name] / one["plain JAX"] for one in rounds)
        print(f"{name}: {cost:.3f} s an iteration, {ratio:.2f} of plain JAX")


if __name__ == "__main__":
    main()
