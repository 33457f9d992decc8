"""Any values for the arguments of the public functions: a right answer, or an error of the project's own.

`test_fuzz.py` runs this in an interpreter in which no types are checked, as in a user's. By hand, with more
examples: `python tests/fuzz_calls.py 10000`.
"""

import tempfile
import warnings
from collections import Counter
from pathlib import Path

import gymnasium
import jax
import numpy as np
from fuzz_values import NUMBERS, VALUES, by_project, examples
from hypothesis import assume, given
from hypothesis import strategies as st

import prefrontal as pf
from prefrontal.agents import AgentSettings
from prefrontal.errors import Failure
from prefrontal.references import REFERENCES, parameters
from prefrontal.tasks import DISTRIBUTIONS, IndependentArms, Restless, TwoStep

FOLDER = Path(tempfile.mkdtemp())
TASKS = IndependentArms(horizon=4)
SMALL = [
    TASKS,
    TwoStep(horizon=4),
    Restless(horizon=3),
    "bandit-dependent-easy:horizon=5",
    "maze-new:size=5,opened=1",
]
AGENTS = [
    pf.reference("random", TASKS),
    AgentSettings(memory="none:units=2").build(TASKS.environment, 4, key=jax.random.key(0)),
]
RECORDS = pf.evaluate(AGENTS[0], TASKS, lifetimes=3)
RECORDS.save(FOLDER / "records.safetensors")
(FOLDER / "nonsense.safetensors").write_bytes(b"nonsense")
WRONG = st.sampled_from(
    [
        *(*AGENTS, *SMALL, RECORDS, FOLDER, pf.A2C(TASKS), pf.A2C, AgentSettings, IndependentArms),
        *(TASKS.environment, gymnasium.make("CartPole-v1"), gymnasium.spaces.Discrete(2)),
    ]
)
ANY = VALUES | WRONG
SPLITS = st.sampled_from(["test", "outside", "train", "validation", "", "weights"])
CALLS = {}  # the calls that are tried, by name: functions of hypothesis' `draw`


def tried(call):
    CALLS[call.__name__] = call
    return call


def one_of(draw, good, bad=ANY, odds: int = 3):
    """Mostly what is meant, now and then anything."""
    return draw(good if draw(st.integers(0, odds)) else bad)


@tried
def distribution(draw):
    """Any name with any fields: what is accepted has spaces, and tasks outside unless it has none."""
    names = st.sampled_from([name for name in DISTRIBUTIONS if "harlow-" not in name])
    name = one_of(draw, names, st.text())
    known = st.sampled_from(["arms", "horizon", "a", "size", "better", "n", "x", ""])
    fields = draw(st.lists(known, max_size=2))
    text = ",".join(f"{field}={one_of(draw, NUMBERS.map(shown), st.text(max_size=5))}" for field in fields)
    given = {field: draw(ANY) for field in fields if draw(st.integers(0, 5)) == 0 and field}
    tasks = pf.distribution(f"{name}:{text}" if text else name, **given)
    assert tasks.horizon >= 1
    assert tasks.environment.action_space is not None
    assert tasks.environment.observation_space.shape is not None
    assert tasks.outside() != tasks


def shown(number) -> str:
    try:
        return str(number)
    except ValueError:  # of too many digits to be printed
        return "9" * 400


@tried
def learner(draw):
    names = ["lifetimes", "microbatch", "signal", "discount", "optimiser", "devices", "learning_rate"]
    fields = {name: draw(ANY) for name in draw(st.sets(st.sampled_from(names), max_size=2))}
    made = pf.A2C(one_of(draw, st.sampled_from(SMALL)), one_of(draw, st.just(AgentSettings())), **fields)
    assert made.updates * made.lifetimes_per_update >= made.lifetimes
    assert made.horizon <= 300


@tried
def train(draw):
    """One argument is always wrong: what is right is trained elsewhere."""
    value = draw(ANY)
    meant = {
        "learner": isinstance(value, pf.A2C),
        "seed": isinstance(value, int | np.integer),
        "folder": isinstance(value, str | Path),
        "config": isinstance(value, dict | type(None)),
        "resume": isinstance(value, bool | np.bool_),
        "chunk_seconds": isinstance(value, int | float | np.number),
        "progress": value is None or callable(value),
    }
    wrong = draw(st.sampled_from(sorted(meant)))
    assume(not meant[wrong])
    pf.train(**{"learner": pf.A2C(TASKS), "seed": 0, "folder": FOLDER / "run"} | {wrong: value})
    raise AssertionError(f"{wrong} may be {value!r}")


