"""The findings of `poet`: what its agents solve, what cannot be solved from scratch, and how much is new."""

import numpy as np
from jaxtyping import Bool, Float, Int

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged, measure
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.analysis.training_curves import LearningCurve, learning_curve, metric, read_metrics
from prefrontal.experiments.wang2019.poet.names import CANNOT, MORE, SOLVES

_SCRATCH = PaperClaim(
    "Wang et al. 2019, section 4.2",
    statement="from scratch, evolution does not solve what POET solves, at more than its own cost",
)
_PATH = PaperClaim(
    "Wang et al. 2019, section 4.2",
    statement="a direct path to the environment does not lead to the very challenging ones (p < .01)",
)
_TRANSFER = PaperClaim(
    "Wang et al. 2019, section 4.3", statement="without transfer POET makes no extremely challenging ones"
)
_ANNECS = PaperClaim(
    "Wang et al. 2020, section 4", statement="counts environments that are new and then solved (ANNECS)"
)


def controls(evidence: Evidence) -> list[str]:
    """The conditions that trained agents from scratch, the path last."""
    return [name for name, entry in evidence.conditions.items() if entry.get("after")]


def targets(evidence: Evidence, seed: int) -> Int[np.ndarray, "n"]:
    """The rows in POET's archive of the environments that its controls were trained on."""
    wanted = evidence.history(controls(evidence)[0], seed)["vectors"]
    known = evidence.history("poet", seed)["vectors"]
    return np.array([int(np.abs(known - one).sum(axis=1).argmin()) for one in wanted])


def passed(evidence: Evidence, condition: str, seed: int) -> Bool[np.ndarray, "lives"]:
    """Whether each fresh task of each target is solved."""
    found = evidence.history(condition, seed)
    solved = found["returns"] >= evidence.conditions[condition]["learner"]["solved_at"]
    return (solved[targets(evidence, seed)] if condition == "poet" else solved).ravel()


def solves(evidence: Evidence, condition: str) -> Measure:
    """The share of fresh tasks of POET's last environments that a condition's agents solve."""
    lives = [passed(evidence, condition, seed).astype(float) for seed in evidence.seeds]
    return averaged("share of fresh tasks of POET's last environments that are solved", lives, (0.0, 1.0))


def best_scratch(evidence: Evidence) -> str:
    """The condition from scratch whose σ solves most."""
    names = [name for name in controls(evidence) if name != "path"]
    return max(names, key=lambda name: solves(evidence, name).value)


def new_ones(evidence: Evidence, condition: str, by: str = "rollouts") -> Float[np.ndarray, "seeds"]:
    """ANNECS of each seed after as many rollouts (or updates) as all growers have."""
    found = {name: _courses(evidence, name, by) for name in ("poet", "no-transfer", "random")}
    most = min(x[-1] for curves in found.values() for x, _ in curves)
    return np.array([float(np.interp(most, x, y)) for x, y in found[condition]])


def _courses(evidence: Evidence, condition: str, by: str):
    paths = [run_folder(evidence.folder, condition, seed) / "metrics.jsonl" for seed in evidence.seeds]
    return [metric(read_metrics(path), by, "annecs") for path in paths]


def course(evidence: Evidence, condition: str) -> LearningCurve:
    """ANNECS by rollouts."""
    paths = [run_folder(evidence.folder, condition, seed) / "metrics.jsonl" for seed in evidence.seeds]
    return learning_curve(paths, "rollouts", "annecs")


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    best, none = best_scratch(evidence), ("none", 0.0)
    label = evidence.conditions[best]["label"]
    return [
        answer(
            "solves",
            f"POET's agents solve at least {SOLVES:.0%} of fresh tasks of its last environments",
            solves(evidence, "poet"),
            none,
            _SCRATCH,
            at_least=SOLVES,
        ),
        answer(
            "scratch",
            f"With the best σ ({label}), agents from scratch solve at most {CANNOT:.0%} of them",
            solves(evidence, best),
            none,
            _SCRATCH,
            at_most=CANNOT,
        ),
        _less(
            evidence, best, "scratch-less", f"POET's agents solve more of them than those {label}", _SCRATCH
        ),
        _less(evidence, "path", "path-less", "They solve more of them than agents on a direct path", _PATH),
        _more(evidence, "random", "rollouts", MORE, "random environments", _ANNECS),
        _more(evidence, "no-transfer", "rollouts", 1.0, "no transfer", _TRANSFER),
        _more(evidence, "no-transfer", "last", 1.0, "no transfer", _TRANSFER),
    ]


def _less(evidence: Evidence, condition: str, id: str, claim: str, source: PaperClaim) -> Finding:
    pairs = [
        [passed(evidence, name, seed).astype(float) for name in ("poet", condition)]
        for seed in evidence.seeds
    ]
    apart = averaged("share that POET solves less the other's", [ours - theirs for ours, theirs in pairs])
    return answer(id, claim, apart, ("no difference", 0.0), source, at_least=0.0)


def _more(
    evidence: Evidence, condition: str, by: str, times: float, other: str, source: PaperClaim
) -> Finding:
    ours, theirs = (new_ones(evidence, name, by) for name in ("poet", condition))
    # A run's own error is that of counts, which vary as much as their size.
    errors = np.sqrt(np.maximum(ours + times**2 * theirs, 1.0))
    apart = measure(f"ANNECS of POET less {times:g} times that of the other", ours - times * theirs, errors)
    said = "rollouts" if by == "rollouts" else "updates"
    claim = f"At as many {said} POET's ANNECS is at least {times:g} times that with {other}"
    return answer(f"annecs-{condition}-{said}", claim, apart, ("no difference", 0.0), source, at_least=0.0)


def tables(evidence: Evidence) -> dict[str, Table]:
    """What each grower made, and every environment of POET."""
    growers = []
    for name in ("poet", "no-transfer", "random"):
        for seed in evidence.seeds:
            found = evidence.history(name, seed)
            solved, new = found["solved"] >= 0, found["new"].astype(bool)
            counts = (len(solved), int(solved.sum()), int((solved & new).sum()), int(found["moved"].sum()))
            label = evidence.conditions[name]["label"]
            growers.append((label, seed, *counts, int(found["rollouts"])))
    columns = ("grower", "seed", "environments", "solved", "ANNECS", "transfers", "rollouts")
    shares = [
        (entry["label"], *(cell for cell in (one.value, *one.interval)))
        for name, entry in evidence.conditions.items()
        if name == "poet" or entry.get("after")
        for one in [solves(evidence, name)]
    ]
    return {
        "growers": table("What each run made.", columns, growers),
        "solved": table(
            "Fresh tasks of POET's last environments that are solved.",
            ("agents", "share", "low", "high"),
            shares,
        ),
        "evaluations": evaluations(evidence),
    }
