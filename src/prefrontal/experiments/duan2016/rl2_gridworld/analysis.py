"""The findings of `rl2-gridworld`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged
from prefrontal.analysis.performance import by_life, return_of, total_return
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records

EPISODES = 4
AT_LEAST = 36.0
THIRD = 10.8  # the return of the third episode, at least
FLAT = 1.0  # so much less than this the last episode earns more than the first, without memory
SAME = 0.1  # so much of the return may be lost without the signal that an episode begins

_FIGURE = "Zintgraf et al. 2020, section 4.1, figure 3"
_OPTIMAL = PaperClaim(_FIGURE, statement="variBAD comes near the Bayes-optimal return, and RL² less near")
_LEARNS = PaperClaim(
    _FIGURE, statement="agents search in the first episode, and go to the goal in later ones"
)
_NONE = PaperClaim(_FIGURE, statement="takes no part of the agents away")


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    return [
        _whole(evidence),
        *(_episode(evidence, place) for place in range(EPISODES)),
        _rises(evidence),
        *_controls(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every network's return, whole and by episode."""
    rows = []
    for name, entry in evidence.conditions.items():
        made = zip(evidence.seeds, evidence.records(name), strict=True)
        rows += [(entry["label"], seed, *each_episode(one).mean(axis=0)) for seed, one in made]
    for one in evidence.references:
        met = evidence.reference_records(one.label, one.distribution)
        rows.append((one.label, None, *each_episode(met).mean(axis=0)))
    columns = ("policy", "seed", *(f"episode {place + 1}" for place in range(EPISODES)))
    caption = "Mean return of each episode; a goal is found once and served from then on."
    return {"episodes": table(caption, columns, rows), "evaluations": evaluations(evidence)}


def each_episode(records: Records) -> np.ndarray:
    """The return of each of the four episodes: (lifetimes, 4)."""
    return records.returns_by_episode


def _whole(evidence: Evidence) -> Finding:
    found = total_return(evidence, "gru").of_one_more()
    best = evidence.reference("bayes-optimal", evidence.conditions["gru"]["distribution"])
    claim = f"One more training would earn at least {AT_LEAST:g} in four episodes"
    return answer("return", claim, found, (best.label, best.total_return), _OPTIMAL, at_least=AT_LEAST)


def _episode(evidence: Evidence, place: int) -> Finding:
    """Each episode against nine tenths of the optimum's; the third against a number."""
    name, lives = f"return of episode {place + 1}", [each_episode(one) for one in evidence.records("gru")]
    found = averaged(name, [one[:, place] for one in lives])
    where = evidence.conditions["gru"]["distribution"]
    best = float(each_episode(evidence.reference_records("bayes-optimal", where))[:, place].mean())
    least = THIRD if place == 2 else 0.9 * best
    claim = f"Episode {place + 1} of one more training would earn at least {least:.2f}"
    if place != 2:
        claim += ", 90 % of the optimum's"
    id = f"episode-{place + 1}"
    return answer(id, claim, found.of_one_more(), ("bayes-optimal", best), _OPTIMAL, at_least=least)


def gain(evidence: Evidence, condition: str, last: int = EPISODES - 1, first: int = 0) -> Measure:
    """How much more one episode earns than another, counted from 0."""
    lives = [each_episode(one)[:, last] - each_episode(one)[:, first] for one in evidence.records(condition)]
    return averaged(f"return of episode {last + 1} less that of episode {first + 1}", lives)


def _rises(evidence: Evidence) -> Finding:
    where = evidence.conditions["gru"]["distribution"]
    earned = each_episode(evidence.reference_records("bayes-optimal", where))
    best = float((earned[:, -1] - earned[:, 0]).mean())
    claim = "The last episode of one more training would earn at least 5 more than the first"
    found = gain(evidence, "gru").of_one_more()
    return answer("rises", claim, found, ("bayes-optimal", best), _LEARNS, at_least=5.0)


def _controls(evidence: Evidence) -> list[Finding]:
    """Those that were run."""
    found = []
    for name, what in (("gru-no-memory", "memory"), ("gru-no-reward", "the reward input")):
        if name in evidence.conditions:
            claim = f"Without {what}, the last episode earns at most {FLAT:g} more than the first"
            flat = gain(evidence, name)
            found.append(answer(name[4:], claim, flat, ("no gain", 0.0), _NONE, at_most=FLAT))
    if "gru-no-memory" in evidence.conditions:
        bit = gain(evidence, "gru-no-memory", last=1, first=2)
        claim = (
            "Without memory, one bit passes the end of an episode, whether it ended on the goal: the second "
            "episode earns at least 2 more than the third"
        )
        found.append(answer("no-memory-one-bit", claim, bit, ("no gain", 0.0), _NONE, at_least=2.0))
    if "gru-no-start" in evidence.conditions:
        lives = [by_life(evidence, name, of=return_of) for name in ("gru-no-start", "gru")]
        change = averaged(
            "return without episode starts less that with them",
            [one - other for one, other in zip(*lives, strict=True)],
        )
        least = -SAME * total_return(evidence, "gru").value
        claim = f"Episode starts need not be shown: without them the return is lower by at most {SAME:.0%}"
        found.append(answer("no-start", claim, change, ("equal", 0.0), _NONE, at_least=least))
    return found
