"""The findings of `maze`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, estimated, share_of_seeds
from prefrontal.analysis.navigation import Ways, measured, measured_beside, value_rises, ways, window
from prefrontal.analysis.statistics.intervals import Estimate, standard_error
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records

HALF = 0.5  # of the steps to the first arrival, at most, is called a drop
NEAR = {"lstm": 1.5, "new": 2.0, "view": 1.5}  # times the shortest way, at most
SAME = 0.9  # of the random walk's ratio of later to first steps, at least, is called no drop
BACK = 5  # steps before an arrival

_FIGURE = "Wang et al. 2016, section 3.2.3, figure 7"
_DROP = PaperClaim(_FIGURE, statement="about 100 steps to the first arrival, about 30 to later ones")
_NEAR = PaperClaim(_FIGURE, statement="later ways are short; the paper gives no length of the shortest")
_NEW = PaperClaim(_FIGURE, statement="the layout is fixed in the paper")
_VALUE = PaperClaim(_FIGURE, statement="the value rises as the goal is approached (figure 7d)")
_REACTIVE = PaperClaim(_FIGURE, statement="a feed-forward network shows no drop")
WHERE = {"lstm": "in the fixed layout", "new": "in new layouts", "view": "in first person"}
CONTROLS = {"no-memory": WHERE["lstm"], "no-memory-new": WHERE["new"], "view-no-memory": WHERE["view"]}


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    found = []
    for condition in agents(evidence):
        found += [_drop(evidence, condition), _detour(evidence, condition)]
        found += [_value(evidence, condition, later) for later in (False, True)]
    return found + [
        _no_memory(evidence, condition, where)
        for condition, where in CONTROLS.items()
        if condition in evidence.conditions
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Steps to the first and to later arrivals of every seed and of the references; rises of the value."""
    steps: list[tuple] = []
    for name, condition in evidence.conditions.items():
        made = zip(evidence.seeds, lived(evidence, name), strict=True)
        steps += [(name, condition["distribution"], seed, *_row(one)) for seed, one in made]
    for one in evidence.references:
        made = reference_ways(evidence, one.label, one.distribution)
        steps.append((one.label, one.distribution, None, *_row(made)))
    columns = ("policy", "distribution", "seed", "first", "later", "later over first", "later over shortest")
    values = [
        (name, seed, "later" if later else "first", one.mean() if len(one) else None, len(one))
        for name in agents(evidence)
        for later in (False, True)
        for seed, one in zip(evidence.seeds, rises(evidence, name, later), strict=True)
    ]
    return {
        "evaluations": evaluations(evidence),
        "steps": table("Steps to the first arrival of a lifetime and to later ones.", columns, steps),
        "value": table(
            f"Rise of the value in the last {BACK} steps before an arrival, the mean over lifetimes.",
            ("condition", "seed", "arrivals", "rise", "lifetimes"),
            values,
        ),
    }


def agents(evidence: Evidence) -> list[str]:
    """The conditions that are no controls."""
    return [name for name in WHERE if name in evidence.conditions]


def _row(made: Ways) -> tuple[float, ...]:
    return made.first_steps, made.later_steps, made.kept, made.detour


def lived(evidence: Evidence, condition: str) -> list[Ways]:
    """First and later journeys of each seed."""
    return evidence.once(("ways", condition), lambda: [_ways(one) for one in evidence.records(condition)])


def reference_ways(evidence: Evidence, name: str, distribution: str) -> Ways:
    """A reference's, in the same tasks."""
    return evidence.once(
        ("ways of a reference", name, distribution),
        lambda: _ways(evidence.reference_records(name, distribution)),
    )


def _ways(records: Records) -> Ways:
    return ways(records, window(records))


def _steps(evidence: Evidence, condition: str) -> tuple[Measure, str, Ways]:
    """The share of later steps, the steps in words, and the random walk's, in the same tasks."""
    made = lived(evidence, condition)
    first, later = (measured(what, what, made).value for what in ("first_steps", "later_steps"))
    found = measured("steps to later arrivals, as a share of those to the first", "kept", made)
    random = reference_ways(evidence, "random", evidence.conditions[condition]["distribution"])
    return found, f"{first:.1f} steps, then {later:.1f}", random


def _drop(evidence: Evidence, condition: str) -> Finding:
    found, steps, random = _steps(evidence, condition)
    claim = (
        f"The goal is found much sooner once it was found: {WHERE[condition]} later arrivals take at most "
        f"half of the steps of the first ({steps})"
    )
    return answer(f"drop-{condition}", claim, found, ("random", random.kept), _DROP, at_most=HALF)


def _detour(evidence: Evidence, condition: str) -> Finding:
    found = measured("steps to later arrivals over the shortest way", "detour", lived(evidence, condition))
    most, paper = NEAR[condition], _NEW if condition == "new" else _NEAR
    claim = f"Later arrivals {WHERE[condition]} take at most {most} times the steps of the shortest way"
    return answer(f"near-{condition}", claim, found, ("shortest-path", 1.0), paper, at_most=most)


def rises(evidence: Evidence, condition: str, later: bool) -> list[np.ndarray]:
    """For each seed, how the value rises on the way to an arrival: one number for each lifetime."""
    return evidence.once(
        ("rises", condition, later),
        lambda: [value_rises(evidence.kept(condition, seed), later, BACK) for seed in evidence.seeds],
    )


def _value(evidence: Evidence, condition: str, later: bool) -> Finding:
    by_seed = rises(evidence, condition, later)
    id = f"value-{'later' if later else 'first'}-{condition}"
    which = "later arrivals" if later else "the first arrival"
    claim = f"The value rises on the way to {which} {WHERE[condition]}, and would in one more training"
    if min(len(one) for one in by_seed) < 2:
        return _value_unknown(id, claim, by_seed)
    name, each = f"rise of the value in {BACK} steps", [_mean_rise(one) for one in by_seed]
    found = estimated(name, each)  # lifetimes with an arrival are not the same for all trainings
    return answer(id, claim, found.of_one_more(), ("no rise", 0.0), _VALUE, at_least=0.0)


def _mean_rise(rises: np.ndarray) -> Estimate:
    return Estimate(float(rises.mean()), standard_error(rises))


def _value_unknown(id: str, claim: str, by_seed: list[np.ndarray]) -> Finding:
    """Where some seed hardly ever arrives: on how many seeds the value is seen to rise."""
    found = share_of_seeds(np.array([len(one) > 1 and one.mean() > 0 for one in by_seed]))
    few = sum(len(one) < 2 for one in by_seed)
    claim = f"{claim} ({few} of {len(by_seed)} seeds have fewer than two lifetimes with such an arrival)"
    return answer(id, claim, found.undecidable(), ("every seed", 1.0), _VALUE, at_least=1.0)


def _no_memory(evidence: Evidence, condition: str, where: str) -> Finding:
    """Held to the random walk: where every layout is new, the ratio of who remembers nothing is not 1."""
    _, steps, random = _steps(evidence, condition)
    name = "share of later steps in those to the first, as a multiple of the random walk's"
    found = measured_beside(name, "kept", lived(evidence, condition), random)
    claim = (
        f"Without memory there is no drop {where}: the steps to later arrivals, as a share of those to the "
        f"first, are at least {SAME:.0%} of the random walk's share ({steps}; of "
        f"the random walk {random.first_steps:.1f}, then {random.later_steps:.1f})"
    )
    return answer(condition, claim, found, ("random", 1.0), _REACTIVE, at_least=SAME)
