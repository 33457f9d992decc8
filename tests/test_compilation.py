"""Programs that are kept: the same bits, in a folder that is bounded and mended, or nowhere if asked."""

import os
import subprocess
import sys
import time
import zlib

import jax
import pytest

from prefrontal import compilation
from prefrontal.cache import cache_folder
from prefrontal.compilation import keep_programs

TRAINING = """
import hashlib, sys, tempfile
import jax, numpy as np
import prefrontal as pf
events = []
jax.monitoring.register_event_listener(lambda event, **_: events.append(event))
tasks = pf.distribution("bandit-independent")
learner = pf.A2C(tasks, pf.AgentSettings(memory="lstm:units=8"), lifetimes=64, microbatch=8, devices=2)
agent = pf.train(learner, 0, tempfile.mkdtemp() + "/run")
records = pf.evaluate(agent, tasks, lifetimes=20)
bits = b"".join(np.asarray(leaf).tobytes() for leaf in (*jax.tree.leaves(agent), records.action))
hits = sum(event.endswith("/cache_hits") for event in events)
print(hashlib.sha256(bits).hexdigest(), hits)
"""


def train(cache: str) -> tuple[str, int]:
    """The hash of a short training and its evaluation, and how many programs were found."""
    environment = os.environ | {"PREFRONTAL_CACHE": cache}
    command = [sys.executable, "-c", TRAINING]
    finished = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert finished.returncode == 0, finished.stderr
    bits, hits = finished.stdout.split()
    return bits, int(hits)


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_kept():
    """Undoes what conftest sets up for the other tests."""
    jax.config.update("jax_compilation_cache_dir", None)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder; JAX is afterwards told of none."""
    monkeypatch.setenv("PREFRONTAL_CACHE", str(tmp_path))
    yield tmp_path
    jax.config.update("jax_compilation_cache_dir", None)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)


def test_trainings_have_the_same_bits_with_and_without_programs_that_were_kept(tmp_path):
    bits, hits = train("off")
    assert hits == 0
    assert train(str(tmp_path))[0] == bits
    found, hits = train(str(tmp_path))
    assert found == bits
    assert hits > 10


def test_nothing_is_kept_where_that_is_asked_or_cannot_be(monkeypatch, tmp_path):
    assert keep_programs() is None  # as in every test
    (tmp_path / "file").touch()
    monkeypatch.setenv("PREFRONTAL_CACHE", str(tmp_path / "file"))
    assert keep_programs() is None
    assert jax.config.jax_compilation_cache_dir is None


def test_a_folder_that_jax_was_told_of_stays(cache):
    jax.config.update("jax_compilation_cache_dir", str(cache / "mine"))
    assert keep_programs() == cache / "mine"
    assert list(cache.iterdir()) == []


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.delenv("PREFRONTAL_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "prefrontal"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "prefrontal"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "prefrontal"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    assert cache_folder() == tmp_path / "Local" / "prefrontal"


@pytest.mark.usefixtures("cache")
def test_programs_that_were_cut_short_are_removed():
    folder = keep_programs()
    assert folder is not None
    whole = zlib.compress(b"program" * 100)
    for name, contents in (("whole", whole), ("cut", whole[:-5]), ("empty", b""), ("other", b"\x28\xb5")):
        (folder / f"{name}-cache").write_bytes(contents)
    jax.config.update("jax_compilation_cache_dir", None)
    assert keep_programs() == folder
    assert {path.name for path in folder.glob("*-cache")} == {"whole-cache", "other-cache"}


def test_the_least_used_programs_go_first(cache, monkeypatch):
    monkeypatch.setattr(compilation, "MOST_BYTES", 250)
    folder = cache / "programs" / "another processor"
    folder.mkdir(parents=True)
    for age in range(4):
        path = folder / f"{age}-cache"
        path.write_bytes(b"x" * 100)
        os.utime(path, (time.time() - age, time.time() - age))
    assert keep_programs() is not None
    assert {path.name for path in folder.iterdir()} == {"0-cache", "1-cache"}
