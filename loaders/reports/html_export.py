"""Write an executed notebook as one HTML page that loads nothing from elsewhere."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from loaders.interactive_charts import VEGA, chart_element, script_of_notebook
from loaders.reports.report import Report

if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"
WIDGET = "application/vnd.jupyter.widget-view+json"
# Charts apart, of an output only what can be read without scripts is kept.
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")


def to_page(notebook: "NotebookNode", report: Report, folder: Path, show_code: bool) -> str:
    """Return the page. report: for its head; folder: where its pictures are.

    Charts are interactive where scripts run, and pictures elsewhere. Widgets, which are dead without their kernel, are
    taken out of the notebook.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    exporter = HTMLExporter(
        config=Config({"NbConvertBase": {"display_data_priority": list(SHOWN)}}),
        filters={"chart_element": chart_element, "script_of_notebook": script_of_notebook},
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
    return str(page)


# The attributes by which an element loads something. A link loads nothing until it is clicked.
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
    """Return every address that the HTML page would load by itself; what is embedded (data:, #) is not one."""
    from bs4 import BeautifulSoup

    addresses: list[str] = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        attributes = {name: str(value) for name, value in tag.attrs.items()}
        addresses += [attributes[name].strip() for name in LOADING.get(tag.name, ()) if attributes.get(name)]
        for name, value in attributes.items():
            if name == "style" or tag.name == "svg":
                addresses += IN_STYLE.findall(value)
        if tag.name == "style":
            addresses += IN_STYLE.findall(tag.get_text())
        if tag.name == "script" and attributes.get("type") != VEGA:  # which is data of a chart
            addresses += IN_SCRIPT.findall(tag.get_text())
    return [address for address in addresses if not address.startswith(("data:", "#", "about:"))]
