"""JAX's modes change nothing: dtypes are declared, not left to a default, nor to what JAX makes of two."""

import dataclasses
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.evaluation import evaluate
from prefrontal.learners.a2c import A2C
from prefrontal.learners.ppo import PPO
from prefrontal.learners.schedules import Cosine, Piecewise, ToHorizon
from prefrontal.memory import LSTMSettings
from prefrontal.references import REFERENCES, reference
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import DISTRIBUTIONS, distribution
from prefrontal.training import train

TRAINED = {"bandit-independent": 10, "two-step-2018": 10, "maze": 6}
EVALUATED = {
    "ucb1": "bandit-independent",
    "bayes-optimal": "bandit-restless",
}
# Every memory and encoder, every kind of task and action: traced and not run, which shows every promotion.
TRACED = [
    ("bandit-continuous", "lstm:units=3", "auto"),
    ("bandit-informative", "none:units=3", "auto"),
    ("bandit-restless", "stacked-lstm:units=[3,2]", "auto"),
    ("two-step-2016", "gru:units=3", "auto"),
    ("bandit-dependent-easy", "linear-recurrence:units=3", "auto"),
    ("bandit-independent", "attention:units=6,heads=2", "auto"),
    ("harlow", "lstm:units=3", "flat"),
    ("maze-new", "none:units=3", "mlp:widths=[4]"),
    ("maze-view", "lstm:units=3", "conv:channels=[2,2]"),
]
# What changes while an agent learns.
CHANGING = {
    "discount": ToHorizon(0.5),
    "learning_rate": Cosine(1e-3, 0.0),
    "clip": Piecewise(((0.0, 0.2), (1.0, 0.1))),
    "entropy_scale": "both",
    "curriculum": ((0.0, 2), (0.5, 4)),
}


def short(name: str, horizon: int):
    return dataclasses.replace(distribution(name), horizon=horizon)


def chosen(trained, evaluated) -> dict[str, str]:
    """What agents do, as hashes: some after a few updates of training, and references."""
    agents = {}
    for name in trained:
        tasks = short(name, TRAINED[name])
        learner = A2C(tasks, AgentSettings(memory=LSTMSettings(4)), lifetimes=16, microbatch=4)
        agents[name] = train(learner, 0, Path(tempfile.mkdtemp()) / "run"), tasks
        assert {leaf.dtype for leaf in jax.tree.leaves(agents[name][0])} == {np.dtype(np.float32)}
    for name in evaluated:
        on = EVALUATED[name]
        tasks = short(on, 8)
        agents[f"{name} on {on}"] = reference(name, tasks), tasks
    found = {}
    for name, (agent, tasks) in agents.items():
        records = evaluate(agent, tasks, lifetimes=20)
        assert (records.action.dtype, records.reward.dtype) == (np.int32, np.float32), name
        found[name] = hashlib.sha256(records.action.tobytes() + records.reward.tobytes()).hexdigest()
    return found


def traced() -> list[str]:
    """Programs of every kind that could be traced: updates of trainings, and references on all tasks."""
    names = []
    percept = PerceptSettings(previous_reward="scalar", episode_start=True)
    for tasks, memory, encoder in TRACED:
        architecture = AgentSettings(memory=memory, encoder=encoder, percept=percept)
        learner = A2C(short(tasks, 4), architecture, microbatch=2, normalise_advantages=True)
        jax.eval_shape(learner.step, jax.eval_shape(lambda learner=learner: learner.init(0)))
        names.append(f"{memory} and {encoder} on {tasks}")
    for scale in ("horizon", "popart"):
        learner = PPO(
            short("bandit-continuous", 4),
            AgentSettings(memory="lstm:units=3"),
            microbatch=2,
            value_scale=scale,
            **CHANGING,
        )
        jax.eval_shape(learner.step, jax.eval_shape(lambda learner=learner: learner.init(0)))
    quick = [name for name in DISTRIBUTIONS if not name.startswith(("harlow", "maze-view"))]
    for name, on in itertools.product(REFERENCES, quick):
        try:
            agent = reference(name, short(on, 4))
        except ValueError:  # not for these tasks
            continue
        keys = jax.eval_shape(lambda: lifetime_keys("test", 0, jnp.arange(2, dtype=jnp.uint32)))
        eqx.filter_eval_shape(rollout, agent, short(on, 4), keys)
        names.append(f"{name} on {on}")
    return names


MODES = {
    "JAX_ENABLE_X64=1": (list(TRAINED), list(EVALUATED)),
    "JAX_NUMPY_DTYPE_PROMOTION=strict": (["bandit-independent"], ["ucb1"]),
}


def begun(mode: str) -> subprocess.Popen:
    setting, value = mode.split("=")
    command, pipe = [sys.executable, "-W", "ignore", __file__, json.dumps(MODES[mode])], subprocess.PIPE
    environment = {**os.environ, setting: value}
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)


def test_what_agents_do_is_the_same_in_every_mode():
    processes = {mode: begun(mode) for mode in MODES}
    here = chosen(TRAINED, EVALUATED)
    for mode, process in processes.items():
        there, said = process.communicate()
        assert process.returncode == 0, f"{mode}: {said[-2000:]}"
        found, names = json.loads(there)
        assert len(found) == sum(map(len, MODES[mode]))
        assert found.items() <= here.items(), mode
        assert len(names) > len(TRACED) + len(REFERENCES)


if __name__ == "__main__":
    print(json.dumps((chosen(*json.loads(sys.argv[1])), traced())))
