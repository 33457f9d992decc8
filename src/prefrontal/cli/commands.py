"""What each command of the command line does: JSON to standard output, words to standard error.

Each imports what it needs once the names that it was given are known: a mistake is answered at once.
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
from prefrontal.disk.storage import read_object
from prefrontal.errors import UserError
from prefrontal.suggest import lookup

if TYPE_CHECKING:
    from prefrontal.agents import Agent
    from prefrontal.streams import Split
    from prefrontal.tasks import TaskDistribution

LIFETIMES = 10_000  # evaluated, where it is not said how many
MOST_LISTED = 12  # runs in an error's list


def list_everything(*, as_json: bool) -> None:
    """All that there is to run, to train on and to compare with."""
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
    first_seed: int,
    resume: bool,
    devices: int | None,
) -> None:
    """Train, evaluate, analyse, report. `out` is runs/EXPERIMENT-PRESET if None; `devices`, what is idle."""
    chosen = experiments.experiment(experiment)
    lookup("preset", preset, chosen.presets)
    from prefrontal import report as reports
    from prefrontal.analysis.evidence import Evidence
    from prefrontal.cli.devices import devices_for
    from prefrontal.cli.progress import ProgressReporter
    from prefrontal.compilation import keep_programs
    from prefrontal.experiments import pipeline
    from prefrontal.report.table import regret_tables

    keep_programs()
    out = _usable_folder(Path("runs") / f"{experiment}-{preset}" if out is None else out)
    usable, given = devices_for(out, devices)
    if given and devices is None:
        cores = f"{usable} core{'' if usable == 1 else 's'}"
        _say(f"other processes are at work: trainings run on {cores}; --devices says on how many")
    with ProgressReporter(_words()) as progress:
        pipeline.run(
            chosen,
            preset,
            out,
            seeds=seeds,
            first_seed=first_seed,
            resume=resume,
            devices=usable,
            devices_given=given,
            progress=progress,
            announce=_say,
        )
    reports.write([out], out / "report.html")
    for table in regret_tables(Evidence(out)):
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
    """The frozen agent of a run, on the distribution that it was trained on or on any other that fits it."""
    if units and records is None:
        raise UserError("--units records every unit of the memory; say where to with --records FILE")
    tasks = None if on is None else _distribution(on)
    from prefrontal import evaluation
    from prefrontal.compilation import keep_programs
    from prefrontal.disk.runs import Run, load_agent
    from prefrontal.report.summary import summary

    keep_programs()
    folder = run_of(run)
    settings, agent = Run(folder).config["settings"], load_agent(folder)
    trained_on = settings.get("distribution", settings.get("tasks"))
    if on is None and not isinstance(trained_on, str):
        raise UserError(f"{folder} was trained on tasks that have no name; name some with --on DISTRIBUTION")
    name = trained_on if on is None else on
    tasks = _with_horizon(tasks or _distribution(name), horizon)
    if on is None:
        Run(folder).check_trained_on(tasks, name)
    check_fits(agent, tasks, name)
    found = evaluation.evaluate(
        agent,
        tasks,
        policy=settings.get("name", "agent"),
        name=name,
        lifetimes=LIFETIMES if lifetimes is None else lifetimes,
        seed=seed or 0,
        split=split,
        keep=("units",) if units else (),
    )
    if records is not None:
        found.save(records)
        _say(f"records: {records}")
    _tell(summary(found), as_json)


def reference(
    *,
    name: str,
    on: str,
    horizon: int | None,
    lifetimes: int | None,
    seed: int | None,
    parameters: dict[str, Any],
    as_json: bool,
) -> None:
    """One reference policy: exactly, where that can be done, otherwise over sampled lifetimes."""
    _check_known("references", "reference", name)
    tasks = _distribution(on)
    from prefrontal import evaluation, references
    from prefrontal.compilation import keep_programs
    from prefrontal.references.exact import exact
    from prefrontal.report.summary import exact_summary, summary
    from prefrontal.streams import check_seed

    keep_programs()
    given = {"--lifetimes": lifetimes, "--seed": seed}
    lifetimes, seed = LIFETIMES if lifetimes is None else lifetimes, seed or 0
    check_integer("lifetimes", lifetimes, 1)
    check_seed(seed)
    all_parameters = references.parameters(name) | parameters
    tasks = _with_horizon(tasks, horizon)
    value = exact(name, tasks, **parameters)
    if value is None:
        agent = references.reference(name, tasks, **parameters)
        found = summary(
            evaluation.evaluate(agent, tasks, policy=name, name=on, lifetimes=lifetimes, seed=seed)
        )
    else:
        found = exact_summary(name, on, tasks.horizon, value.total_return, value.regret)
        _say_unused([option for option, value in given.items() if value is not None])
    _tell(found | {"parameters": all_parameters}, as_json)


def report(*, outs: Sequence[Path], page: Path | None) -> None:
    """The page again; findings and figures too, where the records that they are made from are there."""
    from prefrontal import report as reports
    from prefrontal.analysis.evidence import Evidence
    from prefrontal.experiments.analysing import analyse
    from prefrontal.report.policies import missing_records

    for out in outs:
        _check_holds_something(out)
        missing = missing_records(Evidence(out))
        if missing:
            _say(f"{out}: findings and figures are left as they are, for {missing[0]} is not there")
        else:
            analyse(out)
    page = page or (outs[0] / "report.html" if len(outs) == 1 else Path("report.html"))
    reports.write(outs, page)
    _say(f"report: {page}")


def _check_holds_something(out: Path) -> None:
    """A UserError where a report would be an empty page."""
    from prefrontal.report.page import command, read_config

    config = read_config(out)
    if not (out / "findings.json").exists() and not any(out.glob("runs/*/seed-*")):
        raise UserError(
            f"{out} holds neither findings nor runs; make them with: {command(config)} --out {out} --resume"
        )


def run_of(folder: Path) -> Path:
    """The folder of one training: `folder` itself, or the only main training in an experiment's output."""
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder; a run is a folder such as OUT/runs/CONDITION/seed-0")
    if not (folder / "runs").is_dir():
        config = folder / "config.json"
        if config.is_file() and "experiment" in read_object(config):
            raise UserError(
                f"{folder} is an experiment's output without its runs; a run is OUT/runs/CONDITION/seed-K"
            )
        return folder
    from prefrontal.analysis.evidence import Evidence, run_folder
    from prefrontal.report.page import read_config

    read_config(folder)
    evidence = Evidence(folder)
    main = [name for name, condition in evidence.conditions.items() if not condition["control"]]
    runs = [run_folder(folder, name, seed) for name in main for seed in evidence.seeds]
    if len(runs) == 1:
        return runs[0]
    listed = ", ".join(str(path) for path in runs[:MOST_LISTED])
    more = f" and {len(runs) - MOST_LISTED} more" if len(runs) > MOST_LISTED else ""
    raise UserError(f"{folder} holds {len(runs)} runs; name one: {listed}{more}")


