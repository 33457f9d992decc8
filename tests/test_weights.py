"""Weights that no memory could hold are refused before they are built; and how much memory there is."""

import subprocess
import sys

import gymnasium
import jax
import pytest

import prefrontal as pf
from prefrontal import ram, weights
from prefrontal.agents import AgentSettings
from prefrontal.encoders import ConvSettings, MLPSettings
from prefrontal.memory import (
    MEMORIES,
    AttentionSettings,
    GRUSettings,
    LinearRecurrenceSettings,
    LSTMSettings,
    NoMemorySettings,
    Parts,
    StackedLSTMSettings,
)
from prefrontal.ram import gibibytes, usable_ram

KEY, PARTS, MANY = jax.random.key(0), Parts(observation=2, previous_action=2), 10**7
IMAGE = gymnasium.spaces.Box(0, 1, (8, 8, 3))
# Each with the bytes of its weights, by the shapes that its docstring gives.
LARGE = [
    (LSTMSettings(MANY), 4 * MANY * (4 + MANY + 1), "units is 10000000"),
    (GRUSettings(MANY), 3 * MANY * (4 + MANY + 1) + MANY, "units is 10000000"),
    (
        StackedLSTMSettings((MANY, MANY)),
        4 * MANY * (2 + MANY + 1) + 4 * MANY * (MANY + 4 + MANY + 1),
        r"units is \(10000000, 10000000\)",
    ),
    (
        AttentionSettings(MANY, layers=3),
        MANY * (4 + 1) + 3 * (12 * MANY**2 + (3 + 1 + 4 + 1 + 4) * MANY) + 2 * MANY,
        "units is 10000000 and layers is 3",
    ),
    (
        LinearRecurrenceSettings(MANY, layers=3),
        MANY * (4 + 1) + 3 * (6 * MANY**2 + (4 + 2 + 2) * MANY) + 2 * MANY,
        "units is 10000000 and layers is 3",
    ),
    (NoMemorySettings(2**31 - 1), (2**31 - 1) * (4 + 1), "units is 2147483647 and layers is 1"),
]


def test_every_memory_is_tried():
    assert {type(settings) for settings, *_ in LARGE} == {type(MEMORIES.make(name)) for name in MEMORIES}


@pytest.mark.parametrize(("settings", "numbers", "said"), LARGE, ids=lambda one: type(one).__name__)
def test_a_memory_that_fits_nowhere_is_refused(settings, numbers, said, monkeypatch):
    monkeypatch.setattr(weights, "usable_ram", lambda: 2**34)
    size = gibibytes(4 * numbers).replace(".", r"\.")
    said = rf"^{said}; the weights of {type(settings).__name__} would take {size} of memory, and this "
    with pytest.raises(ValueError, match=rf"{said}process may use 16 GiB: choose smaller numbers$"):
        settings.build(PARTS, 10, key=KEY)


@pytest.mark.parametrize("name", MEMORIES)
def test_a_memory_takes_what_was_reckoned(name, monkeypatch):
    settings = MEMORIES.make(name)
    make = lambda key: settings.build(PARTS, 10, key=key)  # noqa: E731
    taken = sum(leaf.nbytes for leaf in jax.tree.leaves(make(KEY)))
    assert weights.size_of(make, KEY) == taken
    monkeypatch.setattr(weights, "usable_ram", lambda: taken)
    make(KEY)
    monkeypatch.setattr(weights, "usable_ram", lambda: taken - 1)
    with pytest.raises(ValueError, match=r"would take 0\.0 GiB of memory"):
        make(KEY)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (MLPSettings((MANY, MANY)), r"widths is \(10000000, 10000000\); the weights of MLPSettings"),
        (ConvSettings(channels=(MANY, MANY)), r"channels is \(10000000, 10000000\); the weights of Conv"),
        (ConvSettings(features=2**31 - 1), r"channels is \(16, 32\) and features is 2147483647; the w"),
    ],
)
def test_an_encoder_that_fits_nowhere_is_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        settings.build(IMAGE, key=KEY)


def test_a_training_that_fits_nowhere_makes_no_folder(tmp_path):
    learner = pf.A2C("bandit-independent", AgentSettings(memory=f"lstm:units={MANY}"))
    with pytest.raises(ValueError, match=r"units is 10000000; .* would take 1,490,117 GiB"):
        pf.train(learner, 0, tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_limit_of_the_process_counts():
    program = (
        "import resource, prefrontal.ram as ram; "
        "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); print(ram.usable_ram())"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(found.stdout) == 2**30


@pytest.mark.parametrize(("text", "limit"), [("1048576\n", 2**20), ("max\n", None)])
def test_a_limit_of_the_container_counts(text, limit, tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(text)
    free = usable_ram()
    monkeypatch.setattr(ram, "_OF_CONTAINERS", (str(tmp_path / "memory.max"), str(tmp_path / "none")))
    assert usable_ram() == (limit or free)


def test_bytes_are_told_in_gibibytes():
    assert [gibibytes(count) for count in (2**30 // 2, 3 * 2**30, 2**50)] == [
        "0.5 GiB",
        "3.0 GiB",
        "1,048,576 GiB",
    ]
