"""The findings of `rl2-maze`.

A lifetime counts for the steps of its two episodes if both arrive. So whoever remembers nothing takes as many
steps in the second as in the first: starts are random in both.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged, estimated, share_of_seeds
from prefrontal.analysis.navigation import journeys, shortest_ways
from prefrontal.analysis.statistics.intervals import Estimate, standard_error
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records
from prefrontal.experiments.duan2016.rl2_maze.published import LARGE, SMALL, Printed

RATIO = 0.75  # steps of the second episode over those of the first, at most: the paper's small mazes
ARRIVED = 0.95  # of lifetimes, at least
SEARCH = 0.5  # of the random walk's steps, at most, in the first episode
DETOUR = 2.0  # times the shortest way, at most, in the second episode
SAME = 0.9  # the ratio, at least, where nothing is remembered
AGENTS = {"gru": "from above", "view": "in first person", "view-large": "in large mazes"}
CONTROLS = {"no-reward": "the reward input", "no-start": "the signal that an episode begins"}

_TABLE = "Duan et al. 2016, section 3.3, table 3"
_SEARCH = PaperClaim(_TABLE, statement="gives no steps of a random walk in small mazes")
_NEAR = PaperClaim(_TABLE, statement="gives no length of the shortest way")
_NONE = PaperClaim(_TABLE, statement="takes no part of the agent away")


class Twice(NamedTuple):
    """The two episodes of each lifetime. An episode that does not arrive has the steps up to the end."""

    steps: Float[np.ndarray, "N 2"]
    arrived: Bool[np.ndarray, "N 2"]
    shortest: Float[np.ndarray, "N"]  # the shortest way, the mean over starts

    @property
    def both(self) -> Bool[np.ndarray, "N"]:
        return self.arrived[:, 0] & self.arrived[:, 1]

    @property
    def kept(self) -> Estimate:
        """Steps of the second episode over those of the first, where both arrive."""
        return _ratio(*self.steps[self.both].T[::-1])

    @property
    def detour(self) -> Estimate:
        """Steps of the second episode over the shortest way, where both arrive."""
        return _ratio(self.steps[self.both, 1], self.shortest[self.both])


def _ratio(above: Float[np.ndarray, "n"], below: Float[np.ndarray, "n"]) -> Estimate:
    """The ratio of two means, with its error to first order."""
    ratio = float(above.mean() / below.mean())
    return Estimate(ratio, standard_error(above - ratio * below) / float(below.mean()))


def twice(records: Records) -> Twice:
    """The two episodes of every recorded lifetime."""
    steps, arrived = np.zeros((records.lifetimes, 2)), np.zeros((records.lifetimes, 2), bool)
    made = journeys(records)
    steps[made.life, made.number], arrived[made.life, made.number] = made.length, made.arrived
    return Twice(steps, arrived, shortest_ways(records))


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's numbers and of ours."""
    found = []
    for name in agents(evidence):
        found += [_kept(evidence, name), _shorter(evidence, name)]
        found += [_arrives(evidence, name, place) for place in (0, 1)]
        found += [_searches(evidence, name), _near(evidence, name)]
    found += [
        _kept_without(evidence, *one) for one in CONTROLS.items() if f"gru-{one[0]}" in evidence.conditions
    ]
    return found + ([_no_memory(evidence)] if "gru-no-memory" in evidence.conditions else [])


def tables(evidence: Evidence) -> dict[str, Table]:
    """The paper's table with ours beside it, and every network's return."""
    rows = []
    for name, entry in evidence.conditions.items():
        made = zip(evidence.seeds, lived(evidence, name), strict=True)
        rows += [(entry["label"], entry["distribution"], seed, *_row(one)) for seed, one in made]
    for one in evidence.references:
        met = reference_twice(evidence, one.label, one.distribution)
        rows.append((one.label, one.distribution, None, *_row(met)))
    for one in (SMALL, LARGE):
        printed = one.first, one.second, one.kept, *one.arrived, None, one.improved
        rows.append(("Duan et al. 2016", one.words, None, *printed))
    columns = ("policy", "mazes", "seed", "first", "second", "second over first", "arrived, first")
    columns += ("arrived, second", "shorter", "no longer")
    caption = (
        "Steps of the episodes that arrive; second over first where both do; shares of mazes in which each "
        "episode arrives, and in which the second is shorter, or no longer, than the first. In the last rows "
        "what Duan et al. 2016 print of their mazes, whose steps are finer than a cell."
    )
    return {"episodes": table(caption, columns, rows), "evaluations": evaluations(evidence)}


def _row(made: Twice) -> tuple[float, ...]:
    first, second = (_mean(made.steps[made.arrived[:, place], place]) for place in (0, 1))
    kept = made.kept.value if made.both.sum() > 1 else np.nan
    no_longer = made.both & (made.steps[:, 1] <= made.steps[:, 0])
    return first, second, kept, *made.arrived.mean(axis=0), float(shorter(made).mean()), no_longer.mean()


def _mean(values: Float[np.ndarray, "n"]) -> float:
    return float(values.mean()) if len(values) else np.nan


def shorter(made: Twice) -> Bool[np.ndarray, "N"]:
    """Whether the second episode arrives, and in fewer steps than the first."""
    return made.both & (made.steps[:, 1] < made.steps[:, 0])


