"""What the figures show, read back from the drawn objects."""

import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from prefrontal.report import plots
from prefrontal.report.plots import Bar, Line
from prefrontal.report.style import AGENT, FAMILY, caption_of, colour_of, figure

PULLS = np.arange(1, 101)


def line(label, role, final, **more):
    return Line(label, role, PULLS, np.linspace(0, final, 100), **more)


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(
    ("places", "gap"),
    [
        ([0.1, 0.5, 0.9], 0.05),
        ([0.5] * 8, 0.1),
        ([0.0, 0.0, 1.0, 1.0], 0.2),
        ([0.9, 0.1, 0.11], 0.3),
        ([0.4], 0.1),
    ],
)
def test_spread_places_are_apart_in_order_and_inside(places, gap):
    found = plots.spread(places, gap)
    order = np.argsort(places, kind="stable")
    assert np.all(np.diff(found[order]) >= gap - 1e-12)
    assert found.min() >= -1e-12
    assert found.max() <= 1 + 1e-12


def test_spread_moves_nothing_that_is_far_enough_apart():
    assert plots.spread([0.9, 0.1, 0.5], 0.2) == pytest.approx([0.9, 0.1, 0.5])


def test_spread_moves_two_alike_by_the_same_amount():
    assert plots.spread([0.5, 0.5], 0.1) == pytest.approx([0.45, 0.55])


def test_names_beside_the_curves_do_not_overlap():
    drawn, (axes,) = figure(height=4.6)
    finals = (1.75, 1.77, 1.8, 1.86, 2.67, 2.78, 16.6, 16.67)
    plots.regret_curves(
        axes, [line(f"policy {place}", "reference", final) for place, final in enumerate(finals)]
    )
    drawn.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert len(boxes) == len(finals)
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(boxes))


def test_the_whole_figure_is_inside_the_picture():
    drawn, (axes,) = figure()
    plots.regret_curves(axes, [line("win-stay-lose-shift", "reference", 7.7), line("LSTM", "agent", 1.8)])
    drawn.draw_without_rendering()
    box = axes.get_tightbbox()
    assert box.x0 >= 0
    assert box.x1 <= drawn.bbox.x1


def test_a_curve_is_drawn_with_its_band_and_its_seeds():
    _, (axes,) = figure()
    seeds = np.stack([np.linspace(0, final, 100) for final in (1.0, 2.0, 3.0)])
    agent = Line("LSTM", "agent", PULLS, seeds.mean(0), seeds.min(0), seeds.max(0), seeds)
    plots.regret_curves(axes, [agent])
    ends = sorted(drawn.get_ydata()[-1] for drawn in axes.lines if len(drawn.get_xdata()) == 100)
    assert ends == [1.0, 2.0, 2.0, 3.0]
    assert len(axes.collections) == 1
    assert texts(axes) == ["LSTM  2.00"]


def test_a_curve_above_the_picture_is_named_at_its_top():
    _, (axes,) = figure()
    plots.regret_curves(axes, [line("random", "reference", 16.67), line("LSTM", "agent", 1.86)], high=5.0)
    assert axes.get_ylim() == (0.0, 5.0)
    assert texts(axes) == ["LSTM  1.86"]
    assert "random  16.67" in axes.get_title(loc="left")


def test_controls_are_dashed_and_the_agent_has_the_strong_colour():
    _, (axes,) = figure()
    plots.regret_curves(axes, [line("LSTM", "agent", 2.0), line("no memory", "control", 7.0)])
    agent, control = (drawn for drawn in axes.lines if len(drawn.get_xdata()) == 100)
    assert to_hex(agent.get_color()) == AGENT
    assert agent.get_linestyle() == "-"
    assert control.get_linestyle() == "--"
    assert to_hex(control.get_color()) == colour_of("no memory", "control")


def test_references_are_level_lines_in_a_learning_curve():
    _, (axes,) = figure()
    plots.learning_curves(axes, [line("LSTM", "agent", 2.0)], {"gittins": 1.77})
    assert axes.get_xscale() == "log"
    assert [1.77, 1.77] in [list(drawn.get_ydata()) for drawn in axes.lines]
    assert "gittins  1.77" in texts(axes)


