"""A run is one training on disk: the contents and the owner of its folder, and the trained agent.

config.json                        what was asked for, and the device and versions at its start
checkpoint-UPDATE.safetensors      the learner's state, the last three
metrics.jsonl                      one line for each chunk of updates
agent.safetensors, outcome.json    the final weights, and what the training took: there once it is finished
grown.json, history.safetensors    of a grower: the distribution that it grew, and how it came about
"""

import contextlib
import dataclasses
import json
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np

import prefrontal
import prefrontal.growth  # so that its learners and its tasks have their names
from prefrontal.agents import Agent, AgentSettings
from prefrontal.agents.settings import of_version_1
from prefrontal.checks import check_kind
from prefrontal.disk.checkpoints import load_tree, save_tree
from prefrontal.disk.flags import xla_flags
from prefrontal.disk.locks import locked
from prefrontal.disk.serialisation import difference, from_json, named, to_json
from prefrontal.disk.storage import (
    append_line,
    folder_of,
    leftovers,
    load_arrays,
    make_folder,
    read_object,
    save_arrays,
    write_atomically,
)
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.learners import Learner
from prefrontal.learners.base import Product
from prefrontal.streams import weights_key
from prefrontal.tasks import TaskDistribution, distribution
from prefrontal.tasks.growing import GROWN

