"""The commands of the command line: JSON to standard output, messages to standard error.

Each command checks its names before it imports what it needs, so mistakes are reported at once.
"""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from prefrontal import experiments
from prefrontal.checks import check_integer
from prefrontal.cli.remembered import catalogue, in_words, recalled
from prefrontal.disk.storage import check_place, read_object
from prefrontal.errors import UserError
from prefrontal.ram import gibibytes, usable_ram
from prefrontal.suggest import lookup

if TYPE_CHECKING:
    from prefrontal.streams import Split
    from prefrontal.tasks import TaskDistribution

MANY_STEPS = 100_000_000  # in all lifetimes: as many take minutes, and are announced
BYTES_PER_STEP = 20  # of an evaluation: its columns
LIFETIMES = 10_000  # evaluated, where it is not said how many
MOST_LISTED = 12  # runs in an error's list


def list_everything(*, as_json: bool) -> None:
    """List everything that can be run, trained on or compared with."""
    if as_json:
        _print_json(catalogue())
    else:
        _say(in_words(catalogue()))


def run(
    *,
    experiment: str,
    preset: str,
    out: Path | None,
    seeds: int | None,
    first_seed: int | None,
    split: "Split",
    resume: bool,
    devices: int | None,
) -> None:
    """Train, evaluate, analyse, report. Defaults: `out` runs/EXPERIMENT-PRESET, `devices` the idle ones."""
    chosen = experiments.experiment(experiment)
    lookup("preset", preset, chosen.presets)
    from prefrontal import report as reports
    from prefrontal.analysis.evidence import Evidence
    from prefrontal.analysis.findings import read_findings
    from prefrontal.cli.devices import devices_for
    from prefrontal.cli.progress import ProgressReporter
    from prefrontal.compilation import keep_programs
    from prefrontal.experiments import pipeline
    from prefrontal.report.table import findings_table, regret_tables

    keep_programs()
    out = _usable_folder(Path("runs") / f"{experiment}-{preset}" if out is None else out)
    usable, given = devices_for(out, devices)
    cores = f"{usable} core{'' if usable == 1 else 's'}"
    note = f"other processes are busy, so trainings run on {cores}; --devices sets another number"
    with ProgressReporter(_words()) as progress:
        pipeline.run(
            chosen,
            preset,
            out,
            seeds=seeds,
            first_seed=first_seed,
            split=split,
            resume=resume,
            devices=usable,
            devices_given=given,
            note=note if given and devices is None else "",
            progress=progress,
            announce=_say,
        )
    reports.write([out], out / "report.html")
    for table in (
        findings_table(read_findings(out / "findings.json").findings),
        *regret_tables(Evidence(out)),
    ):
        _words().print(table)
    _say(f"findings: {out / 'findings.json'}\nreport: {out / 'report.html'}")


def evaluate(
    *,
    run: Path,
    on: str | None,
    horizon: int | None,
    lifetimes: int | None,
    seed: int | None,
    split: "Split",
    records: Path | None,
    units: bool,
    as_json: bool,
) -> None:
    """Evaluate the frozen agent of a run, on its own training distribution or on another that fits."""
    if records is not None:
        check_place("--records", records)
    if units and records is None:
        raise UserError("--units records every unit of the memory; name a file for them with --records FILE")
    folder = run_of(run)
    tasks = None if on is None else _distribution(on)
    from prefrontal import evaluation
    from prefrontal.agents import check_fits
    from prefrontal.compilation import keep_programs
    from prefrontal.disk.runs import Run, load_agent
    from prefrontal.report.summary import summary

    keep_programs()
    settings, agent = Run(folder).config["settings"], load_agent(folder)
    trained_on = settings.get("distribution", settings.get("tasks"))
    if on is None and not isinstance(trained_on, str):
        raise UserError(f"{folder} was trained on tasks that have no name; name some with --on DISTRIBUTION")
    name = trained_on if on is None else on
    tasks = _with_horizon(tasks or _distribution(name), horizon)
    if on is None:
        Run(folder).check_trained_on(tasks, name)
    check_fits(agent, tasks.environment, name)
    _announce(tasks, LIFETIMES if lifetimes is None else lifetimes, in_file=records is not None)
    found = evaluation.evaluate(
        agent,
        tasks,
        policy=settings.get("name", "agent"),
        name=name,
        lifetimes=LIFETIMES if lifetimes is None else lifetimes,
        seed=seed or 0,
        split=split,
        keep=("units",) if units else (),
        path=records,
    )
    if records is not None:
        _say(f"records: {records}")
    _tell(summary(found), as_json)


def reference(
    *,
    name: str,
    on: str,
    horizon: int | None,
    lifetimes: int | None,
    seed: int | None,
    split: "Split",
    parameters: dict[str, Any],
    as_json: bool,
) -> None:
    """Evaluate one reference policy: exactly where that is possible, otherwise over sampled lifetimes."""
    _check_known("references", "reference", name.partition(":")[0])
    tasks = _distribution(on)
    from prefrontal import evaluation, references
    from prefrontal.compilation import check_device, keep_programs
    from prefrontal.references.exact import exact
    from prefrontal.report.summary import exact_summary, summary
    from prefrontal.streams import MAX_LIFETIMES, check_seed

    keep_programs()
    check_device()
    given = {"--lifetimes": lifetimes, "--seed": seed}
    lifetimes, seed = LIFETIMES if lifetimes is None else lifetimes, seed or 0
    check_integer("lifetimes", lifetimes, 1, MAX_LIFETIMES)
    check_seed(seed)
    all_parameters = references.parameters(name) | parameters
    tasks = _with_horizon(tasks, horizon)
    value = exact(name, tasks, **parameters)
    if value is None:
        _announce(tasks, lifetimes)
        agent = references.reference(name, tasks, **parameters)
        found = summary(
            evaluation.evaluate(
                agent, tasks, policy=name, name=on, lifetimes=lifetimes, seed=seed, split=split
            )
        )
    else:
        found = exact_summary(name, on, tasks.horizon, value.total_return, value.regret)
        _say_unused([option for option, value in given.items() if value is not None])
    _tell(found | {"parameters": all_parameters}, as_json)


