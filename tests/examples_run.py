"""A program that a page shows, run as a reader runs it."""

import os
import subprocess
import sys
from pathlib import Path

MINUTES = 4


def run_program(program: str, folder: Path) -> None:
    """Run it in a folder, with one device as a reader has, and with errors for what is deprecated in it."""
    (folder / "program.py").write_text(program)
    plain = {name: value for name, value in os.environ.items() if name != "JAX_NUM_CPU_DEVICES"}
    finished = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "program.py"],
        cwd=folder,
        env=plain,
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