AnyAgent = TypeVar("AnyAgent", bound=Agent)
SCHEMA = 1
_ASKED = ("settings", "seed", "learner", "tasks", "updates", "lifetimes_per_update", "horizon")
# With others a run would end in other bits.
_BEGUN_WITH = ("platform", "devices", "jax", "xla_rounding")
# Runs of earlier versions do not say these.
_LATER = ("tasks", "program", "jax", "xla_rounding", "xla_flags")
_JAX_SETTINGS = ("enable_x64", "threefry_partitionable", "default_prng_impl", "default_matmul_precision")
_BITS_MAY_DIFFER = ("device", "versions", "xla_flags")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The cost of a finished training. Work that was lost in a kill is not counted."""

    updates: int
    lifetimes: int
    steps: int  # of the environment
    seconds: float  # of wall-clock time, compilation included, over all sittings
    steps_per_second: float


@dataclasses.dataclass(frozen=True)
class Run:
    """The folder of one run."""

    folder: Path

    def __post_init__(self):
        object.__setattr__(self, "folder", folder_of(self.folder))

    @property
    def config(self) -> dict[str, Any]:
        path = self.folder / "config.json"
        if not path.exists():
            raise UserError(f"{self.folder} holds no run: there is no config.json in it")
        config = read_object(path)
        if not isinstance(config.get("schema", 0), int):
            raise DamagedFileError(f"{path} is damaged: its schema is {config['schema']!r}")
        if config.get("schema", 0) > SCHEMA:
            raise UserError(
                f"{path} has schema {config['schema']}; this version reads up to {SCHEMA}: update prefrontal"
            )
        if not isinstance(config.get("settings"), dict):
            raise UserError(f"{self.folder} holds no run: its config.json has no settings")
        return config

    @property
    def finished(self) -> bool:
        return self.outcome_path.exists() and self.agent_path.exists()

    @property
    def agent_path(self) -> Path:
        return self.folder / "agent.safetensors"

    @property
    def outcome_path(self) -> Path:
        return self.folder / "outcome.json"

    @property
    def outcome(self) -> Outcome:
        """The cost of the finished training."""
        if not self.finished:
            raise UserError(f"the run in {self.folder} is not finished; continue it with --resume")
        try:
            return from_json(Outcome, read_object(self.outcome_path), "outcome")
        except UserError as error:
            raise DamagedFileError(f"{self.outcome_path} is damaged: {error}") from error

    @property
    def metrics(self) -> "Metrics":
        return Metrics(self.folder / "metrics.jsonl")

    def finish(self, agent: Agent, outcome: Outcome) -> None:
        save_tree(self.agent_path, agent, kind="agent")
        write_atomically(self.outcome_path, _json(dataclasses.asdict(outcome)))

    def keep(self, product: Product) -> None:
        """Write what a grower left: `pf.distribution(FOLDER)` gives its tasks, `history` the rest."""
        save_arrays(self.folder / "history.safetensors", "history", product.history, {})
        write_atomically(self.folder / GROWN, _json({"schema": SCHEMA, "tasks": to_json(product.tasks)}))

    @property
    def history(self) -> dict[str, np.ndarray]:
        """How the distribution came about that a grower left, as arrays by name."""
        path = self.folder / "history.safetensors"
        if not path.exists():
            raise UserError(f"{self.folder} holds no finished run of a grower: there is no {path.name} in it")
        return load_arrays(path, "history")[0]

    def agent(self, like: AnyAgent) -> AnyAgent:
        """The agent with the final weights, of the same architecture as `like`."""
        if not self.agent_path.exists():
            raise UserError(
                f"the run in {self.folder} has no agent.safetensors: it is not finished; continue it with "
                "--resume"
            )
        try:
            return load_tree(self.agent_path, like, kind="agent")
        except DamagedFileError as error:
            raise DamagedFileError(f"{error}; training with --resume makes it again") from error

    @contextlib.contextmanager
    def claimed(self, config: dict[str, Any], resume: bool) -> Iterator[None]:
        """A context in which the folder belongs to this process and holds the run that `config` describes.

        **Raises:** `UserError` if the folder holds another run, if it holds the same run and `resume` is
        False, or if a file is in its place.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise UserError(f"{self.folder} is a file; it must be a folder, or nothing yet")
        for path in (self.folder, *self.folder.parents):
            if path.is_symlink() and not path.exists():
                raise UserError(f"folder is {self.folder}, but {path} is a link that leads nowhere")
        make_folder(self.folder)
        with locked(self.folder, "training"):
            path = self.folder / "config.json"
            if path.exists():
                self._check_same(config, resume)
            elif set(self.folder.iterdir()) - set(leftovers(path)):
                raise UserError(f"{self.folder} is not empty and holds no run; choose a folder of its own")
            else:
                write_atomically(path, _json(config))
            yield

    def check_trained_on(self, tasks: TaskDistribution, name: str) -> None:
        """Raise a `UserError` if the tasks called `name` are not, or no longer, those that were trained on.

        The horizon may differ: an agent can have longer or shorter lifetimes than in training.
        """
        there, here = self.config.get("tasks"), to_json(named(tasks))
        if there is None:  # a run of an earlier version
            return
        if found := difference(there | {"horizon": here["horizon"]}, here, name):
            raise UserError(
                f"the agent in {self.folder} was not trained on {name!r} as it is here: {_said(*found)}; "
                "train again, or name the tasks to evaluate it on (--on)"
            )

    def _check_same(self, config: dict[str, Any], resume: bool) -> None:
        there = {name: config[name] for name in _LATER} | self.config
        for name in _ASKED:
            if found := difference(there.get(name), config[name], name):
                raise UserError(
                    f"{self.folder} holds a run of other settings: {_said(*found)}; choose another folder"
                )
        self._check_program(there, config)
        if not resume:
            raise UserError(
                f"{self.folder} already holds this run; continue it with --resume, or choose another folder"
            )
        if not self.finished:
            self._check_machine(there, config)

    def _check_program(self, there: dict[str, Any], config: dict[str, Any]) -> None:
        """Compare the programs, unless JAX's version or settings differ: they change how one is written."""
        comparable = all(there.get(name) == config[name] for name in ("platform", "versions", "jax"))
        if comparable and there["program"] != config["program"]:
            raise UserError(
                f"{self.folder} holds a run of another program: its settings are the same, but the code of "
                "its tasks, agent or learner, or the data that it reads, has changed since; choose another "
                "folder to train again, or undo the change to continue this run"
            )

    def _check_machine(self, there: dict[str, Any], config: dict[str, Any]) -> None:
        for name in _BEGUN_WITH:
            if found := difference(there.get(name), config[name], name):
                raise UserError(
                    f"the run in {self.folder} cannot be resumed here: {_said(*found)}, and it would not "
                    "end in the same weights; resume it as it was started, or choose another folder"
                )
        for name in _BITS_MAY_DIFFER:
            if found := difference(there.get(name), config[name], name):
                warnings.warn(
                    f"the run in {self.folder} was started elsewhere: {_said(*found)}; the last bits of its "
                    "weights may not be those of a run that was never interrupted",
                    stacklevel=2,
                )


