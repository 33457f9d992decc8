"""Choice data as people bring it: what cannot be analysed as it is coded is refused, with its place."""

import dataclasses

import numpy as np
import pytest

from prefrontal.analysis.choices import behaviour, rescorla_wagner
from prefrontal.analysis.choices.harlow import Choices, accuracy, choices, proportion_right
from prefrontal.analysis.choices.two_step import Trials, history_weights, stay_probabilities
from prefrontal.analysis.choices.two_step_models import (
    TwoStepLaw,
    fit,
    in_blocks,
    inferred,
    log_likelihood,
    planning_weight,
)
from prefrontal.analysis.choices.two_step_recovery import draw_parameters, simulate
from prefrontal.analysis.statistics.logistic import Rows, fit_logistic, fit_rows
from prefrontal.analysis.statistics.newton import Loss, minimise

RNG = np.random.default_rng(0)
ACTION = RNG.integers(0, 2, (20, 30))
REWARD = RNG.integers(0, 2, (20, 30)).astype(float)
STATE = RNG.integers(0, 2, (20, 30))
COMMON = STATE == ACTION
PARAMETERS = np.tile([0.5, 3.0, 3.0, 1.0, 0.0], (2, 1))
LAW = TwoStepLaw()


def changed(array, value, place=(3, 4)):
    new = np.array(array, dtype=np.result_type(array, type(value)))
    new[place] = value
    return new


WRONG = [
    (ACTION + 1, REWARD, r"action is 2 at \(0, \d+\); it must be a choice from 0 to 1"),
    (
        changed(ACTION, -1),
        REWARD,
        r"action is -1 at \(3, 4\); .*trials without an answer are marked in missed",
    ),
    (changed(ACTION, np.nan), REWARD, r"action is nan at \(3, 4\); .* are marked in missed"),
    (changed(ACTION, 0.5), REWARD, r"action is 0.5 at \(3, 4\); it must be a choice from 0 to 1"),
    (ACTION, changed(REWARD, np.nan), r"reward is nan at \(3, 4\); it must be a number from 0 to 1"),
    (ACTION, 2 * REWARD - 1, r"reward is -1.0 at \(\d+, \d+\); it must be a number from 0 to 1"),
    (ACTION, 100 * REWARD, r"reward is 100.0 at \(\d+, \d+\); it must be a number from 0 to 1"),
    (ACTION, REWARD[:, 1:], r"reward has the shape \(20, 29\); it must be action's, \(20, 30\)"),
    (ACTION[:0], REWARD[:0], r"action has the shape \(0, 30\) and no choice in it"),
    (ACTION.astype(str), REWARD, "action has the type <U21; it must hold numbers"),
]
wrong = pytest.mark.parametrize(("action", "reward", "said"), WRONG)


@pytest.fixture
def bare(unchecked):
    return unchecked


@wrong
def test_fits_of_rescorla_wagner(bare, action, reward, said):
    """In blocks: what is said but for the place, which has the block in front."""
    name, what = said.split(" ")[:2]
    for function in (rescorla_wagner.fit_models, rescorla_wagner.compare_shared_alpha):
        with pytest.raises(ValueError, match=f"^{name} {what}"):
            bare(function)(action[None], reward[None])


@wrong
def test_two_step_analyses(bare, action, reward, said):
    lived = Trials(action, STATE[: len(action)], COMMON[: len(action)], reward)
    for analyse in (stay_probabilities, history_weights, in_blocks):
        with pytest.raises(ValueError, match=said):
            bare(analyse)(lived)


def test_two_step_fits(bare):
    blocks = in_blocks(Trials(ACTION, STATE, COMMON, REWARD))
    assert np.all(log_likelihood(blocks, PARAMETERS, LAW) <= 0)
    with pytest.raises(ValueError, match="common is 70; it must be a number from 0 to 1"):
        bare(fit)(blocks, "hybrid", TwoStepLaw(common=70))
    for name, values in (("action", -1), ("state", 2)):
        array = getattr(blocks, name).copy()
        array[1, 2, 3] = values
        for function in (log_likelihood, inferred):
            arguments = (PARAMETERS, LAW) if function is log_likelihood else (LAW,)
            with pytest.raises(ValueError, match=rf"{name} is {values} at \(1, 2, 3\); it must be"):
                bare(function)(blocks._replace(**{name: array}), *arguments)


