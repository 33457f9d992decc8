"""The findings of `harlow`."""

from prefrontal.analysis.choices.harlow import Choices, accuracies, accuracy, choices, proportion_right
from prefrontal.analysis.choices.harlow_by_seed import (
    after_first,
    lacking_first,
    often_reached,
    paid_by_images,
)
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged, estimated, share_of_seeds
from prefrontal.analysis.tables import Table, evaluations, table

TRIALS = 10
CEILING = 0.97  # of choices from the second trial on
TOSS = 0.02  # accuracy within so much of one half is called that of a coin
ALIKE = 0.03  # accuracies that differ by less are called the same
ENOUGH = 0.94  # of second choices after a wrong one: as far below the ceiling as is still the same
CHANCE = 0.5
PAID = 8.5  # of the 9 that images can pay
_A_COIN = {"at_least": CHANCE - TOSS, "at_most": CHANCE + TOSS}
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
            found += [*_whichever(condition, label, lived), _share(condition, label, lived, share)]
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
    each = [accuracies(one, trials) for one in lived]
    return averaged("proportion of trials with the right choice", each, bounds=(0, 1))


def _right(lived: list[Choices], trials: slice) -> Measure:
    """Of the choices that are made, those that are right."""
    each = [proportion_right(one, trials) for one in lived]
    return estimated("proportion of right choices", each).within(0, 1)


def _later(condition: str, label: str, lived: list[Choices]) -> Finding:
    found = later_accuracy(lived)
    claim = (
        f"{label}: one more training would choose the rewarded one of two images never seen before in at "
        f"least {CEILING:.0%} of trials from the second on (the worst of {len(lived)}: "
        f"{found.by_seed.min():.1%})"
    )
    more = found.of_one_more()
    return answer(f"later-{condition}", claim, more, ("chance", CHANCE), _LATER, at_least=CEILING)


def _first(condition: str, label: str, lived: list[Choices]) -> Finding:
    found = _accuracy(lived, FIRST)
    claim = f"{label}: the first choice is a toss of a coin, right in half of all lifetimes, to {TOSS:.0%}"
    return answer(f"first-{condition}", claim, found, ("chance", CHANCE), _FIRST, **_A_COIN)


def _whichever(condition: str, label: str, lived: list[Choices]) -> list[Finding]:
    """The second trial after a wrong first choice: by itself, and beside that after a right one."""
    ids = f"whichever-{condition}", f"after-wrong-{condition}"
    claims = (
        f"{label}: one wrong choice would teach as much in one more training as a right one: after it the "
        f"second is right as often, to {ALIKE:.0%}",
        f"{label}: in one more training the second choice would be right in at least {ENOUGH:.0%} of "
        "lifetimes whose first is wrong",
    )
    if lacking := lacking_first(lived):
        why = (
            f" ({lacking} of {len(lived)} seeds have no right first choice or no wrong one: the value is how "
            "often the second is right after either)"
        )
        found = _accuracy(lived, SECOND).undecidable()
        return [
            answer(id, claim + why, found, ("chance", CHANCE), _WHICHEVER, at_least=ENOUGH)
            for id, claim in zip(ids, claims, strict=True)
        ]
    differences, after_wrong = after_first(lived)
    apart = estimated("difference of proportions", differences).within(-1, 1).of_one_more()
    wrong = estimated("proportion of right second choices after a wrong first one", after_wrong).within(0, 1)
    worst = f"{claims[1]} (the worst of {len(lived)}: {wrong.by_seed.min():.1%})"
    none = ("no difference", 0.0)
    return [
        answer(ids[0], claims[0], apart, none, _WHICHEVER, at_least=-ALIKE, at_most=ALIKE),
        answer(ids[1], worst, wrong.of_one_more(), ("chance", CHANCE), _WHICHEVER, at_least=ENOUGH),
    ]


def _share(condition: str, label: str, lived: list[Choices], paper: PaperClaim) -> Finding:
    there = later_accuracy(lived).by_seed >= CEILING
    claim = (
        f"{label}: at least the paper's share of seeds gets to {CEILING:.0%} from the second trial on "
        f"({there.sum()} of {len(there)} do)"
    )
    least = float(paper.value or 0.0)
    made, whole = share_of_seeds(there), ("every seed", 1.0)
    return answer(f"share-{condition}", claim, made, whole, paper, at_least=least)


def _earned(condition: str, label: str, lived: list[Choices]) -> Finding:
    paid = [paid_by_images(one) for one in lived]
    found = averaged("reward of images in a lifetime", paid, bounds=(-TRIALS, TRIALS))
    claim = f"{label}: the images pay at least {PAID} of the 9 that can be had on average in ten trials"
    return answer(f"earned-{condition}", claim, found, ("optimum", 9.0), _EARNS, at_least=PAID)


def _controls(evidence: Evidence) -> list[Finding]:
    """None where the control was not run."""
    if "no-memory" not in evidence.conditions:
        return []
    lived = lives(evidence, "no-memory")
    judged = often_reached(lived, OFTEN)
    claim = f"Without memory half of the choices of every trial are right, to {TOSS:.0%}"
    if not judged:
        claim = (
            f"{claim} (no trial is reached by every seed in {OFTEN:.0%} of lifetimes, so that none is judged)"
        )
        found = _accuracy(lived, slice(0, TRIALS)).undecidable()
        return [answer("no-memory", claim, found, ("chance", CHANCE), _REACTIVE, **_A_COIN)]
    each = [_right(lived, slice(k, k + 1)) for k in range(judged)]
    farthest = max(each, key=lambda one: abs(one.value - CHANCE))
    which = "all" if judged == TRIALS else f"the first {judged} only"
    claim = (
        f"{claim} (the value is of the farthest trial; of the {TRIALS} trials {which} are judged: those that "
        f"every seed reaches in at least {OFTEN:.0%} of lifetimes)"
    )
    return [answer("no-memory", claim, farthest, ("chance", CHANCE), _REACTIVE, **_A_COIN)]
