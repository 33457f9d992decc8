"""The figures of `unsupervised`."""

from collections.abc import Callable
from functools import partial

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.regret import curve_over_seeds
from prefrontal.analysis.wording import dots_and_lines, first_seed, lines_and_bands
from prefrontal.experiments.bandit_figures import labelled
from prefrontal.experiments.gupta2018.unsupervised.analysis import (
    Scores,
    best_rate,
    episode_scores,
    rates,
    scored,
    scores,
)
from prefrontal.experiments.gupta2018.unsupervised.names import LENGTH, LIVED, RATE, STEPS, WAYS, colour
from prefrontal.experiments.plane_animation import before_and_after
from prefrontal.report.plots import Bar, Line, curves, final_bars
from prefrontal.report.style import AGENT, FAINT, INK, CaptionedFigure, figure

_shown = partial(before_and_after, after="after it")
ANIMATIONS = {"lifetime": ("maml-diayn", _shown)}
_LOW, _HIGH = -0.5, 1.0
_SKILLS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000")


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """What each scores first; then by rate and by the number of steps; what the skills are; ways."""
    drawn = {"scores": _bars(evidence), "rates": _by_rate(evidence), "steps": _by_steps(evidence)}
    if "rl2-true" in evidence.conditions:
        drawn["episodes"] = _by_episode(evidence)
    return drawn | {"skills": _skills(evidence), "ways": _ways(evidence)}


def _gradient(evidence: Evidence) -> list[str]:
    """The conditions that learn by gradient."""
    return [name for name in evidence.conditions if name.startswith(("maml", "scratch"))]


def _bars(evidence: Evidence) -> CaptionedFigure:
    drawn, [axis] = figure(
        "Score on held-out goals that a person wrote: 0 is to stay put, 1 the oracle. MAML: after an "
        f"inner step on 20 episodes, at the rate of its training ({RATE:g}); scratch: at the best rate; "
        f"RL² in its episode {LIVED}; the best skill after each was tried once. "
        f"{dots_and_lines(evidence.seeds)}",
        height=4.6,
    )
    bars = []
    for name in evidence.conditions:
        one = scored(evidence, name)
        seeds = tuple(one.by_seed)
        bars.append(
            Bar(*labelled(evidence, name), one.value, one.interval, by_seed=seeds, colour=colour(name))
        )
    final_bars(axis, bars, xlabel="score", limit=_HIGH)
    return drawn


def _by_rate(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Score on held-out goals after one inner step (left) and after three (right), by the rate α of the "
        "first; later steps have half of it. MAML was trained at the rate of the grey line. "
        f"{lines_and_bands(evidence.seeds)} Lower scores than {_LOW:g} are cut off.",
        width=11.0,
        columns=2,
    )
    x = np.log2(rates(evidence))
    for axis, steps in zip(axes, (1, STEPS), strict=True):
        found = lambda name, steps=steps: [  # noqa: E731
            np.stack(over, axis=1)
            for over in zip(
                *([one[:, steps] for one in scores(evidence, name, rate)] for rate in rates(evidence)),
                strict=True,
            )
        ]
        axis.axvline(np.log2(RATE), color=FAINT, linewidth=1.0)
        lines = _lines(evidence, _gradient(evidence), found, x)
        curves(axis, lines, xlabel="α", ylabel="score", low=_LOW, high=_HIGH)
        axis.set_xticks(x, [f"{rate:g}" for rate in rates(evidence)])
    return drawn


def _by_steps(evidence: Evidence) -> CaptionedFigure:
    drawn, [axis] = figure(
        "Score on held-out goals by the number of inner steps. MAML at the rate of its training; scratch "
        f"at the rate that is best after one step. {lines_and_bands(evidence.seeds)} Lower scores than "
        f"{_LOW:g} are cut off.",
    )
    rate = lambda name: best_rate(evidence, name, 1) if name == "scratch" else RATE  # noqa: E731
    found = lambda name: scores(evidence, name, rate(name))  # noqa: E731
    lines = _lines(evidence, _gradient(evidence), found, np.arange(STEPS + 1))
    curves(axis, lines, xlabel="inner steps", ylabel="score", low=_LOW, high=_HIGH)
    return drawn


def _by_episode(evidence: Evidence) -> CaptionedFigure:
    drawn, [axis] = figure(
        "Score of RL² by the episode in a held-out goal. It was trained on lifetimes of "
        f"{LIVED} episodes. {lines_and_bands(evidence.seeds)} Lower scores than {_LOW:g} are cut off.",
    )
    names = [name for name in evidence.conditions if name.startswith("rl2")]
    found = partial(episode_scores, evidence)
    x = np.arange(1, episode_scores(evidence, names[0])[0].shape[1] + 1)
    lines = _lines(evidence, names, found, x)
    curves(axis, lines, xlabel="episode in a new task", ylabel="score", low=_LOW, high=_HIGH)
    return drawn


def _lines(evidence: Evidence, names: list[str], found: Callable[[str], Scores], x: np.ndarray) -> list[Line]:
    made = []
    for name in names:
        curve = curve_over_seeds(found(name))
        made.append(Line(*labelled(evidence, name), x, **curve._asdict(), colour=colour(name)))
    return made


def _skills(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        f"What DIAYN learnt{first_seed(evidence.seeds)}. Left: ways of its skills in the box, each in a "
        "colour. Right: the same places in the colour of the skill that the discriminator takes them for. A "
        "task that is made of it pays most in the places of one colour.",
        width=9.0,
        columns=2,
    )
    records = evidence.kept("skills")
    places = np.asarray(records.state["position"])
    skill = np.asarray(records.task["skill"]).argmax(axis=-1)
    ink = np.array(_SKILLS)
    for way, one in zip(places, skill, strict=True):
        axes[0].plot(*way.T, color=ink[one % len(ink)], linewidth=0.8, alpha=0.5)
    said = np.asarray(records.units).argmax(axis=-1).ravel()
    axes[1].scatter(*places.reshape(-1, 2).T, c=ink[said % len(ink)], s=4, linewidths=0)
    for axis in axes:
        axis.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal")
    return drawn


def _ways(evidence: Evidence) -> CaptionedFigure:
    names = [f"maml-{way}" for way in WAYS if f"maml-{way}" in evidence.conditions]
    drawn, axes = figure(
        f"One held-out goal (the cross){first_seed(evidence.seeds)}: ten episodes before the inner step "
        "(grey) and ten after it (orange), by the tasks that MAML was trained on.",
        width=3.2 * len(names),
        height=3.6,
        columns=len(names),
    )
    for axis, name in zip(axes, names, strict=True):
        records = evidence.kept(name)
        ways = records.state["position"][0].reshape(-1, LENGTH, 2).swapaxes(1, 2)
        for begin, ink in ((0, FAINT), (len(ways) // 2, AGENT)):
            for way in ways[begin : begin + 10]:
                axis.plot(*way, color=ink, linewidth=0.8)
        axis.plot(*records.task["goal"][0], "x", color=INK, markersize=9)
        axis.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal")
        axis.set_title(evidence.conditions[name]["label"].removeprefix("MAML, "))
    return drawn
