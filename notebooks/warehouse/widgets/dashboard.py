"""The live dashboard: choose a series and days, move through knowledge time, compare the values then and now.

Everything is read through `warehouse`: the latest values once per choice, the values as of a time once per move.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import altair as alt
import ipywidgets as widgets
import pandas as pd

from warehouse.analysis import knowledge_times
from warehouse.analysis.selection import location_name
from warehouse.entities import HIERARCHY_COLUMNS
from warehouse.errors import ReadError
from warehouse.requests.arguments import Name
from warehouse.requests.times import TimestampLike, parse_timestamp
from warehouse.widgets import comparison, dashboard_locations, dashboard_view, html, places, view_links
from warehouse.widgets.dashboard_controls import DashboardControls, preset_days
from warehouse.widgets.dashboard_updates import DashboardUpdates

FIRST_DAYS, MAX_DAYS = 3, 31


class Dashboard(DashboardControls):
    """The widgets (`view`) and the comparison that they show now (`compared`).

    compare: further places of the same metric, such as "Grid1 / Region1 / Node2". as_of: where the slider starts.
    loaded: the system time of all values, None for now. first_day, last_day: local days such as "2026-10-31". What is
    None is chosen from the data. Raises ReadError when there is nothing to show; later problems are shown in the
    dashboard itself.
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
        compare: str | Sequence[str] | None = None,
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
        self.readings: dict[str, places.PlaceRead] = {}
        self.comparisons: dict[str, comparison.Comparison] = {}  # by the name of the place, that of the menus first
        self.is_filling = False
        self._connect()
        self.fill_menus()
        with self._filling():
            self.compare.value = places.require_places(self.comparable, compare, str(self.series["metric"]))
        self._fill_days(_parse_day(first_day, "first_day"), _parse_day(last_day, "last_day"))
        self.read_days()
        self.updates = DashboardUpdates(self)
        self.view = self.arrange()

    @property
    def compared(self) -> comparison.Comparison | None:
        """The comparison of the place of the menus."""
        return next(iter(self.comparisons.values()), None)

    @property
    def shown_places(self) -> dict[str, pd.Series]:
        """What is shown by its name: the choice of the menus, and the places that it is compared with."""
        return {
            places.place_name(self.series): self.series,
            **{name: self.comparable.loc[name] for name in self.compare.value},
        }

    @property
    def sentence(self) -> str:
        """The answer as a sentence."""
        return dashboard_view.answer_sentence(self.comparisons, self.series) if self.comparisons else ""

    @property
    def chart(self) -> alt.LayerChart | alt.VConcatChart:
        """The chart of the values as of the time of the slider, and the latest; of several places, those as of it."""
        if not self.comparisons:
            raise ReadError("Nothing is shown at the moment. Choose a series and days first.")
        return dashboard_view.draw(self.comparisons, self._zone)

    @property
    def _zone(self) -> str:
        return str(self.series["time_zone"])

    def _connect(self) -> None:
        for menu in self.menus.values():
            menu.observe(self._on_name, "value")
        for picker in (self.first, self.last, self.compare):
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
        try:
            at = parse_timestamp(self.typed.value.strip(), "as of", self._zone)
        except ReadError as error:
            # What is shown is still that of the slider, so it stays.
            self._show(problem=html.problem(str(error)))
            return
        with self.problems_shown():
            self._go_to(at)

    def _on_preset(self, button: widgets.Button) -> None:
        with self.problems_shown():
            newest = dashboard_locations.days_with_values(self.series, self.loaded)[1]
            today = pd.Timestamp.now(self._zone).date()
            with self._filling():
                self.first.value, self.last.value = preset_days(button.description, newest, today)
            self.read_days()

    def _on_day_ahead(self, button: widgets.Button) -> None:
        with self.problems_shown():
            midnight = self._range().start
            day_before = (midnight - pd.DateOffset(days=1)).date()
            self._go_to(pd.Timestamp(f"{day_before} 09:00", tz=self._zone).tz_convert("UTC"))

    def _on_refresh(self, button: widgets.Button) -> None:
        self.updates.read_everything()

    def _on_prepare_files(self, button: widgets.Button) -> None:
        # Only on request: a picture takes longer than the rest of an answer.
        with self.problems_shown():
            if self.comparisons:
                self._show(files=view_links.downloads(dashboard_view.values(self.comparisons), self.chart))

    def _go_to(self, at: pd.Timestamp | None) -> None:
        """Show the values as of this time, also where nothing was collected at it."""
        self.as_of = at
        self.read_days(at)

    def fill_menus(self) -> None:
        """Fill each menu with the names under the choices above it, and offer what these can be compared with."""
        rows = self.catalog
        with self._filling():
            for level, menu in self.menus.items():
                column = HIERARCHY_COLUMNS[level][0]
                menu.options, menu.value = rows[column].unique().tolist(), self.series[column]
                rows = rows[rows[column] == self.series[column]]
            self.comparable = places.comparable_places(self.catalog, self.series)
            kept = [name for name in self.compare.value if name in self.comparable.index]
            self.compare.value = []
            self.compare.allowed_tags = self.comparable.index.tolist()
            self.compare.value = kept
        # Most series have one source and one resolution, so there is nothing to choose.
        for level in ("source", "resolution"):
            self.menus[level].layout.display = None if len(self.menus[level].options) > 1 else "none"

    def _fill_days(self, first: date | None, last: date | None, keep: bool = False) -> None:
        """Set the days: the arguments, else the newest of the series. keep: only if the series has values on them."""
        oldest, newest = dashboard_locations.days_with_values(self.series, self.loaded)
        if keep and not (first and last and first <= newest and last >= oldest):
            first = last = None
        last = last or newest
        first = first or max(oldest, last - timedelta(days=FIRST_DAYS - 1))
        with self._filling():
            self.first.value, self.last.value = first, last
            self.parts["zone"].value = html.small_text(f"local days of {self._zone}")

    def _range(self) -> places.Range:
        first, last = self.first.value, self.last.value
        if first is None or last is None:
            raise ReadError("Choose a first and a last day.")
        if last < first:
            raise ReadError(f"The last day, {last}, is before the first, {first}. Choose another.")
        if (last - first).days >= MAX_DAYS:
            raise ReadError(f"The dashboard shows at most {MAX_DAYS} days. Choose a shorter range.")
        start, end = pd.Timestamp(first, tz=self._zone), pd.Timestamp(last, tz=self._zone) + pd.DateOffset(days=1)
        return places.Range(start, end, self.loaded)

    def read_days(self, at: pd.Timestamp | None = None) -> None:
        """Read the latest values and the collection times of the days; the slider keeps its as-of time."""
        self.slider.disabled = True
        limits = self._range()
        chosen_places = self.shown_places
        if len(chosen_places) > places.MAX_PLACES:
            raise ReadError(f"At most {places.MAX_PLACES} places can be compared. Remove one.")
        self.readings = {name: places.read_place(place, limits) for name, place in chosen_places.items()}
        if next(iter(self.readings.values())).latest.empty:
            metric, location = self.series["metric"], location_name(self.series)
            raise ReadError(f"There are no values of {metric} at {location} on these days. Choose others.")
        times = pd.concat([reading.collections["collected_at"] for reading in self.readings.values()])
        offered = {*knowledge_times.round_up_to_minutes(times)}
        chosen = at or self.slider.value or self.as_of
        if chosen:
            offered.add(chosen)
        else:
            middle = limits.start + (limits.end - limits.start) / 2
            chosen = max((time for time in offered if time <= middle), default=min(offered))
        with self._filling():
            times = sorted(offered)
            options = [(dashboard_view.time_label(time, self._zone), time) for time in times]
            self.set_slider(options, times.index(chosen))
        self._read_time()

    def _read_time(self) -> None:
        """Read the values as of the time of the slider, and show them."""
        at: pd.Timestamp = self.slider.value
        self.comparisons = {
            name: places.compare_place(place, self._range(), self.readings[name], at, self._zone)
            for name, place in self.shown_places.items()
        }
        parts = dashboard_view.shown_parts(self.comparisons, self.series, self._zone)
        answer = parts.pop("answer")  # last: once it is there, the rest is too
        self._show(problem="", **parts, files="", links=view_links.state_link(self._state()), answer=answer)

    def _state(self) -> view_links.State:
        names = {level: str(self.series[column]) for level, (column, _) in HIERARCHY_COLUMNS.items()}
        days = {"first_day": str(self.first.value), "last_day": str(self.last.value)}
        loaded = None if self.loaded is None else self.loaded.isoformat()
        compare = list(self.compare.value) or None
        return {**names, **days, "as_of": self.slider.value.isoformat(), "loaded": loaded, "compare": compare}

    def close(self) -> None:
        """End it, with all its widgets."""
        self.updates.close()
        self.view.close_all()

    def show_problem(self, sentence: str) -> None:
        """Show a sentence, and remove the numbers that no longer belong to the choices."""
        self.comparisons = {}
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


def _parse_day(text: str | None, name: str) -> date | None:
    day = parse_timestamp(text, name)
    return None if day is None else day.date()
