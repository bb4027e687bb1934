"""What a page would fetch when it is opened."""

import re
from html.parser import HTMLParser

# The attributes by which an element loads something. A link that waits to be clicked loads nothing.
LOADING = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "source": ("src", "srcset"),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
IN_STYLE = re.compile(r"""(?:@import\s*|url\(\s*)["']?\s*([^"')\s;]+)""", re.IGNORECASE)
IN_SCRIPT = re.compile(r"""(?:\bfrom|\bimport|\bfetch|\bsrc\s*=)\W{0,3}((?:https?:)?//[^"'\s)]+)""")


def external_references(page: str) -> list[str]:
    """Every address that the HTML page would load by itself, in order; what is embedded (data:, #) is none."""
    finder = _Finder()
    finder.feed(page)
    finder.close()
    return [address for address in finder.found if not address.startswith(("data:", "#", "about:"))]


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in ("script", "style") else ""
        for name, value in attrs:
            if value and name in LOADING.get(tag, ()):
                self.found.append(value.strip())
            elif value and (name == "style" or tag == "svg"):
                self.found += IN_STYLE.findall(value)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += IN_STYLE.findall(data)
        elif self.inside == "script":
            self.found += IN_SCRIPT.findall(data)
