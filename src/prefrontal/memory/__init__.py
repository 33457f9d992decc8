"""Models with memory."""

from collections.abc import Callable

from prefrontal.memory.base import Memory
from prefrontal.memory.lstm import LSTM
from prefrontal.memory.none import NoMemory
from prefrontal.suggest import lookup
from prefrontal.types import RandomKey

MEMORIES: dict[str, Callable[..., Memory]] = {"lstm": LSTM, "none": NoMemory}


def memory(name: str, input_size: int, size: int, *, key: RandomKey) -> Memory:
    """A fresh memory of the kind registered under `name`, of `size` units."""
    return lookup("memory", name, MEMORIES)(input_size, size, key=key)


__all__ = ["LSTM", "MEMORIES", "Memory", "NoMemory", "memory"]
