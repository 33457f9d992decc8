"""Which state of the two-step task is good: the exact filter over reversals (Akam et al. 2015)."""

from prefrontal.models.rescorla_wagner import Arrays


def believed(belief: Arrays, likelihood: Arrays, otherwise: Arrays, reversal: Arrays) -> Arrays:
    """P(a state is good) before the next trial: Bayes' rule for the reward, then the chance of a reversal.

    **Arguments:** `belief`, before this trial; `likelihood`, of its reward if that state is good, and
    `otherwise`, if the other one is; `reversal`, the probability that they change places.
    """
    seen = belief * likelihood
    seen = seen / (seen + (1.0 - belief) * otherwise)
    return seen * (1.0 - reversal) + (1.0 - seen) * reversal


def likelihood(in_good: Arrays, won: Arrays, high: float, low: float) -> Arrays:
    """The probability of a trial's outcome: `won`, or not, in a state that is good where `in_good` is 1."""
    pays = in_good * high + (1 - in_good) * low
    return won * pays + (1 - won) * (1.0 - pays)


def expected_difference(belief: Arrays, high: float, low: float) -> Arrays:
    """What S₃ is expected to pay more than S₂, if S₃ is good with probability `belief`."""
    return (high - low) * (2.0 * belief - 1.0)
