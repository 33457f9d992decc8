"""The figures of `harlow`."""

import numpy as np

from prefrontal.analysis.choices.harlow import accuracy_curve
from prefrontal.analysis.choices.harlow_by_seed import gaze_to_choice, steps_over_seeds
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.wording import dots_and_lines, first_seed, lines_and_bands, thin_lines
from prefrontal.experiments.bandit_figures import learning_lines, role_of
from prefrontal.experiments.wang2016.harlow.analysis import CEILING, CHANCE, TRIALS, later_accuracy, lives
from prefrontal.experiments.wang2016.harlow.animation import lifetimes_side_by_side
from prefrontal.report.behaviour_plots import gaze_paths, percent_axis
from prefrontal.report.plots import Bar, Line, curves, final_bars, learning_curves
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("lstm", lifetimes_side_by_side)}
COLOURS = {"stacked": "#cc79a7"}  # the other agent's is that of every experiment's agent
MOST = 11.0  # reward of a lifetime: 0.2 for each of ten fixations, and 9 for the images


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure first: accuracy by trial."""
    return {
        "accuracy": _accuracy_figure(evidence),
        "learning": _learning_figure(evidence),
        "gaze": _gaze_figure(evidence),
        "policies": _policies_figure(evidence),
    }


def _accuracy_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Left: how often the rewarded image is chosen in each trial, of two never seen in training; "
        "a trial without a choice counts as wrong. Right: steps from one choice to the next, in trials that "
        f"every agent reaches. {lines_and_bands(evidence.seeds)}",
        width=9.5,
        columns=2,
        width_ratios=[1.4, 1.0],
    )
    right, steps, low = [], [], 0.4
    for name, entry in evidence.conditions.items():
        role, lived = role_of(evidence, name), lives(evidence, name)
        curve = accuracy_curve(lived)
        trial = np.arange(1, len(curve.mean) + 1)
        style = {"label": entry["label"], "role": role, "colour": COLOURS.get(name)}
        right.append(Line(**style, x=trial, **curve._asdict()))
        low = min(low, float(curve.by_seed.min()) - 0.02)
        took = steps_over_seeds(lived)
        if len(took.trials):
            steps.append(Line(**style, x=took.trials + 1, mean=took.mean, by_seed=took.by_seed))
    curves(axes[0], right, xlabel="trial", ylabel="right choices", low=low, high=1.01, decimals=3)
    percent_axis(axes[0])
    axes[0].axhline(CHANCE, color="#777777", linewidth=0.8, linestyle=":")
    if steps:
        curves(axes[1], steps, xlabel="trial", ylabel="steps to the choice", decimals=1)
    for axis in axes:
        axis.set_xticks(np.arange(1, TRIALS + 1))
    return drawn


def _learning_figure(evidence: Evidence) -> CaptionedFigure:
    """Every seed by itself, as in the paper: they set out at different times."""
    drawn, axes = figure(
        f"Reward of the lifetimes trained on, against their number.{thin_lines(evidence.seeds)} At most "
        f"{MOST:.0f} can be had on average; choices by chance have no more than 2.",
        width=7.0,
    )
    on = evidence.conditions["lstm"]["distribution"]
    lines = learning_lines(evidence, on, "return", COLOURS)
    learning_curves(axes[0], lines, {}, ylabel="reward of a lifetime", high=MOST)
    return drawn


def _gaze_figure(evidence: Evidence) -> CaptionedFigure:
    records = evidence.kept("lstm")
    drawn, axes = figure(
        f"Where the agent {evidence.conditions['lstm']['label']}{first_seed(evidence.seeds)} looks from the "
        f"moment the images appear until it has chosen, in those of {records.lifetimes} held-out lifetimes "
        "that choose in that trial. Paths are turned over where need be: the rewarded image is on the right. "
        "Blue: it is chosen; orange: the other one is.",
        width=9.5,
        height=3.6,
        columns=3,
    )
    shown = {trial: gaze_to_choice(records, trial, TRIALS) for trial in (0, 1, TRIALS - 1)}
    longest = max([4, *(len(path) for of_trial in shown.values() for path in of_trial)])
    for axis, (trial, of_trial) in zip(axes, shown.items(), strict=True):
        gaze_paths(axis, f"trial {trial + 1}", of_trial, longest)
    axes[0].set_ylabel("steps since the images appeared")
    return drawn


def _policies_figure(evidence: Evidence) -> CaptionedFigure:
    bars = []
    for name, entry in evidence.conditions.items():
        found = later_accuracy(lives(evidence, name))
        role = role_of(evidence, name)
        seeds = tuple(found.by_seed)
        bars.append(
            Bar(entry["label"], role, found.value, found.interval, by_seed=seeds, colour=COLOURS.get(name))
        )
    drawn, axes = figure(
        "Trials from the second on in which the rewarded image is chosen; one without a choice counts as "
        f"wrong. {dots_and_lines(evidence.seeds)} At the ceiling is what has {CEILING:.0%} or more.",
        height=1.1 + 0.4 * len(bars),
    )
    final_bars(axes[0], bars, xlabel="trials 2 to 10 with the right choice", limit=1.1, decimals=3)
    axes[0].axvline(CHANCE, color="#777777", linewidth=0.8, linestyle=":")
    return drawn
