"""Training with any learner: one compiled program for a chunk of updates, with files written between chunks.

The program takes the number of updates as an argument, so the same instructions compute every update. The
weights are therefore the same to the last bit however a training is cut into chunks, and however often it is
killed and resumed.
"""

import dataclasses
import functools
import math
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from prefrontal.agents import Agent
from prefrontal.allocator import map_large_blocks
from prefrontal.checks import check_between, check_kind, check_truth
from prefrontal.compilation import check_device, keep_programs
from prefrontal.disk.checkpoints import load_latest, load_tree, newest_good, on_its_own, save_checkpoint
from prefrontal.disk.runs import SCHEMA, Outcome, Run, begun_with
from prefrontal.disk.serialisation import named, to_json
from prefrontal.disk.storage import folder_of, synchronise
from prefrontal.errors import DamagedFileError, NotFiniteError, UserError
from prefrontal.fingerprint import fingerprint
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.streams import check_seed, lifetime_keys
from prefrontal.tasks import TaskDistribution, check_draws, warn_of_draws

Values = dict[str, Float[Array, ""]]
_LOOKED_AT = 100  # of a person's tasks, before a training
_LONGEST_CHUNK = 2**30  # updates, so that counts stay within 32 bits


@dataclasses.dataclass(frozen=True)
class Progress:
    """The progress of a training, reported after every chunk of updates."""

    update: int  # updates done
    updates: int  # of the whole training
    lifetimes: int  # lived so far
    steps: int  # of the environment
    metrics: dict[str, float]  # means over the chunk's updates
    steps_per_second: float  # over the chunk
    seconds: float  # wall-clock time since the run began, over all sittings
    seconds_left: float  # an estimate


def train(
    learner: Learner,
    seed: int | None = None,
    folder: Path | str | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    resume: bool = False,
    progress: Callable[[Progress], None] | None = None,
    checkpoint_seconds: float = 10.0,
    chunk_seconds: float = 1.0,
) -> Agent:
    """Train, write the run to `folder`, and return the agent with its final weights.

    The weights do not depend on `checkpoint_seconds` or `chunk_seconds`, nor on being killed and resumed.

    **Arguments:**

    - `learner`: the learner with its tasks, such as `A2C(tasks)`.
    - `seed`: a whole number from 0 to 2²⁹ - 1, which determines all randomness. It must be given.
    - `folder`: where the run is written, as `Path` or text; ~ is the home folder. It must be given.
    - `config`: the settings that define this run, stored in `config.json`; a folder that holds a run with
      other settings is refused. None means the learner's own settings.
    - `resume`: continue the run in `folder` from its newest good checkpoint, if there is one. A finished run
      is loaded; its final weights are computed again only if they are damaged.
    - `progress`: called after every chunk of updates.
    - `checkpoint_seconds`: the time between checkpoints; a kill loses at most this time and one chunk.
    - `chunk_seconds`: the approximate duration of a chunk.

    **Raises:** `UserError` if the folder holds another run, or a run of the same settings but other code;
    `NotFiniteError` if a metric or weight is not finite (it names the update; the last good checkpoint is
    kept); `DiskFullError`; `DamagedFileError` if no checkpoint is good.
    """
    check_kind("learner", learner, Learner, ', as in train(A2C(tasks), seed=0, folder="runs/mine")')
    seed, folder = check_seed(seed), folder_of(folder)
    check_kind("config", {} if config is None else config, Mapping)
    check_kind("progress", print if progress is None else progress, Callable)
    check_truth("resume", resume)
    check_between("checkpoint_seconds", checkpoint_seconds, 0)
    check_between("chunk_seconds", chunk_seconds, 0)
    map_large_blocks()
    keep_programs()
    check_device()
    started, run, initial = time.monotonic(), Run(folder), learner.init(seed)
    with run.claimed(_describe(learner, seed, config), resume):
        damage = None
        if run.finished:
            try:
                return load_tree(run.agent_path, learner.agent(initial), kind="agent")
            except DamagedFileError as error:
                damage = error
        _look_at_draws(learner, seed)
        state = load_latest(run.folder, initial)
        if damage:
            warnings.warn(f"{damage}; {_made_again(state)}", stacklevel=2)
        state = on_its_own(initial) if state is None else state
        before = run.metrics.cut_after(int(state.update))
        sitting = _Sitting(
            learner, run, started - before, int(state.update), progress, checkpoint_seconds, chunk_seconds
        )
        return sitting.finish(sitting.train(state))


