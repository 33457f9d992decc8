"""The findings of `rl2-tabular`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer, averaged
from prefrontal.analysis.performance import compared, return_of, total_return
from prefrontal.analysis.regret import expected_rewards
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records
from prefrontal.experiments.duan2016.rl2_tabular.published import CELLS, LENGTH, ROWS, Cell

FLAT = 0.1  # so much of the random policy's return per episode is called no rise
_TABLE = "Duan et al. 2016, table 2"
_ORDER = PaperClaim(_TABLE, statement="with up to 50 episodes, RL² earns more than every algorithm beside it")
_RISES = PaperClaim("Duan et al. 2016, section 3.2", statement="the agent learns from episode to episode")
_NONE = PaperClaim(_TABLE, statement="takes no part of the agent away")
SIGNALS = {"gru": "expected regret", "gru-sampled": "sampled rewards"}


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's numbers and claims."""
    found = []
    for cell in cells(evidence):
        agents = [agent for agent in SIGNALS if f"{agent}-{cell.kind}" in evidence.conditions]
        found += [_return(evidence, cell, agent) for agent in agents]
        found += [_above(evidence, cell, name) for name in ("psrl", "mdp-greedy")]
        found.append(_rises(evidence, cell))
    for name in evidence.conditions:
        if name.endswith(("no-memory", "no-reward")):
            found.append(_flat(evidence, name))
    return found


def tables(evidence: Evidence) -> dict[str, Table]:
    """The paper's table with ours beside it, and every network's return and regret."""
    return {"cells": _beside_the_paper(evidence), "evaluations": evaluations(evidence)}


def cells(evidence: Evidence) -> list[Cell]:
    """The cells of the paper's table that this preset has."""
    return [cell for cell in CELLS if f"gru-{cell.kind}" in evidence.conditions]


def by_episode(records: Records) -> np.ndarray:
    """The expected return of each episode: (lifetimes, episodes)."""
    return expected_rewards(records).reshape(records.lifetimes, -1, LENGTH).sum(axis=2)


def _return(evidence: Evidence, cell: Cell, agent: str) -> Finding:
    found = total_return(evidence, f"{agent}-{cell.kind}")
    best = evidence.reference("opsrl", cell.tasks)
    least = cell.rl2 if cell.at_least is None else cell.at_least
    claim = f"In {cell.words}, the agent trained from {SIGNALS[agent]} earns at least {least:g}"
    paper = PaperClaim(_TABLE, value=cell.rl2)
    id = f"{agent}-{cell.kind}"
    return answer(id, claim, found, (best.label, best.total_return), paper, at_least=least)


def _above(evidence: Evidence, cell: Cell, name: str) -> Finding:
    found = compared(evidence, f"gru-{cell.kind}", name, of=return_of)
    claim = f"In {cell.words}, one more training would earn more than {name}"
    return answer(f"above-{name}-{cell.kind}", claim, found.of_one_more(), (name, 0.0), _ORDER, at_least=0.0)


def _gain(evidence: Evidence, condition: str):
    each = [by_episode(one) for one in evidence.records(condition)]
    return averaged(
        "expected return of the last episode less that of the first",
        [one[:, -1] - one[:, 0] for one in each],
    )


def _rises(evidence: Evidence, cell: Cell) -> Finding:
    earned = by_episode(evidence.reference_records("psrl", cell.tasks))
    gain = float((earned[:, -1] - earned[:, 0]).mean())
    claim = f"In {cell.words}, the last one earns more than the first, and would in one more training"
    found = _gain(evidence, f"gru-{cell.kind}").of_one_more()
    return answer(f"rises-{cell.kind}", claim, found, ("psrl", gain), _RISES, at_least=0.0)


def _flat(evidence: Evidence, name: str) -> Finding:
    where = evidence.conditions[name]["distribution"]
    most = FLAT * float(by_episode(evidence.reference_records("random", where)).mean())
    what = "memory" if name.endswith("memory") else "the reward input"
    claim = f"Without {what}, the last episode earns at most {most:.2f} more than the first"
    id = name.removeprefix("gru-")
    return answer(id, claim, _gain(evidence, name), ("no gain", 0.0), _NONE, at_most=most)


def _beside_the_paper(evidence: Evidence) -> Table:
    rows = []
    for cell in cells(evidence):
        printed: dict[str, float] = dict(zip(ROWS, cell.references, strict=True))
        for one in evidence.references:
            if one.distribution == cell.tasks:
                half = _half(evidence, one.label, cell)
                ours = one.total_return, one.total_return - half, one.total_return + half
                rows.append((cell.episodes, one.label, *ours, printed.get(one.label)))
        for condition, entry in evidence.conditions.items():
            if entry["distribution"] == cell.tasks and not entry["control"]:
                found = total_return(evidence, condition)
                rows.append((cell.episodes, entry["label"], found.value, *found.interval, cell.rl2))
    caption = (
        "Expected return of a lifetime, ours beside what Duan et al. 2016 printed (sampled returns); low and "
        "high are the 95 % interval of ours. References know the true prior of rewards, whose mean is 1, "
        "or a prior with the mean 0, which the printed rows match."
    )
    columns = ("episodes", "policy", "return", "low", "high", "Duan et al.")
    return table(caption, columns, rows)


def _half(evidence: Evidence, label: str, cell: Cell) -> float:
    """Half of the 95 % interval of a reference's mean return."""
    earned = return_of(evidence.reference_records(label, cell.tasks))
    return 1.96 * float(np.std(earned, ddof=1) / np.sqrt(len(earned)))
