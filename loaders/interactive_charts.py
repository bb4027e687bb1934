"""Charts of pages that need no network: a picture, which a script of the page makes interactive."""

import base64
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

VEGA = "application/vnd.vega.v5+json"  # the kind of output of the charts of `warehouse`
PICTURE = "image/svg+xml"
ALTERNATIVE = "Chart; its title names what it shows"
FORMULA = re.compile(r"\$\$|\$[^$\s](?:[^$\n]*[^$\s])?\$|\\\(|\\\[")
# The picture stays where no script runs: in a preview of mail, for example.
START = """
for (const source of document.querySelectorAll('script[type="%s"]')) {
  const box = document.createElement("div");
  box.className = "interactive-chart";
  vegaEmbed(box, JSON.parse(source.textContent), {mode: "vega", renderer: "svg", actions: false})
    .then(() => source.previousElementSibling.replaceWith(box), console.error);
}
"""


def chart_element(data: Mapping[str, Any]) -> str:
    """Return the picture of a chart and its Vega for `chart_script`. data: an output with both."""
    vega = json.dumps(data[VEGA]).replace("<", "\\u003c")  # so that no text ends the element
    picture = data.get(PICTURE)
    if picture is None:
        image = "<div></div>"
    else:
        encoded = base64.b64encode(str(picture).encode()).decode()
        image = f'<img alt="{ALTERNATIVE}" src="data:{PICTURE};base64,{encoded}">'
    return f'{image}<script type="{VEGA}">{vega}</script>'


@cache
def chart_script() -> str:
    """Return the element that makes the charts before it interactive; it has Vega within it and loads nothing."""
    import vl_convert

    script = vl_convert.javascript_bundle(START % VEGA).replace("</script", "<\\/script")
    return f"<script>{script}</script>"


def chart_page(vega: Mapping[str, Any], picture: str, title: str) -> str:
    """Return a page of one chart."""
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>body {{margin: 1rem; background: #fff}}'
    element = chart_element({VEGA: vega, PICTURE: picture})
    return f'<!doctype html><html lang="en"><head>{head}</style></head><body>{element}{chart_script()}</body></html>\n'


def script_of_notebook(notebook: Any) -> str:
    """Return the script for the charts among the outputs of a notebook, and nothing where there are none."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return chart_script() if any(VEGA in output.get("data", {}) for output in outputs) else ""


def has_formulas(notebook: Any) -> bool:
    """Return whether a text of the notebook has a formula, for which its page needs MathJax."""
    return any(cell.cell_type == "markdown" and FORMULA.search(cell.source) for cell in notebook.cells)
