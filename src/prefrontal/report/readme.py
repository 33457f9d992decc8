"""An experiment's README: where it lies, and how the page shows it."""

from importlib import resources

from markdown_it import MarkdownIt
from markdown_it.token import Token


def readme_of(experiment: str) -> str:
    """The README of an experiment, in Markdown; empty where this version has none of that name."""
    papers, name = resources.files("prefrontal").joinpath("experiments"), experiment.replace("-", "_")
    found = [paper.joinpath(name, "README.md") for paper in papers.iterdir() if paper.is_dir()]
    return next((path.read_text(encoding="utf-8") for path in found if path.is_file()), "")


def as_html(markdown: str) -> str:
    """Markdown as HTML for a page that stands by itself.

    Raw HTML is escaped, and a link is its text alone. Headings are two levels lower, below the page's own.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    for rule in ("link_open", "link_close"):
        parser.renderer.rules[rule] = lambda *_: ""  # pyright: ignore[reportAttributeAccessIssue]
    tokens = parser.parse(markdown)
    for token in tokens:
        _lower(token)
    return parser.renderer.render(tokens, parser.options, {})


def _lower(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
