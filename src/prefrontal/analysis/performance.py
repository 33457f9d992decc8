"""Regret and return of trained agents, with a control variate: all policies met the same held-out tasks.

If a reference's expectation is known exactly, an agent's estimate is this expectation plus the mean
difference between the two on the tasks that both met. The luck of these tasks cancels. The reference is the
one with the highest return among those known exactly (`best_exact`), which is the Bayes-optimal policy if it
is one of them. The plain mean is used if there is no such reference, or if it would leave a larger error than
the plain mean over tasks.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.evidence import Evidence, ReferenceResult, reference_record_path
from prefrontal.analysis.measures import Measure, averaged, multiple
from prefrontal.analysis.regret import Curve, curve_over_seeds, expected_return, final_regret
from prefrontal.analysis.statistics.comparison import check_same_tasks
from prefrontal.analysis.statistics.intervals import standard_error
from prefrontal.disk.records import Records

Lives = list[Float[np.ndarray, "N"]]
Of = Callable[[Records], Float[np.ndarray, "N"]]


def return_of(records: Records) -> Float[np.ndarray, "N"]:
    """The return of each lifetime: the expected return if the task defines it, otherwise the sampled one."""
    return expected_return(records) if records.expected_reward is not None else records.total_return


def best_exact(rows: Iterable[ReferenceResult], distribution: str) -> ReferenceResult | None:
    """The reference with the highest return among those known exactly; None if there is none."""
    known = [row for row in rows if row.distribution == distribution and row.exact]
    return max(known, key=lambda row: row.total_return, default=None)


def by_life(
    evidence: Evidence, condition: str, distribution: str | None = None, of: Of = final_regret
) -> Lives:
    """A number for each lifetime of every training seed; their mean is the agent's regret (or return)."""
    where = distribution or evidence.conditions[condition]["distribution"]
    return evidence.once(
        ("by life", condition, where, of),
        lambda: of_records(evidence, evidence.records(condition, where), of),
    )


def of_records(evidence: Evidence, records: Sequence[Records], of: Of = final_regret) -> Lives:
    """The same for any records of an experiment, one for each training seed."""
    plain, luck = [of(one) for one in records], _luck(evidence, records, of)
    return plain if luck is None else [one - luck for one in plain]


def regret(evidence: Evidence, condition: str, distribution: str | None = None) -> Measure:
    """Cumulative expected regret of a lifetime."""
    pulls = _horizon(evidence, condition, distribution)
    lives = by_life(evidence, condition, distribution)
    return averaged(f"cumulative expected regret after {pulls} pulls", lives)


def total_return(evidence: Evidence, condition: str, distribution: str | None = None) -> Measure:
    """Return of a lifetime: the expected one if the task defines it."""
    pulls = _horizon(evidence, condition, distribution)
    return averaged(f"return of {pulls} pulls", by_life(evidence, condition, distribution, return_of))


def _horizon(evidence: Evidence, condition: str, distribution: str | None) -> int:
    key = ("horizon", condition, distribution)
    return evidence.once(key, lambda: evidence.records(condition, distribution)[0].horizon)


def _luck(evidence: Evidence, records: Sequence[Records], of: Of) -> Float[np.ndarray, "N"] | None:
    """The best exact reference's result in each task less its expectation.

    None if there is no such reference, or if subtracting its luck does not reduce the error.
    """
    found = _met(evidence, records)
    return None if found is None else luck_of(*found, [of(one) for one in records], of)


def _met(evidence: Evidence, records: Sequence[Records]) -> tuple[ReferenceResult, Records] | None:
    """The best exact reference and its records on the tasks of these."""
    where = records[0].distribution
    best = best_exact(evidence.references, where) if evidence.has_references else None
    if best is None or not reference_record_path(evidence.folder, best.label, where).exists():
        return None
    met = evidence.reference_records(best.label, where)
    for one in records:
        check_same_tasks(one, met)
    return best, met


def luck_of(best: ReferenceResult, met: Records, plain: Lives, of: Of) -> Float[np.ndarray, "N"] | None:
    """A reference's result in each task less its expectation; None if subtracting it does not help."""
    luck = of(met) - (best.total_return if of is return_of else best.value)
    mean = np.mean(plain, axis=0)
    helps = len(mean) > 1 and standard_error(mean - luck) <= standard_error(mean)
    return luck if helps else None


