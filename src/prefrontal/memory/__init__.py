"""Models with memory."""

from prefrontal.memory.base import Memory, Parts
from prefrontal.memory.lstm import LSTM
from prefrontal.memory.none import NoMemory
from prefrontal.memory.stacked_lstm import StackedLSTM
from prefrontal.suggest import lookup
from prefrontal.types import RandomKey

MEMORIES: dict[str, type[Memory]] = {"lstm": LSTM, "none": NoMemory, "stacked-lstm": StackedLSTM}


def memory(name: str, parts: Parts, units: tuple[int, ...] | int, *, key: RandomKey) -> Memory:
    """A fresh memory of the kind registered under `name`, for inputs of these parts."""
    return lookup("memory", name, MEMORIES).build(parts, units, key=key)


__all__ = ["LSTM", "MEMORIES", "Memory", "NoMemory", "Parts", "StackedLSTM", "memory"]
