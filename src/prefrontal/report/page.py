"""One page of what experiments found, from what is on disk. It stands by itself: no request leaves it."""

import dataclasses
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, read_findings
from prefrontal.analysis.tables import Table, read_tables
from prefrontal.disk.storage import read_object, write_atomically
from prefrontal.errors import UserError
from prefrontal.report.images import Image, images
from prefrontal.report.numbers import cell, duration, interval, number
from prefrontal.report.policies import Policy, distributions, policies
from prefrontal.report.settings import Differing, shared_and_differing


@dataclasses.dataclass(frozen=True)
class Training:
    """What one run took; `outcome` is empty while it is not finished."""

    condition: str
    seed: int
    outcome: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Section:
    """One experiment on the page."""

    config: dict[str, Any]
    command: str
    findings: Sequence[Finding]
    figures: list[Image]
    tables: dict[str, list[Policy]]  # for each distribution
    numbers: dict[str, Table]  # behind the figures
    trainings: list[Training]
    labels: list[str]  # of the conditions
    shared: dict[str, str]
    differing: list[Differing]
    readme: str

    @property
    def seconds(self) -> float:
        """Time spent in training, all runs together."""
        return sum(training.outcome.get("seconds", 0.0) for training in self.trainings)

    @property
    def unfinished(self) -> int:
        return sum(not training.outcome for training in self.trainings)

    @property
    def holding(self) -> int:
        return sum(bool(finding.holds) for finding in self.findings)


def write(outs: Sequence[Path], page: Path) -> None:
    """Write `page`, a report of the experiments whose output folders are `outs`.

    **Raises:** `UserError` where a folder is not an experiment's, `DamagedFileError` or `ValueError` where a
    file in it is not what it should be, `DiskFullError`.
    """
    if not outs:
        raise UserError("outs is empty; a report needs at least one experiment's output folder")
    write_atomically(page, render([section(out) for out in outs]).encode())


def section(out: Path) -> Section:
    """All that the page says of one output folder. What is not there yet is left out."""
    evidence = Evidence(out)
    config = read_config(out)
    findings_path, tables_path = out / "findings.json", out / "tables.json"
    shared, differing = shared_and_differing(config["conditions"])
    return Section(
        config=config,
        command=command(config),
        findings=read_findings(findings_path).findings if findings_path.exists() else (),
        figures=images(out / "figures"),
        tables={name: policies(evidence, name) for name in distributions(evidence)},
        numbers=read_tables(tables_path) if tables_path.exists() else {},
        trainings=_trainings(evidence),
        labels=[condition["label"] for condition in config["conditions"]],
        shared=shared,
        differing=differing,
        readme=_readme(config["experiment"]),
    )


def read_config(out: Path) -> dict[str, Any]:
    """The `config.json` of an experiment's output folder, or an error that says why `out` is none."""
    path = out / "config.json"
    if not path.is_file():
        raise UserError(f"{out} is not the output folder of an experiment: there is no config.json in it")
    config = read_object(path)
    if "experiment" not in config:
        raise UserError(f"{out} is not the output folder of an experiment: its config.json names none")
    return config


def command(config: dict[str, Any]) -> str:
    """The command that makes these numbers again."""
    seeds, first = len(config["seeds"]), config["seeds"][0]
    options = f"--preset {config['preset']} --seeds {seeds}"
    options += f" --first-seed {first}" if first else ""
    options += f" --devices {config['devices']}" if "devices" in config else ""  # where it was given
    return f"prefrontal run {config['experiment']} {options}"


def render(sections: Sequence[Section]) -> str:
    """The page's HTML. Everything from the disk is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"cell": cell, "number": number, "interval": interval, "duration": duration}
    source = resources.files("prefrontal.report").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(sections=sections)


def _trainings(evidence: Evidence) -> list[Training]:
    found = []
    for name, condition in evidence.conditions.items():
        for seed in evidence.seeds:
            path = run_folder(evidence.folder, name, seed) / "outcome.json"
            found.append(Training(condition["label"], seed, read_object(path) if path.exists() else {}))
    return found


def _readme(experiment: str) -> str:
    """The experiment's README; empty where this version has none of that name."""
    folder = resources.files("prefrontal").joinpath("experiments", experiment.replace("-", "_"))
    path = folder.joinpath("README.md")
    return path.read_text(encoding="utf-8") if path.is_file() else ""
