"""An executed notebook as one HTML page: nothing in it is fetched from anywhere."""

from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"
WIDGET = "application/vnd.jupyter.widget-view+json"
# No scripts: what is left of an output is what can be read without them.
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")


def to_page(notebook: Any, report: Any, folder: Path, show_code: bool) -> str:
    """The page. report: a loaders.report.Report, for the head of the page; folder: where pictures of the text lie.

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
