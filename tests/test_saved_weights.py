"""The weights of a saved agent, read by numpy alone as `docs/on-disk.md` describes them."""

import jax
import numpy as np
import pytest
import safetensors.numpy

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk.runs import Outcome, Run
from prefrontal.evaluation import evaluate
from prefrontal.memory import LSTMSettings, StackedLSTMSettings
from prefrontal.tasks import IndependentArms

LIFETIMES, HORIZON = 3, 6


@pytest.fixture(params=[LSTMSettings(5, recurrent_gain=2.0), StackedLSTMSettings((4, 3))], ids=["one", "two"])
def kept(request, tmp_path):
    """The tensors of a saved agent and what it did, said and remembered."""
    tasks = IndependentArms(horizon=HORIZON)
    settings = AgentSettings(PerceptSettings(episode_start=True), request.param)
    agent = settings.build(tasks.environment, HORIZON, key=jax.random.key(0))
    # Biases that are not zero, lest their order go unseen.
    agent = jax.tree.map(lambda leaf: leaf + 0.3 * jax.random.normal(jax.random.key(1), leaf.shape), agent)
    Run(tmp_path).finish(agent, Outcome(1, 1, 1, 1.0, 1.0))
    tensors = safetensors.numpy.load_file(tmp_path / "agent.safetensors")
    return tensors, evaluate(agent, tasks, lifetimes=LIFETIMES, keep=("units", "logits", "value"))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step(weights, bias, inputs, hidden, cell):
    """Rows: the gates i, f, g, o, a row for each unit. Columns: the inputs, then the hidden state."""
    i, f, g, o = np.split(weights @ np.concatenate([inputs, hidden]) + bias, 4)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


def percepts(records, life):
    """What an agent of a bandit is given at each step: in the order action, reward, time, episode start."""
    for time in range(HORIZON):
        action, reward = np.zeros(2), 0.0
        if time:
            action[records.action[life, time - 1]], reward = 1.0, records.reward[life, time - 1]
        yield action, [reward], [time / HORIZON], [float(time == 0)]


def remembered(tensors, records, life):
    """The units after each percept."""
    layers = [
        name.removesuffix(".weights") for name in sorted(tensors) if "memory" in name and "weights" in name
    ]
    shapes = [len(tensors[f"{layer}.bias"]) // 4 for layer in layers]
    states = [(np.zeros(size), np.zeros(size)) for size in shapes]
    for action, reward, time, start in percepts(records, life):
        fed = np.concatenate([action, reward, time, start] if len(layers) == 1 else [reward, time, start])
        for place, layer in enumerate(layers):
            weights, bias = tensors[f"{layer}.weights"], tensors[f"{layer}.bias"]
            states[place] = step(weights, bias, fed, *states[place])
            fed = np.concatenate([states[place][0], action])  # the second layer's
        yield [hidden for hidden, _ in states]


def test_a_plain_lstm_with_the_saved_weights_has_the_same_units(kept):
    tensors, records = kept
    for life in range(LIFETIMES):
        for time, layers in enumerate(remembered(tensors, records, life)):
            np.testing.assert_allclose(np.concatenate(layers), records.units[life, time], atol=1e-5)
            output = layers[-1]
            logits = tensors[".policy.weights"] @ output + tensors[".policy.bias"]
            np.testing.assert_allclose(logits, records.logits[life, time], atol=1e-5)
            value = tensors[".value.weights"] @ output + tensors[".value.bias"]
            np.testing.assert_allclose(value, records.value[life, time : time + 1], atol=1e-5)
