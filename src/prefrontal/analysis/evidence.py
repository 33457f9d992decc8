"""The files of an experiment, as its analysis reads them."""

import dataclasses
from collections.abc import Callable, Hashable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from prefrontal.disk.records import Records
from prefrontal.disk.storage import load_arrays, read_json

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class ReferenceResult:
    """One reference on one distribution. If `exact`, return and regret are exact, otherwise sampled."""

    name: str
    label: str
    distribution: str
    total_return: float
    regret: float | None  # None where the task does not know it
    standard_error: float  # of the regret, or else of the return; 0 where it is exact
    exact: bool

    @property
    def value(self) -> float:
        """The number to compare policies by: the regret, or the return if the task does not define regret."""
        return self.total_return if self.regret is None else self.regret

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval over lifetimes; None if the value is exact."""
        half = 1.96 * self.standard_error
        return None if self.exact else (self.value - half, self.value + half)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """An experiment's output folder. Records are read on request."""

    folder: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        return read_json(self.folder / "config.json")

    @property
    def experiment(self) -> str:
        return self.config["experiment"]

    @property
    def preset(self) -> str:
        return self.config["preset"]

    @property
    def seeds(self) -> list[int]:
        return self.config["seeds"]

    @property
    def split(self) -> str:
        """The stream of the held-out lifetimes; `test` for version 0.1, which did not record it."""
        return self.config.get("split", "test")

    @cached_property
    def conditions(self) -> dict[str, dict[str, Any]]:
        """Each condition's declaration, by name.

        Label, distribution, evaluations, control, and its settings.
        """
        return {condition["name"]: condition for condition in self.config["conditions"]}

    @property
    def has_references(self) -> bool:
        """Whether references were evaluated in this experiment."""
        return (self.folder / "references.json").exists()

    @cached_property
    def references(self) -> list[ReferenceResult]:
        path = self.folder / "references.json"
        return [ReferenceResult(**row) for row in read_json(path)["references"]]

    def reference(self, name: str, distribution: str) -> ReferenceResult:
        """The result of the reference `name` (use its label if it was run with several parameters)."""
        for row in self.references:
            if name in (row.label, row.name) and row.distribution == distribution:
                return row
        known = ", ".join(row.label for row in self.references if row.distribution == distribution)
        raise KeyError(f"no reference {name!r} was evaluated on {distribution!r}; there are: {known}")

    def reference_regret(self, name: str, distribution: str) -> float:
        """The reference's cumulative expected regret; a ValueError if the task does not define regret."""
        regret = self.reference(name, distribution).regret
        if regret is None:
            raise ValueError(
                f"{distribution!r} does not know its expected_reward and oracle_reward: no regret"
            )
        return regret

    def has_reference(self, name: str, distribution: str) -> bool:
        return any(
            name in (row.label, row.name) and row.distribution == distribution for row in self.references
        )

    def records(self, condition: str, distribution: str | None = None) -> list[Records]:
        """One `Records` for each training seed, in the order of `seeds`."""
        name: str = distribution or self.conditions[condition]["distribution"]
        return [Records.load(record_path(self.folder, condition, seed, name)) for seed in self.seeds]

    def has_kept(self, condition: str) -> bool:
        """Whether a few lifetimes of this condition were recorded in detail, before and after training."""
        paths = [kept_path(self.folder, condition, self.seeds[0], untrained) for untrained in (True, False)]
        return all(path.exists() for path in paths)

    def kept(self, condition: str, seed: int | None = None) -> Records:
        """The few lifetimes of a seed (default: the first) that were recorded in detail after training.

        Other seeds have them only if the condition says that they are needed for every seed.
        """
        seed = self.seeds[0] if seed is None else seed
        return Records.load(kept_path(self.folder, condition, seed, untrained=False))

    def untrained(self, condition: str) -> Records:
        """The same for the first seed, with the weights before the first update."""
        return Records.load(kept_path(self.folder, condition, self.seeds[0], untrained=True))

    def history(self, condition: str, seed: int) -> dict[str, Any]:
        """What a training of a grower, or of its controls, left of its environments: arrays by name."""
        path = run_folder(self.folder, condition, seed) / "history.safetensors"
        return self.once(("history", condition, seed), lambda: load_arrays(path, "history")[0])

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of `make`, computed once: for costly results that several findings and figures need."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        return {}

    def reference_records(self, label: str, distribution: str) -> Records:
        return Records.load(reference_record_path(self.folder, label, distribution))


def run_folder(folder: Path, condition: str, seed: int) -> Path:
    return folder / "runs" / condition / f"seed-{seed}"


def record_path(folder: Path, condition: str, seed: int, distribution: str) -> Path:
    return folder / "records" / condition / f"seed-{seed}" / _file_of(distribution)


def kept_path(folder: Path, condition: str, seed: int, untrained: bool) -> Path:
    name = "untrained" if untrained else "kept"
    return folder / "records" / condition / f"seed-{seed}" / f"{name}.safetensors"


def reference_record_path(folder: Path, label: str, distribution: str) -> Path:
    return folder / "records" / "references" / label / _file_of(distribution)


def _file_of(distribution: str) -> str:
    """A name may have fields, as in `bandit-independent:arms=5`; some systems allow no colon in a file's."""
    return f"{distribution.replace(':', '@')}.safetensors"
