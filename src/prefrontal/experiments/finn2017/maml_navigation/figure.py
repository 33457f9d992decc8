"""The figures of `maml-navigation`."""

from prefrontal.experiments.finn2017.figures import figures
from prefrontal.experiments.plane_animation import before_and_after

ANIMATIONS = {"lifetime": ("maml", before_and_after)}

__all__ = ["ANIMATIONS", "figures"]
