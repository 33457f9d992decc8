"""The findings of `diayn`: how well the skills are told apart, and how far apart they end."""

import numpy as np
from jaxtyping import Float, Int

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, averaged, measure
from prefrontal.analysis.statistics.intervals import resampled
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.analysis.training_curves import LearningCurve, learning_curve
from prefrontal.disk.records import Records
from prefrontal.experiments.eysenbach2018.diayn.names import ACCURACY, APART, LOG_Q

_APART = PaperClaim(
    "Eysenbach et al. 2018, section 4.1, figure 2a", statement="skills move to different places of a 2D box"
)
_ENTROPY = PaperClaim(
    "Eysenbach et al. 2018, section 3.1",
    statement="high entropy makes skills explore and stay apart; in a figure without numbers",
)


def skill_of(records: Records) -> Int[np.ndarray, "N"]:
    """The number of the skill that each lifetime was told."""
    return np.asarray(records.task["skill"]).argmax(axis=-1)


def log_q(records: Records) -> Float[np.ndarray, "N T"]:
    """log q(z|s) of the skill that was told, at every step."""
    return np.asarray(records.units, float)[np.arange(records.lifetimes), :, skill_of(records)]


def right(records: Records) -> Float[np.ndarray, "N T"]:
    """1 where the most probable skill is the one that was told, else 0."""
    return (np.asarray(records.units).argmax(axis=-1) == skill_of(records)[:, None]).astype(float)


def ends(places: Float[np.ndarray, "N 2"], skill: Int[np.ndarray, "N"]) -> Float[np.ndarray, "skills 2"]:
    """The mean place at which each skill ends, for skills that some lifetime was told."""
    return np.stack([places[skill == one].mean(axis=0) for one in np.unique(skill)])


def least_distance(places: Float[np.ndarray, "n 2"]) -> float:
    """The distance of the two places that are nearest to each other; 0 of fewer than two."""
    if len(places) < 2:
        return 0.0
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    return float(apart[~np.eye(len(places), dtype=bool)].min())


def _all_kept(evidence: Evidence, condition: str) -> list[Records]:
    return evidence.once(
        ("kept", condition), lambda: [evidence.kept(condition, seed) for seed in evidence.seeds]
    )


def told(evidence: Evidence, condition: str) -> Measure:
    lives = [log_q(records).mean(axis=1) for records in _all_kept(evidence, condition)]
    return averaged("log q(z|s), in nats, mean over the whole episode", lives)


def accuracy(evidence: Evidence, condition: str) -> Measure:
    lives = [right(records).mean(axis=1) for records in _all_kept(evidence, condition)]
    return averaged("share of states in which the skill is told right", lives, (0.0, 1.0))


def apart(evidence: Evidence, condition: str) -> Measure:
    """Its error over tasks is that of 200 bootstrap samples of each seed's lifetimes."""

    def least(*columns: np.ndarray) -> float:
        x, y, skill = columns
        return least_distance(ends(np.stack([x, y], axis=1), skill))

    kept = [
        (*np.asarray(one.state["position"], float)[:, -1].T, skill_of(one))
        for one in _all_kept(evidence, condition)
    ]
    errors = np.array([np.std(resampled(least, *one, resamples=200)) for one in kept])
    by_seed = np.array([least(*one) for one in kept])
    return measure("least distance between two skills' mean ends", by_seed, errors)


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    found = []
    for name in ("ppo", "sac"):
        label, skills = evidence.conditions[name]["label"], _skills(evidence, name)
        chance = ("chance", -float(np.log(skills))), ("chance", 1.0 / skills), ("one place", 0.0)
        claims = (
            ("log-q", told, f"log q(z|s) is at least {LOG_Q:g} over held-out episodes", LOG_Q),
            ("accuracy", accuracy, f"the skill is told right in at least {ACCURACY:.0%} of states", ACCURACY),
            ("apart", apart, f"any two skills end at least {APART:g} apart", APART),
        )
        for (id, of, claim, least), reference in zip(claims, chance, strict=True):
            measured = of(evidence, name)
            said = f"{label}: {claim}"
            found.append(answer(f"{id}-{name}", said, measured, reference, _APART, at_least=least))
    return [*found, _entropy(evidence)]


def _entropy(evidence: Evidence) -> Finding:
    with_it, without = (
        [right(one).mean(axis=1) for one in _all_kept(evidence, name)] for name in ("sac", "sac-no-entropy")
    )
    measured = averaged(
        "accuracy with entropy less that without", [a - b for a, b in zip(with_it, without, strict=True)]
    )
    claim = "Soft actor-critic's skills are told right more often with entropy than without"
    return answer("entropy", claim, measured, ("without entropy", 0.0), _ENTROPY, at_least=0.0)


def _skills(evidence: Evidence, condition: str) -> int:
    return np.asarray(_all_kept(evidence, condition)[0].units).shape[-1]


def course(evidence: Evidence, condition: str) -> LearningCurve:
    """The mean log q(z|s) over training, by the lifetimes lived."""
    paths = [run_folder(evidence.folder, condition, seed) / "metrics.jsonl" for seed in evidence.seeds]
    return learning_curve(paths, "lifetimes", "log_q")


def tables(evidence: Evidence) -> dict[str, Table]:
    """Every measure of every condition."""
    rows = []
    for name, entry in evidence.conditions.items():
        measured = [of(evidence, name) for of in (told, accuracy, apart)]
        cells = [cell for one in measured for cell in (one.value, *one.interval)]
        rows.append((entry["label"], _skills(evidence, name), *cells))
    columns = ("policy", "skills", "log q", "low", "high", "accuracy", "low", "high", "apart", "low", "high")
    return {
        "skills": table("How well skills are told apart, with 95 % intervals.", columns, rows),
        "evaluations": evaluations(evidence),
    }
