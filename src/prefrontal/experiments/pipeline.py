"""Carries an experiment out: train, evaluate, references, then analyse what is on disk.

Whatever is finished on disk is not computed again, so that a run that was stopped goes on where it was, and
several processes may share one out: each takes the trainings that no other is at.
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

from prefrontal.agents import RecurrentAgent
from prefrontal.analysis.evidence import (
    ReferenceResult,
    kept_path,
    record_path,
    reference_record_path,
    run_folder,
)
from prefrontal.analysis.findings import Finding
from prefrontal.analysis.statistics.intervals import standard_error
from prefrontal.checks import check_integer
from prefrontal.disk.runs import load_agent
from prefrontal.disk.storage import leftovers, write_atomically
from prefrontal.errors import BusyError, UserError
from prefrontal.evaluation import evaluate
from prefrontal.experiments.analysing import analyse
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.machine import machine, usable_cores
from prefrontal.learners.a2c import A2C
from prefrontal.references import reference
from prefrontal.references.exact import exact, exact_value
from prefrontal.report.page import read_config
from prefrontal.streams import MAX_SEED
from prefrontal.suggest import lookup
from prefrontal.tasks import distribution
from prefrontal.training import train

BETWEEN_LOOKS = 5.0  # seconds, at trainings that another process is at
EVALUATION_SEED = 0  # every policy of an experiment is evaluated on the same held-out tasks


Training = tuple[Condition, int]  # a way of training and a seed


def run(
    experiment: Experiment,
    preset_name: str,
    out: Path,
    *,
    seeds: int | None = None,
    first_seed: int = 0,
    resume: bool = False,
    devices: int = 1,
    devices_given: bool = False,
    progress: Callable[..., None] | None = None,
    announce: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
) -> list[Finding]:
    """Train every condition with every seed, evaluate all on the same held-out tasks, and analyse.

    **Arguments:** `out`, the output folder: new, or that of the same experiment and settings with `resume`;
    `seeds`, how many training seeds, from `first_seed` on (the preset's number if None); `resume`, go on with
    what is in `out`, or help a process that is at it; `devices`, on how many at most to train, and
    `devices_given`, whether the command that makes these numbers again has to say so; `progress`, told of
    every chunk.
    """
    preset = lookup("preset", preset_name, experiment.presets)
    seed_list = seeds_from(first_seed, preset.seeds if seeds is None else seeds)
    used = max(used_devices(condition, devices) for condition in preset.conditions)
    begun = {"machine": machine(used)} | ({"devices": devices} if devices_given else {})
    claim_folder(out, describe(experiment, preset_name, preset, seed_list), begun, resume)
    trainings = [(condition, seed) for condition in preset.conditions for seed in seed_list]
    train_one = partial(_train_and_evaluate, preset=preset, out=out, devices=devices, progress=progress)
    train_all(trainings, train_one, announce)
    for condition, seed in trainings:
        if condition.keep and (seed == first_seed or condition.kept_needed == "every"):
            _keep_some(condition, seed, seed == first_seed, out)
    announce("references")
    _evaluate_references(preset, out)
    return analyse(out)


def seeds_from(first: int, count: int) -> list[int]:
    """So many training seeds. What is refused is named as the command line names it."""
    check_integer("seeds", count, 1)
    check_integer("first-seed", first, 0, MAX_SEED - 1)
    check_integer("seeds", count, 1, MAX_SEED - first)
    return list(range(first, first + count))


def describe(experiment: Experiment, preset_name: str, preset: Preset, seeds: list[int]) -> dict[str, Any]:
    """What `config.json` of an output folder says: all that decides the numbers in it."""
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "source": experiment.source,
        "preset": preset_name,
        "seeds": seeds,
        "lifetimes": preset.lifetimes,
        "conditions": [
            dataclasses.asdict(condition) | {"evaluations": condition.evaluations}
            for condition in preset.conditions
        ],
        "references": [dataclasses.asdict(policy) for policy in preset.references],
        "reference_on": preset.reference_on,
    }


def claim_folder(out: Path, config: dict[str, Any], begun: dict[str, Any], resume: bool) -> None:
    """Make `out` this experiment's folder, or see that it already is. Another experiment's is refused.

    **Arguments:** `config`, what decides the numbers; `begun`, what else is noted where the folder is new.
    """
    path = out / "config.json"
    config = json.loads(json.dumps(config))
    if not path.exists():
        # A claim that was cut short leaves its unfinished file.
        if out.exists() and set(out.iterdir()) - set(leftovers(path)):
            raise UserError(f"{out} is not empty and holds no experiment; give --out a folder of its own")
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(config | begun, indent=1).encode())
        return
    there = read_config(out)
    for key, value in config.items():
        if there.get(key) != value:
            what = "this experiment with other settings"
            if there["experiment"] != config["experiment"]:
                what = "another experiment"
            raise UserError(
                f"{out} holds {what}: {_difference(key, there.get(key), value)}; choose another --out"
            )
    if not resume:
        raise UserError(f"{out} already holds this experiment; go on with --resume, or choose another --out")


def _difference(key: str, there: Any, here: Any) -> str:
    """The first place where two settings differ, by its path."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in [*here, *there]:
            if there.get(name) != here.get(name):
                return _difference(f"{key}.{name}", there.get(name), here.get(name))
    if isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for index, (old, new) in enumerate(zip(there, here, strict=True)):
            if old != new:
                return _difference(f"{key}[{index}]", old, new)
    return f"{key} is {there!r} there and {here!r} here"


def learner_of(condition: Condition, devices: int) -> A2C:
    """The learner that a condition declares, on at most so many devices."""
    used = used_devices(condition, devices)
    return A2C(distribution(condition.distribution), condition.agent, condition.learner, used)


def used_devices(condition: Condition, devices: int) -> int:
    """As many of so many devices as the condition's micro-batches can be dealt out to."""
    return max(n for n in range(1, devices + 1) if condition.learner.microbatches % n == 0)


def train_all(
    trainings: list[Training], train_one: Callable[[Condition, int], None], announce: Callable[[str], None]
) -> None:
    """Every training once: those that another process is at are left to it, and looked at again later."""
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
    condition: Condition, seed: int, *, preset: Preset, out: Path, devices: int, progress
) -> None:
    folder = run_folder(out, condition.name, seed)
    config = dataclasses.asdict(condition)
    train(learner_of(condition, devices), seed, folder, config=config, resume=True, progress=progress)
    missing = [
        name for name in condition.evaluations if not record_path(out, condition.name, seed, name).exists()
    ]
    if not missing:
        return
    agent = load_agent(folder)
    for name in missing:
        records = evaluate(
            agent,
            distribution(name),
            policy=condition.label,
            name=name,
            lifetimes=preset.lifetimes,
            seed=EVALUATION_SEED,
        )
        records.save(record_path(out, condition.name, seed, name))


