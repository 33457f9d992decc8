"""The figures of `two-step`."""

import numpy as np

from prefrontal.analysis.choices.two_step import PREDICTORS, HistoryWeights, Stay
from prefrontal.analysis.choices.two_step_models import MODELS
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.regret import curve_over_seeds
from prefrontal.analysis.statistics.intervals import curve_interval
from prefrontal.disk.records import Records
from prefrontal.experiments.wang2016.bandit_figures import draw_learning, policies_figure
from prefrontal.experiments.wang2016.two_step.analysis import recovery_of
from prefrontal.experiments.wang2016.two_step.animation import lifetimes_side_by_side
from prefrontal.experiments.wang2016.two_step.choices import (
    COMPARED,
    VERSIONS,
    Described,
    Version,
    agents,
    reference,
)
from prefrontal.experiments.wang2016.two_step.drawing import (
    confusion,
    lag_weights,
    recovered,
    stay_bars,
    transition_legend,
)
from prefrontal.report.plots import Line, bic_bars, curves
from prefrontal.report.style import CaptionedFigure, figure

SHOWN = ("bayes-optimal", "win-stay-lose-shift", "model-based", "model-free", "random")
SYMBOLS = ("α", "$β_{MB}$", "$β_{MF}$", "λ", "π")


ANIMATIONS = {"lifetime": (VERSIONS[0].condition, lifetimes_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure first: stay probabilities."""
    return {
        "stay": _stay_figure(evidence),
        "history": _history_figure(evidence),
        "reward": _reward_figure(evidence),
        "models": _models_figure(evidence),
        "recovery": _recovery_figure(evidence),
        "learning": _learning_figure(evidence),
        "policies": policies_figure(evidence, VERSIONS[0].distribution),
    }


def _stay_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "How often a choice is repeated, by what came of it: the trained agent beside the exact optimum and "
        "learners whose kind is known. Above the version of 2016, below that of 2018. Black lines are 95 % "
        "intervals (over training seeds for the agent, over lifetimes for the others), most of them too "
        "short to be seen; dots are training seeds.",
        width=11.5,
        height=6.0,
        rows=2,
        columns=5,
    )
    for row, version in enumerate(VERSIONS):
        panels = axes[5 * row : 5 * row + 5]
        _draw_agent(panels[0], f"LSTM, {version.name}", [one.stay for one in agents(evidence, version)])
        for axis, name in zip(panels[1:], COMPARED, strict=True):
            stay = reference(evidence, name, version).stay
            half = 1.96 * stay.errors
            stay_bars(axis, name, stay.probability, stay.probability - half, stay.probability + half)
        panels[0].set_ylabel("choice repeated")
        for axis in panels[1:]:
            axis.set_yticklabels([])
    transition_legend(drawn)
    return drawn


def _draw_agent(axes, title: str, stays: list[Stay]) -> None:
    by_seed = np.stack([stay.probability for stay in stays])
    if len(stays) > 1:
        low, high = curve_interval(by_seed)
    else:
        low, high = by_seed[0] - 1.96 * stays[0].errors, by_seed[0] + 1.96 * stays[0].errors
    stay_bars(axes, title, by_seed.mean(axis=0), low, high, by_seed)


def _history_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Log-odds of repeating a choice by what came of it one to five trials before. A model-free learner's "
        "stay probabilities may look a planner's in part; here the two are told apart. Above the version of "
        "2016, below that of 2018. Of the agent the first seed; bands are 95 % intervals over "
        "lifetimes. Every panel has a scale of its own: who hardly ever errs has large weights.",
        width=11.5,
        height=5.6,
        rows=2,
        columns=5,
    )
    for row, version in enumerate(VERSIONS):
        panels = axes[5 * row : 5 * row + 5]
        for axis, (title, one) in zip(panels, _first_and_known(evidence, version).items(), strict=True):
            lag_weights(axis, title, *_by_predictor(one.weights))
            if row == 1:
                axis.set_xlabel("trials before")
        panels[0].set_ylabel("weight")
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return drawn


def _first_and_known(evidence: Evidence, version: Version) -> dict[str, Described]:
    """The agent of the first seed, and the learners whose kind is known."""
    known = {name: reference(evidence, name, version) for name in COMPARED}
    return {f"LSTM, {version.name}": agents(evidence, version)[0], **known}


def _by_predictor(found: HistoryWeights):
    weights = dict(zip(PREDICTORS, found.weights, strict=True))
    return weights, dict(zip(PREDICTORS, found.errors, strict=True))


def _reward_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Expected reward of each trial: left the version of 2016, right that of 2018. Thin lines are "
        "training seeds.",
        width=9.5,
        columns=2,
    )
    for axis, version in zip(axes, VERSIONS, strict=True):
        curve = curve_over_seeds([_by_trial(one) for one in evidence.records(version.condition)])
        lines = [Line("LSTM", "agent", np.arange(1, len(curve.mean) + 1), **curve._asdict())]
        for name in SHOWN:
            mean = _by_trial(evidence.reference_records(name, version.distribution)).mean(axis=0)
            lines.append(Line(name, "reference", lines[0].x, mean))
        curves(axis, lines, xlabel="trial", ylabel="expected reward", low=0.45, high=0.75, decimals=3)
    return drawn


def _by_trial(records: Records) -> np.ndarray:
    if records.expected_reward is None:
        raise ValueError(f"{records.distribution!r} does not know its expected_reward")
    return records.expected_reward[:, 1::2].astype(np.float64)


def _models_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Cognitive models fitted to the choices of the agent (first seed), of the exact optimum and of "
        "learners whose kind is known: how much worse each model's BIC is than the best one's. Above the "
        "version of 2016, below that of 2018.",
        width=11.5,
        height=6.6,
        rows=2,
    )
    for axis, version in zip(axes, VERSIONS, strict=True):
        policies = _first_and_known(evidence, version)
        bic_bars(
            axis, list(MODELS), {label: np.array(list(one.bic.values())) for label, one in policies.items()}
        )
        axis.set_xlabel("model fitted")
    return drawn


def _recovery_figure(evidence: Evidence) -> CaptionedFigure:
    recovery, preferred = recovery_of(evidence, VERSIONS[1])
    drawn, axes = figure(
        "Can the fits be trusted? Hybrid learners of known parameters, simulated in the version of 2018 and "
        "fitted; and, below at the right, how often BIC prefers each model of the choices that each of them "
        "made.",
        width=9.5,
        height=5.6,
        rows=2,
        columns=3,
    )
    columns = zip(axes, SYMBOLS, recovery.simulated.T, recovery.fitted.T, recovery.correlation, strict=False)
    for axis, symbol, made, found, correlation in columns:
        recovered(axis, symbol, made, found, float(correlation))
    confusion(axes[5], preferred, ("free", "based", "hybrid", "latent"))
    return drawn


def _learning_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Learning to learn: expected regret of the lifetimes trained on, against their number. Left the "
        "version of 2016 with the controls, right that of 2018. These are of few lifetimes, and noisy: "
        "what the agents reach is in the findings.",
        width=9.5,
        columns=2,
    )
    for axis, version in zip(axes, VERSIONS, strict=True):
        draw_learning(
            axis, evidence, version.distribution, ("bayes-optimal", "win-stay-lose-shift", "random")
        )
    return drawn
