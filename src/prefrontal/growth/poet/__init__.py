"""POET: paired open-ended trailblazer (Wang, Lehman, Clune & Stanley 2019, arXiv 1901.01753)."""

from prefrontal.growth.poet.poet import POET
from prefrontal.growth.poet.state import Archive, Niches, POETState

__all__ = ["POET", "Archive", "Niches", "POETState"]
