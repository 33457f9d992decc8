"""The numbers that `unsupervised` compares: at which rate, and of which lifetimes."""

from pathlib import Path

import numpy as np
import pytest

from prefrontal.analysis.evidence import Evidence
from prefrontal.evaluation import evaluate
from prefrontal.experiments.gupta2018.unsupervised import analysis
from prefrontal.experiments.gupta2018.unsupervised.names import RATE
from prefrontal.references import reference
from prefrontal.references.exact import exact

# Three trainings: the scores before any inner step, after one and after two.
SCORES = {
    ("scratch", 1.0): (0.0, 0.1, 0.6),
    ("scratch", 4.0): (0.0, 0.4, 0.2),
    ("maml-diayn", 1.0): (0.0, 0.3, 0.5),
    ("maml-diayn", 4.0): (0.0, 0.9, 0.9),
}


class MadeUp(Evidence):
    """Stands for the files of an experiment."""

    conditions = {  # noqa: RUF012
        "scratch": {"label": "from scratch", "trials": [{"name": "rate 1"}, {"name": "rate 4"}]},
        "maml-diayn": {"label": "MAML"},
    }


@pytest.fixture
def made_up(monkeypatch):
    found = lambda _, condition, rate: [  # noqa: E731
        seed + np.tile(SCORES[condition, rate], (100, 1)) for seed in (0.0, 0.001, 0.002)
    ]
    monkeypatch.setattr(analysis, "scores", found)
    return MadeUp(Path())


def test_scratch_has_the_best_of_all_rates_and_maml_that_of_its_training(made_up):
    assert analysis.rates(made_up) == [1.0, 4.0]
    for steps, best in ((1, 4.0), (2, 1.0)):
        assert analysis.best_rate(made_up, "scratch", steps) == best
        first, second, _ = analysis.lives(made_up, "scratch", steps)
        np.testing.assert_allclose(first, SCORES["scratch", best][steps])
        np.testing.assert_allclose(second, 0.001 + SCORES["scratch", best][steps])
    np.testing.assert_allclose(analysis.lives(made_up, "maml-diayn", 1)[0], SCORES["maml-diayn", RATE][1])


def test_what_scores_less_than_scratch_at_its_best_does_not_hold(made_up):
    """.3 less .4; at the rates of each training it would be .3 less .1."""
    found = analysis._beyond(made_up, "maml-diayn", "scratch", 1, analysis._DIAYN)
    assert found.value == pytest.approx(-0.1)
    assert found.verdict == "fails"


def test_the_exact_values_of_goals_in_a_box():
    """What the oracle and `stay` earn is that of goals without walls, and what they earn in fact."""
    for name in ("oracle", "stay"):
        value = exact(name, "box-goals")
        assert value is not None
        free = exact(name, "navigation:length=20,horizon=60,outer=1.0")
        assert free is not None
        assert value.total_return == pytest.approx(free.total_return)
        earned = evaluate(reference(name, "box-goals"), "box-goals", lifetimes=1000).total_return
        assert abs(earned.mean() - value.total_return) < 4 * earned.std() / np.sqrt(1000)
