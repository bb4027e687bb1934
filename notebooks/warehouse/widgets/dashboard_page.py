"""Open the dashboard in a notebook or as a page of Voilà."""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from warehouse.errors import ReadError
from warehouse.widgets.view_links import is_started_ahead, requested_state

if TYPE_CHECKING:
    from warehouse.widgets.dashboard import Dashboard

EMPTY_CHART = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",  # a name; nothing is fetched
    "data": {"values": []},
    "mark": "point",
}


def open_dashboard(**parameters: Any) -> "Dashboard":
    """Return the dashboard with these parameters, and those that the address of the page states.

    A kernel that Voilà starts ahead makes one before its visitor is there. The visitor gets it, unless the address
    states another view, the marts changed since, or it was read a while ago.
    """
    threading.Thread(target=_start_drawing, name="start drawing", daemon=True).start()
    from warehouse.widgets.dashboard import Dashboard  # meanwhile

    ahead: Dashboard | None = None
    if is_started_ahead():
        with suppress(ReadError):
            ahead = Dashboard(**parameters)
    state = requested_state()  # waits for the visitor
    if ahead is not None:
        if not state and ahead.updates.is_current():
            return ahead
        ahead.close()
    return Dashboard(**{**parameters, **state})


def _start_drawing() -> None:
    """Draw a first picture, which takes longer than those after it."""
    import vl_convert

    vl_convert.vegalite_to_svg(EMPTY_CHART, allowed_base_urls=[])
