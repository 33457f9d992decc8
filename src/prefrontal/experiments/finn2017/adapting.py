"""The findings and tables that the families of tasks share: scores by the number of inner steps."""

from collections.abc import Sequence

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import answer
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.experiments.plane_scores import after, difference, inner_steps, lives, scores

FIGURE = "Finn et al. 2017, section 5.3, figures 4 and 5"
ADAPTS = PaperClaim(FIGURE, statement="MAML learns a model that adapts quickly with a single gradient update")
BETTER = PaperClaim(
    FIGURE, statement="fine-tuning a pretrained model, and training from random weights, adapt less"
)
SECOND_ORDER = PaperClaim(
    "Finn et al. 2017, section 5.2", statement="the first-order approximation performs nearly the same"
)
_NONE = PaperClaim(FIGURE, statement="does not report this")


def findings(
    evidence: Evidence, least: Sequence[float], beyond_joint: Sequence[float | None], blind: float
) -> list[Finding]:
    """What the runs say of the claims.

    **Arguments:** `least`, the scores to reach after one and two inner steps; `beyond_joint`, how far MAML is
    to be beyond joint training after one and two, None where no claim is made; `blind`, the most that an
    agent may score before it has learnt anything in its task.
    """
    oracle = ("oracle", 1.0)
    found = []
    for steps, value in enumerate(least, start=1):
        claim = f"After {inner_steps(steps)}, one more training would score at least {value:g}"
        measured = after(evidence, "maml", steps).of_one_more()
        found.append(answer(f"maml-{steps}", claim, measured, oracle, ADAPTS, at_least=value))
    found += [_rises(evidence), _mode(evidence), _goes_on(evidence)]
    if "joint" in evidence.conditions:
        for steps, value in enumerate(beyond_joint, start=1):
            if value is not None:
                found.append(_beyond(evidence, "joint", steps, value, BETTER))
        found.append(_beyond(evidence, "first-order", 1, 0.0, SECOND_ORDER))
        claim = f"Before it has learnt in its task, an agent of joint training scores at most {blind:g}"
        before = after(evidence, "joint", 0)
        found.append(answer("leak", claim, before, ("stay", 0.0), _NONE, at_most=blind))
        found.append(_more_trajectories(evidence))
    return found


def _rises(evidence: Evidence) -> Finding:
    name = "score after one inner step less that before it"
    found = difference(name, lives(evidence, "maml", 1), lives(evidence, "maml", 0))
    claim = "One inner step raises the score by at least 0.3"
    return answer("rises", claim, found, ("no gain", 0.0), ADAPTS, at_least=0.3)


def _mode(evidence: Evidence) -> Finding:
    name = "score of the most probable actions less that of sampled ones, after two inner steps"
    found = difference(name, lives(evidence, "maml", 2, mode=True), lives(evidence, "maml", 2))
    claim = "After two inner steps the spread of the policy costs something"
    return answer("spread", claim, found, ("no cost", 0.0), _NONE, at_least=0.0)


def _goes_on(evidence: Evidence) -> Finding:
    name = "score after five inner steps less that after two"
    found = difference(name, lives(evidence, "maml", 5), lives(evidence, "maml", 2))
    claim = "Three more inner steps, which training never took, do no harm"
    return answer("goes-on", claim, found, ("no gain", 0.0), ADAPTS, at_least=0.0)


def _beyond(evidence: Evidence, other: str, steps: int, least: float, paper: PaperClaim) -> Finding:
    label = evidence.conditions[other]["label"]
    name = f"score of MAML less that of {label}, after {inner_steps(steps)}"
    found = difference(name, lives(evidence, "maml", steps), lives(evidence, other, steps))
    more = f"at least {least:g} more than" if least else "more than"
    claim = f"After {inner_steps(steps)}, MAML scores {more} {label}"
    return answer(f"beyond-{other}-{steps}", claim, found, (label, 0.0), paper, at_least=least)


def _more_trajectories(evidence: Evidence) -> Finding:
    name = "score after one inner step on 100 trajectories less that on 5"
    many, few = (lives(evidence, "maml", 1, f"{count} trajectories") for count in (100, 5))
    claim = "An inner step on 100 trajectories earns more than one on 5"
    return answer("trajectories", claim, difference(name, many, few), ("equal", 0.0), _NONE, at_least=0.0)


def tables(evidence: Evidence) -> dict[str, Table]:
    """Scores by condition, trial and number of inner steps, sampled and most probable actions."""
    rows = []
    for name, entry in evidence.conditions.items():
        for trial in entry["trials"]:
            for mode in (False, True):
                for seed, found in zip(
                    evidence.seeds, scores(evidence, name, trial["name"], mode), strict=True
                ):
                    acted = "most probable" if mode else "sampled"
                    means = [*found.mean(axis=0), *[None] * (6 - found.shape[1])]
                    rows.append((entry["label"], trial["name"], acted, seed, *means))
    columns = ("policy", "inner step on", "actions", "seed", *(f"R{step}" for step in range(6)))
    caption = "Scores by the number of inner steps: 0 is to stay put, 1 is the oracle."
    return {"scores": table(caption, columns, rows), "evaluations": evaluations(evidence)}
