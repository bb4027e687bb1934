"""Edit forms; the edits themselves are in edit_actions.py.

Nothing is changed before a button is pressed, and every edit needs a reason.
"""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

import warehouse as wh
from loaders.errors import WarehouseError
from warehouse.errors import ReadError
from warehouse.requests.times import parse_timestamp
from warehouse.widgets import edit_actions

WIDE = widgets.Layout(width="44rem")
LABEL = {"description_width": "7rem"}


def forms() -> widgets.Tab:
    """Return all forms as tabs; each shows its result below its button."""
    all_forms = [Rename(), Move(), Add(), Correct(), Decide(), Build()]
    for form in all_forms:
        form.others = all_forms
    return widgets.Tab(children=all_forms, titles=[form.title for form in all_forms])


class Picker(widgets.VBox):
    """A search box above a list; the list has the names that contain every word of the search."""

    def __init__(self, label: str, read: Callable[[], Iterable[tuple[str, Any]]]) -> None:
        self.read = read
        self.options = list(read())
        self.search = widgets.Text(description="search", placeholder="words of the name", layout=WIDE, style=LABEL)
        self.list = widgets.Select(description=label, options=self.options, rows=8, layout=WIDE, style=LABEL)
        self.search.observe(lambda change: self._filter(), "value")
        super().__init__([self.search, self.list])

    @property
    def value(self) -> Any:
        """The selected value; raises ReadError without one."""
        if self.list.value is None:
            raise ReadError(f"Choose a {self.list.description} from the list first.")
        return self.list.value

    def refresh(self) -> None:
        """Read the list again and keep the selection if it still exists."""
        self.options = list(self.read())
        self._filter()

    def _filter(self) -> None:
        words = self.search.value.casefold().split()
        before = self.list.value
        matches = [(name, value) for name, value in self.options if all(word in name.casefold() for word in words)]
        self.list.options = matches
        if before in [value for _, value in matches]:
            self.list.value = before


