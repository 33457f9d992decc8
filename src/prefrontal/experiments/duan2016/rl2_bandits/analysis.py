"""The findings of `rl2-bandits`."""

import numpy as np

from prefrontal.analysis.control_findings import no_memory, no_reward
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged
from prefrontal.analysis.performance import by_life, compared, return_of, total_return
from prefrontal.analysis.regret import Curve, curve_over_seeds, expected_rewards
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.experiments.duan2016.rl2_bandits.published import (
    CELLS,
    CONTROLLED,
    DISTILLED,
    ROWS,
    TESTED_ON,
    Cell,
)

_TABLE = "Duan et al. 2016, table 1"
_MEMORY = PaperClaim(_TABLE, statement="trains no agent without memory")
_ABOVE = PaperClaim(
    _TABLE, statement="except at 500 pulls of 5 arms, the agent earns more than Thompson sampling"
)
_SHORT = PaperClaim(_TABLE, statement="at 500 pulls of 50 arms the agent falls short of Gittins' indices")
_CAPACITY = PaperClaim(
    "Duan et al. 2016, section 3.1",
    statement="a network of the same kind, taught by Gittins' indices, does as well as they do",
)
SIGNALS = {"gru": "expected regret", "gru-sampled": "sampled rewards"}


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's numbers and claims."""
    found = [
        _return(evidence, cell, agent)
        for cell in cells(evidence)
        for agent in SIGNALS
        if f"{agent}-{cell.kind}" in evidence.conditions
    ]
    found += [_above_thompson(evidence, cell) for cell in cells(evidence)]
    if DISTILLED in cells(evidence):
        found += [_below_gittins(evidence), *_distilled(evidence)]
    prefix = f"gru-{CONTROLLED.kind}-"
    if f"{prefix}no-memory" in evidence.conditions:
        found += [no_reward(evidence, prefix), no_memory(evidence, prefix, _MEMORY)]
    return found


def tables(evidence: Evidence) -> dict[str, Table]:
    """The paper's table with ours beside it, and every network's return and regret."""
    return {"cells": _beside_the_papers(evidence), "evaluations": evaluations(evidence)}


def cells(evidence: Evidence) -> list[Cell]:
    """The cells of the paper's table that this preset has."""
    return [cell for cell in CELLS if f"gru-{cell.kind}" in evidence.conditions]


def reward_by_pull(evidence: Evidence, condition: str) -> Curve:
    """The expected reward of each pull, over all held-out tasks; a pull is an episode."""
    return curve_over_seeds([expected_rewards(one) for one in evidence.records(condition)])


def reference_reward_by_pull(evidence: Evidence, reference: str, cell: Cell) -> Curve:
    """The same for a reference."""
    return curve_over_seeds([expected_rewards(evidence.reference_records(reference, cell.tasks))])


def _return(evidence: Evidence, cell: Cell, agent: str) -> Finding:
    found = total_return(evidence, f"{agent}-{cell.kind}")
    best = evidence.reference("finite-gittins", cell.tasks)
    least = cell.rl2 if cell.at_least is None else cell.at_least
    claim = (
        f"In {cell.pulls} pulls of {cell.arms} arms, the agent trained from {SIGNALS[agent]} earns at least "
        f"{least:g}"
    )
    paper = PaperClaim(_TABLE, value=cell.rl2)
    id = f"{agent}-{cell.kind}"
    return answer(id, claim, found, (best.label, best.total_return), paper, at_least=least)


def _above_thompson(evidence: Evidence, cell: Cell) -> Finding:
    found = compared(evidence, f"gru-{cell.kind}", "thompson", of=return_of)
    claim = (
        f"In {cell.pulls} pulls of {cell.arms} arms, one more training would earn more than Thompson sampling"
    )
    id = f"above-thompson-{cell.kind}"
    return answer(id, claim, found.of_one_more(), ("thompson", 0.0), _ABOVE, at_least=0.0)


def _below_gittins(evidence: Evidence) -> Finding:
    found = compared(evidence, f"gru-{DISTILLED.kind}", "finite-gittins", of=return_of)
    claim = (
        f"In {DISTILLED.pulls} pulls of {DISTILLED.arms} arms, the agent earns less than Gittins' indices "
        "for the pulls that are left"
    )
    return answer("below-gittins", claim, found, ("finite-gittins", 0.0), _SHORT, at_most=0.0)


def _distilled(evidence: Evidence) -> list[Finding]:
    """Whether imitation finds weights that are better than those found by reward."""
    name = f"distilled-{DISTILLED.kind}"
    if name not in evidence.conditions:
        return []
    where = f"in {DISTILLED.pulls} pulls of {DISTILLED.arms} arms"
    far = compared(evidence, name, "finite-gittins", of=return_of)
    least = -0.01 * evidence.reference("finite-gittins", DISTILLED.tasks).total_return
    taught, rewarded = (by_life(evidence, one, of=return_of) for one in (name, f"gru-{DISTILLED.kind}"))
    gain = averaged(
        "return of the agent that imitates less that of the agent trained from expected regret",
        [one - other for one, other in zip(taught, rewarded, strict=True)],
    )
    near = f"The same network, taught by Gittins' indices, earns at least 99 % of what they earn {where}"
    better = f"Imitation finds better weights than reward does {where}: what falls short is the learning"
    return [
        answer("distilled", near, far, ("finite-gittins", 0.0), _CAPACITY, at_least=least),
        answer("distilled-gain", better, gain, ("equal", 0.0), _CAPACITY, at_least=0.0),
    ]


def _beside_the_papers(evidence: Evidence) -> Table:
    rows = []
    for cell in cells(evidence):
        noise = _noise_of_a_table(evidence, cell)
        for place, name in enumerate(ROWS):
            one = evidence.reference(name, cell.tasks)
            half = 0.0 if one.exact else 1.96 * one.standard_error
            ours = (one.total_return, one.total_return - half, one.total_return + half)
            rows.append((cell.pulls, cell.arms, name, *ours, cell.references[place], None, noise))
        for condition, entry in evidence.conditions.items():
            if entry["distribution"] == cell.tasks and not entry["control"]:
                found: Measure = total_return(evidence, condition)
                printed = (cell.rl2, cell.snail) if condition.startswith("gru") else (None, None)
                rows.append(
                    (cell.pulls, cell.arms, entry["label"], found.value, *found.interval, *printed, noise)
                )
    caption = (
        "Return of a lifetime, ours beside what Duan et al. 2016 and Mishra et al. 2018 printed. Ours is the "
        "expected return, corrected by the oracle's expected return; low and high are its 95 % interval. "
        "The printed numbers are means of sampled returns on 1,000 tasks: the last column is the standard "
        "error that such a mean has."
    )
    columns = ("pulls", "arms", "policy", "return", "low", "high", "Duan et al.", "Mishra et al.", "noise")
    return table(caption, columns, rows)


def _noise_of_a_table(evidence: Evidence, cell: Cell) -> float:
    """The standard error of a mean of sampled returns over as many tasks as the papers used."""
    sampled = evidence.reference_records("finite-gittins", cell.tasks).total_return
    return float(np.std(sampled, ddof=1) / np.sqrt(TESTED_ON))
