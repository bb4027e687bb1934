"""A cell that refreshes itself: what it shows is made again after each build that changed the marts."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from IPython.core.formatters import DisplayFormatter
from IPython.core.getipython import get_ipython
from IPython.display import HTML

from warehouse.errors import ReadError
from warehouse.widgets import html
from warehouse.widgets.mart_updates import MartUpdates, runs_in_a_loop

AWAY = "The warehouse cannot be reached. This comes back by itself when it answers. See: warehouse status"


class LiveView(widgets.Output):
    """A widget that shows what a function returns now, and again after each build. The cell ends at once.

    make: a function without arguments that returns a chart, a frame or anything else that a cell can show. While the
    server is away a sentence is shown instead of old numbers. `close()` ends it.

    Example:
        >>> LiveView(lambda: wh.latest("2026-04-01", "2026-04-02", grid="Grid1", metric="power").tail())
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self._make = make
        self.refresh()
        self._updates = MartUpdates(self.refresh, self._show_away) if runs_in_a_loop() else None

    def refresh(self) -> None:
        """Make and show it again."""
        try:
            self._show(self._make())
        except ReadError as error:
            self._show(HTML(html.STYLE + html.problem(str(error))))

    def close(self) -> None:
        """Follow the builds no longer, and remove the widget."""
        if self._updates is not None:
            self._updates.close()
        super().close()

    def _show_away(self) -> None:
        self._show(HTML(html.STYLE + html.problem(AWAY)))

    def _show(self, item: Any) -> None:
        # As one message, so that nothing flickers. The context of the widget would need a cell that is running.
        formatter = getattr(get_ipython(), "display_formatter", None) or DisplayFormatter()
        data, metadata = formatter.format(item)
        self.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata},)