def test_a_bar_beyond_the_limit_is_cut_and_keeps_its_number():
    _, (axes,) = figure()
    bars = [
        Bar("LSTM", "agent", 1.86, (1.8, 1.9), by_seed=(1.8, 1.9)),
        Bar("random", "reference", 16.67, exact=True),
    ]
    plots.final_bars(axes, bars, xlabel="regret", limit=5)
    assert [patch.get_width() for patch in axes.patches] == [1.86, 5]
    assert texts(axes) == ["1.86", "16.67 ▸"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["LSTM", "random"]
    assert axes.yaxis_inverted()


def test_exact_bars_bear_the_mark():
    _, (axes,) = figure()
    plots.final_bars(
        axes, [Bar("gittins", "reference", 1.77, exact=True), Bar("x", "reference", 2.0)], xlabel="regret"
    )
    assert [list(drawn.get_xdata()) for drawn in axes.lines if drawn.get_marker() == "D"] == [[1.77]]
    assert "exact" in axes.get_xlabel()


def test_matrices_share_one_scale_and_show_every_number():
    drawn, axes = figure(columns=2)
    learnt, optimal = np.array([[1.0, 8.0], [2.0, 3.0]]), np.array([[0.5, 1.5], [1.25, 2.0]])
    names = ["easy", "hard"]
    values = {"learnt": learnt, "optimal": optimal}
    plots.matrices(
        drawn, axes, values, names, names, row_name="trained", column_name="tested", label="regret"
    )
    assert [axis.images[0].get_clim() for axis in axes] == [(0.0, 8.0)] * 2
    assert texts(axes[0]) == ["1.00", "8.00", "2.00", "3.00"]
    assert texts(axes[1]) == ["0.50", "1.50", "1.25", "2.00"]


def test_fitted_rates_join_the_medians():
    _, (axes,) = figure()
    rates = [np.array([0.1, 0.2, 0.6]), np.array([0.3, 0.5, 0.9])]
    plots.fitted_rates(axes, (0.02, 0.2), {"LSTM": rates})
    (medians,) = [drawn for drawn in axes.lines if len(drawn.get_ydata()) == 2]
    assert list(medians.get_ydata()) == [0.2, 0.5]
    dots = [drawn for drawn in axes.lines if len(drawn.get_ydata()) == 3]
    assert [sorted(drawn.get_ydata()) for drawn in dots] == [[0.1, 0.2, 0.6], [0.3, 0.5, 0.9]]


def test_bic_is_drawn_above_the_best_models():
    _, (axes,) = figure()
    plots.bic_bars(axes, ["b", "ab"], {"LSTM": np.array([900.0, 850.0]), "model": np.array([700.0, 710.0])})
    assert [patch.get_height() for patch in axes.patches] == [50.0, 0.0, 0.0, 10.0]
    assert texts(axes) == ["50", "best", "best", "10"]


def test_a_figure_takes_its_caption_into_the_file(tmp_path):
    drawn, _ = figure("Regret of the agent: β = ½.", width=2, height=2)
    drawn.savefig(tmp_path / "a.png")
    assert caption_of(tmp_path / "a.png") == "Regret of the agent: β = ½."


def test_drawing_leaves_matplotlibs_settings_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    drawn, (axes,) = figure()
    plots.regret_curves(axes, [line("LSTM", "agent", 2.0)])
    drawn.savefig(tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before


def test_one_font_is_in_all_figures_whatever_a_user_has_set(tmp_path):
    """In what is drawn outside the module's settings too, and in formulas."""
    with matplotlib.rc_context({"font.family": "serif", "mathtext.fontset": "cm", "font.size": 30}):
        drawn, (axes,) = figure("A caption.")
        plots.regret_curves(axes, [line("LSTM", "agent", 1.8)])
        axes.set_title("$β_{MB}$")
        axes.text(0, 0, "beside")
        drawn.legend(axes.lines[:1], ["a line"])
        drawn.savefig(tmp_path / "figure.png")
        shown = drawn.findobj(Text)
    assert len(shown) > 10
    assert {tuple(text.get_fontfamily()) for text in shown} == {(FAMILY,)}
    assert {text.get_math_fontfamily() for text in shown if text.get_text() == "$β_{MB}$"} == {"dejavusans"}


def test_one_training_is_no_dot_on_its_bar():
    for seeds, dots in (((1.8,), 0), ((1.7, 1.9), 2)):
        _, (axes,) = figure()
        plots.final_bars(axes, [Bar("LSTM", "agent", 1.8, (1.7, 1.9), by_seed=seeds)], xlabel="regret")
        assert sum(len(drawn.get_xdata()) for drawn in axes.lines) == dots
