"""Whatever a person hands in: a right answer or a clear error, for thousands of examples found by hypothesis.

They run in an interpreter of their own, in which no types are checked: as a user's. More of them by hand:
`python tests/fuzz_settings.py 10000` and `python tests/fuzz_calls.py 10000`.
"""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("file", ["fuzz_settings.py", "fuzz_calls.py", "fuzz_choices.py"])
def test_nothing_ends_in_an_error_from_inside(file, tmp_path):
    found = subprocess.run(
        [sys.executable, "-W", "ignore", Path(__file__).with_name(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=600,
    )
    assert found.returncode == 0, found.stderr[-8000:]
    assert "examples passed" in found.stdout
