"""The findings of `reptile`: the area under the scores after 1 to 10 inner steps."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.experiments.nichol2018.reptile.names import BOTH, OWN, STEPS, TUNED
from prefrontal.experiments.plane_scores import after, difference, scores

BLIND = 0.05  # the most that an agent may score before it has learnt anything in its task

_FASTER = PaperClaim(
    "Nichol et al. 2018, section 5", statement="with k > 1, Reptile finds a start from which learning is fast"
)
_NEGATIVE = PaperClaim(
    "Nichol et al. 2018, section 7",
    statement="results on reinforcement learning were only negative: joint training is a strong baseline",
)
_NONE = PaperClaim("Nichol et al. 2018", statement="has no results on reinforcement learning")


def areas(evidence: Evidence, condition: str, trial: str, mode: bool = False) -> list[np.ndarray]:
    """The mean score after 1 to 10 inner steps of each lifetime, one array for each seed."""
    return [one[:, 1:].mean(axis=1) for one in scores(evidence, condition, trial, mode)]


def area(evidence: Evidence, condition: str, trial: str, mode: bool = False) -> Measure:
    return averaged("area", areas(evidence, condition, trial, mode))


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    found = [
        _less(evidence, "k", "sgd-10", "sgd-1", OWN, _FASTER),
        _less(evidence, "k-mode", "sgd-10", "sgd-1", OWN, _FASTER, mode=True),
        _less(evidence, "k-adam", "adam-10", "adam-1", OWN, _FASTER),
        _less(evidence, "k-tuned", "sgd-10", "sgd-1", TUNED, _FASTER),
        _less(evidence, "joint", "joint", "sgd-10", TUNED, _NEGATIVE),
        _less(evidence, "joint-adam", "joint", "adam-10", TUNED, _NEGATIVE),
    ]
    if "sgd-20" in evidence.conditions:
        found.append(_less(evidence, "k-more", "sgd-20", "sgd-2", OWN, _FASTER))
    claim = f"Before it has learnt in its task, an agent of joint training scores at most {BLIND:g}"
    before = after(evidence, "joint", 0, OWN)
    found.append(answer("leak", claim, before, ("stay", 0.0), _NONE, at_most=BLIND))
    return found


def _less(
    evidence: Evidence, id: str, one: str, other: str, trial: str, paper: PaperClaim, mode: bool = False
) -> Finding:
    acted = "the most probable actions" if mode else "sampled actions"
    labels = [evidence.conditions[name]["label"] for name in (one, other)]
    measured = difference(
        f"area of {labels[0]} less that of {labels[1]}, {trial}, {acted}",
        *(areas(evidence, name, trial, mode) for name in (one, other)),
    )
    by_mode = ", by the most probable actions" if mode else ""
    claim = f"{labels[0]} earns more than {labels[1]} over ten inner steps {trial}{by_mode}"
    return answer(id, claim, measured, (labels[1], 0.0), paper, at_least=0.0)


def tables(evidence: Evidence) -> dict[str, Table]:
    """Areas by condition, rate and kind of actions; and the scores behind them."""
    wide, rows = [], []
    for name, entry in evidence.conditions.items():
        for trial in (OWN, TUNED):
            measured = [area(evidence, name, trial, mode) for mode in (False, True)]
            cells = [cell for one in measured for cell in (one.value, *one.interval)]
            wide.append((entry["label"], trial, *cells))
            for mode in (False, True):
                acted = "most probable" if mode else "sampled"
                means = np.mean([one.mean(axis=0) for one in scores(evidence, name, trial, mode)], axis=0)
                rows.append((entry["label"], trial, acted, *means))
    columns = ("policy", "rate", "sampled", "low", "high", "most probable", "low", "high")
    steps = tuple(f"R{step}" for step in range(len(rows[0]) - 3))
    return {
        "areas": table("The mean score after 1 to 10 inner steps, with its 95 % interval.", columns, wide),
        "scores": table(
            "Scores by the number of inner steps, the mean over seeds: 0 is to stay put, 1 is the oracle.",
            ("policy", "rate", "actions", *steps),
            rows,
        ),
        "evaluations": evaluations(evidence),
    }


def by_steps(evidence: Evidence, optimiser: str, trial: str, mode: bool = False) -> dict[int, Measure]:
    """The area for each number of inner steps that was trained with."""
    names = {k: f"{optimiser}-{k}" for k in STEPS if f"{optimiser}-{k}" in evidence.conditions}
    return {k: area(evidence, name, trial, mode) for k, name in names.items()}


__all__ = ["BOTH", "areas", "by_steps", "findings", "tables"]
