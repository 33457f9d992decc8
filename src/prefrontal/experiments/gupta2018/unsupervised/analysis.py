"""The findings of `unsupervised`: scores on held-out goals, by the tasks that agents were meta-trained on."""

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.adaptation import by_segment
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records
from prefrontal.experiments.gupta2018.unsupervised.names import (
    GOALS,
    LENGTH,
    LIVED,
    RATE,
    STEPS,
    TRAJECTORIES,
    TRIED,
    trial,
)
from prefrontal.experiments.plane_scores import as_scores, difference, inner_steps

Scores = list[Float[np.ndarray, "N S"]]  # an array for each seed
Lives = list[Float[np.ndarray, "N"]]

_SOURCE = "Gupta et al. 2018, experiments"
_TRUE = PaperClaim(_SOURCE, statement="close to meta-training on the tasks that a person wrote")
_DIAYN = PaperClaim(_SOURCE, statement="far better than learning from scratch")
_RANDOM = PaperClaim(_SOURCE, statement="a random discriminator is better than learning from scratch too")
_NONE = PaperClaim(_SOURCE, statement="does not report this")


def scores(evidence: Evidence, condition: str, rate: float) -> Scores:
    """The score of each lifetime before any inner step of this rate, after one, and so on."""
    every = TRAJECTORIES * LENGTH
    return _scores(evidence, condition, trial(rate), every)


def episode_scores(evidence: Evidence, condition: str) -> Scores:
    """The score of each episode of each lifetime, of an agent that learns without a gradient."""
    return _scores(evidence, condition, TRIED, LENGTH)


def _scores(evidence: Evidence, condition: str, name: str, every: int) -> Scores:
    def of(records: Records) -> np.ndarray:
        return as_scores(evidence, GOALS, records, by_segment(records, LENGTH, every).sampled)

    key = ("scores", condition, name)
    return evidence.once(key, lambda: [of(one) for one in evidence.records(condition, name)])


def rates(evidence: Evidence) -> list[float]:
    """The rates that this preset tries."""
    names = [one["name"] for one in evidence.conditions["scratch"]["trials"]]
    return [float(name.removeprefix("rate ")) for name in names]


def lives(evidence: Evidence, condition: str, steps: int) -> Lives:
    """The score of each lifetime after so many inner steps.

    Of agents that were meta-trained, at the rate of their training. From scratch, at the best of all rates:
    it is chosen after the fact, for each number of steps, to the advantage of scratch.
    """
    rate = best_rate(evidence, condition, steps) if condition == "scratch" else RATE
    return [one[:, steps] for one in scores(evidence, condition, rate)]


def best_rate(evidence: Evidence, condition: str, steps: int) -> float:
    """The rate of the highest mean score over all trainings after so many inner steps."""
    mean = lambda rate: np.mean([one[:, steps] for one in scores(evidence, condition, rate)])  # noqa: E731
    return max(rates(evidence), key=mean)


def chosen(evidence: Evidence) -> Lives:
    """The mean score of each lifetime once every skill was tried and the best is kept."""
    skills = np.asarray(evidence.kept("skills").units).shape[-1]
    return [one[:, skills:].mean(axis=1) for one in episode_scores(evidence, "skills")]


def in_episode(evidence: Evidence, condition: str, episode: int) -> Lives:
    """The score of each lifetime in an episode, counted from 1."""
    return [one[:, episode - 1] for one in episode_scores(evidence, condition)]


def scored(evidence: Evidence, condition: str) -> Measure:
    """The number that a condition is compared by."""
    if condition == "skills":
        return averaged("score of the best skill", chosen(evidence))
    if condition.startswith("rl2"):
        return averaged(f"score in episode {LIVED}", in_episode(evidence, condition, LIVED))
    return averaged("score after one inner step", lives(evidence, condition, 1))


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    there = evidence.conditions
    found = [
        _beyond(evidence, "maml-true", "maml-diayn", 1, _TRUE),
        _beyond(evidence, "maml-diayn", "scratch", 1, _DIAYN),
        _beyond(evidence, "maml-diayn", "scratch", STEPS, _DIAYN),
        _adapts(evidence),
        _beyond_skills(evidence),
    ]
    if "maml-random" in there:
        found.append(_beyond(evidence, "maml-random", "scratch", 1, _RANDOM))
        found.append(_beyond(evidence, "maml-diayn", "maml-random", 1, _RANDOM))
    if "maml-random-1" in there:
        found.append(_beyond(evidence, "maml-random", "maml-random-1", 1, _NONE))
    if "rl2-true" in there:
        found.append(_remembers(evidence, "rl2-true", "rl2-diayn"))
        found.append(_remembers(evidence, "rl2-diayn", "rl2-random"))
        found.append(_learns(evidence))
    return found


