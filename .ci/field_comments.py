"""An extension of griffe, which reads the sources for the API pages: a field's comment is its docstring.

Fields of settings are documented by a comment on their line or by comments above it, as in

    lifetimes: int = 100_000  # of training, rounded up to whole updates
"""

import ast
import io
import tokenize
from typing import Any

import griffe  # pyright: ignore[reportMissingImports]  # of the extra `docs`


class FieldComments(griffe.Extension):
    """Gives an attribute of a class that has no docstring the comment beside it, or those above it."""

    def on_attribute_instance(self, *, node: Any, attr: griffe.Attribute, **_: Any) -> None:
        if attr.docstring or not isinstance(node, ast.AnnAssign | ast.Assign) or not attr.parent:
            return
        if attr.parent.is_class and (said := comment(attr.filepath.read_text().splitlines(), node)):
            attr.docstring = griffe.Docstring(said, parent=attr, lineno=node.lineno)


def comment(lines: list[str], node: ast.stmt) -> str:
    """The comment on the lines of a statement, or else the whole lines of comment above it; or nothing."""
    beside = _comments(lines[node.lineno - 1 : node.end_lineno])
    first = node.lineno - 1
    while not beside and lines[first - 1].strip().startswith("#"):
        first -= 1
    said = " ".join(beside or _comments(lines[first : node.lineno - 1]))
    return said[:1].upper() + said[1:] + "." * (not said.endswith(".")) if said else ""


def _comments(lines: list[str]) -> list[str]:
    """The texts of the comments in the lines of a whole statement."""
    readline = io.StringIO("\n".join(line.strip() for line in lines)).readline
    found = [token.string for token in tokenize.generate_tokens(readline) if token.type == tokenize.COMMENT]
    return [text.lstrip("#: ") for text in found if not text.startswith(("# noqa", "# pyright"))]
