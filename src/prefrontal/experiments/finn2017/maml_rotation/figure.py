"""The figures of `maml-rotation`."""

from prefrontal.experiments.finn2017.animation import before_and_after
from prefrontal.experiments.finn2017.figures import figures

ANIMATIONS = {"lifetime": ("maml", before_and_after)}

__all__ = ["ANIMATIONS", "figures"]
