"""A run: one training, on disk. What its folder holds, whose it is, and the agent that came of it.

config.json                        what was asked for and with what it was begun
checkpoint-UPDATE.safetensors      the learner's state, the last three
metrics.jsonl                      one line for each chunk of updates
agent.safetensors, outcome.json    the final weights, and what the training took: there when it is finished
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

import prefrontal
from prefrontal.agents import Agent, AgentSettings
from prefrontal.agents.settings import of_version_1
from prefrontal.disk.checkpoints import load_tree, save_tree
from prefrontal.disk.locks import locked
from prefrontal.disk.serialisation import difference, from_json, named, to_json
from prefrontal.disk.storage import append_line, full_disk_named, leftovers, read_object, write_atomically
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.learners import Learner
from prefrontal.streams import weights_key
from prefrontal.tasks import TaskDistribution, distribution

AnyAgent = TypeVar("AnyAgent", bound=Agent)
SCHEMA = 1
_ASKED = ("settings", "seed", "learner", "tasks", "updates", "lifetimes_per_update", "horizon")
_BEGUN_WITH = ("platform", "devices", "jax")  # with others a run would not end in the same bits
_LATER = ("tasks", "program", "jax")  # what a run of an earlier version does not say
_JAX_SETTINGS = ("enable_x64", "threefry_partitionable", "default_prng_impl", "default_matmul_precision")
_BITS_MAY_DIFFER = ("device", "versions")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a finished training took. Work that a kill lost is not counted."""

    updates: int
    lifetimes: int
    steps: int  # of the environment
    seconds: float  # of wall-clock time, compilation included, over all sittings
    steps_per_second: float


