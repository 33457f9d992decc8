"""Words of captions that depend on the number of trainings, such as singular and plural."""

from collections.abc import Sized


def lines_and_bands(seeds: Sized) -> str:
    """The sentence in a caption about the thin lines and bands around a trained agent's curve.

    **Arguments:** `seeds`, one entry for each training.
    """
    if len(seeds) == 1:
        return "The band is the 95 % interval over tasks: how well this one agent was measured."
    return "Thin lines are training seeds, bands 95 % intervals over trainings and tasks."


def thin_lines(seeds: Sized) -> str:
    """The same for a figure without bands. It begins with a space, and is empty for one training."""
    return "" if len(seeds) == 1 else " Thin lines are training seeds."


def dots_and_lines(seeds: Sized) -> str:
    """The sentence in a caption about the dots and the black lines on bars."""
    if len(seeds) == 1:
        return "Black lines are 95 % intervals over tasks."
    return "Dots are training seeds; black lines are 95 % intervals over trainings and tasks."


def first_seed(seeds: Sized) -> str:
    """` (first seed)` for something shown for one training only; empty if there is only one training."""
    return "" if len(seeds) == 1 else " (first seed)"