@dataclasses.dataclass(frozen=True)
class Metrics:
    """The log of a run: the first and last update of each chunk, the seconds so far, and mean metrics."""

    path: Path

    def append(self, line: dict[str, Any]) -> None:
        append_line(self.path, json.dumps(line, allow_nan=False))

    def lines(self) -> list[dict[str, Any]]:
        """All complete lines. Lines at the end that were cut short are left out.

        **Raises:** `DamagedFileError`, which names the first line that `append` did not write.
        """
        return [] if not self.path.exists() else list(_whole_lines(self.path))

    def cut_after(self, update: int) -> float:
        """Drop the lines of updates after `update`; return the seconds that the run had taken until then."""
        kept = [line for line in self.lines() if line["last"] <= update]
        text = "".join(f"{json.dumps(line)}\n" for line in kept)
        if self.path.exists() and self.path.read_bytes() != text.encode():
            write_atomically(self.path, text.encode())
        return kept[-1]["seconds"] if kept else 0.0


def load_agent(folder: Path | str, like: Agent | None = None) -> Agent:
    """The final agent of the finished run in `folder`, with frozen weights.

    **Arguments:** `folder`, as `Path` or text, such as `OUT/runs/lstm/seed-0`; `like`, an agent of the same
    architecture, such as `learner.agent(learner.init(0))`. It is needed if the run's settings do not name its
    learner and tasks, for example if the tasks are your own.

    **Raises:** `UserError` if the folder holds no finished run, or if `like` is missing or does not fit;
    `DamagedFileError` if a file is cut short or altered.
    """
    run = Run(folder_of(folder))
    if like is not None:
        check_kind("like", like, Agent, ", such as learner.agent(learner.init(0))")
    return run.agent(_untrained(run) if like is None else like)


def _untrained(run: Run) -> Agent:
    """The agent that the run's own settings describe, before its first update."""
    settings = run.config["settings"]
    described = settings.get("learner", settings)
    if not isinstance(described, dict):
        raise DamagedFileError(f"{run.folder / 'config.json'} is damaged: its learner is {described!r}")
    if "is" in described and "tasks" in described:
        learner = from_json(Learner, _with_a_signal(described), "learner")
        return learner.agent(learner.init(0))
    if not isinstance(settings.get("agent", {}), dict):
        raise DamagedFileError(f"{run.folder / 'config.json'} is damaged: its agent is {settings['agent']!r}")
    if "agent" not in settings or not isinstance(settings.get("distribution"), str):
        raise UserError(
            f"the settings of {run.folder} do not say which learner it was; pass `like`, an agent like it"
        )
    tasks = distribution(settings["distribution"])
    architecture = from_json(AgentSettings, of_version_1(settings["agent"]), "agent")
    return architecture.build(tasks.environment, tasks.horizon, key=weights_key(0))


def _with_a_signal(described: dict[str, Any]) -> dict[str, Any]:
    """Replace the signal "best" of version 0.1. The signal does not matter for the agent."""
    return described | {"signal": "sampled"} if described.get("signal") == "best" else described


def begun_with() -> dict[str, Any]:
    """The device, versions, settings of JAX and flags of XLA at the start of a run: they decide its bits."""
    return {
        "platform": jax.default_backend(),
        "device": jax.devices()[0].device_kind,
        "versions": {
            "prefrontal": prefrontal.__version__,
            "jax": jax.__version__,
            "jaxlib": version("jaxlib"),
        },
        "jax": {name: getattr(jax.config, f"jax_{name}") for name in _JAX_SETTINGS},
        **xla_flags(),
    }


def _said(path: str, there: Any, here: Any) -> str:
    return f"{path} is {there!r} there and {here!r} here"


def _json(value: Any) -> bytes:
    return f"{json.dumps(value, indent=1, allow_nan=False)}\n".encode()


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The complete lines. A kill can cut the last line short, and spoil the lines before it."""
    lines = [_log_line(line) for line in path.read_bytes().split(b"\n")[:-1]]
    good = max((number for number, line in enumerate(lines) if line is not None), default=-1)
    for number, line in enumerate(lines[: good + 1], start=1):
        if line is None:
            raise DamagedFileError(f"{path} is damaged: line {number} is not what a training logs; remove it")
        yield line


def _log_line(text: bytes) -> dict[str, Any] | None:
    """A line of the log, or None if it is not one."""
    try:
        line = json.loads(text)
        whole = isinstance(line["last"], int) and isinstance(line["seconds"], int | float)
    except (ValueError, KeyError, TypeError):
        return None
    return line if whole else None