def test_states_numbered_the_other_way_round_are_no_common_ones():
    """Else a planner would be fitted to a task in which its actions lead elsewhere."""
    turned = in_blocks(Trials(ACTION, 1 - STATE, COMMON, REWARD))
    for law in (LAW, dataclasses.replace(LAW, common=0.7)):
        with pytest.raises(
            ValueError, match=r"common is \w+ at \(0, 0, 0\), where action \d led to state \d"
        ):
            fit(turned, "hybrid", law)
    assert np.isfinite(fit(turned, "model-based", dataclasses.replace(LAW, common=0.2)).bic).all()


@pytest.mark.parametrize(
    "analyse", [behaviour.win_stay_lose_shift, behaviour.history_regression, behaviour.matching]
)
def test_what_is_missing_is_neither_a_win_nor_a_loss(bare, analyse):
    for action, reward, name in (
        (ACTION, changed(REWARD, np.nan), "reward"),
        (changed(ACTION, -1), REWARD, "action"),
    ):
        with pytest.raises(ValueError, match=rf"{name} is \S+ at \(3, 4\)"):
            bare(analyse)(action, reward)


def test_arms_are_whole_numbers():
    for value in (-1.0, 0.5, np.inf, np.nan):
        for analyse in (lambda action: behaviour.choice_by_trial(action, 3), stays):
            with pytest.raises(
                ValueError, match=rf"action is {value} at \(3, 4\); it must be a whole number from 0"
            ):
                analyse(changed(ACTION, value))


def stays(action):
    return behaviour.win_stay_lose_shift(action, REWARD)


def test_truths_and_lists_are_taken(bare):
    """What can only be meant in one way is taken so."""
    usual = rescorla_wagner.fit(ACTION[None], REWARD[None], "ab")
    for kind in (lambda array: array.astype(bool), np.ndarray.tolist, lambda array: array.astype(np.int8)):
        other = bare(rescorla_wagner.fit)(kind(ACTION[None]), kind(REWARD[None]), "ab")
        np.testing.assert_array_equal(other.parameters, usual.parameters)
        regressed = bare(behaviour.history_regression)(kind(ACTION), kind(REWARD))
        assert regressed.intercept == behaviour.history_regression(ACTION, REWARD).intercept


def test_blocks_and_rows_are_told_apart(bare):
    with pytest.raises(
        ValueError, match=r"action has the shape \(20, 30\); it must be \(blocks, lifetimes, t"
    ):
        bare(rescorla_wagner.fit)(ACTION, REWARD, "b")
    with pytest.raises(
        ValueError, match=r"action has the shape \(1, 20, 30\); it must be \(lifetimes, trials\)"
    ):
        bare(behaviour.matching)(ACTION[None], REWARD[None])
    with pytest.raises(ValueError, match="action has rows of different lengths; fill the short ones up"):
        bare(behaviour.matching)([[0, 1], [0]], [[0, 1], [1]])


