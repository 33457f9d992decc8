"""Publishes experiments: copies findings and figures beside the documentation, and writes README's table.

`python -m prefrontal.report.publish OUT...`, in the root of the project.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, read_findings
from prefrontal.analysis.signals import learns_from
from prefrontal.analysis.tables import read_tables
from prefrontal.disk.storage import read_json, write_atomically
from prefrontal.errors import UserError
from prefrontal.report.claims import SAID, Measured, by_number
from prefrontal.report.numbers import cell, interval, number
from prefrontal.report.page import command
from prefrontal.report.style import caption_of

RESULTS = Path("docs/results")
README = Path("README.md")
BEGIN, END = "<!-- results: written by `make publish` -->", "<!-- end of results -->"
COPIED = ("findings.json", "tables.json", "references.json", "config.json")


def publish(out: Path, results: Path = RESULTS) -> Path:
    """Copy what is worth keeping of an output folder into `results`, with a page of its own.

    What was published before is replaced when the new is whole.

    **Raises:** `UserError` where the folder lacks a file that its analysis writes, or where its numbers are
    not of the test stream.
    """
    evidence = Evidence(out)
    if evidence.split != "test":
        again = command(evidence.config | {"split": "test"})
        raise UserError(
            f"{out} was evaluated on the split {evidence.split!r}, which is for tuning; only numbers of "
            f"'test' are published: {again}, with an --out of its own"
        )
    folder = results / folder_name(evidence.experiment, evidence.preset)
    if missing := [name for name in COPIED if not (out / name).is_file()]:
        raise UserError(f"{out} lacks {', '.join(missing)}; make it with: prefrontal report {out}")
    new, old = (folder.with_name(f".{folder.name}.{kind}") for kind in ("new", "old"))
    _tidy(folder, new, old)
    try:
        _fill(new, out, describe(evidence))
        _replace(folder, new, old)
    except BaseException:
        _tidy(folder, new, old)
        raise
    return folder


def _fill(new: Path, out: Path, result: dict[str, Any]) -> None:
    (new / "figures").mkdir(parents=True)
    for name in COPIED:
        shutil.copyfile(out / name, new / name)
    for figure in _pictures(out / "figures"):
        shutil.copyfile(figure, new / "figures" / figure.name)
    write_atomically(new / "result.json", (json.dumps(result, indent=1) + "\n").encode())
    write_atomically(new / "index.md", page(new).encode())


def _replace(folder: Path, new: Path, old: Path) -> None:
    """Put `new` in the place of `folder`, which is deleted only then."""
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    if old.exists():
        shutil.rmtree(old)


def _tidy(folder: Path, new: Path, old: Path) -> None:
    """What an attempt that failed or was killed left: what was published before is put back."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    for left in (new, old):
        if left.exists():
            shutil.rmtree(left)


def folder_name(experiment: str, preset: str) -> str:
    """`laptop` is the preset whose numbers are published; another's folder says which it is."""
    return experiment if preset == "laptop" else f"{experiment}-{preset}"


def describe(evidence: Evidence) -> dict[str, Any]:
    """How the numbers came about: command, seeds, machine, and how long a training took."""
    return {
        "title": evidence.config["title"],
        "command": command(evidence.config),
        "seeds": evidence.seeds,
        "split": evidence.split,
        "machine": evidence.config["machine"],
        "seconds": {name: _seconds(evidence, name) for name in evidence.conditions},
        "learns_from": {name: learns_from(one) for name, one in evidence.conditions.items()},
    }


def _seconds(evidence: Evidence, condition: str) -> list[float]:
    """The time of each seed's training, compilation included."""
    paths = [run_folder(evidence.folder, condition, seed) / "outcome.json" for seed in evidence.seeds]
    return [round(read_json(path)["seconds"], 1) for path in paths]


def page(folder: Path) -> str:
    """An experiment's published page, in Markdown, from its published folder alone."""
    result = read_json(folder / "result.json")
    machine = result["machine"]
    seeds = f"Seeds {result['seeds'][0]} to {result['seeds'][-1]}"
    lines = [f"# {result['title']}", "", f"`{result['command']}`", ""]
    counts = [_count(machine, name) for name in ("cores", "devices") if name in machine]
    lines += [", ".join([seeds, f"on {machine['processor']}", *counts, f"jax {machine['jax']}."])]
    lines += [f"Held-out lifetimes are of the stream `{result.get('split', 'test')}`."]
    lines += [
        "",
        "| value | 95 % interval | name | claim | reference | verdict | paper |",
        "|---|---|---|---|---|---|---|",
    ]
    found = read_findings(folder / "findings.json").findings
    lines += [row for one in by_number(found) for row in _rows(one)]
    lines += ["", "| trained | learns from | seconds a seed, mean and longest |", "|---|---|---|"]
    learns = result.get("learns_from", {})  # an earlier version did not say
    lines += [
        f"| {name} | {learns.get(name, '')} | {np.mean(took):.0f}, {max(took):.0f} |"
        for name, took in result["seconds"].items()
    ]
    for figure in _pictures(folder / "figures"):
        lines += ["", f"![{figure.stem}](figures/{figure.name})", "", caption_of(figure)]
    lines += [
        "",
        "## Numbers",
        "",
        "What the figures show, for each training seed: [tables.json](tables.json).",
    ]
    for name, one in read_tables(folder / "tables.json").items():
        lines += ["", f"### {name.replace('-', ' ').capitalize()}", "", one.caption, ""]
        lines += [_cells(one.columns), "|" + "---|" * len(one.columns), *map(_cells, one.rows)]
    return "\n".join(lines) + "\n"


