"""What holds in every test: shapes are checked, ranks never promote unasked, and there are two devices.

The types and shapes in signatures are checked here and nowhere else, so that they cost a user nothing.
"""

import gc
import os
from importlib.metadata import version
from pathlib import Path

# JAX reads these when it is first imported, and the tests' subprocesses inherit them.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_NUM_CPU_DEVICES"] = "2"
os.environ["MPLBACKEND"] = "agg"
os.environ["PREFRONTAL_CACHE"] = str(Path(__file__).parents[1] / ".cache" / "tests")
# Where Python keeps no bytecode, every process that tests start would parse all of JAX again, for seconds.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parents[1] / ".cache" / "tests" / "bytecode")
# Most programs of the tests run once, for less time than their compilation takes: this halves the latter.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
# Without its newer emitters XLA compiles for a processor three times as fast, and in one piece a fifth faster
# than in many. Other versions may not know the options, and XLA ends a process that sets one that it lacks.
if version("jaxlib").startswith("0.10."):
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false"
    os.environ["XLA_FLAGS"] += " --xla_cpu_parallel_codegen_split_count=1"

import jax
import pytest
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

check_types = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int will do for a float

# Tracing makes millions of small objects, few of them in cycles: to look for these took a tenth of its time.
# What is left of a file is collected at its end.
gc.set_threshold(50_000, 20, 50)

jax.config.update("jax_numpy_rank_promotion", "raise")
install_import_hook("prefrontal", "conftest.check_types")


def _programs_folder() -> str | None:
    """Where the next run of the tests finds what this one compiles: most of a first run's time is that.

    The processes that tests start keep and find nothing.
    """
    from prefrontal.compilation import keep_programs

    folder = keep_programs()
    os.environ["PREFRONTAL_CACHE"] = "off"
    return folder and str(folder)


PROGRAMS = _programs_folder()


# Files that take a minute or more come first, so that no process is left alone with one at the end.
LONG = ("test_experiments", "test_paper_presets", "test_ppo", "test_tasks_contract", "test_resuming")


def pytest_collection_modifyitems(items):
    def place(item) -> int:
        name = item.path.stem
        return LONG.index(name) if name in LONG else len(LONG)

    items.sort(key=place)


# Files whose programs run for longer than they compile.
OPTIMISED = ("test_continuous", "test_experiments")


@pytest.fixture(scope="module", autouse=True)
def _programs(request):
    """A file's compiled programs end with it: each takes dozens of memory maps, and Linux gives 65,530."""
    hasty = request.path.stem not in OPTIMISED
    jax.config.update("jax_disable_most_optimizations", hasty)
    jax.config.update("jax_compilation_cache_dir", PROGRAMS)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    yield
    jax.clear_caches()
    gc.collect()


@pytest.fixture
def unchecked():
    """Takes the check of types off a function, to see what it says itself to a user who has no such check."""

    def bare(function):
        while hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        return function

    return bare


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A training on disk, its agent as it was born."""
    from made_up import made_up_run

    return made_up_run(tmp_path_factory.mktemp("runs") / "seed-0")


@pytest.fixture
def prefrontal(capsys, monkeypatch):
    """Calls the command line: its exit status, standard output and standard error, however long it takes."""
    from prefrontal.cli import main as cli
    from prefrontal.cli import waiting

    monkeypatch.setattr(waiting, "SECONDS", 3600.0)

    def call(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def mistake(prefrontal):
    """Calls the command line with a user's mistake: the one line that it answers."""

    def call(*arguments):
        status, out, err = prefrontal(*arguments)
        assert (status, out) == (2, "")
        assert err.startswith("prefrontal: ")
        assert err.count("\n") == 1
        return err

    return call