def check_fits(agent: "Agent", tasks: "TaskDistribution", name: str) -> None:
    """A UserError unless the agent's inputs and outputs have the shapes that these tasks give and take."""
    from prefrontal.agents import PerceptEncoder

    trained = getattr(agent, "encoder", None)
    if not isinstance(trained, PerceptEncoder):
        return
    here = PerceptEncoder.build(trained.settings, tasks.environment, tasks.horizon)
    for what in ("actions", "observations", "reward_values"):
        if getattr(trained, what) != getattr(here, what):
            raise UserError(
                f"this agent cannot act in {name!r}: its {what.replace('_', ' ')} are "
                f"{getattr(trained, what)}, and there they are {getattr(here, what)}"
            )


def _say_unused(options: list[str]) -> None:
    if options:
        verb = "is" if len(options) == 1 else "are"
        _say(f"{' and '.join(options)} {verb} not used: the value is exact, and no lifetimes are sampled")


def _check_known(kinds: str, what: str, name: str) -> None:
    """A mistyped name is answered before anything is imported, where `prefrontal list` remembers them all."""
    if known := recalled():
        lookup(what, name, {entry["name"]: entry for entry in known[kinds]})


def _distribution(name: str) -> "TaskDistribution":
    _check_known("distributions", "task distribution", name.partition(":")[0])
    from prefrontal.tasks import distribution

    return distribution(name)


def _with_horizon(tasks: "TaskDistribution", horizon: int | None) -> "TaskDistribution":
    """The same tasks, with lifetimes of `horizon` steps; their own if None."""
    return tasks if horizon is None else dataclasses.replace(tasks, horizon=horizon)  # pyright: ignore


def _usable_folder(out: Path) -> Path:
    for path in (out, *out.parents):
        if path.exists() and not path.is_dir():
            raise UserError(f"--out is {out}, but {path} is a file; it must be a folder, or not be there yet")
    return out


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