def test_parameters_out_of_their_box(bare):
    action, reward = ACTION.reshape(2, 10, 30), REWARD.reshape(2, 10, 30)
    for place, value, said in (
        (0, 1.5, "alpha is 1.5 in block 1; it must be a number from 0 to 1"),
        (1, np.inf, "beta is inf in block 1; it must be a number from 0 to 500"),
        (2, 86.6, "epsilon is 86.6 in block 1; it must be a number from 0 to 1"),
    ):
        parameters = changed(np.tile([0.5, 3.0, 0.1], (2, 1)), value, (1, place))
        with pytest.raises(ValueError, match=said):
            rescorla_wagner.log_likelihood(action, reward, parameters)
    with pytest.raises(
        ValueError, match=r"parameters has the shape \(3,\); it must be \(2, 3\): a row of alpha"
    ):
        bare(rescorla_wagner.log_likelihood)(action, reward, np.array([0.5, 3.0, 0.1]))
    blocks = in_blocks(Trials(ACTION, STATE, COMMON, REWARD))
    for place, value, said in (
        (0, -0.1, "alpha is -0.1 in block 1; it must be a number from 0 to 1"),
        (1, np.nan, "beta_mb is nan in block 1; it must be a finite number"),
        (3, 80.0, "trace_decay is 80.0 in block 1"),
    ):
        with pytest.raises(ValueError, match=said):
            log_likelihood(blocks, changed(PARAMETERS, value, (1, place)), LAW)
        with pytest.raises(ValueError, match=said):
            simulate("hybrid", changed(PARAMETERS, value, (1, place)), LAW, RNG)
    with pytest.raises(ValueError, match="parameters must be finite, alpha, beta_mb"):
        bare(planning_weight)(np.ones((2, 4)))


def test_names_and_numbers_of_simulations():
    with pytest.raises(ValueError, match=r"no model is called 'hibrid'\. Did you mean 'hybrid'"):
        draw_parameters("hibrid", 2, RNG)
    for wrongly, said in (({"missing": 10}, "missing is 10; it must be"), ({"horizon": 0}, "horizon is 0")):
        with pytest.raises(ValueError, match=said):
            simulate("hybrid", PARAMETERS, LAW, RNG, **wrongly)


def test_what_else_the_fits_take(bare):
    with pytest.raises(ValueError, match="no model with a learning rate is called 'b'"):
        bare(rescorla_wagner.compare_shared_alpha)(ACTION[None], REWARD[None], "b")
    with pytest.raises(ValueError, match="volatility is not finite in 1 lifetimes"):
        rescorla_wagner.blocks_of_one_volatility(np.array([0.1, np.nan]), size=1)
    with pytest.raises(ValueError, match="size is 0; it must be a whole number"):
        rescorla_wagner.blocks_of_one_volatility(np.ones(3), size=0)
    with pytest.raises(ValueError, match="x and y must be finite and of one length"):
        rescorla_wagner.rank_correlation(np.array([1.0, np.nan]), np.ones(2))


# --- statistics


def design(lifetimes: int = 12, seed: int = 0):
    rng = np.random.default_rng(seed)
    made = rng.normal(size=(lifetimes, 20, 3))
    made[..., 0] = 1.0
    return made, rng.integers(0, 2, (lifetimes, 20))


def test_the_logistic_regression_takes_what_it_can_fit(bare):
    """Choices coded 1 and 2 have no best weights: it ended at millions."""
    made, chosen = design()
    for arguments, said in (
        ((made, chosen + 1, 0.1), "chosen has other values than 0 and 1"),
        ((changed(made, np.nan, (1, 2, 1)), chosen, 0.1), "design is not finite"),
        ((made, chosen, -1.0), "ridge is -1.0; it must be a number at least 0"),
        ((made, chosen[:, 1:], 0.1), "design, chosen and came have the shapes"),
        ((made, chosen, 0.1, np.zeros(chosen.shape, bool)), "no choice came"),
    ):
        with pytest.raises(ValueError, match=said):
            bare(fit_logistic)(*arguments)
    rows = Rows(made[:1], np.ones((1, 20)), 2.0 * np.ones((1, 20)))
    with pytest.raises(ValueError, match="chosen must lie between 0 and came"):
        fit_rows(rows, np.zeros(3))


def test_weights_that_choices_leave_open_are_refused_without_a_ridge():
    made, chosen = design()
    assert np.isfinite(fit_logistic(made, chosen, 0.0).weights).all()
    separated = (made[..., 1] > 0.2).astype(int)
    twice = np.concatenate([made, 2 * made[..., 1:2]], axis=-1)
    for what in ((made, separated), (twice, chosen)):
        with pytest.raises(ValueError, match="the choices leave a weight open"):
            fit_logistic(*what, 0.0)
        assert np.abs(fit_logistic(*what, 0.1).weights).max() < 100


