"""Values of all kinds for the fuzz tests, and who raised an error: the project or something inside it."""

import datetime
import os
import sys
import traceback
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import prefrontal

SOURCE = Path(prefrontal.__file__).parent
WHOLE = st.integers() | st.integers(-3, 300) | st.sampled_from([2**31, 2**32, 2**63, 10**400, 10**5000])
REAL = st.floats() | st.floats(-0.5, 1.5) | st.sampled_from([1e-9, 1e9, 1e13, 1e300])
OF_NUMPY = st.sampled_from(
    [np.int64(3), np.uint8(2), np.float32(0.5), np.float64(np.nan), np.longdouble(2), np.bool_(True)]
)
NUMBERS = WHOLE | REAL | OF_NUMPY
ARRAYS = st.sampled_from([np.array(3), np.zeros(2), np.zeros((2, 2)), np.array([]), np.array(["x"])])
OTHERS = st.sampled_from([None, True, False, object(), object, 1j, b"x", {}, {1}, datetime.date(2000, 1, 1)])
TEXTS = st.text(max_size=20) | st.sampled_from(
    ["", "~", "0", "1e3", "null", "None", "lstm", np.str_("lstm"), "\0"]
)
FLAT = NUMBERS | ARRAYS | OTHERS | TEXTS
VALUES = (
    FLAT
    | st.lists(FLAT, max_size=3)
    | st.lists(FLAT, max_size=3).map(tuple)
    | st.dictionaries(TEXTS, FLAT, max_size=2)
)


def examples(count: int):
    """So many examples, or as many as the command line says; always the same ones where it says nothing."""
    by_hand = len(sys.argv) > 1
    return settings(
        max_examples=int(sys.argv[1]) if by_hand else count,
        derandomize=not by_hand,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


def by_project(error: BaseException) -> bool:
    """Whether an error was raised by the project itself, and not inside what it calls."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Path(os.path.realpath(last.filename)).is_relative_to(SOURCE) and "raise" in (last.line or "raise")
