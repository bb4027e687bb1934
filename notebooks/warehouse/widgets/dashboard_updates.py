"""Keep the dashboard up to date: new numbers after a build, none while the server is away."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

import warehouse as wh
from warehouse.errors import ReadError
from warehouse.live.mart_changes import newest_change, read_changes
from warehouse.session import open_reader
from warehouse.widgets import comparison, dashboard_locations, html
from warehouse.widgets.mart_updates import MartUpdates, runs_in_a_loop

if TYPE_CHECKING:
    from warehouse.widgets.dashboard import Dashboard

CURRENT_SECONDS = 600  # for which what was read before a visitor came is shown, as long as the marts are the same
AWAY = "The warehouse cannot be reached. The numbers come back by themselves when it answers. See: warehouse status"


class DashboardUpdates:
    """Refreshes a dashboard, with its controls as they are, when a build changed what it shows."""

    def __init__(self, board: "Dashboard") -> None:
        self.board = board
        self.is_away = False
        self.made_at = time.monotonic()
        with open_reader() as read:
            self.position = newest_change(read)
        self._show_warehouse()
        self.listener = MartUpdates(self.refresh, self.note_away) if runs_in_a_loop() else None

    def refresh(self) -> None:
        """Read what changed since the last call, and show it."""
        board = self.board
        with board.problems_shown():
            # Until it has been read again, what is shown is not known to be true.
            was_away, self.is_away = self.is_away, True
            with open_reader() as read:
                shown = [one for place in board.shown_places.values() for one in dashboard_locations.series_ids(place)]
                series_ids = pa.scalar(shown, pa.list_(pa.int32()))
                number, changes = read_changes(read, self.position, series_ids)
            if number != self.position or was_away:
                self._show_warehouse()
                self._read_catalog()
                if changes or was_away:
                    board.read_days()
            self.position, self.is_away = number, False

    def note_away(self) -> None:
        """Remove the numbers, because they may no longer be true."""
        if not self.is_away:
            self.is_away = True
            self.board.show_problem(AWAY)

    def is_current(self) -> bool:
        """Return whether it was made a short while ago, and the marts are as they were."""
        if time.monotonic() - self.made_at > CURRENT_SECONDS:
            return False
        with suppress(ReadError), open_reader() as read:
            return newest_change(read) == self.position
        return False

    def close(self) -> None:
        """Follow the builds no longer."""
        if self.listener is not None:
            self.listener.close()

    def read_everything(self) -> None:
        """Read and show the same choices again, whether something changed or not."""
        with self.board.problems_shown():
            self._show_warehouse()
            self._read_catalog()
            self.board.read_days()

    def _show_warehouse(self) -> None:
        """Show the numbers of the whole warehouse, and when they were read."""
        self.board.parts["stats"].value = html.tiles(comparison.warehouse_tiles(wh.stats()))
        now = datetime.now(UTC)
        self.board.parts["updated"].value = html.small_text(f"Read at {now:%H:%M:%S} UTC; follows the builds.")

    def _read_catalog(self) -> None:
        """Read which series there are; the choices stay."""
        board = self.board
        board.catalog = dashboard_locations.read_choices()
        same = dashboard_locations.same_choice(board.catalog, board.series)
        if len(same):
            board.series = same.iloc[0]
            board.fill_menus()
