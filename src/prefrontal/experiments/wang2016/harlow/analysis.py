"""The findings of `harlow`."""

import numpy as np

from prefrontal.analysis.choices.harlow import (
    Choices,
    accuracy,
    choices,
    completed,
    proportion_right,
)
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, measure
from prefrontal.analysis.statistics.intervals import Estimate, proportion_interval, standard_error
from prefrontal.analysis.tables import Table, evaluations, table

TRIALS = 10
CEILING = 0.97  # of choices from the second trial on
TOSS = 0.02  # accuracy within so much of one half is called that of a coin
ALIKE = 0.03  # accuracies that differ by less are called the same
ENOUGH = 0.94  # of second choices after a wrong one: as far below the ceiling as is still the same
CHANCE = 0.5
OFTEN = 0.5  # of the lifetimes of every seed, at least, come to a trial that is judged
FIRST, SECOND, LATER = slice(0, 1), slice(1, 2), slice(1, TRIALS)

_FIGURE = "Wang et al. 2016, section 3.2.2, figure 6"
_FIRST = PaperClaim(_FIGURE, statement="with images never seen before, the first choice is a guess")
_LATER = PaperClaim(
    _FIGURE, statement="from the second trial on the rewarded image is chosen invariably, after training"
)
_WHICHEVER = PaperClaim(_FIGURE, statement="whether or not the first choice was rewarded")
_SINGLE = PaperClaim(_FIGURE, value=0.26)
_STACKED = PaperClaim(_FIGURE, value=0.43)
_EARNS = PaperClaim(_FIGURE, value=9.0)
_REACTIVE = PaperClaim(_FIGURE, statement="says nothing of an agent without memory in this task")

AGENTS = (("lstm", "LSTM", _SINGLE), ("stacked", "stacked LSTM", _STACKED))


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    found = []
    for condition, label, share in AGENTS:
        if condition in evidence.conditions:
            lived = lives(evidence, condition)
            found += [_later(condition, label, lived), _first(condition, label, lived)]
            found += [_whichever(condition, label, lived), _share(condition, label, lived, share)]
            found += [_earned(condition, label, lived)]
    return [*found, *_controls(evidence)]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Accuracy trial by trial of every seed, the controls' too."""
    rows = [
        (name, seed, *(accuracy(one, slice(trial, trial + 1)).value for trial in range(TRIALS)))
        for name in evidence.conditions
        for seed, one in zip(evidence.seeds, lives(evidence, name), strict=True)
    ]
    columns = ("condition", "seed", *(f"trial {trial + 1}" for trial in range(TRIALS)))
    caption = (
        "Proportion of lifetimes with the right choice in each trial; one without a choice counts as wrong."
    )
    return {"evaluations": evaluations(evidence), "accuracy": table(caption, columns, rows)}


def lives(evidence: Evidence, condition: str) -> list[Choices]:
    """The choices of every seed on held-out images."""
    return evidence.once(
        ("lives", condition),
        lambda: [choices(records, TRIALS) for records in evidence.records(condition)],
    )


def later_accuracy(lived: list[Choices]) -> Measure:
    """The accuracy of each seed from the second trial on: a trial without a choice counts against it."""
    return _accuracy(lived, LATER)


def _accuracy(lived: list[Choices], trials: slice) -> Measure:
    return _measured("proportion of trials with the right choice", [accuracy(one, trials) for one in lived])


def _right(lived: list[Choices], trials: slice) -> Measure:
    """Of the choices that are made, those that are right."""
    return _measured("proportion of right choices", [proportion_right(one, trials) for one in lived])


def _measured(name: str, found: list[Estimate]) -> Measure:
    made = measure(name, np.array([one.value for one in found]), found[0].error)
    return Measure(name, made.by_seed, (max(made.low, -1.0), min(made.high, 1.0)))


def _later(condition: str, label: str, lived: list[Choices]) -> Finding:
    found = later_accuracy(lived)
    claim = (
        f"{label}: in at least {CEILING:.0%} of trials from the second on the rewarded one of two images "
        f"never seen in training is chosen, on every seed (the worst: {found.by_seed.min():.1%})"
    )
    return answer(f"later-{condition}", claim, found, ("chance", CHANCE), _LATER, _all(found))


def _all(found: Measure) -> bool:
    return bool((found.by_seed >= CEILING).all())


def _first(condition: str, label: str, lived: list[Choices]) -> Finding:
    found = _accuracy(lived, FIRST)
    claim = f"{label}: the first choice is a toss of a coin, right in half of all lifetimes, to {TOSS:.0%}"
    holds = abs(found.value - CHANCE) <= TOSS
    return answer(f"first-{condition}", claim, found, ("chance", CHANCE), _FIRST, holds)


