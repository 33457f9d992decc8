"""Runs an experiment: trains, evaluates agents and references, and then analyses what is on disk.

Finished work on disk is not computed again, so a stopped experiment continues where it was. Several processes
may share an experiment: each takes trainings that no other process is working on.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from prefrontal.agents import Agent
from prefrontal.analysis.evidence import (
    ReferenceResult,
    kept_path,
    record_path,
    reference_record_path,
    run_folder,
)
from prefrontal.analysis.findings import Finding
from prefrontal.analysis.performance import return_of, sharpened
from prefrontal.analysis.statistics.intervals import standard_error
from prefrontal.checks import check_integer, check_kind, check_one_of, check_truth, path_of
from prefrontal.disk.records import Records
from prefrontal.disk.runs import Run, load_agent
from prefrontal.disk.serialisation import difference, to_json
from prefrontal.disk.storage import leftovers, make_folder, write_atomically
from prefrontal.errors import BusyError, UserError
from prefrontal.evaluation import evaluate
from prefrontal.experiments.analysing import analyse
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.machine import machine, usable_cores
from prefrontal.learners import Learner
from prefrontal.references import reference
from prefrontal.references.exact import exact, exact_value
from prefrontal.report.page import read_config
from prefrontal.streams import MAX_SEED, Split
from prefrontal.suggest import lookup
from prefrontal.tasks import TaskDistribution, distribution
from prefrontal.tasks.growing import load_grown
from prefrontal.training import train

BETWEEN_LOOKS = 5.0  # seconds, at trainings that another process is at
EVALUATION_SEED = 0  # every policy of an experiment is evaluated on the same held-out tasks


SPLITS = ("validation", "test")  # what an experiment may be evaluated on

Training = tuple[Condition, int]  # a way of training and a seed


def run(
    experiment: Experiment,
    preset_name: str,
    out: Path | str,
    *,
    seeds: int | None = None,
    first_seed: int | None = None,
    split: Split = "validation",
    resume: bool = False,
    devices: int = 1,
    devices_given: bool = False,
    note: str = "",
    progress: Callable[..., None] | None = None,
    announce: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
) -> list[Finding]:
    """Train every condition with every seed, evaluate all agents on the same held-out tasks, and analyse.

    **Arguments:** `out`, the output folder: a new one or, with `resume`, that of the same experiment and
    settings; `seeds`, the number of training seeds, from `first_seed` on (None: those of the preset);
    `split`, the stream of the held-out tasks, `"validation"` while you tune and `"test"` for published
    numbers; `resume`, whether to continue with the contents of `out`, or help a process that is working on
    it; `devices`, the largest number of devices to train on; `devices_given`, whether the command that
    reproduces these numbers must name it; `note`, announced once everything is checked; `progress`, called
    after every chunk.
    """
    check_kind("experiment", experiment, Experiment, ": experiments.experiment(name) gives one")
    out = path_of("out", out)
    check_truth("resume", resume)
    check_one_of("split", split, SPLITS)
    preset = lookup("preset", preset_name, experiment.presets)
    first_seed = preset.first_seed if first_seed is None else first_seed
    seed_list = seeds_from(first_seed, preset.seeds if seeds is None else seeds)
    used = max(getattr(condition.learner.on(devices), "devices", 1) for condition in preset.conditions)
    begun = {"machine": machine(used)} | ({"devices": devices} if devices_given else {})
    claim_folder(out, describe(experiment, preset_name, preset, seed_list, split), begun, resume)
    if note:
        announce(note)
    trainings = [(condition, seed) for condition in preset.conditions for seed in seed_list]
    train_one = partial(
        _train_and_evaluate, preset=preset, out=out, split=split, devices=devices, progress=progress
    )
    train_all(trainings, train_one, announce)
    for condition, seed in trainings:
        if condition.keep and (seed == first_seed or condition.kept_needed == "every"):
            _keep_some(condition, seed, seed == first_seed, out, split)
    announce("references")
    _evaluate_references(preset, out, split)
    return analyse(out)


def seeds_from(first: int, count: int) -> list[int]:
    """The training seeds. Errors name the options of the command line."""
    check_integer("seeds", count, 1)
    check_integer("first-seed", first, 0, MAX_SEED - 1)
    check_integer("seeds", count, 1, MAX_SEED - first)
    return list(range(first, first + count))


def describe(
    experiment: Experiment,
    preset_name: str,
    preset: Preset,
    seeds: list[int],
    split: Split = "validation",
) -> dict[str, Any]:
    """The contents of an output folder's `config.json`: everything that decides the numbers in it."""
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "source": experiment.source,
        "preset": preset_name,
        "seeds": seeds,
        "split": split,
        "lifetimes": preset.lifetimes,
        "conditions": [_declared(condition) for condition in preset.conditions],
        "references": [_stated(policy) for policy in preset.references],
        "reference_on": preset.reference_on,
    }