def _keep_some(condition: Condition, seed: int, is_first: bool, out: Path) -> None:
    """A few held-out lifetimes at length: of the trained agent, and of the first seed's initial weights."""
    for untrained in (True, False) if is_first else (False,):
        path = kept_path(out, condition.name, seed, untrained)
        if path.exists():
            continue
        agent = _beginner(condition, seed) if untrained else load_agent(run_folder(out, condition.name, seed))
        evaluate(
            agent,
            distribution(condition.distribution),
            policy=f"{condition.label}, untrained" if untrained else condition.label,
            name=condition.distribution,
            lifetimes=condition.kept_lifetimes,
            seed=EVALUATION_SEED,
            keep=condition.keep,  # pyright: ignore[reportArgumentType]  # checked there
        ).save(path)


def _beginner(condition: Condition, seed: int) -> RecurrentAgent:
    """The agent before its first update."""
    learner = learner_of(condition, 1)
    return learner.agent(learner.init(seed))


def _evaluate_references(preset: Preset, out: Path) -> None:
    """Every reference on every distribution, side by side: nearly all of their time is the compiler's.

    Its records for the curves, its exact value where there is one.
    """
    path = out / "references.json"
    if path.exists():
        return
    pairs = [(policy, name) for name in preset.reference_on for policy in preset.references]
    with ThreadPoolExecutor(usable_cores()) as threads:
        rows = list(threads.map(lambda pair: _reference_result(*pair, preset=preset, out=out), pairs))
    write_atomically(
        path, json.dumps({"references": [dataclasses.asdict(row) for row in rows]}, indent=1).encode()
    )


def _reference_result(policy: ReferencePolicy, name: str, preset: Preset, out: Path) -> ReferenceResult:
    tasks, parameters = distribution(name), dict(policy.parameters)
    agent = reference(
        policy.name, distribution(policy.built_for) if policy.built_for else tasks, **parameters
    )
    records = evaluate(
        agent, tasks, policy=policy.label, name=name, lifetimes=preset.lifetimes, seed=EVALUATION_SEED
    )
    records.save(reference_record_path(out, policy.label, name))
    value = exact_value(agent, tasks) if policy.built_for else exact(policy.name, tasks, **parameters)
    regret = records.regret[:, -1] if records.knows_regret else None
    sampled = records.total_return if regret is None else regret
    return ReferenceResult(
        name=policy.name,
        label=policy.label,
        distribution=name,
        total_return=float(records.total_return.mean()) if value is None else value.total_return,
        regret=value.regret if value is not None else None if regret is None else float(regret.mean()),
        standard_error=standard_error(sampled) if value is None else 0.0,
        exact=value is not None,
    )
