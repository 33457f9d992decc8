"""Models with memory."""

from prefrontal.memory.base import Memory, Parts
from prefrontal.memory.lstm import LSTM, LSTMStart
from prefrontal.memory.none import NoMemory
from prefrontal.memory.stacked_lstm import StackedLSTM
from prefrontal.suggest import lookup
from prefrontal.types import RandomKey

MEMORIES: dict[str, type[Memory]] = {"lstm": LSTM, "none": NoMemory, "stacked-lstm": StackedLSTM}


def memory(
    name: str,
    parts: Parts,
    units: tuple[int, ...] | int,
    *,
    key: RandomKey,
    start: LSTMStart | None = None,
) -> Memory:
    """A fresh memory of the kind registered under `name`, for inputs of these parts.

    **Arguments:** `start`, what its LSTMs begin with, where not the usual; a ValueError if it has none.
    """
    kind = lookup("memory", name, MEMORIES)
    if start is None:
        return kind.build(parts, units, key=key)
    if not issubclass(kind, LSTM | StackedLSTM):
        raise ValueError(f"start is {start}, but the memory {name!r} has no LSTM; leave it out")
    return kind.build(parts, units, key=key, start=start)


__all__ = ["LSTM", "MEMORIES", "LSTMStart", "Memory", "NoMemory", "Parts", "StackedLSTM", "memory"]
