"""Records: their quantities against definitions, and what survives the disk."""

import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy

import prefrontal.disk.records
from prefrontal.disk import storage
from prefrontal.disk.records import Records
from prefrontal.disk.storage import save_arrays
from prefrontal.errors import DamagedFileError, UserError

N, T = 7, 5
ARRAYS = (
    "action",
    "reward",
    "expected_reward",
    "oracle_reward",
    "alive",
    "episode_over",
    "truncated",
    "units",
)


def records(actions: int = 2, **changes) -> Records:
    random = np.random.default_rng(0)
    expected = random.random((N, T), np.float32)
    given = {
        "policy": "LSTM",
        "distribution": "bandit-independent",
        "split": "test",
        "seed": 3,
        "horizon": T,
        "action": random.integers(0, actions, (N, T), dtype=np.int32),
        "reward": random.normal(size=(N, T)).astype(np.float32),
        "expected_reward": expected,
        "oracle_reward": expected + np.where(random.random((N, T)) < 0.5, 0.25, 0.0).astype(np.float32),
        "alive": random.random((N, T)) < 0.7,
        "episode_over": random.random((N, T)) < 0.2,
        "truncated": random.random((N, T)) < 0.2,
        "task": {"p": random.random((N, 2), np.float32), "goal": random.integers(0, 9, N, dtype=np.int32)},
        "units": random.random((N, T, 4), np.float32),
        "value": random.random((N, T), np.float32),
        "observation": random.integers(0, 256, (N, T, 2, 3, 3), dtype=np.uint8),
        "state": {"place": random.integers(0, 9, (N, T, 2), dtype=np.int32)},
        "law": {"logits": random.normal(size=(N, T, actions)).astype(np.float32)},
    }
    return Records(**{**given, **changes})


def assert_equal(one: Records, other: Records) -> None:
    for name in ("policy", "distribution", "split", "seed", "horizon"):
        assert getattr(one, name) == getattr(other, name)
    pairs = [(getattr(one, name), getattr(other, name)) for name in ARRAYS]
    assert one.task.keys() == other.task.keys()
    assert one.state.keys() == other.state.keys()
    assert one.law.keys() == other.law.keys()
    pairs += [
        (getattr(one, of)[name], getattr(other, of)[name])
        for of in ("task", "law", "state")
        for name in getattr(one, of)
    ]
    for a, b in pairs:
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert a.shape == b.shape
            assert a.tobytes() == b.tobytes()


def test_quantities_equal_their_definitions():
    given = records()
    assert given.lifetimes == N
    for i in range(N):
        total, regret = 0.0, 0.0
        for t in range(T):
            total += float(given.reward[i, t])
            gap = float(given.oracle_reward[i, t]) - float(given.expected_reward[i, t])
            regret += gap
            assert given.regret[i, t] == pytest.approx(regret, abs=1e-12)
            assert given.suboptimal[i, t] == (gap > 0)
        assert given.total_return[i] == pytest.approx(total, abs=1e-12)


def by_hand(given: Records) -> list[list[float]]:
    """The returns of the finished episodes of each lifetime, step by step."""
    lives = []
    for i in range(given.lifetimes):
        finished, running = [], 0.0
        for t in range(given.horizon):
            if not given.alive[i, t]:
                break
            running += float(given.reward[i, t])
            lifetime_over = t + 1 < given.horizon and not given.alive[i, t + 1]
            if given.episode_over[i, t] or given.truncated[i, t] or lifetime_over:
                finished.append(running)
                running = 0.0
        lives.append(finished)
    return lives


def test_returns_by_episode_equal_their_definition():
    """Over padding, episodes that are over, truncated, ended by the lifetime, or cut off by the horizon."""
    random = np.random.default_rng(1)
    lengths = random.integers(1, T + 1, N)
    alive = np.arange(T) < lengths[:, None]
    given = records(alive=alive, reward=random.normal(size=(N, T)).astype(np.float32))
    expected, found = by_hand(given), given.returns_by_episode
    assert found.shape == (N, max(map(len, expected)))
    assert len({len(episodes) for episodes in expected}) > 1
    for row, episodes in zip(found, expected, strict=True):
        np.testing.assert_allclose(row[: len(episodes)], episodes, atol=1e-12)
        assert np.isnan(row[len(episodes) :]).all()


def test_an_episode_that_the_horizon_cuts_off_is_not_finished():
    ends = np.zeros((2, 5), bool)
    ends[:, 1], ends[1, 4] = True, True
    reward = np.ones((2, 5), np.float32)
    changes = {"alive": ~np.zeros((2, 5), bool), "truncated": np.zeros((2, 5), bool), "reward": reward}
    dropped = dict.fromkeys(("expected_reward", "oracle_reward", "units", "value", "observation"))
    changes |= {"action": np.zeros((2, 5), np.int32), "task": {}, "state": {}, "law": {}, **dropped}
    np.testing.assert_array_equal(
        records(episode_over=ends, **changes).returns_by_episode, [[2, np.nan], [2, 3]]
    )
    assert records(episode_over=ends & False, **changes).returns_by_episode.shape == (2, 0)