def _label(evidence: Evidence, condition: str) -> str:
    best = " at its best rate" if condition == "scratch" else ""
    return evidence.conditions[condition]["label"] + best


def _beyond(evidence: Evidence, one: str, other: str, steps: int, paper: PaperClaim) -> Finding:
    label, than = _label(evidence, one), _label(evidence, other)
    name = f"score of {label} less that of {than}, after {inner_steps(steps)}"
    found = difference(name, lives(evidence, one, steps), lives(evidence, other, steps))
    claim = f"After {inner_steps(steps)}, {label} scores more than {than}"
    return answer(f"{one}-{other}-{steps}", claim, found, (than, 0.0), paper, at_least=0.0)


def _adapts(evidence: Evidence) -> Finding:
    one, before = (lives(evidence, "maml-diayn", steps) for steps in (1, 0))
    found = difference("score after one inner step less that before it", one, before)
    claim = "One inner step raises the score of MAML on DIAYN's D"
    return answer("adapts", claim, found, ("no gain", 0.0), _DIAYN, at_least=0.0)


def _beyond_skills(evidence: Evidence) -> Finding:
    name = "score of MAML on DIAYN's D after one inner step less that of the best skill"
    found = difference(name, lives(evidence, "maml-diayn", 1), chosen(evidence))
    claim = "One inner step from DIAYN's D scores more than the best of DIAYN's skills"
    return answer("beyond-skills", claim, found, ("skills alone", 0.0), _NONE, at_least=0.0)


def _remembers(evidence: Evidence, one: str, other: str) -> Finding:
    label, than = _label(evidence, one), _label(evidence, other)
    name = f"score of {label} less that of {than}, in episode {LIVED}"
    found = difference(name, *(in_episode(evidence, each, LIVED) for each in (one, other)))
    claim = f"In episode {LIVED}, {label} scores more than {than}"
    return answer(f"{one}-{other}", claim, found, (than, 0.0), _NONE, at_least=0.0)


def _learns(evidence: Evidence) -> Finding:
    late, early = (in_episode(evidence, "rl2-diayn", episode) for episode in (LIVED, 1))
    found = difference(f"score in episode {LIVED} less that in the first", late, early)
    claim = "RL² of DIAYN's D scores more in later episodes of a goal than in the first"
    return answer("rl2-learns", claim, found, ("no gain", 0.0), _NONE, at_least=0.0)


def tables(evidence: Evidence) -> dict[str, Table]:
    """Scores by rate and number of inner steps; scores by episode; all evaluations."""
    return {
        "scores": _by_rate(evidence),
        "episodes": _by_episode(evidence),
        "evaluations": evaluations(evidence),
    }


def _by_rate(evidence: Evidence) -> Table:
    rows = []
    for name, entry in evidence.conditions.items():
        for rate in rates(evidence) if name.startswith(("maml", "scratch")) else ():
            for seed, found in zip(evidence.seeds, scores(evidence, name, rate), strict=True):
                rows.append((entry["label"], rate, seed, *found.mean(axis=0)))
    columns = ("policy", "rate", "seed", *(f"R{step}" for step in range(STEPS + 1)))
    caption = (
        "Scores by the number of inner steps, and by the rate of the first; later ones have half of it. 0 is "
        "to stay put, 1 the oracle."
    )
    return table(caption, columns, rows)


def _by_episode(evidence: Evidence) -> Table:
    rows = []
    for name, entry in evidence.conditions.items():
        if name.startswith("rl2"):
            for seed, found in zip(evidence.seeds, episode_scores(evidence, name), strict=True):
                rows.append((entry["label"], seed, *(found[:, at - 1].mean() for at in (1, 2, 3, LIVED))))
    for seed, found in zip(evidence.seeds, chosen(evidence), strict=True):
        rows.append((evidence.conditions["skills"]["label"], seed, None, None, None, found.mean()))
    columns = ("policy", "seed", *(f"episode {at}" for at in (1, 2, 3, LIVED)))
    return table(
        f"Scores by the episode of a goal; of the skills, once each was tried, beside episode {LIVED}.",
        columns,
        rows,
    )
