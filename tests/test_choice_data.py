"""Choice data as people bring it: what cannot be analysed as it is coded is refused, with its place."""

import numpy as np
import pytest

from prefrontal.analysis.choices import behaviour, rescorla_wagner
from prefrontal.analysis.choices.two_step import Trials, history_weights, stay_probabilities
from prefrontal.analysis.choices.two_step_models import TwoStepLaw, fit, in_blocks, log_likelihood

RNG = np.random.default_rng(0)
ACTION = RNG.integers(0, 2, (20, 30))
REWARD = RNG.integers(0, 2, (20, 30)).astype(float)
STATE, COMMON = RNG.integers(0, 2, (20, 30)), RNG.integers(0, 2, (20, 30)).astype(bool)
PARAMETERS = np.tile([0.5, 3.0, 3.0, 1.0, 0.0], (2, 1))


def changed(array, value, place=(3, 4)):
    new = np.array(array, dtype=np.result_type(array, type(value)))
    new[place] = value
    return new


def missed(array):
    return np.ma.masked_array(array, mask=changed(np.zeros(array.shape, bool), True))


WRONG = [
    (ACTION + 1, REWARD, r"action is 2 at \(0, \d+\); it must be a choice from 0 to 1"),
    (changed(ACTION, -1), REWARD, r"action is -1 at \(3, 4\); it must be a choice from 0 to 1"),
    (ACTION, changed(REWARD, np.nan), r"reward is nan at \(3, 4\); it must be a number from 0 to 1"),
    (ACTION, 2 * REWARD - 1, r"reward is -1.0 at \(\d+, \d+\); it must be a number from 0 to 1"),
    (ACTION, 100 * REWARD, r"reward is 100.0 at \(\d+, \d+\); it must be a number from 0 to 1"),
    (ACTION, REWARD[:, 1:], r"reward has the shape \(20, 29\); it must be action's, \(20, 30\)"),
    (missed(ACTION), REWARD, r"action is masked at \(3, 4\); leave lifetimes with missed trials out"),
    (ACTION[:0], REWARD[:0], r"action has the shape \(0, 30\); there must be at least one choice"),
]
wrong = pytest.mark.parametrize(("action", "reward", "said"), WRONG)


@pytest.fixture
def bare(unchecked):
    return unchecked


@wrong
def test_fits_of_rescorla_wagner(bare, action, reward, said):
    """In blocks: what is said but for the place, which has the block in front."""
    name, what = said.split(" ")[:2]
    with pytest.raises(ValueError, match=f"^{name} {what}"):
        bare(rescorla_wagner.fit)(action[None], reward[None], "abe")


@wrong
def test_two_step_analyses(bare, action, reward, said):
    lived = Trials(action, STATE[: len(action)], COMMON[: len(action)], reward)
    for analyse in (stay_probabilities, history_weights):
        with pytest.raises(ValueError, match=said):
            bare(analyse)(lived)


def test_two_step_fits(bare):
    blocks = in_blocks(Trials(ACTION, STATE, COMMON, REWARD))
    assert np.all(log_likelihood(blocks, PARAMETERS, TwoStepLaw()) <= 0)
    with pytest.raises(ValueError, match="common is 70; it must be a number from 0 to 1"):
        bare(fit)(blocks, "hybrid", TwoStepLaw(common=70))
    for name, values in (("action", -1), ("state", 2)):
        array = getattr(blocks, name).copy()
        array[1, 2, 3] = values
        with pytest.raises(ValueError, match=rf"{name} is {values} at \(1, 2, 3\); it must be"):
            bare(log_likelihood)(blocks._replace(**{name: array}), PARAMETERS, TwoStepLaw())


@pytest.mark.parametrize(
    "analyse", [behaviour.win_stay_lose_shift, behaviour.history_regression, behaviour.matching]
)
def test_what_is_missing_is_neither_a_win_nor_a_loss(bare, analyse):
    for action, reward, name in (
        (ACTION, changed(REWARD, np.nan), "reward"),
        (changed(ACTION, -1), REWARD, "action"),
        (missed(ACTION), REWARD, "action"),
    ):
        with pytest.raises(ValueError, match=rf"{name} is \S+ at \(3, 4\)"):
            bare(analyse)(action, reward)