@pytest.mark.parametrize("name", ["regret", "suboptimal"])
def test_no_regret_where_the_task_does_not_know_its_rewards(name):
    with pytest.raises(ValueError, match="'bandit-independent' does not know its expected_reward"):
        getattr(records(expected_reward=None), name)


@pytest.mark.parametrize("actions", [2, 256, 257, 2**15, 2**20])
@pytest.mark.parametrize("missing", [(), ("units", "expected_reward", "oracle_reward")])
def test_what_is_saved_is_loaded(tmp_path, actions, missing):
    given = records(actions, **dict.fromkeys(missing))
    given.action[0, 0] = actions - 1
    path = tmp_path / "down.safetensors"
    given.save(path)
    assert_equal(Records.load(path), given)
    given.save(path)  # over what is there
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_a_mistyped_folder_is_named_and_not_made(tmp_path):
    for said, path in (
        (
            "is .*x.safetensors, but there is no folder .*rceords; make it first",
            tmp_path / "rceords" / "x.safetensors",
        ),
        ("is .*, which is a folder; it must be a file", tmp_path),
    ):
        with pytest.raises(UserError, match=f"^path {said}$"):
            records().save(path)
    assert list(tmp_path.iterdir()) == []


def test_types_on_disk_are_compact(tmp_path):
    path = tmp_path / "records.safetensors"
    doubled = records().reward.astype(np.float64)
    for largest, kind in [(255, np.uint8), (256, np.int16), (2**15, np.int32)]:
        action = np.full((N, T), largest, np.int64)
        records(action=action, reward=doubled).save(path)
        stored = safetensors.numpy.load_file(path)
        assert stored["action"].dtype == kind
        assert stored["reward"].dtype == np.float32
        assert stored["alive"].dtype == bool
        assert np.array_equal(Records.load(path).action, action)


def test_a_shape_that_does_not_fit_is_named():
    given = records()
    object.__setattr__(given, "reward", given.reward[:, :-1])  # past the tests' own checks of shapes
    with pytest.raises(ValueError, match=r"reward has the shape \(7, 4\); it must begin with \(7, 5\)"):
        given.__post_init__()


@pytest.fixture(params=["read whole", "mapped"])
def either_way(request, monkeypatch):
    """Small files are read whole; the arrays of large ones stay in the file."""
    if request.param == "mapped":
        monkeypatch.setattr(storage, "MAPPED", 0)


@pytest.mark.usefixtures("either_way")
def test_every_cut_is_noticed(tmp_path):
    path = tmp_path / "records.safetensors"
    records().save(path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError, match=r"records\.safetensors"):
            Records.load(path)


@pytest.mark.usefixtures("either_way")
def test_an_altered_reward_is_noticed(tmp_path):
    path = tmp_path / "records.safetensors"
    records().save(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match="checksum"):
        Records.load(path)


@pytest.mark.usefixtures("either_way")
def test_other_files_are_refused(tmp_path):
    path = tmp_path / "file.safetensors"
    save_arrays(path, "agent", {"a": np.zeros(2)}, {})
    with pytest.raises(UserError, match="holds 'agent'; 'records' is wanted"):
        Records.load(path)
    safetensors.numpy.save_file({"a": np.zeros(2)}, path)
    with pytest.raises(DamagedFileError, match="not written by prefrontal"):
        Records.load(path)
    path.write_text("{}")
    with pytest.raises(DamagedFileError, match="no safetensors file"):
        Records.load(path)


def test_a_newer_schema_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "records.safetensors"
    monkeypatch.setattr(prefrontal.disk.records, "SCHEMA", 2)
    records().save(path)
    monkeypatch.undo()
    with pytest.raises(UserError, match="schema 2, and this version reads up to 1"):
        Records.load(path)


def test_records_are_read_without_jax(tmp_path):
    path = tmp_path / "records.safetensors"
    records().save(path)
    program = (
        "import sys; from pathlib import Path; from prefrontal.disk.records import Records\n"
        f"print(Records.load(Path({str(path)!r})).regret.shape, 'jax' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "(7, 5) False"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policy": 3}, "policy is 3; it must be a text"),
        ({"seed": "x"}, "seed is 'x'; it must be a whole number, at least 0"),
        ({"horizon": "5"}, "horizon is '5'; it must be a whole number, at least 0"),
        ({"task": None}, "task is NoneType, None; it must be a Mapping: arrays by their names"),
        ({"alive": np.ones((N, T))}, "alive has the type float64; it must hold True or False"),
        ({"reward": np.full((N, T), "a")}, "reward has the type <U1; it must hold numbers"),
        ({"reward": np.ones((N, T)) * 1j}, "reward has the type complex128; it must hold numbers"),
        ({"action": np.full((N, T), None)}, "action has the type object; it must hold numbers"),
    ],
)
def test_what_records_cannot_hold_is_named(changes, said):
    given = records()
    vars(given).update(changes)
    with pytest.raises(ValueError, match=said):
        given.__post_init__()


def test_numbers_of_numpy_are_saved(tmp_path):
    given = records()
    vars(given).update(seed=np.int64(3), horizon=np.int32(T))
    given.save(tmp_path / "numpy")
    assert_equal(Records.load(tmp_path / "numpy"), given)
