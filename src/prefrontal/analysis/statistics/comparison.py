"""Checks whether policies met the same tasks, so that they can be compared task by task."""

import numpy as np

from prefrontal.disk.records import Records


def check_same_tasks(a: Records, b: Records) -> None:
    """Raise a ValueError if the two met different tasks."""
    if not same_tasks(a, b):
        raise ValueError(f"{a.policy} and {b.policy} met different tasks; give both the same evaluation seed")


def same_tasks(a: Records, b: Records) -> bool:
    """Whether lifetime i of both was in the same task, for every i."""
    named = ("distribution", "split", "seed", "horizon")
    if any(getattr(a, name) != getattr(b, name) for name in named) or a.task.keys() != b.task.keys():
        return False
    return all(np.array_equal(a.task[name], b.task[name]) for name in a.task)
