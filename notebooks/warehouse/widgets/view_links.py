"""Links of the dashboard: downloads of what is shown, and an address that opens the same view again."""

import base64
import io
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from warehouse.errors import ReadError
from warehouse.widgets.html import download_link, link

if TYPE_CHECKING:  # Altair is loaded with the first chart
    import altair as alt
    import pandas as pd

STATE_NAMES = ("grid", "region", "node", "metric", "source", "resolution", "first_day", "last_day", "as_of", "loaded")
SEVERAL = "compare"  # may be in an address more than once
State = Mapping[str, str | Sequence[str] | None]
QUERY_VARIABLE = "QUERY_STRING"  # set by Voilà to the part of the address after the question mark

STARTED_AHEAD = "VOILA_PREHEAT"


def is_started_ahead() -> bool:
    """Return whether Voilà has started this kernel for a visitor who is not there yet."""
    return os.environ.get(STARTED_AHEAD) == "True"


def requested_state() -> dict[str, str | list[str]]:
    """Return the parts of the view that the address of the page asks for; other parameters are ignored.

    Waits for the visitor where the kernel was started ahead.
    """
    if is_started_ahead():
        from voila.utils import wait_for_request

        wait_for_request()
    parameters = parse_qs(os.environ.get(QUERY_VARIABLE, ""))
    repeated = [name for name in STATE_NAMES if len(parameters.get(name, [])) > 1]
    if repeated:
        raise ReadError(f"The address has {repeated[0]} more than once. Remove one of them.")
    state: dict[str, str | list[str]] = {name: parameters[name][0] for name in STATE_NAMES if name in parameters}
    return {**state, SEVERAL: parameters[SEVERAL]} if SEVERAL in parameters else state


def state_link(state: State) -> str:
    """Return a link that opens the dashboard with this state."""
    given = {name: value for name, value in state.items() if value is not None}
    return link(f"?{urlencode(given, doseq=True)}", "Link to this view")


def downloads(rows: "pd.DataFrame", chart: "alt.TopLevelMixin") -> str:
    """Return links to download the rows as CSV and Parquet, and the chart as PNG; all inside the page."""
    import vl_convert

    table = rows.copy()
    table.attrs = {}
    parquet = io.BytesIO()
    table.to_parquet(parquet, index=False)
    csv = table.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%S%z").encode()
    png = vl_convert.vegalite_to_png(chart.to_dict(), scale=2, allowed_base_urls=[])
    files = {"values.csv": ("text/csv", csv), "values.parquet": ("application/octet-stream", parquet.getvalue())}
    files["chart.png"] = ("image/png", png)
    links = [
        download_link(f"data:{kind};base64,{base64.b64encode(content).decode()}", name)
        for name, (kind, content) in files.items()
    ]
    return " ".join(links)