def sharpened(
    rows: Sequence[ReferenceResult], read: Callable[[ReferenceResult], Records]
) -> list[ReferenceResult]:
    """Sampled references, corrected by control variate like the agents; `read` gives their records."""
    found = []
    for row in rows:
        best = best_exact(rows, row.distribution)
        found.append(row if row.exact or best is None else _sharpened(row, read(row), best, read(best)))
    return found


def _sharpened(row: ReferenceResult, own: Records, best: ReferenceResult, met: Records) -> ReferenceResult:
    check_same_tasks(own, met)
    numbers = {}
    for of in (final_regret, return_of):
        plain = of(own)
        luck = luck_of(best, met, [plain], of)
        numbers[of] = plain if luck is None else plain - luck
    return dataclasses.replace(
        row,
        regret=float(numbers[final_regret].mean()),
        total_return=float(numbers[return_of].mean()),
        standard_error=standard_error(numbers[final_regret]),
    )


def compared(
    evidence: Evidence, condition: str, reference: str, distribution: str | None = None, of: Of = final_regret
) -> Measure:
    """The agent's regret (or return) less a reference's on the same tasks.

    **Raises:** ValueError if they met different tasks.
    """
    records = evidence.records(condition, distribution)
    met = evidence.reference_records(reference, records[0].distribution)
    for one in records:
        check_same_tasks(one, met)
    what = "return" if of is return_of else "regret"
    return averaged(
        f"{what} less that of {reference} on the same tasks", [of(one) - of(met) for one in records]
    )


def beside(
    evidence: Evidence, condition: str, reference: str, of: Of = final_regret
) -> tuple[Measure, tuple[str, float]]:
    """The measure that compares an agent with a reference, and the value to compare it with.

    If the reference's value is exact, these are the agent's value and the reference's. Otherwise they are the
    difference on the same tasks, and 0, because the reference's value also has an error.
    """
    row = evidence.reference(reference, evidence.conditions[condition]["distribution"])
    if not row.exact:
        return compared(evidence, condition, row.label, of=of), (row.label, 0.0)
    if of is return_of:
        return total_return(evidence, condition), (row.label, row.total_return)
    return regret(evidence, condition), (row.label, row.value)


def as_multiple(
    evidence: Evidence, condition: str, reference: str
) -> tuple[Measure, tuple[str, float], float]:
    """The same for claims about a multiple of the reference's regret; also the value of one multiple.

    If the value is exact, the regret is measured, and one multiple is the reference's regret.
    """
    where = evidence.conditions[condition]["distribution"]
    row = evidence.reference(reference, where)
    if row.exact:
        return regret(evidence, condition), (row.label, row.value), row.value
    mine, other = evidence.records(condition), evidence.reference_records(row.label, where)
    check_same_tasks(mine[0], other)
    name = f"regret as a multiple of that of {row.label} on the same tasks"
    found = multiple(name, [final_regret(one) for one in mine], [final_regret(other)])
    return found, (row.label, 1.0), 1.0


def regret_by_pull(evidence: Evidence, condition: str) -> Curve:
    """Cumulative expected regret after each pull. It ends at the value of `regret`."""
    records = evidence.records(condition)
    curves, found = [one.regret for one in records], _met(evidence, records)
    if found is None or _luck(evidence, records, final_regret) is None:
        return curve_over_seeds(curves)
    best, met = found
    luck = met.regret - _ending_in(met.regret.mean(axis=0), best.value)
    return curve_over_seeds([one - luck for one in curves])


def reference_by_pull(evidence: Evidence, reference: str, distribution: str) -> Curve:
    """The same for a reference: the curve of its records, corrected evenly so that it ends at its value."""
    curve = curve_over_seeds([evidence.reference_records(reference, distribution).regret])
    moved = _ending_in(curve.mean, evidence.reference_regret(reference, distribution)) - curve.mean
    return Curve(*(part + moved for part in curve))


def _ending_in(curve: Float[np.ndarray, "T"], value: float) -> Float[np.ndarray, "T"]:
    """The curve, corrected to end at `value`; the correction is spread evenly over its steps."""
    return curve + (value - curve[-1]) * np.arange(1, len(curve) + 1) / len(curve)
