"""The findings of `memories`."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, measure, multiple
from prefrontal.analysis.performance import by_life, regret
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.analysis.training_curves import LearningCurve, learning_curve, read_metrics

STEPS = 1.1  # times the LSTM's regret, at most, after as many steps of training
TIME = 1.25  # the same, after as much processor time
WITHOUT = 1.5  # times the LSTM's regret, at least, where there is no memory
MEMORIES = {"lstm": "the LSTM", "gru": "the GRU", "linear": "the linear recurrence", "attention": "attention"}
KINDS = {"two-arms": "two arms", "grid": "a grid", "long": "500 pulls of five arms"}
LATELY = 0.9  # of the time, from which on a training's metric is averaged
_POINTS = 400

_TABLES = "Mishra et al. 2018, tables 1 and 2"
_ATTENTION = PaperClaim(_TABLES, statement="attention earns as much as a recurrent agent, or more")
_NONE = PaperClaim(_TABLES, statement="compare no other memories")
_TIME = PaperClaim(_TABLES, statement="give no time")


class Raced(NamedTuple):
    """How far the trainings with one memory had come by the time at which the quickest memory was done."""

    seconds: float  # of one training, all in all, the mean over seeds
    at: float  # the processor time that each is given
    regret: Float[np.ndarray, "seeds"]  # of the lifetimes trained on, lately


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say: each memory beside the LSTM, by steps and by time, on each kind of tasks."""
    found = []
    for kind in kinds(evidence):
        others = [one for one in MEMORIES if one != "lstm"]
        found += [_by_steps(evidence, kind, one) for one in others]
        found += [_by_time(evidence, kind, one) for one in others]
        if f"lstm-{kind}-no-memory" in evidence.conditions:
            found.append(_without(evidence, kind))
    return found


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every memory on every kind of tasks: by steps, and by time."""
    rows = []
    for kind in kinds(evidence):
        for name in MEMORIES:
            condition = f"{name}-{kind}"
            steps, time = regret(evidence, condition), race(evidence, kind)[name]
            lately = time.regret.mean()
            rows.append(
                (KINDS[kind], MEMORIES[name], steps.value, *steps.interval, time.seconds, time.at, lately)
            )
    caption = (
        "Regret on held-out tasks after as many lifetimes of training for all memories, with its 95 % "
        "interval; processor seconds of a training (the mean over seeds, without compiling); and the regret "
        "of the lifetimes trained on by the time at which the quickest memory was done."
    )
    columns = ("tasks", "memory", "regret", "low", "high", "seconds", "at second", "regret by then")
    return {"memories": table(caption, columns, rows), "evaluations": evaluations(evidence)}


def kinds(evidence: Evidence) -> list[str]:
    """The kinds of tasks that this preset has."""
    return [kind for kind in KINDS if f"lstm-{kind}" in evidence.conditions]


def course(evidence: Evidence, condition: str) -> LearningCurve:
    """Regret of the lifetimes trained on against their number."""
    return learning_curve(_logs(evidence, condition), points=_POINTS)


def seconds_each(evidence: Evidence, condition: str) -> float:
    """Processor seconds for each lifetime of training, the mean over seeds."""
    logs = [read_metrics(path) for path in _logs(evidence, condition)]
    worked = sum(row["processor_seconds"] for rows in logs for row in rows)
    return worked / sum(rows[-1]["lifetimes"] for rows in logs)


def _logs(evidence: Evidence, condition: str) -> list[Path]:
    return [run_folder(evidence.folder, condition, seed) / "metrics.jsonl" for seed in evidence.seeds]


def race(evidence: Evidence, kind: str) -> dict[str, Raced]:
    """Every memory on one kind of tasks, each given the time of the quickest."""
    return evidence.once(("race", kind), lambda: _race(evidence, kind))


def _race(evidence: Evidence, kind: str) -> dict[str, Raced]:
    courses = {name: course(evidence, f"{name}-{kind}") for name in MEMORIES}
    each = {name: seconds_each(evidence, f"{name}-{kind}") for name in MEMORIES}
    whole = {name: float(one.x[-1]) * each[name] for name, one in courses.items()}
    at = min(whole.values())
    return {name: Raced(whole[name], at, _lately(one, at / each[name])) for name, one in courses.items()}


def _lately(one: LearningCurve, lifetimes: float) -> Float[np.ndarray, "seeds"]:
    """The mean of the metric over the last of the lifetimes that there is time for."""
    places = np.linspace(LATELY * lifetimes, lifetimes, 50)
    return np.array([np.interp(places, one.x, seed).mean() for seed in one.by_seed])


def _by_steps(evidence: Evidence, kind: str, memory: str) -> Finding:
    lives = [by_life(evidence, f"{one}-{kind}") for one in (memory, "lstm")]
    found = multiple("regret as a multiple of the LSTM's, after as many steps of training", *lives)
    claim = f"After as many steps the regret of {MEMORIES[memory]} is at most {STEPS:g} times the LSTM's"
    paper = _ATTENTION if memory == "attention" else _NONE
    id = f"steps-{memory}-{kind}"
    return answer(id, f"{claim}: {KINDS[kind]}", found, ("LSTM", 1.0), paper, at_most=STEPS)


def _by_time(evidence: Evidence, kind: str, memory: str) -> Finding:
    raced = race(evidence, kind)
    found = _ratio(raced[memory].regret, raced["lstm"].regret)
    claim = f"In as much time the regret of {MEMORIES[memory]} is at most {TIME:g} times the LSTM's"
    id = f"time-{memory}-{kind}"
    return answer(id, f"{claim}: {KINDS[kind]}", found, ("LSTM", 1.0), _TIME, at_most=TIME)


def _ratio(above: Float[np.ndarray, "seeds"], below: Float[np.ndarray, "seeds"]) -> Measure:
    """Seed by seed. With a single training there is no interval, and nothing is decided."""
    name = "regret in training as a multiple of the LSTM's, by the time the quickest memory is done"
    found = measure(name, above / below)
    return found if len(above) > 1 else found.undecidable()


def _without(evidence: Evidence, kind: str) -> Finding:
    lives = [by_life(evidence, one) for one in (f"lstm-{kind}-no-memory", f"lstm-{kind}")]
    found = multiple("regret without memory as a multiple of the LSTM's", *lives)
    claim = f"Without memory the regret is at least {WITHOUT:g} times the LSTM's: {KINDS[kind]}"
    return answer(f"no-memory-{kind}", claim, found, ("LSTM", 1.0), _NONE, at_least=WITHOUT)
