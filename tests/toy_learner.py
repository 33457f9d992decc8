"""A tiny learner whose state has leaves of every kind, to test what drives learners and what keeps states.

Its updates are chaotic: one bit lost anywhere, and the weights soon have nothing in common.
Run as a program it trains in child processes that it kills: see `test_killed_training`.
"""

import dataclasses
import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from prefrontal.agents import AgentSettings, RecurrentAgent
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.memory import LSTMSettings
from prefrontal.streams import check_seed, weights_key
from prefrontal.tasks import IndependentArms, TaskDistribution
from prefrontal.training import train

AGENT, TASKS = AgentSettings(memory=LSTMSettings(2)), IndependentArms(horizon=5)


class ToyState(LearnerState):
    weights: RecurrentAgent
    average: RecurrentAgent  # at first the very same arrays as `weights`
    key: Any
    half: Any
    flag: Any


@dataclasses.dataclass(frozen=True)
class Toy(Learner):
    updates: int = 20
    rate: float = 3.9
    spoilt: str = ""  # what is not finite from update `spoilt_at` on: a metric or "weights"
    spoilt_at: int = 0
    devices: int = 1
    tasks: TaskDistribution | str = TASKS

    lifetimes_per_update = 3

    def init(self, seed: int, agent: RecurrentAgent | None = None) -> ToyState:
        check_seed(seed)
        fresh = AGENT.build(self.distribution.environment, self.horizon, key=weights_key(seed))
        weights = agent or jax.tree.map(jax.nn.sigmoid, fresh)
        return ToyState(
            jnp.zeros((), jnp.uint32),
            jnp.array(seed, jnp.uint32),
            weights,
            weights,
            jax.random.key(seed),
            jnp.asarray(0.5, jnp.bfloat16),
            jnp.array(True),
        )

    def learn(self, state: ToyState, tasks: TaskDistribution):
        kick = 1e-3 * jax.random.uniform(jax.random.fold_in(state.key, state.update))
        weights = jax.tree.map(lambda w: jnp.clip(self.rate * w * (1 - w) + kick, 0.0, 1.0), state.weights)
        average = jax.tree.map(lambda a, w: 0.9 * a + 0.1 * w, state.average, weights)
        loss = jnp.mean(weights.policy.weights)
        spoilt = (state.update + 1 >= self.spoilt_at) & bool(self.spoilt)
        metrics = {"loss": loss, "return": 1 - loss, "update": state.update + 1.0}
        if self.spoilt == "weights":
            weights = jax.tree.map(lambda w: jnp.where(spoilt, jnp.nan, w), weights)
        elif self.spoilt:
            metrics[self.spoilt] = jnp.where(spoilt, jnp.inf, metrics[self.spoilt])
        half = (state.half + loss.astype(jnp.bfloat16)) / 2
        return ToyState(state.update + 1, state.seed, weights, average, state.key, half, ~state.flag), metrics

    def agent(self, state: ToyState) -> RecurrentAgent:
        return state.weights


def in_child(act) -> int:
    """Call `act` in a forked process; its process id."""
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child


def kill_and_resume(folder: Path, learner: Toy, kills: int, patience: float) -> list[int]:
    """Train in child processes that are killed at random moments, and at last in one that is not.

    Each is killed at a random moment after it has written something. How many updates were on disk each time.
    """
    dice, reached = random.Random(0), []

    def resume():
        """A checkpoint and a pause after every update, lest a fast machine be through before it is killed."""
        told = lambda _: time.sleep(0.001)  # noqa: E731
        train(learner, 7, folder, resume=True, checkpoint_seconds=0.0, chunk_seconds=0.0, progress=told)

    for _ in range(kills):
        before, child = _written(folder), in_child(resume)
        deadline = time.monotonic() + patience
        while _written(folder) == before and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(dice.uniform(0.0, 0.2))
        os.kill(child, signal.SIGKILL)
        if os.waitpid(child, 0)[1] == signal.SIGKILL:
            reached.append(
                max((int(path.name[11:21]) for path in folder.glob("checkpoint-*.safetensors")), default=0)
            )
    assert os.waitpid(in_child(resume), 0)[1] == 0
    return reached


def _written(folder: Path) -> int:
    path = folder / "metrics.jsonl"
    return path.stat().st_size if path.exists() else 0


if __name__ == "__main__":
    warnings.filterwarnings(
        "ignore", message="os.fork", category=RuntimeWarning
    )  # no backend is started here
    out, toy = Path(sys.argv[1]), Toy(updates=int(sys.argv[2]))
    whole = in_child(lambda: train(toy, 7, out / "whole", chunk_seconds=0.3))
    assert os.waitpid(whole, 0)[1] == 0
    print(json.dumps(kill_and_resume(out / "killed", toy, kills=int(sys.argv[3]), patience=20.0)))