def _look_at_draws(learner: Learner, seed: int) -> None:
    """Check a user's own tasks before the training starts, and warn about them."""
    if isinstance(getattr(learner, "tasks", None), TaskDistribution):
        warn_of_draws(learner.distribution, stacklevel=3)
        check_draws(learner.distribution, lifetime_keys("train", seed, jnp.arange(_LOOKED_AT)))


def _made_again(state: LearnerState | None) -> str:
    """How damaged final weights are recovered: from the newest good checkpoint, or from the start."""
    if state is None:
        return "there is no checkpoint to make it again from: the whole training runs again"
    return f"it is made again from the checkpoint of update {int(state.update)}"


def _describe(learner: Learner, seed: int, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The contents of `config.json`. A learner that uses several devices has an attribute `devices`."""
    return {
        "schema": SCHEMA,
        "settings": to_json(learner if config is None else config),
        "seed": seed,
        "learner": type(learner).__name__,
        "tasks": _tasks(learner),
        "updates": learner.updates,
        "lifetimes_per_update": learner.lifetimes_per_update,
        "horizon": learner.horizon,
        "devices": getattr(learner, "devices", 1),
        "program": fingerprint(learner),
        **begun_with(),
    }


def _tasks(learner: Learner) -> Any:
    """The learner's tasks as JSON; None if it has none, or if they cannot be written as JSON.

    The settings may only name a distribution, and the same name can mean another distribution elsewhere.
    """
    try:
        return to_json(named(learner.distribution)) if hasattr(learner, "tasks") else None
    except UserError:
        return None


class _Chunk(NamedTuple):
    """The values that a chunk carries from update to update, and finally returns to the host."""

    state: Any
    sums: Values  # of each metric over the chunk's updates
    last: Values  # the last update's
    count: Int[Array, ""]  # updates done in the chunk
    finite: Bool[Array, ""]  # every metric and weight has been, up to and with the last update


def run_chunk(learner: Learner, state: Any, length: Int[Array, ""]) -> _Chunk:
    """Do `length` updates, but stop after the first whose metrics or weights are not finite."""
    _, shapes = jax.eval_shape(learner.step, state)
    for name, metric in shapes.items():
        if metric.shape:
            raise ValueError(f"the metric {name!r} has the shape {metric.shape}; it must be a scalar")
    zeros = {name: jnp.zeros((), jnp.float32) for name in shapes}

    def goes_on(chunk: _Chunk):
        return (chunk.count < length) & chunk.finite

    def update(chunk: _Chunk) -> _Chunk:
        state, metrics = learner.step(chunk.state)
        metrics = {name: value.astype(jnp.float32) for name, value in metrics.items()}
        finite = _all_finite((metrics, learner.agent(state)))
        return _Chunk(state, jax.tree.map(jnp.add, chunk.sums, metrics), metrics, chunk.count + 1, finite)

    return jax.lax.while_loop(
        goes_on, update, _Chunk(state, zeros, zeros, jnp.zeros((), jnp.int32), jnp.array(True))
    )


def _all_finite(tree: Any) -> Bool[Array, ""]:
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves])) if leaves else jnp.array(True)


Program = Callable[[Any, int], _Chunk]


def compiled(learner: Learner) -> Program:
    """The program of a training, for chunks of any length. It reuses its state's memory for the next state.

    The seed is in the state, so trainings that differ only in their seed share the program.
    """
    try:
        hash(learner)
    except TypeError:  # one that holds arrays, for instance
        return _compile(learner)
    return _compile_once(learner)


def _compile(learner: Learner) -> Program:
    state = jax.eval_shape(lambda: learner.init(0))
    state = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), state)  # not weakly typed
    length = jnp.zeros((), jnp.int32)
    chunk = jax.jit(
        lambda state, length: run_chunk(learner, state, length), donate_argnums=0, keep_unused=True
    )
    with jax.disable_jit(False):  # a training is always compiled, also under JAX_DISABLE_JIT
        program = chunk.lower(state, length).compile(_options(learner))
    # The state is laid out over the devices as this one program wants it, whether fresh, loaded or its own.
    layout = program.input_shardings[0]

    def run(state: Any, length: int) -> _Chunk:
        with jax.disable_jit(False):
            return program(*jax.device_put((state, jnp.int32(length)), layout))

    return run


def _options(learner: Learner) -> dict[str, Any]:
    """If each core is a device, all cores are busy already, so operations start no threads."""
    alone = getattr(learner, "devices", 1) == 1 or jax.default_backend() != "cpu"
    return {} if alone else {"xla_cpu_multi_thread_eigen": False}


_compile_once = functools.lru_cache(maxsize=8)(_compile)


@dataclasses.dataclass
class _Sitting:
    """The part of a training that one process does."""

    learner: Learner
    run: Run
    began: float  # when it would have begun, had it never been interrupted
    update: int  # updates done
    progress: Callable[[Progress], None] | None
    checkpoint_seconds: float
    chunk_seconds: float

    def train(self, state: Any) -> Any:
        """Update from `state` to the last update, with checkpoints at intervals and at the end."""
        if self.update >= self.learner.updates:
            return state
        program, length, saved = compiled(self.learner), 1, time.monotonic()
        while self.update < self.learner.updates:
            started, worked = time.monotonic(), time.process_time()
            chunk = program(state, min(length, self.learner.updates - self.update))
            state, done = chunk.state, int(chunk.count)
            self._check(chunk, done)
            self.update += done
            seconds = time.monotonic() - started
            self._tell(chunk, done, seconds, time.process_time() - worked)
            length = self._next_length(done, seconds)
            if self.update == self.learner.updates or time.monotonic() - saved >= self.checkpoint_seconds:
                synchronise(self.run.metrics.path)  # the log is never behind the checkpoint
                save_checkpoint(self.run.folder, state)
                saved = time.monotonic()
        return state

    def finish(self, state: Any) -> Agent:
        agent = self.learner.agent(state)
        if (product := self.learner.product(state)) is not None:
            self.run.keep(product)
        seconds = time.monotonic() - self.began
        lifetimes, steps = self._lived(self.update)
        self.run.finish(agent, Outcome(self.update, lifetimes, steps, seconds, steps / seconds))
        return agent

    def _check(self, chunk: _Chunk, done: int) -> None:
        """Check that every update was finite, and that the learner counted it."""
        if not chunk.finite:
            bad = {name: float(value) for name, value in chunk.last.items() if not math.isfinite(value)}
            raise NotFiniteError(self.update + done, bad, newest_good(self.run.folder))
        if int(chunk.state.update) != self.update + done:
            name = type(self.learner).__name__
            raise ValueError(
                f"after {self.update + done} updates {name}'s state.update is {int(chunk.state.update)}"
            )

    def _tell(self, chunk: _Chunk, done: int, seconds: float, worked: float) -> None:
        """Log the chunk, and report it."""
        metrics = {name: float(value) / done for name, value in chunk.sums.items()}
        lifetimes, steps = self._lived(self.update)
        rate = (steps - self._lived(self.update - done)[1]) / max(seconds, 1e-9)
        elapsed = time.monotonic() - self.began
        line = {
            "first": self.update - done + 1,
            "last": self.update,
            "lifetimes": lifetimes,
            "seconds": elapsed,
            "processor_seconds": worked,
        }
        self.run.metrics.append({**line, "steps_per_second": rate, "metrics": metrics})
        if self.progress:
            total = self.learner.updates
            left = (self._lived(total)[1] - steps) / rate
            self.progress(Progress(self.update, total, lifetimes, steps, metrics, rate, elapsed, left))

    def _lived(self, updates: int) -> tuple[int, int]:
        """Lifetimes and steps in the first so many updates."""
        return updates * self.learner.lifetimes_per_update, self.learner.steps(updates)

    def _next_length(self, done: int, seconds: float) -> int:
        """The number of updates that should take `chunk_seconds`; at most four times as many as before."""
        wanted = int(done * self.chunk_seconds / max(seconds, 1e-9))
        return max(1, min(wanted, 4 * done, _LONGEST_CHUNK))