def _whichever(condition: str, label: str, lived: list[Choices]) -> Finding:
    """Accuracy in the second trial after a right first choice less that after a wrong one."""
    id, claim = f"whichever-{condition}", f"{label}: one wrong choice teaches as much as a right one"
    after = {first: [one.made[:, 0] & (one.right[:, 0] == first) for one in lived] for first in (True, False)}
    if lacking := sum(not (a.any() and b.any()) for a, b in zip(*after.values(), strict=True)):
        claim = (
            f"{claim} ({lacking} of {len(lived)} seeds have no right first choice or no wrong one: the value "
            "is how often the second is right after either)"
        )
        found = _accuracy(lived, SECOND)
        return answer(id, claim, found, ("chance", CHANCE), _WHICHEVER, holds=False)
    right, wrong = (
        [accuracy(one, SECOND, among) for one, among in zip(lived, counted, strict=True)]
        for counted in after.values()
    )
    differences = [
        Estimate(a.value - b.value, float(np.hypot(a.error, b.error)))
        for a, b in zip(right, wrong, strict=True)
    ]
    found, least = _measured("difference of proportions", differences), min(one.value for one in wrong)
    claim = (
        f"{claim}: after it the second is right in at least {ENOUGH:.0%} of lifetimes, and as often to "
        f"{ALIKE:.0%}, on every seed (the worst: {least:.1%})"
    )
    holds = bool((np.abs(found.by_seed) < ALIKE).all()) and least >= ENOUGH
    return answer(id, claim, found, ("no difference", 0.0), _WHICHEVER, holds)


def _share(condition: str, label: str, lived: list[Choices], paper: PaperClaim) -> Finding:
    there = later_accuracy(lived).by_seed >= CEILING
    interval = proportion_interval(int(there.sum()), len(there))
    made = Measure("proportion of training seeds", there.astype(float), interval)
    claim = (
        f"{label}: at least the paper's share of seeds gets to {CEILING:.0%} from the second trial on, by "
        f"the whole of the share's interval ({there.sum()} of {len(there)} do)"
    )
    holds = made.low >= float(paper.value or 0.0)
    return answer(f"share-{condition}", claim, made, ("every seed", 1.0), paper, holds)


def _earned(condition: str, label: str, lived: list[Choices]) -> Finding:
    """What the images pay in a lifetime: 1 for the right one and -1 for the other."""
    paid = [2.0 * one.right.sum(axis=1) - completed(one) for one in lived]
    found = measure(
        "reward of images in a lifetime", np.array([one.mean() for one in paid]), standard_error(paid[0])
    )
    claim = f"{label}: the images pay at least 8.5 of the 9 that can be had on average in ten trials"
    return answer(f"earned-{condition}", claim, found, ("optimum", 9.0), _EARNS, found.value >= 8.5)


def _controls(evidence: Evidence) -> list[Finding]:
    """None where the control was not run."""
    if "no-memory" not in evidence.conditions:
        return []
    lived = lives(evidence, "no-memory")
    judged = _often_reached(lived)
    claim = f"Without memory half of the choices of every trial are right, to {TOSS:.0%}"
    if not judged:
        claim = (
            f"{claim} (no trial is reached by every seed in {OFTEN:.0%} of lifetimes, so that none is judged)"
        )
        found = _accuracy(lived, slice(0, TRIALS))
        return [answer("no-memory", claim, found, ("chance", CHANCE), _REACTIVE, holds=False)]
    found = _right(lived, slice(0, judged))
    each = [_right(lived, slice(k, k + 1)).value for k in range(judged)]
    farthest = max(each, key=lambda value: abs(value - CHANCE))
    which = "all" if judged == TRIALS else f"the first {judged} only"
    claim = (
        f"{claim} (the farthest trial: {farthest:.1%}; of the {TRIALS} trials {which} are judged: those that "
        f"every seed reaches in at least {OFTEN:.0%} of lifetimes)"
    )
    holds = abs(farthest - CHANCE) <= TOSS
    return [answer("no-memory", claim, found, ("chance", CHANCE), _REACTIVE, holds)]


def _often_reached(lived: list[Choices]) -> int:
    """How many trials, from the first on, every seed reaches in enough of its lifetimes to be judged by."""
    reached = np.min([one.made.mean(axis=0) for one in lived], axis=0)
    return int((reached >= OFTEN).sum())  # who makes a choice has made those before
