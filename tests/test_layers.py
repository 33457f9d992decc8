"""Who may import whom, and what no module may do: the architecture, so that it cannot rot unseen."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import prefrontal

SOURCE = Path(prefrontal.__file__).parent
FILES = {path.relative_to(SOURCE).with_suffix(""): path for path in SOURCE.rglob("*.py")}
MODULES = {".".join(name.parts).removesuffix("__init__").rstrip("."): path for name, path in FILES.items()}

# A room, or a module in it, and what it may import of the rest. The longest name that fits a module is its
# row. The package itself is only its version.
MAY_IMPORT = {
    "types": "",
    "errors": "",
    "checks": "errors",
    "suggest": "checks",
    "actions": "errors types",
    "observations": "errors actions",
    "jaxprs": "",
    "affine": "checks types",
    "allocator": "",
    "registry": "checks errors suggest disk.serialisation",
    "cache": "",
    "ram": "",
    "weights": "checks errors ram types",
    "compilation": "cache errors",
    "fonts": "",
    "streams": "checks",
    "disk.locks": "errors",
    "disk.storage": "errors checks disk.locks",
    "disk.serialisation": "errors suggest",
    "disk.growing": "errors ram disk.storage",
    "disk.records": "errors checks disk.growing disk.storage",
    "disk.checkpoints": "errors disk.storage",
    "disk.runs": "errors checks disk streams agents growth learners tasks __version__",
    "disk": "",
    "tasks": "types errors checks suggest actions observations jaxprs registry fonts disk.serialisation"
    " disk.storage",
    "memory": "types checks affine registry weights",
    "encoders": "types checks actions observations affine registry weights",
    "policies": "types checks actions affine registry",
    "agents": "types errors checks actions observations affine encoders memory policies tasks.base"
    " tasks.checking",
    "models": "",
    "references": "types errors checks suggest actions agents disk.serialisation registry tasks models",
    "references.bandits": "types errors checks suggest cache actions agents disk.storage registry tasks"
    " models",
    "rollout": "types errors actions agents tasks.base tasks.checking",
    "learners": "types errors checks affine streams actions agents memory policies registry rollout tasks"
    " references",
    "fingerprint": "jaxprs learners.base",
    "growth": "types errors checks streams registry agents memory learners rollout tasks",
    "training": "allocator errors checks compilation streams disk agents fingerprint tasks learners.base",
    "evaluation": "types errors checks actions compilation streams agents rollout tasks disk.growing"
    " disk.records disk.storage",
    "scenes": "",
    "analysis": "errors checks suggest disk.storage disk.records models",
    "report": "errors checks suggest disk.storage disk.records analysis scenes __version__",
    "experiments": "errors checks suggest tasks agents memory policies learners growth disk.records analysis"
    " scenes report.plots report.behaviour_plots report.style report.scene_drawing report.animation",
    "experiments.analysing": "analysis disk.storage report.animation",
    "experiments.machine": "__version__",
    "experiments.pipeline": "errors checks suggest streams agents learners tasks disk analysis references"
    " training"
    " evaluation report",
    "cli.progress": "training",
    "cli.catalogue": "disk.serialisation registry tasks encoders memory policies growth learners references"
    " experiments",
    "cli.commands": "errors checks suggest ram streams compilation tasks agents references learners disk"
    " evaluation analysis experiments report __version__",
    "cli.devices": "checks compilation disk.storage experiments.machine",
    "cli.remembered": "cache fonts errors disk.storage __version__",
    "cli.main": "errors checks suggest cli.waiting __version__",
    "cli": "",
}
WITHOUT_JAX = (
    "errors",
    "checks",
    "suggest",
    "cache",
    "ram",
    "fonts",
    "cli.remembered",
    "disk.locks",
    "disk.storage",
    "disk.growing",
    "disk.records",
    "scenes",
    "models",
    "analysis",
    "report",
)
JAX = {"jax", "jaxlib", "equinox", "optax"}
PICKLES = {"pickle", "cloudpickle", "dill", "shelve", "marshal"}


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def imports(path: Path) -> list[str]:
    """The dotted names that a file imports, wherever in it: `from a.b import c` is a.b.c."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def row_of(module: str) -> str:
    rows = [row for row in MAY_IMPORT if within(module, row)]
    assert rows, f"{module or 'prefrontal/__init__'} is in no room of the table"
    return max(rows, key=len)


@pytest.mark.parametrize("module", sorted(set(MODULES) - {""}))
def test_a_module_imports_only_what_its_room_may(module):
    room = row_of(module).split(".")[0]
    allowed = [room, *MAY_IMPORT[row_of(module)].split()]
    for name in imports(MODULES[module]):
        if within(name, "prefrontal"):
            name = name.removeprefix("prefrontal").removeprefix(".") or "__version__"
            assert any(within(name, other) for other in allowed), f"{module} may not import {name}"
            pipeline = within(name, "experiments.pipeline")
            assert not pipeline or module == "cli.commands", (
                f"{module} is a declaration: it may not import {name}"
            )
        assert name.split(".")[0] not in {"pickle", "cloudpickle", "dill", "shelve", "marshal"}, module
        assert name.split(".")[0] not in JAX or row_of(module) not in WITHOUT_JAX, (
            f"{module} may not import {name}"
        )


def test_the_package_itself_imports_nothing_at_once():
    program = (
        "import sys, prefrontal; print([name for name in sys.modules if name.startswith('prefrontal.')])"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_every_name_that_the_package_offers_is_there():
    assert all(getattr(prefrontal, name) is not None for name in prefrontal.__all__)
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        prefrontal.trian  # noqa: B018


def test_every_row_is_of_a_module_that_there_is():
    assert [row for row in MAY_IMPORT if not any(within(module, row) for module in MODULES)] == []


def test_what_needs_no_jax_runs_where_there_is_none():
    modules = [f"prefrontal.{name}" for name in MODULES if name and row_of(name) in WITHOUT_JAX]
    program = (
        f"import sys, importlib; sys.modules['jax'] = None; [importlib.import_module(m) for m in {modules}]"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    "settings", sorted(SOURCE.glob("experiments/*/*/settings.py")), ids=lambda path: path.parent.name
)
def test_an_experiment_is_small(settings):
    files = [*settings.parent.glob("*.py"), settings.parent / "README.md"]
    assert sum(len(path.read_text().splitlines()) for path in files) <= 500


@pytest.mark.parametrize("module", sorted(MODULES))
def test_functions_and_files_are_short(module):
    text = MODULES[module].read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{module}.{node.name} has over 60 lines"
