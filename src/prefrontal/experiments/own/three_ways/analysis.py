"""The findings of `three-ways`: scores by the number of episodes lived in a new task."""

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.adaptation import scored
from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.analysis.training_curves import LearningCurve, learning_curve, read_metrics
from prefrontal.experiments.own.three_ways.names import (
    EPISODES,
    FAMILIES,
    SEGMENT,
    TRIAL,
    WAYS,
    condition,
    metric,
)
from prefrontal.experiments.plane_scores import anchors, difference, episode_scores

FIRST_LEAST = {1: 0.68, 3: 0.87}  # what RL² is to score in an episode on navigation
EARLY, LATE = (1, SEGMENT), (EPISODES - SEGMENT + 1, EPISODES)
PARTS = ((1, 1), (3, 3), EARLY, (SEGMENT + 1, 2 * SEGMENT), LATE)  # episodes

_RL2 = PaperClaim(
    "Mishra et al. 2018, table 1", statement="RL² earns more than MAML, most where lifetimes are long"
)
_MAML = PaperClaim(
    "Finn et al. 2017, section 5.3", statement="MAML adapts better than fine-tuned joint training"
)
_REPTILE = PaperClaim(
    "Nichol et al. 2018, section 7", statement="reports only negative results on reinforcement learning"
)
_NONE = PaperClaim("Duan et al. 2016", statement="has no such tasks")


def families(evidence: Evidence) -> list[str]:
    """The families of tasks of this preset."""
    return [family for family in FAMILIES if condition(family, "rl2") in evidence.conditions]


def part(evidence: Evidence, name: str, episodes: tuple[int, int]) -> list[Float[np.ndarray, "N"]]:
    """The mean score of each lifetime in these episodes, counted from 1, one array for each seed."""
    first, last = episodes
    return [one[:, first - 1 : last].mean(axis=1) for one in episode_scores(evidence, name, TRIAL)]


def scored_part(evidence: Evidence, name: str, episodes: tuple[int, int]) -> Measure:
    return averaged(f"score in {_said(episodes)}", part(evidence, name, episodes))


def _said(episodes: tuple[int, int]) -> str:
    first, last = episodes
    return f"episode {first}" if first == last else f"episodes {first} to {last}"


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    found = []
    for episode, least in FIRST_LEAST.items():
        measured = scored_part(evidence, condition("navigation", "rl2"), (episode, episode)).of_one_more()
        claim = f"In episode {episode} on navigation, one more training of RL² would score at least {least:g}"
        found.append(answer(f"rl2-{episode}", claim, measured, ("oracle", 1.0), _NONE, at_least=least))
    for family in families(evidence):
        found.append(_more(evidence, family, "rl2", "maml", EARLY, _RL2))
        found.append(_more(evidence, family, "rl2", "maml", LATE, _RL2))
        found.append(_more(evidence, family, "maml", "joint", LATE, _MAML))
        found.append(_more(evidence, family, "reptile", "joint", LATE, _REPTILE))
    return found


def _more(
    evidence: Evidence, family: str, way: str, other: str, episodes: tuple[int, int], paper: PaperClaim
) -> Finding:
    one, two = (part(evidence, condition(family, each), episodes) for each in (way, other))
    when = _said(episodes)
    measured = difference(f"score of {WAYS[way]} less that of {WAYS[other]}, {when}", one, two)
    claim = f"In {when}, {WAYS[way]} earns more than {WAYS[other]}: {FAMILIES[family]}"
    id = f"{way}-{other}-{episodes[1]}-{family}"
    return answer(id, claim, measured, (WAYS[other], 0.0), paper, at_least=0.0)


def seconds(evidence: Evidence, name: str) -> Float[np.ndarray, "seeds"]:
    """Processor seconds of each training, without compiling."""
    logs = map(read_metrics, _logs(evidence, name))
    return np.array([sum(row["processor_seconds"] for row in rows) for rows in logs])


def course(evidence: Evidence, family: str, way: str) -> LearningCurve:
    """The score of an episode in training by the processor seconds spent, at the end of what is lived."""
    measured, episodes = metric(family, way)
    name = condition(family, way)
    curve = learning_curve(_logs(evidence, name), y=measured)
    spent = curve.x / curve.x[-1] * float(seconds(evidence, name).mean())
    known = anchors(evidence, family)
    as_score = lambda values: scored(values / episodes, **known)  # noqa: E731
    return LearningCurve(spent, *(as_score(values) for values in curve[1:]))


def _logs(evidence: Evidence, name: str):
    return [run_folder(evidence.folder, name, seed) / "metrics.jsonl" for seed in evidence.seeds]


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every way on every family: scores in parts of a trial, and what the training cost."""
    rows = []
    for family in families(evidence):
        for way, label in WAYS.items():
            name = condition(family, way)
            measured = [scored_part(evidence, name, one) for one in PARTS]
            cells = [cell for one in measured for cell in (one.value, *one.interval)]
            rows.append((FAMILIES[family], label, *cells, seconds(evidence, name).mean()))
    named = [cell for one in PARTS for cell in (_said(one), "low", "high")]
    caption = (
        "Scores on held-out tasks by the episodes lived in them, with 95 % intervals: 0 is to stay put, 1 "
        "the oracle. Last, the processor seconds of a training, the mean over seeds, without compiling."
    )
    columns = ("tasks", "way", *named, "seconds")
    return {"ways": table(caption, columns, rows), "evaluations": evaluations(evidence)}
