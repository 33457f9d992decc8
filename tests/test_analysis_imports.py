"""Analysis runs on a laptop without jax."""

import pkgutil
import subprocess
import sys

import pytest

import prefrontal.analysis

FOUND = pkgutil.walk_packages(prefrontal.analysis.__path__, "prefrontal.analysis.")
MODULES = [module.name for module in FOUND]


@pytest.mark.parametrize("blocked", [False, True])
def test_no_module_of_analysis_imports_jax(blocked):
    """Neither as it is, nor where jax is not installed at all."""
    block = "sys.modules['jax'] = None; " if blocked else ""
    program = (
        f"import sys, importlib; {block}[importlib.import_module(name) for name in {MODULES!r}]; "
        "names = [name for name, module in sys.modules.items() if module is not None]; "
        "found = [name for name in names if name.split('.')[0] in ('jax', 'jaxlib', 'equinox', 'optax')]; "
        "sys.exit(', '.join(found) or 0)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_every_module_is_looked_at():
    assert {"prefrontal.analysis.choices.rescorla_wagner", "prefrontal.analysis.findings"} <= set(MODULES)
