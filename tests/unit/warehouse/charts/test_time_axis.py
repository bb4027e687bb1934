"""Axes that show a zone's own clock."""

import json

import pandas as pd
import pytest
from warehouse.charts import time_axis


def labels_of(start: str, end: str, zone: str, **options: object) -> list[str]:
    axis = time_axis.clock_axis(pd.Timestamp(start), pd.Timestamp(end), zone, "interval start", **options).to_dict()
    labels = json.loads(axis["labelExpr"].partition("[time(")[0]).values()
    return [label if isinstance(label, str) else " ".join(label) for label in labels]


def test_a_time_axis_shows_the_local_clock_on_the_day_it_goes_back() -> None:
    start, end = pd.Timestamp("2026-11-01 04:00Z"), pd.Timestamp("2026-11-02 05:00Z")
    axis = time_axis.clock_axis(start, end, "America/New_York", "interval start").to_dict()
    assert labels_of("2026-11-01 04:00Z", "2026-11-02 05:00Z", "America/New_York") == [
        "00:00 Sun 01 Nov", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00 Mon 02 Nov"
    ]  # fmt: skip
    hours = [(pd.Timestamp(value, unit="ms", tz="UTC") - start) / pd.Timedelta("1h") for value in axis["values"]]
    assert hours == [0, 4, 7, 10, 13, 16, 19, 22, 25]


@pytest.mark.parametrize(
    ("start", "end", "zone", "labels"),
    [
        ("2026-11-01 04:00Z", "2026-11-01 08:00Z", "America/New_York",
         ["00:00 Sun 01 Nov", "01:00 EDT", "01:00 EST", "02:00", "03:00"]),
        ("2026-03-08 05:00Z", "2026-03-08 09:00Z", "America/New_York",
         ["00:00 Sun 08 Mar", "01:00", "03:00", "04:00", "05:00"]),
        ("2026-07-01 00:10Z", "2026-07-01 03:50Z", "Asia/Kolkata", ["06:00 Wed 01 Jul", "07:00", "08:00", "09:00"]),
    ],
)  # fmt: skip
def test_hours_are_those_of_the_wall_clock(start: str, end: str, zone: str, labels: list[str]) -> None:
    assert labels_of(start, end, zone) == labels


def test_years_are_marked_at_the_firsts_of_months() -> None:
    labels = labels_of("2018-05-05 00:00Z", "2021-02-01 00:00Z", "Europe/Berlin", most=6)
    assert labels == ["Jul 2018", "Jan 2019", "Jul 2019", "Jan 2020", "Jul 2020", "Jan 2021"]


def test_an_axis_on_the_left_has_day_and_hour_in_one_line() -> None:
    labels = labels_of("2026-07-01 22:00Z", "2026-07-02 12:00Z", "Europe/Berlin", stacked=False)
    assert labels[0] == "Thu 02 Jul 00:00"
