"""Tables with a search box, without the network."""

import itables
import pandas as pd
from IPython.display import HTML, display

PAGE_LENGTH = 15
# In the colours of the page, which may be dark, and may become so while the table is shown.
STYLE = """<style>
.dt-container { background: transparent !important; color: inherit }
.dt-container tfoot input { width: 100%; min-width: 4rem; box-sizing: border-box; color: inherit;
  background: transparent; border: 1px solid; border-color: color-mix(in srgb, currentColor 40%, transparent) }
</style>"""


def offline() -> None:
    """Enable searchable tables without the network; call it once, at the top of the notebook."""
    itables.init_notebook_mode(all_interactive=False, connected=False)
    display(HTML(STYLE))


def table(frame: pd.DataFrame) -> None:
    """Show a frame with a search box and a filter below each column; times in UTC, every cell as text.

    The id of the rows is last, and those of what is above them are left out: they have names.
    """
    ids = [name for name in frame if str(name).endswith("_id")]
    shown = frame[[*(name for name in frame if name not in ids), *ids[:1]]].copy()
    for name in shown.select_dtypes("datetimetz"):
        shown[name] = shown[name].dt.strftime("%Y-%m-%d %H:%M:%S UTC")
    itables.show(
        shown,
        column_filters="footer",
        showIndex=False,
        paging=len(shown) > PAGE_LENGTH,
        pageLength=PAGE_LENGTH,
        maxBytes="1MB",
        layout={"topStart": None, "topEnd": "search"},
        columnDefs=[{"className": "dt-left", "targets": "_all"}],
        allow_html=False,
        style="table-layout:auto;width:100%",
    )
