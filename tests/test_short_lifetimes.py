"""Choices before which nothing was lived: no fit takes them for those of a learner."""

import numpy as np
import pytest

from prefrontal.analysis.choices import two_step_models
from prefrontal.analysis.choices.behaviour import history_regression
from prefrontal.analysis.choices.rescorla_wagner import (
    MODELS,
    compare_shared_alpha,
    fit,
    fit_models,
    log_likelihood,
)
from prefrontal.analysis.choices.two_step import Trials, history_weights
from prefrontal.analysis.choices.two_step_models import TwoStepLaw

SHAPE = (3, 20, 2)  # blocks, lifetimes, trials
RANDOM = np.random.default_rng(0)
ACTION, REWARD = RANDOM.integers(0, 2, SHAPE), RANDOM.integers(0, 2, SHAPE).astype(float)
FIRST = np.broadcast_to(np.arange(2) == 0, SHAPE)
LATER = FIRST.copy()  # the second trials are missed, and those of block 1 the first
LATER[1] = ~FIRST[1]
NEVER_TWO = (
    "block 0 has lifetimes of 1 trial with a choice; a fit needs at least 2 in one of them, because a first "
    "choice says nothing of how a subject learns: no parameter is identified"
)


def two_step(trials: slice, missed=None) -> Trials:
    action = ACTION[..., trials]
    common = np.ones(action.shape, bool)
    return Trials(action, action, common, REWARD[..., trials], missed)


@pytest.mark.parametrize("model", MODELS)
def test_one_trial_shows_no_learning(model):
    with pytest.raises(ValueError, match=f"^{NEVER_TWO}$"):
        fit(ACTION[..., :1], REWARD[..., :1], model)


@pytest.mark.parametrize("function", [fit_models, compare_shared_alpha])
def test_nor_do_all_models_together(function):
    with pytest.raises(ValueError, match=f"^{NEVER_TWO}$"):
        function(ACTION[..., :1], REWARD[..., :1])


@pytest.mark.parametrize("model", two_step_models.MODELS)
def test_nor_does_one_trial_of_two_steps(model):
    with pytest.raises(ValueError, match=f"^{NEVER_TWO}$"):
        two_step_models.fit(two_step(slice(1)), model, TwoStepLaw())


def test_what_counts_are_choices_and_each_block_by_itself():
    with pytest.raises(ValueError, match=NEVER_TWO):
        fit(ACTION, REWARD, "ab", LATER)
    but_one = LATER & (np.arange(3) == 2)[:, None, None]
    with pytest.raises(ValueError, match=NEVER_TWO.replace("block 0", "block 2")):
        fit(ACTION, REWARD, "ab", but_one)
    one_lifetime = but_one & (np.arange(20) > 0)[None, :, None]
    assert fit(ACTION, REWARD, "b", one_lifetime).parameters.shape == (3, 3)


def test_the_likelihood_of_a_first_choice_is_known():
    chance = log_likelihood(ACTION[..., :1], REWARD[..., :1], np.tile([0.3, 2.0, 0.1], (3, 1)))
    np.testing.assert_allclose(chance, 20 * np.log(0.5))


def test_a_regression_on_earlier_trials_needs_some():
    said = "^action has lifetimes of 1 trial; a regression on the trials before needs at least 2$"
    with pytest.raises(ValueError, match=said):
        history_regression(ACTION[0, :, :1], REWARD[0, :, :1])
    with pytest.raises(ValueError, match=said):
        history_weights(two_step(slice(1)).take(0))
    with pytest.raises(ValueError, match=r"^lags is 5; it must be a whole number, from 1 to 1$"):
        history_regression(ACTION[0], REWARD[0])
