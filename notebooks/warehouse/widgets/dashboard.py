"""The live dashboard: choose a series and days, move through knowledge time, compare the values then and now.

Everything is read through `warehouse`: the latest values once per choice, the values as of a time once per move.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import altair as alt
import ipywidgets as widgets
import pandas as pd

from warehouse import charts
from warehouse.analysis import knowledge_times
from warehouse.analysis.selection import location_name
from warehouse.charts.rendering import to_svg
from warehouse.charts.time_axis import format_time
from warehouse.entities import HIERARCHY_COLUMNS
from warehouse.errors import ReadError
from warehouse.requests.arguments import Name
from warehouse.requests.times import TimestampLike, parse_timestamp
from warehouse.widgets import comparison, dashboard_locations, html, view_links
from warehouse.widgets.dashboard_controls import DashboardControls, preset_days
from warehouse.widgets.dashboard_updates import DashboardUpdates

FIRST_DAYS, MAX_DAYS = 3, 31


class Dashboard(DashboardControls):
    """The widgets (`view`) and the comparison that they show now (`compared`).

    as_of: where the slider starts. loaded: the system time of all values, None for now. first_day, last_day: local days
    such as "2026-10-31". What is None is chosen from the data. Raises ReadError when there is nothing to show; later
    problems are shown in the dashboard itself.
    """

    def __init__(
        self,
        *,
        grid: Name = None,
        region: Name = None,
        node: Name = None,
        metric: Name = None,
        source: Name = None,
        resolution: Name = None,
        first_day: str | None = None,
        last_day: str | None = None,
        as_of: TimestampLike = None,
        loaded: TimestampLike = None,
    ) -> None:
        super().__init__()
        self.catalog = dashboard_locations.read_choices()
        names = {"grid": grid, "region": region, "node": node, "metric": metric}
        matches = dashboard_locations.find_choices(self.catalog, **names, source=source, resolution=resolution)
        if matches.empty:
            raise ReadError("The warehouse has no series yet. Load some data first: warehouse seed")
        self.series: pd.Series = matches.iloc[0]
        self.loaded = parse_timestamp(loaded, "loaded", self._zone)
        self.as_of = parse_timestamp(as_of, "as_of", self._zone)
        self.latest = self.collections = pd.DataFrame()
        self.compared: comparison.Comparison | None = None
        self.is_filling = False
        self._connect()
        self.fill_menus()
        self._fill_days(_parse_day(first_day, "first_day"), _parse_day(last_day, "last_day"))
        self.read_days()
        self.updates = DashboardUpdates(self)
        self.view = self.arrange()

    @property
    def sentence(self) -> str:
        """The answer as a sentence."""
        if self.compared is None:
            return ""
        return comparison.comparison_sentence(self.compared, str(self.series["metric"]), location_name(self.series))

    @property
    def chart(self) -> alt.LayerChart:
        """The chart of the values as of the time of the slider, and the latest."""
        if self.compared is None:
            raise ReadError("Nothing is shown at the moment. Choose a series and days first.")
        return charts.vintages(self.compared.then, self.compared.latest, zone=self._zone)

    @property
    def _zone(self) -> str:
        return str(self.series["time_zone"])

    def _connect(self) -> None:
        for menu in self.menus.values():
            menu.observe(self._on_name, "value")
        for picker in (self.first, self.last):
            picker.observe(self._on_days, "value")
        self.slider.observe(self._on_time, "value")
        self.typed.observe(self._on_typed, "value")
        for button in self.presets:
            button.on_click(self._on_preset)
        self.day_ahead.on_click(self._on_day_ahead)
        self.refresh.on_click(self._on_refresh)
        self.prepare_files.on_click(self._on_prepare_files)

    def _on_name(self, change: Any) -> None:
        if self.is_filling:
            return
        with self.problems_shown():
            rows = self.catalog
            for level, menu in self.menus.items():
                matches = rows[rows[HIERARCHY_COLUMNS[level][0]] == menu.value]
                rows = matches if len(matches) else rows  # a name that does not exist below the new choice is replaced
            self.series = rows.iloc[0]
            self.fill_menus()
            self._fill_days(self.first.value, self.last.value, keep=True)
            self.read_days()

    def _on_days(self, change: Any) -> None:
        if not self.is_filling:
            with self.problems_shown():
                self.read_days()

    def _on_time(self, change: Any) -> None:
        if not self.is_filling:
            with self.problems_shown():
                self._read_time()

    def _on_typed(self, change: Any) -> None:
        if self.is_filling or not self.typed.value.strip():
            return
        with self.problems_shown():
            self._go_to(parse_timestamp(self.typed.value.strip(), "as of", self._zone))

    def _on_preset(self, button: widgets.Button) -> None:
        with self.problems_shown():
            limits = dashboard_locations.value_range(self.series, self.loaded)
            newest = self._require_range(limits)[1]
            today = pd.Timestamp.now(self._zone).date()
            with self._filling():
                self.first.value, self.last.value = preset_days(button.description, newest, today)
            self.read_days()

    def _on_day_ahead(self, button: widgets.Button) -> None:
        with self.problems_shown():
            midnight = self._range()[0]
            day_before = (midnight - pd.DateOffset(days=1)).date()
            self._go_to(pd.Timestamp(f"{day_before} 09:00", tz=self._zone).tz_convert("UTC"))

    def _on_refresh(self, button: widgets.Button) -> None:
        self.updates.read_everything()

    def _on_prepare_files(self, button: widgets.Button) -> None:
        # Only on request: a picture takes longer than the rest of an answer.
        with self.problems_shown():
            if self.compared is not None:
                self._show(files=view_links.downloads(self.compared.both, self.chart))

    def _go_to(self, at: pd.Timestamp | None) -> None:
        """Show the values as of this time, also where nothing was collected at it."""
        self.as_of = at
        self.read_days(at)

    def fill_menus(self) -> None:
        """Fill each menu with the names under the choices above it."""
        rows = self.catalog
        with self._filling():
            for level, menu in self.menus.items():
                column = HIERARCHY_COLUMNS[level][0]
                menu.options, menu.value = rows[column].unique().tolist(), self.series[column]
                rows = rows[rows[column] == self.series[column]]
        # Most series have one source and one resolution, so there is nothing to choose.
        for level in ("source", "resolution"):
            self.menus[level].layout.display = None if len(self.menus[level].options) > 1 else "none"

    def _fill_days(self, first: date | None, last: date | None, keep: bool = False) -> None:
        """Set the days: the arguments, else the newest of the series. keep: only if the series has values on them."""
        oldest, newest = self._require_range(dashboard_locations.value_range(self.series, self.loaded))
        if keep and not (first and last and first <= newest and last >= oldest):
            first = last = None
        last = last or newest
        first = first or max(oldest, last - timedelta(days=FIRST_DAYS - 1))
        with self._filling():
            self.first.value, self.last.value = first, last
            self.parts["zone"].value = html.small_text(f"local days of {self._zone}")

    def _require_range(self, limits: tuple[pd.Timestamp, pd.Timestamp] | None) -> tuple[date, date]:
        if limits is None:
            metric, location = self.series["metric"], location_name(self.series)
            raise ReadError(f"There are no values of {metric} at {location}. Choose another series.")
        oldest, newest = (at.tz_convert(self._zone).date() for at in limits)
        return oldest, newest

    def _range(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        first, last = self.first.value, self.last.value
        if first is None or last is None:
            raise ReadError("Choose a first and a last day.")
        if last < first:
            raise ReadError(f"The last day, {last}, is before the first, {first}. Choose another.")
        if (last - first).days >= MAX_DAYS:
            raise ReadError(f"The dashboard shows at most {MAX_DAYS} days. Choose a shorter range.")
        return pd.Timestamp(first, tz=self._zone), pd.Timestamp(last, tz=self._zone) + pd.DateOffset(days=1)

    def read_days(self, at: pd.Timestamp | None = None) -> None:
        """Read the latest values and the collection times of the days; the slider keeps its as-of time."""
        self.slider.disabled = True
        start, end = self._range()
        self.latest = dashboard_locations.read_values(self.series, None, start, end, self.loaded)
        if self.latest.empty:
            metric, location = self.series["metric"], location_name(self.series)
            raise ReadError(f"There are no values of {metric} at {location} on these days. Choose others.")
        self.collections = dashboard_locations.collection_times(self.series, start, end, self.loaded)
        offered = {*knowledge_times.round_up_to_minutes(self.collections["collected_at"])}
        chosen = at or self.slider.value or self.as_of
        if chosen:
            offered.add(chosen)
        else:
            middle = start + (end - start) / 2
            chosen = max((time for time in offered if time <= middle), default=min(offered))
        # Sent as one message, or the page would move a slider that is outside the new range and send that back.
        with self._filling(), self.slider.hold_sync():
            times = sorted(offered)
            self.slider.options = [(_label(time, self._zone), time) for time in times]
            self.slider.index = times.index(chosen)
        self.slider.disabled = False
        self._read_time()

    def _read_time(self) -> None:
        """Read the values as of the time of the slider, and show them."""
        at: pd.Timestamp = self.slider.value
        start, end = self._range()
        self.compared = comparison.Comparison(
            then=dashboard_locations.read_values(self.series, at, start, end, self.loaded),
            latest=self.latest,
            at=at,
            since=int(self.collections.loc[self.collections["collected_at"] > at, "revisions"].sum()),
            revisions=int(self.collections["revisions"].sum()),
            expected=max(comparison.expected_intervals(start, end, str(self.series["resolution"])), len(self.latest)),
            unit=str(self.latest["unit"].iloc[0]),
            zone=self._zone,
        )
        label, sentence, chart = _label(at, self._zone), self.sentence, self.chart
        rows = comparison.comparison_rows(self.compared)
        self._show(
            problem="",
            numbers=html.tiles(comparison.comparison_tiles(self.compared), large=True),
            picture=html.picture(to_svg(chart), sentence),
            rows=html.table(rows, f"The values as of {label}; times in {self._zone}"),
            files="",
            links=view_links.state_link(self._state()),
            answer=html.answer(sentence, at),  # last: once it is there, the rest is too
        )

    def _state(self) -> dict[str, str | None]:
        names = {level: str(self.series[column]) for level, (column, _) in HIERARCHY_COLUMNS.items()}
        days = {"first_day": str(self.first.value), "last_day": str(self.last.value)}
        loaded = None if self.loaded is None else self.loaded.isoformat()
        return {**names, **days, "as_of": self.slider.value.isoformat(), "loaded": loaded}

    def show_problem(self, sentence: str) -> None:
        """Show a sentence, and remove the numbers that no longer belong to the choices."""
        self.compared = None
        shown = dict.fromkeys(set(self.parts) - {"zone"}, "")
        self._show(**{**shown, "problem": html.problem(sentence)})

    def _show(self, **parts: str) -> None:
        for name, text in parts.items():
            self.parts[name].value = text

    @contextmanager
    def _filling(self) -> Iterator[None]:
        """Set values of widgets without reacting to them."""
        self.is_filling = True
        try:
            yield
        finally:
            self.is_filling = False

    @contextmanager
    def problems_shown(self) -> Iterator[None]:
        """Show an error as a sentence, and remove the numbers that no longer belong to the choices."""
        try:
            yield
        except Exception as error:
            is_expected = isinstance(error, ReadError)
            sentence = str(error) if is_expected else "Something went wrong. Reload the page to start again."
            self.show_problem(sentence)
            if not is_expected:
                raise


def _label(at: pd.Timestamp, zone: str) -> str:
    return format_time(at, zone) if at == at.floor("min") else f"{format_time(at, zone)} ({at:%S.%f} s)"


def _parse_day(text: str | None, name: str) -> date | None:
    day = parse_timestamp(text, name)
    return None if day is None else day.date()
