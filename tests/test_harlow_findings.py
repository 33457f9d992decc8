"""What the findings, figures and animations of Harlow's task say where there is little to go by."""

import dataclasses

import numpy as np
import pytest
from made_up_evidence import made_up_evidence
from test_harlow_analysis import records

from prefrontal.experiments.wang2016.harlow import figure as drawn
from prefrontal.experiments.wang2016.harlow.analysis import findings, lives
from prefrontal.experiments.wang2016.harlow.animation import ANY_SHOWN, TELLING, lifetimes_side_by_side

TRIALS = 10
RIGHT, WRONG = [1.0] * TRIALS, [-1.0, *[1.0] * (TRIALS - 1)]
NEVER = [0.0] * TRIALS


def found(lived, controls=()):
    return {one.id: one for one in findings(made_up_evidence(lived, controls))}


def test_a_seed_that_never_chooses_is_told_and_stops_nothing():
    learnt, never = records(RIGHT, RIGHT, WRONG, WRONG), records(NEVER, NEVER, NEVER, NEVER)
    told = found({"lstm": [learnt, learnt]})
    assert told["whichever-lstm"].verdict == told["after-wrong-lstm"].verdict == "holds"
    assert "the worst of 2: 100.0%" in told["after-wrong-lstm"].claim
    told = found({"lstm": [learnt, never]})
    for id in ("whichever-lstm", "after-wrong-lstm"):
        assert told[id].verdict == "undecided"
        assert "1 of 2 seeds have no right first choice or no wrong one" in told[id].claim
        assert told[id].value == 0.5
    assert found({"lstm": [learnt, records(*[RIGHT] * 4)]})["whichever-lstm"].verdict == "undecided"


def test_the_accuracy_of_seeds_that_never_choose_is_drawn():
    never = records(NEVER, NEVER)
    evidence = made_up_evidence({"lstm": [records(RIGHT, WRONG)] * 2, "no-memory": [never] * 2})
    assert drawn._accuracy_figure(evidence) is not None
    assert drawn._accuracy_figure(made_up_evidence({"lstm": [never, never]})) is not None


def test_the_share_is_judged_as_it_is_claimed():
    """Four of four seeds may be fewer than 43 % of all."""
    for seeds, verdict in ((5, "holds"), (4, "undecided")):
        share = found({"stacked": [records(RIGHT, WRONG)] * seeds})["share-stacked"]
        assert (share.value, share.verdict) == (1.0, verdict)
    none = found({"stacked": [records(*of_coin(20))] * 9})["share-stacked"]
    assert (none.value, none.verdict) == (0.0, "fails")


def of_coin(lifetimes: int, trials: int = TRIALS):
    """Half of the choices of every trial are right."""
    signs = np.where((np.arange(lifetimes)[:, None] + np.arange(TRIALS)) % 2, 1.0, -1.0)
    signs[:, trials:] = 0
    return signs


def test_a_trial_that_hardly_any_lifetime_comes_to_does_not_decide():
    rewards = of_coin(4000, trials=9)
    rewards[:3, 9] = 1.0  # all three right
    blind = found({"no-memory": [records(*rewards), records(*of_coin(4000))]}, ("no-memory",))["no-memory"]
    assert blind.verdict == "holds"
    assert "of the 10 trials the first 9 only are judged" in blind.claim
    whole = found({"no-memory": [records(*of_coin(4000))] * 2}, ("no-memory",))["no-memory"]
    assert whole.verdict == "holds"
    assert "of the 10 trials all are judged" in whole.claim
    rewards[:2400, 9] = 1.0
    judged = found({"no-memory": [records(*rewards)] * 2}, ("no-memory",))["no-memory"]
    assert (judged.value, judged.verdict) == (1.0, "fails")


def test_a_control_that_hardly_chooses_is_not_judged():
    rewards = np.zeros((100, TRIALS))
    rewards[:40] = of_coin(40)
    blind = found({"no-memory": [records(*rewards)] * 2}, ("no-memory",))["no-memory"]
    assert blind.verdict == "undecided"
    assert "so that none is judged" in blind.claim


def test_choices_are_told_once():
    evidence = made_up_evidence({"lstm": [records(RIGHT, WRONG)] * 2})
    assert lives(evidence, "lstm") is lives(evidence, "lstm")


@pytest.mark.parametrize(("rewards", "said"), [((RIGHT, WRONG), TELLING), ((RIGHT, NEVER), ANY_SHOWN)])
def test_the_caption_says_what_is_shown(rewards, said, monkeypatch):
    monkeypatch.setattr("prefrontal.experiments.wang2016.harlow.animation.STEPS", 1)
    seen = np.zeros((2, TRIALS, 4, 6, 3), np.uint8)
    kept = dataclasses.replace(records(*rewards), observation=seen)
    assert lifetimes_side_by_side(kept, kept).caption.endswith(said)


def test_gaze_has_one_scale_and_its_caption_says_of_which_lifetimes():
    kept = records([0.0] * 9 + RIGHT, [0.0] * 9 + NEVER)
    trial = np.tile(np.repeat(np.arange(TRIALS), [10, *[1] * (TRIALS - 1)]), (2, 1))
    state = {"trial": trial, "phase": np.ones_like(trial), "gaze": np.zeros(trial.shape)}
    state["rewarded_right"] = np.ones(trial.shape, bool)
    evidence = made_up_evidence({"lstm": [dataclasses.replace(kept, state=state)]})
    made = drawn._gaze_figure(evidence)
    assert {axes.get_ylim()[0] for axes in made.axes} == {10}
    assert "in those of 2 held-out lifetimes that choose in that trial" in made.caption