def report(*, outs: Sequence[Path], page: Path | None) -> None:
    """Make the page again, and the findings and figures too, if their records are there."""
    from prefrontal import report as reports
    from prefrontal.analysis.evidence import Evidence
    from prefrontal.experiments.analysing import analyse
    from prefrontal.report.policies import missing_records

    if page is not None:
        check_place("--page", page)
    for out in outs:
        _check_holds_something(out)
        missing = missing_records(Evidence(out))
        if missing:
            _say(f"{out}: findings and figures are left as they are: {missing[0]} is missing")
        else:
            analyse(out)
    page = page or (outs[0] / "report.html" if len(outs) == 1 else Path("report.html"))
    reports.write(outs, page)
    _say(f"report: {page}")


def _check_holds_something(out: Path) -> None:
    """A UserError where a report would be an empty page."""
    from prefrontal.report.page import command, read_whole_config

    config = read_whole_config(out)
    if not (out / "findings.json").exists() and not any(out.glob("runs/*/seed-*")):
        raise UserError(
            f"{out} holds neither findings nor runs; make them with: {command(config)} --out {out} --resume"
        )


def run_of(folder: Path) -> Path:
    """The folder of one training: `folder` itself, or the only main training in an experiment's output."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; a run is a folder such as OUT/runs/CONDITION/seed-0")
    if not (folder / "runs").is_dir():
        config = folder / "config.json"
        if config.is_file() and "experiment" in read_object(config):
            raise UserError(
                f"{folder} is an experiment's output without its runs; a run is OUT/runs/CONDITION/seed-K"
            )
        return folder
    from prefrontal.analysis.evidence import Evidence, run_folder
    from prefrontal.report.page import read_whole_config

    read_whole_config(folder)
    evidence = Evidence(folder)
    main = [name for name, condition in evidence.conditions.items() if not condition["control"]]
    runs = [run_folder(folder, name, seed) for name in main for seed in evidence.seeds]
    if len(runs) == 1:
        return runs[0]
    listed = ", ".join(str(path) for path in runs[:MOST_LISTED])
    more = f" and {len(runs) - MOST_LISTED} more" if len(runs) > MOST_LISTED else ""
    raise UserError(f"{folder} holds {len(runs)} runs; name one: {listed}{more}")


def _say_unused(options: list[str]) -> None:
    if options:
        verb = "is" if len(options) == 1 else "are"
        _say(f"{' and '.join(options)} {verb} not used: the value is exact, and no lifetimes are sampled")


def _check_known(kinds: str, what: str, name: str) -> None:
    """Report a mistyped name before anything is imported, if `prefrontal list` has cached the names."""
    if known := recalled():
        lookup(what, name, {entry["name"]: entry for entry in known[kinds]})


def _distribution(name: str) -> "TaskDistribution":
    _check_known("distributions", "task distribution", name.partition(":")[0])
    from prefrontal.tasks import distribution

    return distribution(name)


def _with_horizon(tasks: "TaskDistribution", horizon: int | None) -> "TaskDistribution":
    """The same tasks with lifetimes of `horizon` steps, or of their own horizon if None."""
    return tasks if horizon is None else dataclasses.replace(tasks, horizon=horizon)  # pyright: ignore


def _usable_folder(out: Path) -> Path:
    for path in (out, *out.parents):
        if path.is_symlink() and not path.exists():
            raise UserError(f"--out is {out}, but {path} is a link that leads nowhere; remove it first")
        if path.exists() and not path.is_dir():
            raise UserError(f"--out is {out}, but {path} is a file; it must be a folder, or not exist yet")
    return out


def _announce(tasks: "TaskDistribution", lifetimes: int, in_file: bool = False) -> None:
    """Announce the cost of many or long lifetimes; raise a UserError if they do not fit into memory.

    Records that are written to a file while they are made need not fit.
    """
    steps = lifetimes * tasks.horizon
    if steps < MANY_STEPS:
        return
    needed, there = steps * BYTES_PER_STEP, usable_ram()
    where = "in their file" if in_file else "of memory"
    size = f"{lifetimes:,} lifetimes of {tasks.horizon:,} steps take about {gibibytes(needed)} {where}"
    if needed > there and not in_file:
        raise UserError(
            f"{size}, and this process may use {gibibytes(there)}; "
            "ask for fewer with --lifetimes or --horizon"
        )
    _say(f"{size}, and minutes or hours; ask for fewer with --lifetimes or --horizon")


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(found)
    else:
        from prefrontal.report.summary import sentence

        _say(sentence(found))


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False), flush=True)


def _words() -> Console:
    return Console(stderr=True)


def _say(line: str) -> None:
    _words().print(line, markup=False, highlight=False, soft_wrap=True)