@tried
def evaluate(draw):
    agent, tasks = one_of(draw, st.sampled_from(AGENTS), odds=9), one_of(draw, st.just(TASKS), odds=9)
    named = {
        "lifetimes": one_of(draw, st.just(3), odds=9),
        "seed": one_of(draw, st.integers(0, 9) | st.just(np.int64(3)), odds=9),
        "split": one_of(draw, st.sampled_from(["test", "train"]), SPLITS),
        "keep": one_of(draw, st.sampled_from([(), ("units",), ["units"]]), odds=9),
        "name": one_of(draw, st.text(max_size=3), odds=9),
    }
    count = named["lifetimes"]  # a program is compiled for each, and many take long
    assume(not isinstance(count, int | np.integer) or count == 3 or not 1 <= count <= 2**32)
    records = pf.evaluate(agent, tasks, **named)
    assert records.action.shape == (3, 4)
    assert set(np.unique(records.action)) <= {0, 1}
    assert np.isfinite(records.regret).all()
    assert (np.diff(records.regret, axis=1) >= -1e-6).all()
    records.save(FOLDER / "some.safetensors")
    np.testing.assert_array_equal(pf.Records.load(str(FOLDER / "some.safetensors")).action, records.action)


@tried
def reference(draw):
    """A policy with any parameters, on small tasks; exactly, where that can be done, and then in range."""
    name = one_of(draw, st.sampled_from(sorted(REFERENCES)), ANY, 9)
    known = list(parameters(name)) if isinstance(name, str) and name in REFERENCES else []
    # A table of Gittins indices takes seconds for a discount near 1: there are few of them.
    kinds = st.sampled_from([0, 0.5, 0.9, 1, -0.1, np.nan, "x"]) if known == ["discount"] else NUMBERS | ANY
    values = {one: draw(kinds) for one in known if draw(st.booleans())}
    values |= {"x": draw(ANY)} if draw(st.integers(0, 9)) == 0 else {}
    tasks = one_of(draw, st.sampled_from(SMALL), odds=9)
    if draw(st.booleans()):
        assert isinstance(pf.reference(name, tasks, **values), pf.Agent)
    elif (value := pf.exact(name, tasks, **values)) is not None:
        assert np.isfinite([value.total_return, value.regret]).all()
        assert value.regret > -1e-6


@tried
def long_lifetimes(draw):
    """Exact values of lifetimes that are too long are refused, or not given."""
    horizon = draw(st.integers(2001, 2**31 - 1) | st.sampled_from([5000, 10**6]))
    name = draw(st.sampled_from(["bayes-optimal", "gittins", "win-stay-lose-shift", "ucb1", "thompson"]))
    assert pf.exact(name, IndependentArms(horizon=horizon)) is None
    assert horizon > 100_000


@tried
def records(draw):
    path = one_of(draw, st.sampled_from([FOLDER / "records.safetensors", FOLDER / "nonsense.safetensors"]))
    if draw(st.booleans()):
        assert pf.Records.load(path).lifetimes == 3
    else:
        columns = {one: getattr(RECORDS, one) for one in ("action", "reward", "alive", "oracle_reward")}
        which = draw(st.sampled_from(sorted(columns)))
        fields = {name: getattr(RECORDS, name) for name in RECORDS.__dataclass_fields__}
        made = pf.Records(**fields | {which: one_of(draw, st.just(columns[which]), ANY, 1)})
        assert made.lifetimes == 3


@tried
def load_agent(draw):
    pf.load_agent(one_of(draw, st.sampled_from([FOLDER, str(FOLDER / "none")]), ANY, 1))


@tried
def architecture(draw):
    names = ["percept", "memory", "encoder", "policy"]
    kinds = st.sampled_from(["lstm", "none", "mlp", "gaussian"])
    text = st.builds("{}:{}={}".format, kinds, st.text(max_size=6), NUMBERS.map(shown))
    made = AgentSettings(**{name: draw(ANY | text) for name in names if draw(st.integers(0, 3)) == 0})
    assert hash(made) == hash(made)


COUNTS: Counter[str] = Counter()
TRACE = False


@examples(2000)
@given(st.data())
def test_a_call_is_answered_rightly_or_refused_by_the_project(data):
    name = data.draw(st.sampled_from(sorted(CALLS)))
    COUNTS[name] += 1
    refused = None
    try:
        if TRACE:
            print(name, flush=True)
        CALLS[name](data.draw)
    except (ValueError, Failure) as error:
        refused = error
    except OSError as error:
        if error.filename is None:
            raise
    if refused:
        COUNTS[f"{name} refused"] += 1
        assert by_project(refused), f"{name}: {refused!r} is raised inside"
        assert len(str(refused)) < 900, f"{name}: {refused}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    test_a_call_is_answered_rightly_or_refused_by_the_project()
    print(f"{sum(COUNTS[name] for name in CALLS)} examples passed:", dict(COUNTS))