def _stated(policy: ReferencePolicy) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(policy).items() if name != "on" or value}


def _declared(condition: Condition) -> dict[str, Any]:
    """A condition in the form of `config.json`."""
    derived = {"distribution": condition.distribution, "evaluations": list(condition.evaluations)}
    declared = to_json(condition) | derived
    return {name: value for name, value in declared.items() if name != "drawn" or value}


def claim_folder(out: Path, config: dict[str, Any], begun: dict[str, Any], resume: bool) -> None:
    """Make `out` this experiment's folder, or check that it already is. Other folders are refused.

    **Arguments:** `config`, everything that decides the numbers; `begun`, what else to record in a new
    folder.
    """
    path = out / "config.json"
    config = json.loads(json.dumps(config))
    if not path.exists():
        # A claim that was cut short leaves its unfinished file.
        if out.exists() and set(out.iterdir()) - set(leftovers(path)):
            raise UserError(f"{out} is not empty and holds no experiment; give --out a folder of its own")
        make_folder(out)
        write_atomically(path, json.dumps(config | begun, indent=1).encode())
        return
    there = read_config(out)
    if found := difference({key: there.get(key) for key in config}, config, ""):
        what = "this experiment with other settings"
        if there["experiment"] != config["experiment"]:
            what = "another experiment"
        place, old, new = found
        raise UserError(
            f"{out} holds {what}: {place} is {old!r} there and {new!r} here; choose another --out"
        )
    if not resume:
        raise UserError(
            f"{out} already holds this experiment; continue it with --resume, or choose another --out"
        )


def train_all(
    trainings: list[Training], train_one: Callable[[Condition, int], None], announce: Callable[[str], None]
) -> None:
    """Do every training once. Trainings of another process are left to it, and checked again later."""
    looks = 0
    while trainings:
        held = []
        for condition, seed in trainings:
            if not looks:
                announce(f"{condition.label}, seed {seed}")
            try:
                train_one(condition, seed)
            except BusyError:
                held.append((condition, seed))
        if held and not looks:
            announce(f"another process is at {len(held)} of the trainings; waiting for it")
        looks += 1
        trainings = held
        time.sleep(BETWEEN_LOOKS if held else 0)


def _train_and_evaluate(
    condition: Condition, seed: int, *, preset: Preset, out: Path, split: Split, devices: int, progress
) -> None:
    folder, learner = run_folder(out, condition.name, seed), _learner(condition, seed, out)
    config = _declared(condition) | {"learner": to_json(learner)}
    train(learner.on(devices), seed, folder, config=config, resume=True, progress=progress)
    missing = [
        name for name in condition.evaluations if not record_path(out, condition.name, seed, name).exists()
    ]
    if not missing:
        return
    agent = load_agent(folder)
    for name in missing:
        records = evaluate(
            *_tried(condition, name, agent, learner.distribution),
            policy=condition.label,
            name=name,
            lifetimes=preset.lifetimes,
            seed=EVALUATION_SEED,
            split=split,
        )
        _save(records, record_path(out, condition.name, seed, name))


