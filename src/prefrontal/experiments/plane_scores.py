"""Scores on tasks in the plane: 0 is what `stay` earns, 1 is what the oracle earns. Both are exact."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.adaptation import by_segment, scored
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.measures import Measure, averaged
from prefrontal.disk.records import Records

TYPICAL = "20 trajectories"


def scores(
    evidence: Evidence, condition: str, trial: str = TYPICAL, mode: bool = False
) -> list[Float[np.ndarray, "N S"]]:
    """The score of each segment of each lifetime, one array for each seed.

    **Arguments:** `mode`, whether to use the episodes with the most probable actions, if there are any.
    """

    def of(records: Records) -> np.ndarray:
        trials = evidence.conditions[condition]["trials"]
        changes = next(dict(one["changes"]) for one in trials if one["name"] == trial)
        parts = by_segment(records, length_of(records), changes["every"], changes["shown"])
        found = parts.mode if mode and parts.mode is not None else parts.sampled
        return as_scores(evidence, family_of(evidence, condition), records, found)

    key = ("scores", condition, trial, mode)
    return evidence.once(key, lambda: [of(records) for records in evidence.records(condition, trial)])


def episode_scores(evidence: Evidence, condition: str, trial: str) -> list[Float[np.ndarray, "N E"]]:
    """The score of each episode of each lifetime, one array for each seed."""

    def of(records: Records) -> np.ndarray:
        length = length_of(records)
        found = by_segment(records, length, length).sampled
        return as_scores(evidence, family_of(evidence, condition), records, found)

    key = ("episode scores", condition, trial)
    return evidence.once(key, lambda: [of(records) for records in evidence.records(condition, trial)])


def as_scores(
    evidence: Evidence, family: str, records: Records, returns: Float[np.ndarray, "N S"]
) -> Float[np.ndarray, "N S"]:
    """The scores of returns of episodes, minus the luck of the tasks if that reduces their variance.

    The luck of a task is what `stay` earns in it minus what `stay` earns on average.

    **Raises:** ValueError if the records are of other tasks than those of `stay`.
    """
    where, length = _where(evidence, family), length_of(records)
    known, still = anchors(evidence, family), evidence.reference_records("stay", where)
    if not all(np.array_equal(records.task[name], still.task[name]) for name in still.task):
        raise ValueError(
            f"{records.policy!r} and 'stay' have different tasks; evaluate both on the same split"
        )
    luck = still.reward.reshape(len(returns), -1, length).sum(axis=2).mean(axis=1) - known["stay"]
    helps = np.var(returns[:, -1] - luck) < np.var(returns[:, -1])
    return scored(returns - luck[:, None] if helps else returns, **known)


def length_of(records: Records) -> int:
    """The number of steps in an episode."""
    return int(np.argmax(records.episode_over[0])) + 1


def family_of(evidence: Evidence, condition: str) -> str:
    """The name, without fields, of the tasks that a condition was trained on."""
    return evidence.conditions[condition]["distribution"].partition(":")[0]


def _where(evidence: Evidence, family: str) -> str:
    """The distribution of this family that the references were evaluated on."""
    return next(one for one in evidence.config["reference_on"] if one.partition(":")[0] == family)


def anchors(evidence: Evidence, family: str) -> dict[str, float]:
    """The exact mean returns of an episode of `stay` and of the oracle."""
    where = _where(evidence, family)
    still = evidence.reference_records("stay", where)
    episodes = still.reward.shape[1] / length_of(still)
    return {name: evidence.reference(name, where).total_return / episodes for name in ("stay", "oracle")}


def lives(
    evidence: Evidence, condition: str, steps: int, trial: str = TYPICAL, mode: bool = False
) -> list[Float[np.ndarray, "N"]]:
    """The score of each lifetime after `steps` inner steps, one array for each seed."""
    return [one[:, steps] for one in scores(evidence, condition, trial, mode)]


def inner_steps(steps: int) -> str:
    """`1 inner step`, `2 inner steps`."""
    return f"{steps} inner step{'s' * (steps != 1)}"


def after(
    evidence: Evidence, condition: str, steps: int, trial: str = TYPICAL, mode: bool = False
) -> Measure:
    """The mean score after `steps` inner steps, with its interval."""
    acted = "the most probable actions" if mode else "sampled actions"
    name = f"score after {inner_steps(steps)} of {trial}, {acted}"
    return averaged(name, lives(evidence, condition, steps, trial, mode))


def difference(name: str, one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> Measure:
    """The mean of `one` minus `other`, on the same tasks and with the same seeds."""
    return averaged(name, [mine - theirs for mine, theirs in zip(one, other, strict=True)])
