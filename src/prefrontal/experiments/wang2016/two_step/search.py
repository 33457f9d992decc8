"""What `paper-search` shows in place of the other presets' findings and figures."""

from functools import partial

from prefrontal.experiments.wang2016 import selection, selection_figure

ANIMATIONS = {}
findings = partial(selection.findings, beside="win-stay-lose-shift")
tables = selection.tables
figures = partial(
    selection_figure.figures, references=("bayes-optimal", "win-stay-lose-shift", "model-based", "model-free")
)
