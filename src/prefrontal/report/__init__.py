"""Findings -> one page, the paper's number beside ours; and what every figure and table is drawn with."""

from prefrontal.report.page import write

__all__ = ["write"]