def _count(machine: dict[str, Any], name: str) -> str:
    return f"1 {name[:-1]}" if machine[name] == 1 else f"{machine[name]} {name}"


def _cells(row: Sequence[str | float | None]) -> str:
    return "| " + " | ".join(cell(value) for value in row) + " |"


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in (".png", ".gif"))


def _rows(one: Measured) -> list[str]:
    """A row for each claim; the number stands in the first, and the claims about it below one another."""
    numbers = [(number(one.value), interval(one.interval)), *[("", "")] * (len(one.findings) - 1)]
    return [
        _cells([*shown, finding.id, finding.claim, *_beside(finding), _paper(finding)])
        for shown, finding in zip(numbers, one.findings, strict=True)
    ]


def _row(finding: Finding) -> str:
    return _cells([finding.claim, number(finding.value), interval(finding.interval), *_beside(finding)])


def _beside(finding: Finding) -> tuple[str, str]:
    """The reference's value, and the verdict on the claim."""
    reference = f"{finding.reference.name} {number(finding.reference.value)}"
    said = SAID[finding.verdict]
    return reference, said if finding.holds else f"**{said}**"


def _paper(finding: Finding) -> str:
    said = finding.paper.statement if finding.paper.value is None else number(finding.paper.value)
    return f"{said} ({finding.paper.source})"


def published(results: Path) -> list[Path]:
    """The folders of what is published. One with a dot is being made, or was left by a kill."""
    folders = sorted(path.parent for path in results.glob("*/findings.json"))
    return [folder for folder in folders if not folder.name.startswith(".")]


def table(results: Path = RESULTS) -> str:
    """README's table: each published experiment's first finding, and which of its claims do not hold.

    An experiment with several presets has one row, that of `laptop`; the other pages are named below the table.
    """
    lines = [
        "| experiment | learns from | first claim | value | 95 % interval | reference | verdict "
        "| claims that hold | the others |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    pages = published(results)
    names = {folder.name for folder in pages}
    also = [folder for folder in pages if any(folder.name.startswith(f"{name}-") for name in names)]
    for folder in pages:
        if folder in also:
            continue
        found = read_findings(folder / "findings.json").findings
        held = f"{sum(finding.holds for finding in found)} of {len(found)}"
        learnt = _signal(found[0], Evidence(folder).conditions)
        lines.append(f"| {_link(folder)} | {learnt} {_row(found[0])} {held} | {_others(found)} |")
    if also:
        lines += ["", f"The same experiments with other presets: {', '.join(map(_link, also))}."]
    return "\n".join(lines)


def _link(folder: Path) -> str:
    return f"[{folder.name}](docs/results/{folder.name}/index.md)"


def _others(found: Sequence[Finding]) -> str:
    """The claims that do not hold and those that are undecided, by the names that the page has for them."""
    said = {}
    for finding in found:
        if not finding.holds:
            said.setdefault(SAID[finding.verdict], []).append(finding.id)
    return "; ".join(f"**{verdict}**: {', '.join(ids)}" for verdict, ids in said.items())


def _signal(finding: Finding, conditions: dict[str, dict[str, Any]]) -> str:
    """What the agent of a finding learnt from: of the condition that its id names, or else of the first."""
    named = max((name for name in conditions if name in finding.id), key=len, default=next(iter(conditions)))
    return learns_from(conditions[named])


def with_table(readme: str, made: str) -> str:
    """README with `made` between its two marks."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise ValueError(f"README holds {BEGIN!r} and {END!r} not once each; the table goes between them")
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Publish output folders and write README's table anew."""
    parser = argparse.ArgumentParser(prog="python -m prefrontal.report.publish", description=publish.__doc__)
    parser.add_argument("outs", nargs="*", type=Path, metavar="OUT")
    for out in parser.parse_args(arguments).outs:
        publish(out)
    write_atomically(README, with_table(README.read_text(), table()).encode())


if __name__ == "__main__":
    main()
