"""See that a built site asks nothing of any other host: no script, style, font or image of elsewhere.

    python .ci/offline.py site

A link that a reader may follow (`<a href>`) is no request and is let be.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
FETCHING = {"src", "srcset", "data", "poster", "background", "href", "xlink:href"}


class Requests(HTMLParser):
    """Gathers the addresses on other hosts that a browser would fetch on its own."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_style = tag == "style"
        for name, value in attrs:
            if name == "style":
                self.found += IN_STYLE.findall(value or "")
            elif name in FETCHING and (tag, name) != ("a", "href") and ELSEWHERE.match(value or ""):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self.in_style:
            self.found += IN_STYLE.findall(data)

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False


def requests(page: Path) -> list[str]:
    """What one file of the site would fetch from elsewhere."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".css":
        return IN_STYLE.findall(text)
    parser = Requests()
    parser.feed(text)
    return parser.found


def main(site: Path) -> int:
    pages = [path for path in sorted(site.rglob("*")) if path.suffix in {".html", ".css", ".svg"}]
    found = [f"{page}: {what}" for page in pages for what in requests(page)]
    if not pages:
        found = [f"{site}: there is no page"]
    print("\n".join([*found, f"{len(pages)} pages, {len(found)} requests to other hosts"]), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
