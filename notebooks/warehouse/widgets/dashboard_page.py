"""Open the dashboard in a notebook or as a page of Voilà."""

from contextlib import suppress
from typing import Any

from warehouse.errors import ReadError
from warehouse.widgets import view_links
from warehouse.widgets.dashboard import Dashboard


def open_dashboard(**parameters: Any) -> Dashboard:
    """Return the dashboard with these parameters, and those that the address of the page states.

    A kernel that Voilà starts ahead makes one while it waits for its visitor, so that the visitor's takes less time.
    """
    if view_links.is_started_ahead():
        with suppress(ReadError):
            Dashboard(**parameters).updates.close()
    return Dashboard(**{**parameters, **view_links.requested_state()})
