"""One rule that decides every claim of the project.

A claim about a quantity holds if the whole 95 % interval of the quantity is on the claimed side of the bound.
It fails if the whole interval is on the other side. Otherwise it is undecided.

A claim about every training is decided by the prediction interval for one more (`intervals.one_more`).
"""

from typing import Literal, get_args

Verdict = Literal["holds", "fails", "undecided"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def decide(
    interval: tuple[float, float], *, at_least: float | None = None, at_most: float | None = None
) -> Verdict:
    """The verdict on the claim that a quantity with this interval is `at_least` or `at_most` a number.

    **Raises:** ValueError if neither bound is given, or if no number is within both.
    """
    if at_least is None and at_most is None:
        raise ValueError("a claim needs a bound: give at_least, at_most, or both")
    least = float("-inf") if at_least is None else at_least
    most = float("inf") if at_most is None else at_most
    if least > most:
        raise ValueError(f"at_least is {least} and at_most {most}; no number is both")
    low, high = interval
    if least <= low and high <= most:
        return "holds"
    return "fails" if high < least or low > most else "undecided"
