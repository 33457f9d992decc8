"""Choices and rewards that a person may bring to the analyses: an answer, or an error of the project's own.

`test_fuzz.py` runs this in an interpreter in which no types are checked, as in a user's. By hand, with more
examples: `python tests/fuzz_choices.py 10000`.
"""

import itertools
import warnings

import numpy as np
from fuzz_values import OF_NUMPY, REAL, VALUES, by_project, examples
from hypothesis import given
from hypothesis import strategies as st

from prefrontal.analysis.choices.behaviour import history_regression, matching, win_stay_lose_shift
from prefrontal.analysis.choices.rescorla_wagner import fit_models

ANALYSES = [history_regression, matching, win_stay_lose_shift, fit_models]
SHAPES = st.sampled_from([(6, 8), (2, 6, 8), (1, 8), (6, 1), (0, 8), (8,), ()])


@st.composite
def arrays(draw, kinds):
    shape, values = draw(SHAPES), draw(st.lists(kinds, min_size=1, max_size=12))
    return np.array(list(itertools.islice(itertools.cycle(values), int(np.prod(shape))))).reshape(shape)


GOOD = arrays(st.floats(0, 1) | st.integers(0, 1))
REWARDS = GOOD | GOOD | arrays(REAL | st.integers(-2, 3) | OF_NUMPY) | VALUES
ACTIONS = arrays(st.integers(0, 1)) | arrays(st.integers(0, 1)) | arrays(st.integers(-2, 300)) | VALUES


@examples(2000)
@given(st.sampled_from(ANALYSES), ACTIONS, REWARDS)
def test_choices_are_analysed_or_refused_by_the_project(analysis, action, reward):
    try:
        found = analysis(action, reward)
    except ValueError as error:
        refused = error
    else:
        refused = None
        assert found is not None
    if refused:
        assert by_project(refused), f"{analysis.__name__}: {refused!r} is raised inside"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    test_choices_are_analysed_or_refused_by_the_project()
    print("all examples passed")
