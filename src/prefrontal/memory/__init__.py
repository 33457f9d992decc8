"""Models with memory."""

from prefrontal.memory.attention import Attention, AttentionSettings
from prefrontal.memory.base import Memory, MemorySettings, Parts
from prefrontal.memory.gru import GRU, GRUSettings
from prefrontal.memory.linear_recurrence import LinearRecurrence, LinearRecurrenceSettings
from prefrontal.memory.lstm import LSTM, LSTMSettings
from prefrontal.memory.none import NoMemory, NoMemorySettings
from prefrontal.memory.stacked_lstm import StackedLSTM, StackedLSTMSettings
from prefrontal.registry import Registry

MEMORIES = Registry(
    "memory",
    MemorySettings,
    {
        "lstm": LSTMSettings,
        "gru": GRUSettings,
        "linear-recurrence": LinearRecurrenceSettings,
        "attention": AttentionSettings,
        "none": NoMemorySettings,
        "stacked-lstm": StackedLSTMSettings,
    },
)

__all__ = [
    "GRU",
    "LSTM",
    "MEMORIES",
    "Attention",
    "AttentionSettings",
    "GRUSettings",
    "LSTMSettings",
    "LinearRecurrence",
    "LinearRecurrenceSettings",
    "Memory",
    "MemorySettings",
    "NoMemory",
    "NoMemorySettings",
    "Parts",
    "StackedLSTM",
    "StackedLSTMSettings",
]
