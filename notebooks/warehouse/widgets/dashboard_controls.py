"""The controls of the dashboard and their arrangement."""

from datetime import date, timedelta
from typing import Any

import ipywidgets as widgets
import pandas as pd

from loaders.registry.selection import HIERARCHY_LEVELS
from warehouse.widgets import html

NEWEST_DAYS = {"Newest day": 1, "Last 3 days": 3, "Last 7 days": 7}
PRESETS = (*NEWEST_DAYS, "Yesterday", "Last week")
PLAY_MILLISECONDS = 1200  # per as-of time; reading and drawing take less
WIDE_LABEL = {"description_width": "58px"}


def preset_days(name: str, newest: date, today: date) -> tuple[date, date]:
    """Return the first and the last day of a preset. newest: the newest day with values; a week begins on Monday."""
    if name in NEWEST_DAYS:
        return newest - timedelta(days=NEWEST_DAYS[name] - 1), newest
    if name == "Yesterday":
        yesterday = today - timedelta(days=1)
        return yesterday, yesterday
    sunday = today - timedelta(days=today.isoweekday())
    return sunday - timedelta(days=6), sunday


class DashboardControls:
    """The menus, pickers, buttons and output parts of the dashboard. `play` and the slider move together."""

    def __init__(self) -> None:
        self.menus = {
            level: widgets.Dropdown(description=level.title(), style=WIDE_LABEL) for level in HIERARCHY_LEVELS
        }
        self.first = widgets.DatePicker(description="From", style=WIDE_LABEL)
        self.last = widgets.DatePicker(description="To", style=WIDE_LABEL)
        for chooser in (*self.menus.values(), self.first, self.last):
            chooser.layout.width = "210px"
        self.compare = widgets.TagsInput(allow_duplicates=False, placeholder="Compare with…")
        self.compare.layout = widgets.Layout(min_width="200px", max_width="460px")
        self.compare.tooltip = "Further places of the same metric"
        self.slider = widgets.SelectionSlider(
            options=[("", "")],
            description="As of",
            style=WIDE_LABEL,
            layout=widgets.Layout(width="100%", max_width="700px"),
        )
        self.slider.add_class("wh-slider")
        self.play = widgets.Play(min=0, max=0, interval=PLAY_MILLISECONDS, show_repeat=False)
        self.play.tooltip = "Play through knowledge time"
        self.play.observe(self._on_play, "value")
        self.slider.observe(self._on_slider_options, "options")
        self.slider.observe(self._on_slider_index, "index")
        self.typed = widgets.Text(
            description="or at",
            placeholder="2026-10-31T09:00+01:00",
            continuous_update=False,
            style=WIDE_LABEL,
            layout=widgets.Layout(width="270px"),
        )
        self.presets = [widgets.Button(description=name, layout=widgets.Layout(width="auto")) for name in PRESETS]
        self.day_ahead = widgets.Button(description="As of day-ahead", layout=widgets.Layout(width="auto"))
        self.refresh = widgets.Button(description="Refresh", layout=widgets.Layout(width="auto"))
        self.prepare_files = widgets.Button(description="Prepare downloads", layout=widgets.Layout(width="auto"))
        names = ["zone", "problem", "answer", "numbers", "picture", "rows", "files", "links", "updated", "stats"]
        self.parts = {name: widgets.HTML() for name in names}

    def arrange(self) -> widgets.VBox:
        """Return the controls above the chart, so that the chart is visible at 1366 x 768 without scrolling."""
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center", overflow="visible")
        side = widgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="16px", overflow="visible")
        self.parts["picture"].layout = widgets.Layout(flex="1 1 640px", max_width="1060px", min_width="0")
        # As wide as the rows of one place; the columns of several places scroll within.
        self.parts["rows"].layout = widgets.Layout(flex="0 1 585px", min_width="0", max_width="100%")
        below = ("files", "links", "updated")
        return widgets.VBox(
            [
                widgets.HTML(html.STYLE),
                widgets.HBox([*self.menus.values(), self.compare], layout=wrap),
                widgets.HBox([self.first, self.last, *self.presets, self.refresh, self.parts["zone"]], layout=wrap),
                widgets.HBox([self.slider, self.play, self.typed, self.day_ahead], layout=wrap),
                self.parts["problem"],
                self.parts["answer"],
                self.parts["numbers"],
                widgets.HBox([self.parts["picture"], self.parts["rows"]], layout=side),
                widgets.HBox([self.prepare_files, *(self.parts[name] for name in below)], layout=wrap),
                self.parts["stats"],
            ],
            layout=widgets.Layout(overflow="visible"),
        )

    def set_slider(self, options: list[tuple[str, pd.Timestamp]], index: int) -> None:
        """Offer other times on the slider, which is disabled, choose one of them, and enable it.

        A page that gets a position outside its present range moves the slider to the end of the range. It takes over
        another range only when the slider is enabled. So a position within both goes first, the real one last.
        """
        within_both = min(index, len(self.slider.options) - 1)
        with self.slider.hold_sync():
            self.slider.options = options
            self.slider.index = within_both
        self.slider.disabled = False
        self.slider.index = index

    def _on_play(self, change: Any) -> None:
        if self.slider.index != self.play.value:
            self.slider.index = self.play.value

    def _on_slider_options(self, change: Any) -> None:
        self.play.max = max(len(self.slider.options) - 1, 0)

    def _on_slider_index(self, change: Any) -> None:
        if self.slider.index is not None:
            self.play.value = self.slider.index
