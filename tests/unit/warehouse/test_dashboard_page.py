"""A dashboard that was made before its visitor came is given to that visitor only where it shows what is requested."""

from types import SimpleNamespace
from typing import Any

import pytest
from warehouse.widgets import dashboard, dashboard_page


class Made:
    """A dashboard without a warehouse."""

    boards: list["Made"]
    is_current = True

    def __init__(self, **parameters: Any) -> None:
        self.parameters, self.is_closed = parameters, False
        self.updates = SimpleNamespace(is_current=lambda: Made.is_current)
        Made.boards.append(self)

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("is_ahead", "state", "is_current", "made"),
    [(True, {}, True, 1), (True, {"node": "N"}, True, 2), (True, {}, False, 2), (False, {"node": "N"}, True, 1)],
)
def test_what_was_made_ahead_is_shown_where_it_is_what_is_requested(
    monkeypatch: pytest.MonkeyPatch, is_ahead: bool, state: dict[str, str], is_current: bool, made: int
) -> None:
    Made.boards, Made.is_current = [], is_current
    monkeypatch.setattr(dashboard, "Dashboard", Made)
    monkeypatch.setattr(dashboard_page, "_start_drawing", lambda: None)
    monkeypatch.setattr(dashboard_page, "is_started_ahead", lambda: is_ahead)
    monkeypatch.setattr(dashboard_page, "requested_state", lambda: state)
    board = dashboard_page.open_dashboard(metric="load")
    assert board is Made.boards[-1]
    assert len(Made.boards) == made
    assert board.parameters == {"metric": "load", **state}
    assert [one.is_closed for one in Made.boards] == [True] * (made - 1) + [False]