def agents(evidence: Evidence) -> list[str]:
    """The conditions that are no controls."""
    return [name for name in AGENTS if name in evidence.conditions]


def lived(evidence: Evidence, condition: str) -> list[Twice]:
    """The episodes of each seed."""
    return evidence.once(("twice", condition), lambda: [twice(one) for one in evidence.records(condition)])


def reference_twice(evidence: Evidence, name: str, distribution: str) -> Twice:
    """A reference's, in the same tasks."""
    return evidence.once(
        ("twice, of a reference", name, distribution),
        lambda: twice(evidence.reference_records(name, distribution)),
    )


def _printed(condition: str) -> Printed:
    return LARGE if condition == "view-large" else SMALL


def _met(evidence: Evidence, condition: str, name: str) -> Twice:
    return reference_twice(evidence, name, evidence.conditions[condition]["distribution"])


def _of_both(name: str, what: str, made: list[Twice]) -> Measure | None:
    """A measure of lifetimes in which both episodes arrive; None where a seed has fewer than two."""
    if min(int(one.both.sum()) for one in made) < 2:
        return None
    return estimated(name, [getattr(one, what) for one in made])


def _answer(id: str, claim: str, found: Measure | None, *given, seeds: int, **limits: float) -> Finding:
    """The finding, undecided where hardly any lifetime arrives twice."""
    if found is not None:
        return answer(id, claim, found, *given, **limits)
    none = share_of_seeds(np.zeros(seeds, bool)).undecidable()
    return answer(id, f"{claim} (fewer than two lifetimes of a seed arrive twice)", none, *given, **limits)


def _second_over_first(evidence: Evidence, condition: str) -> Measure | None:
    name = "steps of the second episode over those of the first"
    return _of_both(name, "kept", lived(evidence, condition))


def _kept(evidence: Evidence, condition: str) -> Finding:
    paper = PaperClaim(_TABLE, value=_printed(condition).kept)
    claim = f"The second episode takes at most {RATIO:g} times the steps of the first, {AGENTS[condition]}"
    given = _second_over_first(evidence, condition), ("no memory", 1.0), paper
    return _answer(f"kept-{condition}", claim, *given, seeds=len(evidence.seeds), at_most=RATIO)


def _shorter(evidence: Evidence, condition: str) -> Finding:
    lives = [shorter(one).astype(float) for one in lived(evidence, condition)]
    found = averaged("share of mazes whose second episode is shorter", lives, (0.0, 1.0))
    chance = float(shorter(_met(evidence, condition, "random")).mean())
    claim = f"In most mazes the second episode is shorter than the first, {AGENTS[condition]}"
    paper = PaperClaim(_TABLE, value=_printed(condition).improved)
    return answer(f"shorter-{condition}", claim, found, ("random", chance), paper, at_least=0.5)


def _arrives(evidence: Evidence, condition: str, place: int) -> Finding:
    which, lives = ("first", "second")[place], [one.arrived[:, place] for one in lived(evidence, condition)]
    found = averaged(
        f"share of mazes whose {which} episode arrives", [one.astype(float) for one in lives], (0.0, 1.0)
    )
    chance = float(_met(evidence, condition, "random").arrived[:, place].mean())
    claim = f"The {which} episode arrives in at least {ARRIVED:.0%} of mazes, {AGENTS[condition]}"
    paper = PaperClaim(_TABLE, value=_printed(condition).arrived[place])
    return answer(f"arrives-{which}-{condition}", claim, found, ("random", chance), paper, at_least=ARRIVED)


def _searches(evidence: Evidence, condition: str) -> Finding:
    lives = [one.steps[:, 0] for one in lived(evidence, condition)]
    found = averaged("steps of the first episode, at most those of a lifetime", lives)
    walk = float(_met(evidence, condition, "random").steps[:, 0].mean())
    claim = f"The first episode takes at most half of the random walk's steps, {AGENTS[condition]}"
    return answer(f"search-{condition}", claim, found, ("random", walk), _SEARCH, at_most=SEARCH * walk)


def _near(evidence: Evidence, condition: str) -> Finding:
    found = _of_both(
        "steps of the second episode over the shortest way", "detour", lived(evidence, condition)
    )
    claim = f"The second episode takes at most {DETOUR:g} times the shortest way, {AGENTS[condition]}"
    given = found, ("shortest-path", 1.0), _NEAR
    return _answer(f"near-{condition}", claim, *given, seeds=len(evidence.seeds), at_most=DETOUR)


def _kept_without(evidence: Evidence, control: str, what: str) -> Finding:
    found = _second_over_first(evidence, f"gru-{control}")
    claim = f"{what[0].upper()}{what[1:]} is not needed: without it the ratio is at most {RATIO:g} too"
    given = found, ("no memory", 1.0), _NONE
    return _answer(control, claim, *given, seeds=len(evidence.seeds), at_most=RATIO)


def _no_memory(evidence: Evidence) -> Finding:
    found = _second_over_first(evidence, "gru-no-memory")
    claim = f"Without memory the second episode takes at least {SAME:.0%} of the steps of the first"
    given = found, ("no memory", 1.0), _NONE
    return _answer("no-memory", claim, *given, seeds=len(evidence.seeds), at_least=SAME)
