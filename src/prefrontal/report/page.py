"""One page of what experiments found, from what is on disk. It stands by itself: no request leaves it."""

import dataclasses
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, Number, read_findings
from prefrontal.analysis.tables import Table, read_tables
from prefrontal.checks import shown
from prefrontal.disk.storage import read_object, write_atomically
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.report.claims import SAID, Measured, by_number, estimates, over, tally
from prefrontal.report.images import Image, images
from prefrontal.report.numbers import cell, duration, interval, number
from prefrontal.report.policies import Policy, distributions, policies
from prefrontal.report.readme import as_html, readme_of
from prefrontal.report.settings import Differing, shared_and_differing

# What is explained at the top of a page, where the page has the word.
_WORDS = {
    "lifetime": "A lifetime is all that an agent does in one task, from an empty memory to the horizon.",
    "held-out": "Held-out lifetimes are drawn for testing: training never lived them.",
    "seed": "A seed is one training, with its own random numbers.",
    "pull": "A pull is one choice of an arm.",
    "trial": "A trial is one round of the task, from what is offered to what is paid.",
    "episode": "An episode is one run inside a task, from a start to its end.",
    "journey": "A journey is the way from where an episode starts to the goal.",
    "inner step": "An inner step changes an agent's weights inside a lifetime, along a gradient.",
    "trajector": "Trajectories are the episodes that an inner step learns from.",
    "volatilit": "Volatility is how fast the probabilities of the arms change.",
    "regret": "Regret is how much more an oracle that knows the task would have been paid, on average.",
    "score": "A score is a return on a scale where 0 is what staying put earns, and 1 what the oracle earns.",
    "bic": "BIC compares models that are fitted to choices; the lowest BIC is preferred.",
}


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
    estimates: dict[tuple[str, Number], str]  # how a reference's value is known
    figures: list[Image]
    tables: dict[str, list[Policy]]  # for each distribution
    numbers: dict[str, Table]  # behind the figures
    trainings: list[Training]
    labels: list[str]  # of the conditions
    shared: dict[str, str]
    differing: list[Differing]
    readme: str  # HTML

    @property
    def seconds(self) -> float:
        """Time spent in training, all runs together."""
        return sum(training.outcome.get("seconds", 0.0) for training in self.trainings)

    @property
    def unfinished(self) -> int:
        return sum(not training.outcome for training in self.trainings)

    @property
    def tally(self) -> str:
        """How many claims hold, and how many do not."""
        return tally(self.findings)

    @property
    def measured(self) -> list[Measured]:
        """The findings by their number."""
        return by_number(self.findings)

    @property
    def words(self) -> list[str]:
        """What the words mean that this section uses."""
        said = [f"{finding.claim} {finding.measure}" for finding in self.findings]
        said += [image.caption for image in self.figures]
        said += [f"{one.caption} {one.columns}" for one in self.numbers.values()]
        said += ["lifetime held-out seed", "regret" if self.regretted else ""]
        return [meaning for word, meaning in _WORDS.items() if re.search(rf"\b{word}", " ".join(said), re.I)]

    @property
    def regretted(self) -> bool:
        """Whether some policy's regret is known."""
        return any(row.regret is not None for rows in self.tables.values() for row in rows)


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
        estimates=estimates(evidence),
        figures=images(out / "figures"),
        tables={name: policies(evidence, name) for name in distributions(evidence)},
        numbers=read_tables(tables_path) if tables_path.exists() else {},
        trainings=_trainings(evidence),
        labels=[condition["label"] for condition in config["conditions"]],
        shared=shared,
        differing=differing,
        readme=as_html(readme_of(config["experiment"])),
    )


def read_config(out: Path) -> dict[str, Any]:
    """The `config.json` of an output folder, or an error that says why `out` is not one."""
    path = out / "config.json"
    if not path.is_file():
        raise UserError(f"{out} is not the output folder of an experiment: there is no config.json in it")
    config = read_object(path)
    if "experiment" not in config:
        raise UserError(f"{out} is not the output folder of an experiment: its config.json names none")
    return {"split": "test"} | config  # version 0.1 knew no other, and did not say so


def read_whole_config(out: Path) -> dict[str, Any]:
    """The same, with all that a report needs. A `DamagedFileError` names what is missing."""
    config = read_config(out)
    kinds = {"experiment": str, "preset": str, "seeds": int, "conditions": dict}
    for name, kind in kinds.items():
        found = config.get(name)
        several = found if isinstance(found, list) and found else [None]
        if not all(isinstance(one, kind) for one in ([found] if kind is str else several)):
            raise DamagedFileError(f"{out / 'config.json'} is damaged: its {name} is {shown(found)}")
    for condition in config["conditions"]:
        if missing := {"name", "label", "control"} - condition.keys():
            raise DamagedFileError(
                f"{out / 'config.json'} is damaged: a condition has no {sorted(missing)[0]}"
            )
    return config


def command(config: dict[str, Any]) -> str:
    """The command that makes these numbers again."""
    seeds, first = len(config["seeds"]), config["seeds"][0]
    options = f"--preset {config['preset']} --seeds {seeds}"
    options += f" --first-seed {first}"  # a preset may begin with any
    options += "" if config.get("split") == "validation" else " --split test"
    options += f" --devices {config['devices']}" if "devices" in config else ""  # where it was given
    return f"prefrontal run {config['experiment']} {options}"


def render(sections: Sequence[Section]) -> str:
    """The page's HTML. Everything from the disk is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters = {
        "cell": cell,
        "number": number,
        "interval": interval,
        "duration": duration,
        "over": over,
        "said": SAID.__getitem__,
    }
    environment.filters |= filters
    source = resources.files("prefrontal.report").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(sections=sections)


def _trainings(evidence: Evidence) -> list[Training]:
    found = []
    for name, condition in evidence.conditions.items():
        for seed in evidence.seeds:
            path = run_folder(evidence.folder, name, seed) / "outcome.json"
            found.append(Training(condition["label"], seed, read_object(path) if path.exists() else {}))
    return found