class Form(widgets.VBox):
    """Fields, a reason, buttons, and the result below; a button passes `arguments` to `edit_actions.edit`."""

    title = ""
    actions: tuple[str, ...] = ()
    needs_reason = True

    def __init__(self, *fields: widgets.Widget) -> None:
        self.others: list[Form] = []
        self.fields = fields
        self.why = _text("why", "the reason; recorded with your name and the time")
        self.buttons = [widgets.Button(description=action) for action in self.actions]
        self.answer = widgets.HTML()
        for button in self.buttons:
            button.on_click(self._press)
        reason = [self.why] if self.needs_reason else []
        super().__init__([*fields, *reason, widgets.HBox(self.buttons), self.answer])

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the edit."""
        return {}

    def refresh(self) -> None:
        """Read the lists again, after an edit."""
        for field in self.fields:
            if isinstance(field, Picker):
                field.refresh()

    def _press(self, button: widgets.Button) -> None:
        for one in self.buttons:
            one.disabled = True  # a second press while the first is running would be a second edit
        self.answer.value = "…"
        try:
            sentence = edit_actions.edit(button.description, self.arguments(), self.why.value)
            self.why.value = ""
            for form in self.others or [self]:
                form.refresh()
            self.answer.value = f"<b>{escape(sentence)}</b>"
        except WarehouseError as error:
            self.answer.value = f'<b style="color:#b3261e">{escape(str(error))}</b>'
        finally:
            for one in self.buttons:
                one.disabled = False


class Rename(Form):
    """Rename a node, region or grid."""

    title = "Rename"
    actions = ("rename",)

    def __init__(self) -> None:
        self.location = Picker("location", lambda: _locations("node", "region", "grid"))
        self.new_name = _text("new name")
        super().__init__(self.location, self.new_name)

    def arguments(self) -> dict[str, Any]:
        kind, names = self.location.value
        return _parents(kind, names) | {"new_name": self.new_name.value}


class Move(Form):
    """Move a node to another region, or a region to another grid."""

    title = "Move"
    actions = ("move",)

    def __init__(self) -> None:
        self.location = Picker("location", lambda: _locations("node", "region"))
        self.to = Picker("to", lambda: _locations("region", "grid"))
        super().__init__(self.location, self.to)

    def arguments(self) -> dict[str, Any]:
        (kind, names), (parent, to) = self.location.value, self.to.value
        if (kind, parent) not in (("node", "region"), ("region", "grid")):
            raise ReadError("A node moves to a region, and a region to a grid. Choose such a pair.")
        return _parents(kind, names) | dict(zip(("to_grid", "to_region"), to, strict=False))


class Add(Form):
    """Add a node to a region, a region to a grid, or a grid with its time zone."""

    title = "Add"
    actions = ("add",)

    def __init__(self) -> None:
        self.parent = Picker("in", lambda: [("(a new grid)", ("", ())), *_locations("region", "grid")])
        self.name = _text("name")
        self.time_zone = _text("time zone", "of a new grid, such as Europe/Berlin")
        super().__init__(self.parent, self.name, self.time_zone)

    def arguments(self) -> dict[str, Any]:
        parent, above = self.parent.value
        kind = {"": "grid", "grid": "region", "region": "node"}[parent]
        zone = {"time_zone": self.time_zone.value.strip()} if kind == "grid" else {}
        return {"kind": kind, "name": self.name.value} | dict(zip(("grid", "region"), above, strict=False)) | zone


class Correct(Form):
    """Correct the value of one interval; the correction is a load, so that both values stay."""

    title = "Correct a measure"
    actions = ("correct",)

    def __init__(self) -> None:
        self.series = Picker("series", _series)
        self.day = _text("day", "a local day such as 2026-04-01; empty: the newest")
        self.interval = widgets.Select(description="interval", rows=8, layout=WIDE, style=LABEL)
        self.value = _text("value", "in the unit above; null withdraws the value")
        super().__init__(self.series, self.day, self.interval, self.value)
        self.series.list.observe(lambda change: self._list(), "value")
        self.day.observe(lambda change: self._list(), "value")
        self._list()

    def refresh(self) -> None:
        super().refresh()
        self._list()

    def arguments(self) -> dict[str, Any]:
        if self.interval.value is None:
            raise ReadError("Choose an interval first. A series without values in the marts cannot be corrected.")
        text = self.value.value.strip()
        try:
            value = None if text == "null" else float(text)
        except ValueError:
            raise ReadError(f"{text!r} is not a valid number. Enter a number such as 812.5, or null.") from None
        return {"values": {self.interval.value: value}, **dict(self.series.value)}

    def _list(self) -> None:
        """List the intervals of the day, from the marts."""
        before = self.interval.value
        try:
            self.interval.options = self._intervals() if self.series.list.value else []
            self.answer.value = ""
        except WarehouseError as error:
            self.interval.options = []
            self.answer.value = escape(str(error))
        if before in [value for _, value in self.interval.options]:
            self.interval.value = before

    def _intervals(self) -> list[tuple[str, str]]:
        names = dict(self.series.value)
        zone = wh.series(**names)["time_zone"].iloc[0]
        start = parse_timestamp(self.day.value.strip() or None, "day", zone)
        if start is not None:
            start = start.tz_convert(zone).normalize()
        rows = wh.latest(start, None if start is None else start + pd.DateOffset(days=1), **names, local=True)
        if start is None and len(rows):
            rows = rows[rows["interval_start_local"] >= rows["interval_start_local"].max().normalize()]
        columns = ["interval_start_local", "value", "unit", "interval_start"]
        return [
            (f"{local:%a %d %b %Y %H:%M %Z}   {value:,.10g} {unit}", start.isoformat())
            for local, value, unit, start in rows[columns].to_numpy()
        ]


class Decide(Form):
    """Accept or withdraw a load."""

    title = "Loads"
    actions = ("accept", "withdraw")

    def __init__(self) -> None:
        self.load = Picker("load", _loads)
        super().__init__(self.load)

    def arguments(self) -> dict[str, Any]:
        return {"load_id": self.load.value}


class Build(Form):
    """Build the marts, so that they show all edits."""

    title = "Build"
    actions = ("build",)
    needs_reason = False


def _text(label: str, hint: str = "") -> widgets.Text:
    return widgets.Text(description=label, placeholder=hint, layout=WIDE, style=LABEL)


def _locations(*kinds: str) -> list[tuple[str, tuple[str, tuple[str, ...]]]]:
    locations = sorted(edit_actions.locations(), key=lambda one: kinds.index(one[0]) if one[0] in kinds else -1)
    return [(f"{kind} {' / '.join(names)}", (kind, names)) for kind, names in locations if kind in kinds]


def _series() -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    label = "{grid} / {region} / {node} {metric} ({source}, {resolution})"
    return [(label.format(**names), tuple(names.items())) for names in edit_actions.series()]


def _loads() -> list[tuple[str, int]]:
    columns = ["load_id", "status", "source", "rows_inserted", "uri"]
    return [
        (f"{load_id}  {status}  {source}  {rows:,} rows  {uri}", int(load_id))
        for load_id, status, source, rows, uri in edit_actions.loads()[columns].to_numpy()
    ]


def _parents(kind: str, names: tuple[str, ...]) -> dict[str, Any]:
    parents = dict(zip(("grid", "region"), names[:-1], strict=False))
    return {"kind": kind, "name": names[-1], **parents}
