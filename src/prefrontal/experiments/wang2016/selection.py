"""How much of a curve is the choice of its trainings: the best of many random settings beside all of them.

Wang et al. 2016, section 3: 100 settings of learning rate and discount drawn at random; the five with the
lowest regret on the first half of the evaluation lifetimes are shown, on the second half. Here everything is
shown on the second half, on which nothing was chosen.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.experiments.drawn import Drawn

SEARCH = "search"  # the condition whose settings are drawn
BEST = 5
RESAMPLES = 2_000
_SOURCE = "Wang et al. 2016, section 3"
_SHOWN = PaperClaim(
    _SOURCE, statement="shows the mean of the best 5 of 100 runs, and says nothing of the others"
)


class Halves(NamedTuple):
    """Mean regret of a lifetime of every training, on the lifetimes to choose on and on those to show."""

    first: Float[np.ndarray, "seeds"]
    second: Float[np.ndarray, "seeds"]

    @property
    def best(self) -> Int[np.ndarray, "chosen"]:
        """The places of the chosen: those of the lowest regret on the first half."""
        return np.argsort(self.first, kind="stable")[:BEST]

    @property
    def gained(self) -> float:
        """What the choice gains on the second half: regret of all less that of the chosen."""
        return float(self.second.mean() - self.second[self.best].mean())

    @property
    def promised(self) -> float:
        """What it seems to gain on the half that it was made on."""
        return float(self.first.mean() - self.first[self.best].mean())


class Search:
    """The trainings of a random search. `regret` is that of a whole lifetime, `(seeds, lifetimes)`."""

    def __init__(self, regret: Float[np.ndarray, "seeds lifetimes"]):
        self.regret = regret

    @property
    def half(self) -> int:
        return self.regret.shape[1] // 2

    @cached_property
    def halves(self) -> Halves:
        return _halves(self.regret[:, : self.half], self.regret[:, self.half :])

    @cached_property
    def resampled(self) -> list[Halves]:
        """The same search again and again: other trainings, and other lifetimes in each half."""
        random = np.random.default_rng(0)
        return [self._again(random) for _ in range(RESAMPLES)]

    def _again(self, random: np.random.Generator) -> Halves:
        seeds, lifetimes = self.regret.shape
        trained = random.integers(seeds, size=seeds)[:, None]
        first = random.integers(self.half, size=self.half)
        second = random.integers(self.half, lifetimes, size=lifetimes - self.half)
        return _halves(self.regret[trained, first], self.regret[trained, second])


def _halves(first: Float[np.ndarray, "seeds _"], second: Float[np.ndarray, "seeds _"]) -> Halves:
    return Halves(first.mean(axis=1), second.mean(axis=1))


def search_of(evidence: Evidence) -> Search:
    """The search of an output folder."""
    return evidence.once(
        SEARCH, lambda: Search(np.stack([one.regret[:, -1] for one in evidence.records(SEARCH)]))
    )


def findings(evidence: Evidence, beside: str) -> list[Finding]:
    """What the choice gains, what it promises, and whether the chosen and the others are below `beside`."""
    search = search_of(evidence)
    return [_gain(search), _promise(search), *_below(evidence, search, beside)]


def _gain(search: Search) -> Finding:
    found = _measured(search, "regret of all trainings less that of the chosen", lambda one: one.gained)
    claim = (
        f"Part of the curve is the choice: on lifetimes that nothing was chosen on, the {_called(search)} "
        f"have less regret than all of them on average"
    )
    return _over_all(search, answer("selection", claim, found, ("no choice", 0.0), _SHOWN, at_least=0.0))


def _promise(search: Search) -> Finding:
    found = _measured(
        search, "gain on the lifetimes chosen on less that on others", lambda one: one.promised - one.gained
    )
    claim = "The choice promises more than it keeps: its gain is larger on the lifetimes that it was made on"
    paper = PaperClaim(_SOURCE, statement="chooses on one half of the lifetimes and shows the other")
    return _over_all(search, answer("promise", claim, found, ("as much", 0.0), paper, at_least=0.0))


def _below(evidence: Evidence, search: Search, beside: str) -> list[Finding]:
    bound = evidence.reference_regret(beside, evidence.conditions[SEARCH]["distribution"])
    paper = PaperClaim(_SOURCE, statement="the runs shown are the best 5 of 100")
    chosen = _measured(search, "regret of the chosen", lambda one: float(one.second[one.best].mean()))
    typical = _measured(search, "regret of the median training", lambda one: float(np.median(one.second)))
    return [
        _over_all(
            search,
            answer(
                f"{name}-below-{beside}",
                f"The regret of {what} is below that of {beside}",
                found,
                (beside, bound),
                paper,
                at_most=bound,
            ),
        )
        for name, what, found in (
            ("chosen", f"the {_called(search)}", chosen),
            ("typical", f"the median of the {len(search.regret)} trainings", typical),
        )
    ]


def _called(search: Search) -> str:
    return f"best {len(search.halves.best)} of {len(search.regret)} trainings"


def _over_all(search: Search, finding: Finding) -> Finding:
    return dataclasses.replace(finding, seeds=len(search.regret))


def _measured(search: Search, name: str, of: Callable[[Halves], float]) -> Measure:
    """A number of the whole search, with its interval over other searches."""
    low, high = np.quantile([of(one) for one in search.resampled], (0.025, 0.975))
    shown = search.regret.shape[1] - search.half
    return Measure(f"{name}, on {shown} lifetimes", np.array([of(search.halves)]), (float(low), float(high)))


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every training's return and regret, and what it had drawn."""
    search, drawn = search_of(evidence), settings_drawn(evidence)
    best = set(search.halves.best.tolist())
    rows = [
        (seed, *values, first, second, "chosen" if place in best else "")
        for place, (seed, values, first, second) in enumerate(
            zip(evidence.seeds, zip(*drawn.values(), strict=True), *search.halves, strict=True)
        )
    ]
    caption = (
        "What each training drew, and its mean regret on the lifetimes chosen on and on those shown. The "
        "chosen have the lowest of the former."
    )
    columns = ("seed", *(name.replace("_", " ") for name in drawn), "chosen on", "shown", "choice")
    return {"evaluations": evaluations(evidence), "search": table(caption, columns, rows)}


def settings_drawn(evidence: Evidence) -> dict[str, Sequence[float]]:
    """What every training drew, by the field of its learner."""
    declared = evidence.conditions[SEARCH]["drawn"]
    return {
        name: [Drawn(**one).value(name, seed) for seed in evidence.seeds] for name, one in declared.items()
    }
