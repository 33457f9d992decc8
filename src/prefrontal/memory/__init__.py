"""Models with memory."""

from prefrontal.memory.base import Memory, MemorySettings, Parts
from prefrontal.memory.lstm import LSTM, LSTMSettings
from prefrontal.memory.none import NoMemory, NoMemorySettings
from prefrontal.memory.stacked_lstm import StackedLSTM, StackedLSTMSettings
from prefrontal.registry import Registry

MEMORIES = Registry(
    "memory",
    MemorySettings,
    {"lstm": LSTMSettings, "none": NoMemorySettings, "stacked-lstm": StackedLSTMSettings},
)

__all__ = [
    "LSTM",
    "MEMORIES",
    "LSTMSettings",
    "Memory",
    "MemorySettings",
    "NoMemory",
    "NoMemorySettings",
    "Parts",
    "StackedLSTM",
    "StackedLSTMSettings",
]