@dataclasses.dataclass(frozen=True)
class Run:
    """The folder of one run."""

    folder: Path

    @property
    def config(self) -> dict[str, Any]:
        path = self.folder / "config.json"
        if not path.exists():
            raise UserError(f"{self.folder} holds no run: there is no config.json in it")
        config = read_object(path)
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
        """What the finished training took."""
        if not self.finished:
            raise UserError(f"the run in {self.folder} is not finished; go on with --resume")
        return from_json(Outcome, read_object(self.outcome_path), "outcome")

    @property
    def metrics(self) -> "Metrics":
        return Metrics(self.folder / "metrics.jsonl")

    def finish(self, agent: Agent, outcome: Outcome) -> None:
        save_tree(self.agent_path, agent, kind="agent")
        write_atomically(self.outcome_path, _json(dataclasses.asdict(outcome)))

    def agent(self, like: AnyAgent) -> AnyAgent:
        """The final weights, in an agent of the architecture of `like`."""
        if not self.agent_path.exists():
            raise UserError(
                f"the run in {self.folder} has no agent.safetensors: it is not finished; go on with --resume"
            )
        try:
            return load_tree(self.agent_path, like, kind="agent")
        except DamagedFileError as error:
            raise DamagedFileError(f"{error}; training with --resume makes it again") from error

    @contextlib.contextmanager
    def claimed(self, config: dict[str, Any], resume: bool) -> Iterator[None]:
        """Inside, the folder belongs to this process and holds the run that `config` describes.

        **Raises:** `UserError` where it holds another run, or the same one and `resume` is False.
        """
        with full_disk_named(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
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
        """A UserError where the tasks that `name` stands for are no longer (or not here) those trained on.

        Their horizon may differ: an agent can live longer or shorter than in training.
        """
        there, here = self.config.get("tasks"), to_json(named(tasks))
        if there is None:  # a run of an earlier version
            return
        if found := difference(there | {"horizon": here["horizon"]}, here, name):
            raise UserError(
                f"the agent in {self.folder} was not trained on {name!r} as it is here: {_said(*found)}; "
                "train anew, or name the tasks to evaluate it on (--on)"
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
                f"{self.folder} already holds this run; go on with --resume, or choose another folder"
            )
        if not self.finished:
            self._check_machine(there, config)

    def _check_program(self, there: dict[str, Any], config: dict[str, Any]) -> None:
        """Other versions and settings of JAX write the same program in another way: they tell nothing."""
        comparable = all(there.get(name) == config[name] for name in ("platform", "versions", "jax"))
        if comparable and there["program"] != config["program"]:
            raise UserError(
                f"{self.folder} holds a run of another program: its settings are the same, but the code of "
                "its tasks, agent or learner, or the data that it reads, has changed since; choose another "
                "folder to train anew, or undo the change to go on with this run"
            )

    def _check_machine(self, there: dict[str, Any], config: dict[str, Any]) -> None:
        for name in _BEGUN_WITH:
            if found := difference(there.get(name), config[name], name):
                raise UserError(
                    f"the run in {self.folder} cannot go on here: {_said(*found)}, and it would not end in "
                    "the same weights; resume it with what it was begun with, or choose another folder"
                )
        for name in _BITS_MAY_DIFFER:
            if found := difference(there.get(name), config[name], name):
                warnings.warn(
                    f"the run in {self.folder} was begun elsewhere: {_said(*found)}; the last bits of its "
                    "weights may not be those of a run that was never interrupted",
                    stacklevel=2,
                )


@dataclasses.dataclass(frozen=True)
class Metrics:
    """The log of a run: of each chunk its first and last update, the seconds so far, and mean metrics."""

    path: Path

    def append(self, line: dict[str, Any]) -> None:
        append_line(self.path, json.dumps(line, allow_nan=False))

    def lines(self) -> list[dict[str, Any]]:
        """All whole lines. A last one that was cut short is left out."""
        return [] if not self.path.exists() else list(_whole_lines(self.path.read_bytes()))

    def cut_after(self, update: int) -> float:
        """Drop what was logged of updates after `update`; the seconds that the run had taken till then."""
        kept = [line for line in self.lines() if line["last"] <= update]
        text = "".join(f"{json.dumps(line)}\n" for line in kept)
        if self.path.exists() and self.path.read_bytes() != text.encode():
            write_atomically(self.path, text.encode())
        return kept[-1]["seconds"] if kept else 0.0


def load_agent(folder: Path | str, like: Agent | None = None) -> Agent:
    """The final agent of the finished run in `folder`, its weights frozen.

    **Arguments:** `like`, an agent of the same architecture, such as `learner.agent(learner.init(0))`. It
    need not be given where the run's settings say which learner it was, and what they name is known here.
    """
    run = Run(Path(folder))
    return run.agent(_untrained(run) if like is None else like)


def _untrained(run: Run) -> Agent:
    """The agent of the run's own settings, before its first update."""
    settings = run.config["settings"]
    described = settings.get("learner", settings)
    if "is" in described and "tasks" in described:
        learner = from_json(Learner, described, "learner")
        return learner.agent(learner.init(0))
    if "agent" not in settings or not isinstance(settings.get("distribution"), str):
        raise UserError(
            f"the settings of {run.folder} do not say which learner it was; pass `like`, an agent like it"
        )
    tasks = distribution(settings["distribution"])
    architecture = from_json(AgentSettings, of_version_1(settings["agent"]), "agent")
    return architecture.build(tasks.environment, tasks.horizon, key=weights_key(0))


def begun_with() -> dict[str, Any]:
    """With what a run is begun: the device, and the versions and settings of JAX that decide its bits."""
    return {
        "platform": jax.default_backend(),
        "device": jax.devices()[0].device_kind,
        "versions": {
            "prefrontal": prefrontal.__version__,
            "jax": jax.__version__,
            "jaxlib": version("jaxlib"),
        },
        "jax": {name: getattr(jax.config, f"jax_{name}") for name in _JAX_SETTINGS},
    }


def _said(path: str, there: Any, here: Any) -> str:
    return f"{path} is {there!r} there and {here!r} here"


def _json(value: Any) -> bytes:
    return f"{json.dumps(value, indent=1, allow_nan=False)}\n".encode()


def _whole_lines(text: bytes) -> Iterator[dict[str, Any]]:
    for line in text.split(b"\n")[:-1]:  # after the last newline there is nothing, or a line cut short
        try:
            yield json.loads(line)
        except ValueError:
            return
