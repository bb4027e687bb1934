"""An executed notebook as one HTML page: nothing in it is fetched from anywhere."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"
WIDGET = "application/vnd.jupyter.widget-view+json"
# No scripts: what is left of an output is what can be read without them.
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")


def to_page(notebook: Any, report: Any, folder: Path, show_code: bool) -> str:
    """Return the page. report: a loaders.reports.scheduled_report.Report, for its head; folder: where its pictures are.

    Widgets, which are dead without their kernel, are taken out of the notebook.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    exporter = HTMLExporter(
        config=Config({"NbConvertBase": {"display_data_priority": list(SHOWN)}}),
        extra_template_basedirs=[str(TEMPLATES)],
        template_name="report",
        exclude_input=not show_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=True,
    )
    resources = {"metadata": {"name": report.name, "path": str(folder)}, "report": report, "show_code": show_code}
    page, _ = exporter.from_notebook_node(notebook, resources)
    return page


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