def test_one_arm_alone_has_no_finite_intercept():
    with pytest.raises(ValueError, match="action does not have both choices after the first 5 trials"):
        behaviour.history_regression(np.zeros((20, 30), int), REWARD)


def test_a_search_that_cannot_begin_is_refused():
    nowhere = Loss(np.full(1, np.nan), np.zeros((1, 2)), np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match=r"start, or the loss there, .* is not finite"):
        minimise(lambda *_: nowhere, np.zeros((1, 2)), gain=1e-9)


# --- one subject


def test_one_lifetime_has_no_errors_over_lifetimes():
    """They were 0: the score of all trials is 0 at the best weights."""
    lived = Trials(ACTION, STATE, COMMON, REWARD)
    for lifetimes in (1, 9):
        few = lived.take(slice(0, lifetimes))
        for call in (history_weights, lambda one: behaviour.history_regression(one.action, one.reward)):
            with pytest.raises(
                ValueError, match=f"lifetimes with choices: {lifetimes}; .* blocks or sessions"
            ):
                call(few)
    one = lived.take(slice(0, 1))
    with pytest.raises(ValueError, match="action has 1 lifetime; its errors are over lifetimes"):
        stay_probabilities(one)
    with pytest.raises(ValueError, match="counted has 1 lifetime; its errors are over lifetimes"):
        behaviour.win_stay_lose_shift(one.action, one.reward)
    with pytest.raises(ValueError, match="action has 2 lifetimes; its errors are over lifetimes and need at"):
        behaviour.matching(ACTION[:2], REWARD[:2])