def _learner(condition: Condition, seed: int, out: Path) -> Learner:
    """The learner of a training, with the tasks that another condition's training of this seed grew."""
    learner = condition.learner_of(seed)
    if not condition.after:
        return learner
    folder = run_folder(out, condition.after, seed)
    if not Run(folder).finished:
        raise BusyError(f"{condition.name}, seed {seed}, waits for {folder}, which is not finished")
    return dataclasses.replace(learner, tasks=load_grown(folder))  # pyright: ignore[reportArgumentType]


def _keep_some(condition: Condition, seed: int, is_first: bool, out: Path, split: Split) -> None:
    """Record a few held-out lifetimes in detail: trained, and for the first seed also untrained."""
    for untrained in (True, False) if is_first else (False,):
        path = kept_path(out, condition.name, seed, untrained)
        if path.exists():
            continue
        learner = _learner(condition, seed, out)
        if untrained:
            agent = learner.agent(learner.init(seed))
        else:
            agent = load_agent(run_folder(out, condition.name, seed))
        own = learner.distribution
        kept = evaluate(
            agent,
            distribution(condition.kept_on) if condition.kept_on else own,
            policy=f"{condition.label}, untrained" if untrained else condition.label,
            name=condition.kept_on or condition.distribution,
            lifetimes=condition.kept_lifetimes,
            seed=EVALUATION_SEED,
            split=split,
            keep=condition.keep,  # pyright: ignore[reportArgumentType]  # checked there
        )
        _save(kept, path)


def _save(records: Records, path: Path) -> None:
    make_folder(path.parent)
    records.save(path)


def _tried(
    condition: Condition, name: str, agent: Agent, own: TaskDistribution
) -> tuple[Agent, TaskDistribution]:
    """The agent and the tasks of an evaluation: of a trial, or of a distribution, which may be the
    training's own, unregistered one.
    """
    for trial in condition.trials:
        if trial.name == name:
            given: Any = dict(trial.changes)
            changed = (
                getattr(agent, trial.method)(**given) if trial.method else dataclasses.replace(agent, **given)
            )
            return changed, distribution(trial.on)
    return agent, own if name == condition.distribution else distribution(name)


def _evaluate_references(preset: Preset, out: Path, split: Split) -> None:
    """Every reference on every distribution, in parallel, because compilation takes most of their time.

    One reference: its records for the curves, and its exact value if there is one.
    """
    path = out / "references.json"
    if path.exists():
        return
    pairs = [
        (policy, name)
        for name in preset.reference_on
        for policy in preset.references
        if name in (policy.on or (name,))
    ]
    with ThreadPoolExecutor(usable_cores()) as threads:
        rows = list(threads.map(lambda pair: _reference_result(pair[0], pair[1], preset, out, split), pairs))
    rows = sharpened(rows, lambda row: Records.load(reference_record_path(out, row.label, row.distribution)))
    write_atomically(
        path, json.dumps({"references": [dataclasses.asdict(row) for row in rows]}, indent=1).encode()
    )


def _reference_result(
    policy: ReferencePolicy, name: str, preset: Preset, out: Path, split: Split
) -> ReferenceResult:
    tasks, parameters = distribution(name), dict(policy.parameters)
    agent = reference(
        policy.name, distribution(policy.built_for) if policy.built_for else tasks, **parameters
    )
    records = evaluate(
        agent,
        tasks,
        policy=policy.label,
        name=name,
        lifetimes=preset.lifetimes,
        seed=EVALUATION_SEED,
        split=split,
    )
    _save(records, reference_record_path(out, policy.label, name))
    value = exact_value(agent, tasks) if policy.built_for else exact(policy.name, tasks, **parameters)
    if value is not None and value.regret is None and records.knows_regret:
        value = None  # policies are compared by their regret here, and that has to be sampled
    regret = records.regret[:, -1] if records.knows_regret else None
    earned = return_of(records)
    sampled = earned if regret is None else regret
    return ReferenceResult(
        name=policy.name,
        label=policy.label,
        distribution=name,
        total_return=float(earned.mean()) if value is None else value.total_return,
        regret=value.regret if value is not None else None if regret is None else float(regret.mean()),
        standard_error=standard_error(sampled) if value is None else 0.0,
        exact=value is not None,
    )
