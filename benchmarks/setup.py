"""Makes the environment that others are measured in, once: `.venv-benchmark`."""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent / ".venv-benchmark"
REQUIREMENTS = HERE / "requirements.txt"


def python() -> Path:
    """The environment's interpreter. It is made anew when the requirements have changed."""
    interpreter, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return interpreter
    print(f"Making {ENVIRONMENT.name} with PyTorch, sb3-contrib and ViZDoom, once ...", file=sys.stderr)
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    subprocess.run(
        [interpreter, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True
    )
    stamp.write_text(REQUIREMENTS.read_text())
    return interpreter


if __name__ == "__main__":
    print(python())
