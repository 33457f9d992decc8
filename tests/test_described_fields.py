"""On the API page, every field of every class is described: by a comment, a text below it, or its class."""

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMES = re.findall(r"^::: (\S+)$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def comment():
    """What the page takes for a field's comment. The package that makes the page is not needed for it."""
    where = importlib.util.spec_from_file_location("field_comments", ROOT / ".ci" / "field_comments.py")
    assert where
    assert where.loader
    module = importlib.util.module_from_spec(where)
    with pytest.MonkeyPatch.context() as patch:
        made = types.SimpleNamespace(Extension=object, Attribute=object)
        patch.setitem(sys.modules, "griffe", made)
        where.loader.exec_module(module)
    return module.comment


def ours(name: str) -> list[type]:
    """The class of this name and those that it inherits from; none for a function."""
    module, _, last = name.rpartition(".")
    made = getattr(importlib.import_module(module), last)
    return [one for one in getattr(made, "__mro__", ()) if one.__module__.startswith("prefrontal.")]


def undescribed(kind: type, said: str, comment) -> list[str]:
    """The public fields that the class itself declares, and that neither it nor `said` describes."""
    text = Path(inspect.getsourcefile(kind) or "").read_text()
    found = next(
        one
        for one in ast.walk(ast.parse(text))
        if isinstance(one, ast.ClassDef) and one.name == kind.__name__
    )
    missing = []
    for node, below in zip(found.body, [*found.body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign) or "ClassVar" in ast.unparse(node.annotation):
            continue
        name = ast.unparse(node.target)
        has_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if not (name.startswith("_") or has_text or f"`{name}`" in said or comment(text.splitlines(), node)):
            missing.append(f"{kind.__name__}.{name}")
    return missing


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described(name, comment):
    kinds = ours(name)
    said = " ".join(kind.__doc__ or "" for kind in kinds)
    assert [field for kind in kinds for field in undescribed(kind, said, comment)] == []


def test_a_field_without_a_word_is_noticed(comment):
    assert undescribed(Plain, Plain.__doc__ or "", comment) == ["Plain.bare"]


class Plain:
    """`named` is described here."""

    named: int
    said: int  # beside it
    bare: int
    below: int
    """Below it."""