def test_one_subject_has_errors_over_its_trials():
    """They are the spread of the weights where trials are independent given the predictors."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(200):
        made = np.stack([np.ones((1, 300)), rng.normal(size=(1, 300))], axis=-1)
        chosen = rng.random((1, 300)) < 1 / (1 + np.exp(-made @ np.array([0.3, 0.8])))
        found.append(fit_logistic(made, chosen, 1e-3, robust=False))
    spread = np.std([one.weights for one in found], axis=0, ddof=1)
    np.testing.assert_allclose(np.mean([one.errors for one in found], axis=0), spread, rtol=0.15)
    assert not found[0].robust
    assert not behaviour.history_regression(ACTION[:1], REWARD[:1], lags=2, robust=False).robust
    few = Trials(ACTION, STATE, COMMON, REWARD).take(slice(0, 1))
    assert not history_weights(few, lags=1, robust=False).robust


def test_a_kind_of_trial_in_one_lifetime_has_no_error():
    reward = np.zeros((20, 30))
    reward[0] = 1.0
    with pytest.raises(ValueError, match=r"there are \d+ trials 'rewarded, common', .* in 1 of 20 lifetimes"):
        stay_probabilities(Trials(ACTION, STATE, COMMON, reward))


# --- Harlow's task


def test_choices_of_harlows_task():
    made = np.array([[True, True], [True, False]])
    lived = Choices(made, np.array([[True, False], [False, False]]), np.array([[1, 3], [2, -1]]))
    with pytest.raises(ValueError, match="right is True in trials in which made is False"):
        accuracy(lived._replace(right=np.ones((2, 2), bool)), slice(0, 2))
    with pytest.raises(ValueError, match="among must hold 2 truths"):
        proportion_right(lived, slice(0, 2), np.ones(3, bool))
    for measure in (accuracy, proportion_right):
        assert measure(lived, slice(0, 1), np.array([True, False])) == (1.0, 0.5)  # at most: not 0


def test_rewards_of_another_size_are_none_of_harlows_task():
    from test_harlow_analysis import records

    with pytest.raises(ValueError, match=r"rewards go up to 100\.0; those of Harlow's task lie between -1"):
        choices(records([20.0, 100.0]), 4)
    with pytest.raises(ValueError, match="trials is 0; it must be a whole number"):
        choices(records([0.2, 1.0]), 0)


# --- nothing is returned that was never written


def test_no_fit_holds_what_was_never_written(monkeypatch):
    """Memory that is asked for empty is full of a number that would be seen."""
    empty = lambda shape, dtype=float, **_: np.full(shape, 123, dtype)  # noqa: E731
    monkeypatch.setattr(np, "empty", empty)
    monkeypatch.setattr(
        np, "empty_like", lambda array, dtype=None, **_: empty(array.shape, dtype or array.dtype)
    )
    action, reward = ACTION.reshape(2, 10, 30), REWARD.reshape(2, 10, 30)
    free = rescorla_wagner.MODELS["abe"]
    nothing = rescorla_wagner._prepare(action, reward)._replace(made=np.full((30, 2, 10), np.nan))
    assert (rescorla_wagner._best_of_grid(nothing, (0.1, 0.5), free) <= [0.5, 30.0, 0.2]).all()
    for one in rescorla_wagner.fit_models(action, reward).values():
        assert (one.parameters <= rescorla_wagner.HIGHEST).all()
    assert np.abs(inferred(in_blocks(Trials(ACTION, STATE, COMMON, REWARD)), LAW)).max() < 1


def test_parameters_may_be_lists(bare):
    one = PARAMETERS[:, :3] * [1.0, 1.0, 0.1]
    fitted = bare(rescorla_wagner.log_likelihood)(ACTION[None], REWARD[None], one[:1].tolist())
    np.testing.assert_array_equal(fitted, rescorla_wagner.log_likelihood(ACTION[None], REWARD[None], one[:1]))
    blocks = in_blocks(Trials(ACTION, STATE, COMMON, REWARD), size=10)
    listed = bare(log_likelihood)(blocks, PARAMETERS.tolist(), LAW)
    np.testing.assert_array_equal(listed, log_likelihood(blocks, PARAMETERS, LAW))


MADE, CHOSEN = np.ones((12, 5, 2)), (np.arange(60) % 2).reshape(12, 5)


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        (behaviour.win_stay_lose_shift, (ACTION, None), "reward is None; it must hold numbers"),
        (behaviour.history_regression, (ACTION, None), "reward is None; it must hold numbers"),
        (behaviour.matching, (ACTION, None), "reward is None; it must hold numbers"),
        (behaviour.win_stay_lose_shift, (ACTION, 0 * REWARD), "no choice follows a win, a reward above 0.5"),
        (behaviour.win_stay_lose_shift, (ACTION, 0 * REWARD + 1), "no choice follows a loss, a reward of at"),
        (behaviour.matching, (0 * ACTION, REWARD), "action has one choice only in all lifetimes; matching"),
        (behaviour.choice_by_trial, (ACTION, 10**9), "arms is 1000000000; it must be a whole number, from 2"),
        (behaviour.proportion, ([[1]], [[1]]), "happened and counted must be truths of one shape"),
        (rescorla_wagner.preferred, ({},), r"fits is \{\}; it must be fits by the names of models"),
        (rescorla_wagner.preferred, (None,), "fits is None; it must be fits by the names of models"),
        (rescorla_wagner.rank_correlation, (["a"], [1.0]), "x and y must be finite and of one length"),
        (draw_parameters, ("hybrid", 2.0, RNG), "blocks is 2.0; it must be a whole number, at least 1"),
        (draw_parameters, ("hybrid", 2, 0), r"rng is int, 0; it must be a Generator, such as .*default_rng"),
        (simulate, ("hybrid", PARAMETERS, LAW, None), "rng is NoneType, None; it must be a Generator"),
        (fit_logistic, (None, None, 0.1), r"have the shapes \(\), \(\) and \(\); they must be"),
        (fit_logistic, (MADE, CHOSEN.astype(str), 0.1), "chosen has the type <U21; it must hold numbers"),
    ],
)
def test_what_the_analyses_cannot_read_is_named(bare, function, given, said):
    with pytest.raises(ValueError, match=said):
        bare(function)(*given)
