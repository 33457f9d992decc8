"""One-shot navigation: Wang et al. 2016, section 3.2.3 and figure 7, after Mirowski et al. 2016."""

from functools import partial

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy, changed
from prefrontal.experiments.controls import without_memory
from prefrontal.learners import A2C
from prefrontal.learners.schedules import Linear
from prefrontal.memory import LSTMSettings, StackedLSTMSettings

FIXED, NEW, VIEW, LARGE_VIEW = "maze", "maze-new", "maze-view", "maze-view-paper"

# As in the paper the agent is given the last action and the last reward besides what it sees; not the time.
_PERCEPT = PerceptSettings(time=False, time_scale=100.0)
_AGENT = AgentSettings(_PERCEPT, LSTMSettings(64))

# Tuned on seeds 100 and above and their own held-out tasks, none of which are reported.
_LEARNER = partial(
    A2C,
    lifetimes=200_000,
    microbatch=32,
    microbatches=2,
    signal="sampled",
    discount=Linear(0.9, 0.97),
    trace_decay=0.95,
    value_cost=0.5,
    entropy_cost=Linear(0.03, 0.003),
    learning_rate=Linear(3e-3, 0.0),
)
# The same, seen as the paper's agent sees it, in a picture that two cores can train on.
_IN_VIEW = AgentSettings(_PERCEPT, LSTMSettings(64), encoder="conv")

# The paper's agent. Its learning rate, discount and entropy cost are those of Harlow's task: none is printed.
_STACKED = AgentSettings(_PERCEPT, StackedLSTMSettings((64, 256)), encoder="conv")
_PAPER = partial(
    A2C,
    lifetimes=100_000,
    microbatch=1,
    microbatches=32,
    signal="sampled",
    discount=0.99,
    trace_decay=1.0,
    value_cost=0.4,
    entropy_cost=0.001,
    optimiser="rmsprop",
    learning_rate=7.5e-4,
)

_REFERENCES = tuple(ReferencePolicy(name, name) for name in ("shortest-path", "random"))


def _conditions(
    learner: A2C, keep: tuple, kept: int, name: str = "lstm", label: str = "LSTM"
) -> tuple[Condition, Condition]:
    """An agent, and the same without memory. The value rises on every seed: it is kept of every one."""
    whole = Condition(name, label, learner, keep=keep, kept_lifetimes=kept, kept_needed="every")
    return whole, without_memory(whole)


_KEEP = ("value", "state")
_LSTM, _FORWARD = _conditions(_LEARNER(FIXED, _AGENT), _KEEP, 300)
_IN_NEW = {"tasks": NEW, "lifetimes": 300_000}
_NEW = changed(_LSTM, "new", "LSTM, new layouts", **_IN_NEW)
_NEW_FORWARD = changed(_FORWARD, "no-memory-new", "no memory, new layouts", **_IN_NEW)
_SEEN = (*_KEEP, "observation")
_VIEW, _VIEW_FORWARD = _conditions(_LEARNER(VIEW, _IN_VIEW), _SEEN, 100, "view", "LSTM, first person")
_LAPTOP = (_LSTM, _NEW, _VIEW, _FORWARD, _NEW_FORWARD, _VIEW_FORWARD)
_LARGE = _conditions(_PAPER(LARGE_VIEW, _STACKED), _SEEN, 4)
_QUICK = tuple(changed(one, one.name, one.label, lifetimes=60_000) for one in _LAPTOP[:2])
_preset = partial(Preset, references=_REFERENCES)

EXPERIMENT = Experiment(
    name="maze",
    title="One-shot navigation",
    question="Is a goal that was found once found at once from then on?",
    source="Wang et al. 2016, section 3.2.3, figure 7; Mirowski et al. 2016",
    presets={
        "quick": _preset(_QUICK, reference_on=(FIXED, NEW), seeds=1, lifetimes=1_000, minutes=2),
        "laptop": _preset(_LAPTOP, reference_on=(FIXED, NEW, VIEW), seeds=5, lifetimes=10_000, minutes=220),
        "paper": _preset(_LARGE, reference_on=(LARGE_VIEW,), seeds=5, lifetimes=300, minutes=20_000),
    },
)
