"""The live dashboard: choose a series and days, slide through knowledge time, see what was known then and now.

Everything is read through `warehouse`: the latest values once per choice, the values of then once per slider move.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import ipywidgets as widgets
import pandas as pd
import vl_convert

import warehouse as wh
from warehouse import charts
from warehouse.analysis import knowledge_times
from warehouse.arguments import HIERARCHY_LEVELS, Name, TimestampLike, parse_timestamp
from warehouse.charts.time_axis import moment
from warehouse.session import ReadError
from warehouse.widgets import comparison, html

FIRST_DAYS, MOST_DAYS = 3, 31


class Dashboard:
    """The widgets (`view`), and the series, days and latest values that they show now (`compared`).

    as_of: where the slider starts; loaded: the system time at which the warehouse is asked, None for now.
    first_day, last_day: local days such as "2026-10-31". What is None is chosen from the data.
    Raises ReadError when there is nothing to show; later problems are told in the dashboard itself.
    """

    def __init__(
        self,
        *,
        grid: Name = None,
        region: Name = None,
        node: Name = None,
        metric: Name = None,
        source: Name = None,
        first_day: str | None = None,
        last_day: str | None = None,
        as_of: TimestampLike = None,
        loaded: TimestampLike = None,
    ) -> None:
        self.loaded, self.asked_at = parse_timestamp(loaded, "loaded"), parse_timestamp(as_of, "as_of")
        self.catalog = wh.series()
        start_with = wh.series(grid, region, node, metric, source)
        if start_with.empty:
            raise ReadError("The warehouse has no series yet; load some data first: python -m loaders seed")
        self.one: Any = start_with.iloc[0]
        self.latest = self.known = pd.DataFrame()
        self.compared: comparison.Comparison | None = None
        self.filling = False
        self._make_widgets()
        self._offer_names()
        self._offer_days(_day(first_day, "first_day"), _day(last_day, "last_day"))
        self._read_days()
        self.view = self._arranged(wh.stats())

    @property
    def sentence(self) -> str:
        """The answer in words, as it stands now."""
        return comparison.sentence_of(self.compared, self.one.metric, self._place()) if self.compared else ""

    @property
    def chart(self) -> Any:
        """The chart as it stands now: the values as of the slider's moment, and the latest."""
        return charts.vintages(self.compared.then, self.compared.latest, zone=self.one.time_zone)

    def _make_widgets(self) -> None:
        wide = {"description_width": "58px"}
        self.menus = {level: widgets.Dropdown(description=level.title(), style=wide) for level in HIERARCHY_LEVELS}
        self.first = widgets.DatePicker(description="From", style=wide)
        self.last = widgets.DatePicker(description="To", style=wide)
        for chooser in (*self.menus.values(), self.first, self.last):
            chooser.layout.width = "230px"
        self.zone = widgets.HTML()
        self.slider = widgets.SelectionSlider(
            options=[("", "")],
            description="As of",
            style=wide,
            layout=widgets.Layout(width="100%", max_width="960px"),
        )
        self.slider.add_class("wh-slider")
        html = ["problem", "answer", "numbers", "picture", "rows"]
        self.parts = {name: widgets.HTML() for name in html}
        for dropdown in self.menus.values():
            dropdown.observe(self._on_name, "value")
        for picker in (self.first, self.last):
            picker.observe(self._on_days, "value")
        self.slider.observe(self._on_moment, "value")

    def _arranged(self, stats: pd.DataFrame) -> widgets.VBox:
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center", overflow="visible")
        side = widgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="16px", overflow="visible")
        self.parts["picture"].layout = widgets.Layout(flex="1 1 640px", max_width="780px", min_width="0")
        self.parts["rows"].layout = widgets.Layout(flex="0 1 auto", min_width="0", max_width="100%")
        return widgets.VBox(
            [
                widgets.HTML(html.STYLE + html.tiles(comparison.warehouse_tiles(stats))),
                widgets.HBox([*self.menus.values()], layout=wrap),
                widgets.HBox([self.first, self.last, self.zone], layout=wrap),
                self.slider,
                self.parts["problem"],
                self.parts["answer"],
                self.parts["numbers"],
                widgets.HBox([self.parts["picture"], self.parts["rows"]], layout=side),
            ],
            layout=widgets.Layout(overflow="visible"),
        )

    def _on_name(self, change: Any) -> None:
        if self.filling:
            return
        with self._telling():
            left = self.catalog
            for level, menu in self.menus.items():
                same = left[left[HIERARCHY_LEVELS[level][0]] == menu.value]
                left = same if len(same) else left  # a name that is not there below the new choice makes way
            self.one = left.iloc[0]
            self._offer_names()
            self._offer_days(self.first.value, self.last.value, keep=True)
            self._read_days()

    def _on_days(self, change: Any) -> None:
        if not self.filling:
            with self._telling():
                self._read_days()

    def _on_moment(self, change: Any) -> None:
        if not self.filling:
            with self._telling():
                self._read_moment()

    def _offer_names(self) -> None:
        """Fill each menu with what there is under the choices above it."""
        left = self.catalog
        with self._filling():
            for level, menu in self.menus.items():
                column = HIERARCHY_LEVELS[level][0]
                names = left[column].unique().tolist()
                menu.options, menu.value = names, self.one[column]
                left = left[left[column] == self.one[column]]
        # Most series have one source; then there is nothing to choose.
        self.menus["source"].layout.display = None if len(self.menus["source"].options) > 1 else "none"

    def _offer_days(self, first: date | None, last: date | None, keep: bool = False) -> None:
        """Set the days: those given, else the newest of the series. keep: only where the series has values on them."""
        span = knowledge_times.span_of(int(self.one.series_id), self.loaded)
        if span is None:
            raise ReadError(f"Nothing is known of {self.one.metric} at {self._place()}; choose another series.")
        oldest, newest = (at.tz_convert(self.one.time_zone).date() for at in span)
        if keep and not (first and last and first <= newest and last >= oldest):
            first = last = None
        last = last or newest
        first = first or max(oldest, last - timedelta(days=FIRST_DAYS - 1))
        with self._filling():
            self.first.value, self.last.value = first, last
            self.zone.value = f'<span class="wh-caption">local days of {self.one.time_zone}</span>'

    def _range(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        first, last = self.first.value, self.last.value
        if first is None or last is None:
            raise ReadError("Choose a first and a last day.")
        if last < first:
            raise ReadError(f"The last day, {last}, is before the first, {first}; choose another.")
        if (last - first).days >= MOST_DAYS:
            raise ReadError(f"That is more than {MOST_DAYS} days, too many for one look; choose a shorter range.")
        zone = self.one.time_zone
        return pd.Timestamp(first, tz=zone), pd.Timestamp(last, tz=zone) + pd.DateOffset(days=1)

    def _read_days(self) -> None:
        """Read the latest values and the moments of knowledge of the days, and offer these on the slider."""
        self.slider.disabled = True
        start, end = self._range()
        names, loaded = self._names(), self.loaded
        if loaded is None:
            self.latest = wh.latest(start, end, **names, local=True)
        else:
            self.latest = wh.as_of(None, start, end, **names, loaded=loaded, local=True)
        if self.latest.empty:
            raise ReadError(f"Nothing is known of {self.one.metric} at {self._place()} on these days; choose others.")
        self.known = knowledge_times.revisions(int(self.one.series_id), start, end, loaded)
        offered = {*knowledge_times.whole_minutes(self.known["collected_at"])}
        offered |= set() if self.asked_at is None else {self.asked_at}
        before = self.slider.value or self.asked_at or start + (end - start) / 2
        # Sent as one, or the page would move a slider that is out of the new range, and tell us so.
        with self._filling(), self.slider.hold_sync():
            self.slider.options = [(_label(at, self.one.time_zone), at) for at in sorted(offered)]
            self.slider.index = max(0, sum(at <= before for at in offered) - 1)
        self.slider.disabled = False
        self._read_moment()

    def _read_moment(self) -> None:
        """Read what was known at the slider's moment, and show it."""
        at = self.slider.value
        start, end = self._range()
        self.compared = comparison.Comparison(
            then=wh.as_of(at, start, end, **self._names(), loaded=self.loaded, local=True),
            latest=self.latest,
            at=at,
            since=int(self.known.loc[self.known["collected_at"] > at, "revisions"].sum()),
            revisions=int(self.known["revisions"].sum()),
            expected=comparison.expected_intervals(start, end, self.one.resolution),
            unit=self.one.unit,
            zone=self.one.time_zone,
        )
        label, sentence = _label(at, self.one.time_zone), self.sentence
        self._show(
            problem="",
            numbers=html.tiles(comparison.tiles_of(self.compared), large=True),
            picture=html.picture(vl_convert.vegalite_to_svg(self.chart.to_dict()), sentence),
            rows=html.table(
                comparison.rows_of(self.compared),
                f"The values as known at {label}; times on the clock of {self.one.time_zone}",
            ),
            answer=html.answer(sentence, at),  # last: who sees it sees the rest too
        )

    def _show(self, **html: str) -> None:
        for name, text in html.items():
            self.parts[name].value = text

    def _names(self) -> dict[str, Any]:
        one = self.one
        place = {"grid": int(one.grid_id), "region": int(one.region_id), "node": int(one.node_id)}
        return {**place, "metric": one.metric, "source": one.source}

    def _place(self) -> str:
        return f"{self.one.grid_name} / {self.one.region_name} / {self.one.node_name}"

    @contextmanager
    def _filling(self) -> Iterator[None]:
        """Set values of widgets without reacting to them."""
        self.filling = True
        try:
            yield
        finally:
            self.filling = False

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell a problem in one sentence, and take away the numbers that no longer belong to the choices."""
        try:
            yield
        except Exception as error:
            told = isinstance(error, ReadError)
            said = str(error) if told else "Something went wrong here; reload the page to start anew."
            self.compared = None
            self._show(**dict.fromkeys(self.parts, "") | {"problem": html.problem(said)})
            if not told:
                raise


def _label(at: pd.Timestamp, zone: str) -> str:
    return moment(at, zone) if at == at.floor("min") else f"{moment(at, zone)} ({at:%S.%f} s)"


def _day(text: str | None, name: str) -> date | None:
    day = parse_timestamp(text, name)
    return None if day is None else day.date()
