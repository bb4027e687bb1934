"""Calendars of restatements and of completeness."""

import numpy as np
import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts import calendar_layout
from warehouse.errors import ReadError

from tests.support.chart_frames import READ, caption_of, data_of, frame_of, words_of

CROSS = "\u00d7"


def changed(days: list[str], **columns: object) -> pd.DataFrame:
    dates = pd.to_datetime(days).date
    rows = {"delivery_date": dates, "value": 2.0, "absolute_change": 1.5, "is_first_reading": False}
    return frame_of({**rows, **columns})


def test_restatements_are_counted_by_local_day_and_days_without_any_are_there() -> None:
    frame = changed(
        ["2026-03-27", "2026-03-27", "2026-03-28", "2026-03-30", "2026-03-31"],
        is_first_reading=[False, False, True, False, True],
        value=[1.0, 2.0, 3.0, np.nan, 4.0],
    )
    drawn = charts.restatements(frame)
    cells = data_of(drawn, "text").set_index("day")
    assert cells["count"].to_dict() == {
        "Fri 27 Mar 2026": 2, "Sat 28 Mar 2026": 0, "Sun 29 Mar 2026": 0, "Mon 30 Mar 2026": 1, "Tue 31 Mar 2026": 0
    }  # fmt: skip
    assert cells["text"].tolist() == ["2", "", "", f"1 {CROSS}", ""]
    stated = caption_of(drawn)
    assert "Fri 27 Mar to Tue 31 Mar 2026" in stated
    assert "3 restatements, 1 of them withdrawals" in stated
    assert "days local to Europe/Berlin" in stated
    assert stated.endswith(READ)


def test_restatements_can_be_colored_by_their_size_in_the_unit() -> None:
    frame = changed(["2026-03-27", "2026-03-27", "2026-03-28"], absolute_change=[1.0, 4.0, np.nan])
    drawn = charts.restatements(frame, show="size")
    assert data_of(drawn, "text")["shade"].tolist() == [2.5, 0.0]
    assert "mean size of a change, kW" in words_of(drawn)
    with pytest.raises(ReadError, match=r"by 'length'\. Use 'count' or 'size'"):
        charts.restatements(frame, show="length")


def test_restatements_of_nothing_or_of_first_readings_alone_are_refused() -> None:
    with pytest.raises(ReadError, match="to draw"):
        charts.restatements(changed([]))
    with pytest.raises(ReadError, match="all 1 changes are first readings"):
        charts.restatements(changed(["2026-03-27"], is_first_reading=[True]))


def counted(days: pd.DatetimeIndex, expected: object, present: object, **columns: object) -> pd.DataFrame:
    rows = pd.DataFrame({"local_date": days.date, "expected": expected, "present": present, "withdrawn": 0})
    return frame_of(rows.assign(missing=rows["expected"] - rows["present"], **columns))


def test_completeness_outlines_the_days_of_23_and_25_hours_and_tells_none_from_few() -> None:
    days = pd.date_range("2026-10-24", periods=4)
    drawn = charts.completeness(counted(days, [24, 25, 24, 24], [24, 25, 0, 1]))
    cells = data_of(drawn, "text")
    assert cells["text"].tolist() == ["100 %", "100 % \u00b7 25 h", CROSS, "4.1 %"]
    assert cells["is_outlined"].tolist() == [False, True, False, False]
    assert cells["class"].tolist() == ["complete", "complete", "no values", "below 50 %"]
    assert "days local to Europe/Berlin" in caption_of(drawn)
    assert "51.54 % of 97 expected intervals have a value" in caption_of(drawn)
    assert {"25 Oct", "100 % \u00b7 25 h", CROSS} <= set(words_of(drawn))


@pytest.mark.parametrize(
    ("expected", "length"),
    [(24, 24), (23, 23), (25, 25), (96, 24), (92, 23), (100, 25), (288, 24), (276, 23), (300, 25), (47, 23.5), (1, 24)],
)  # fmt: skip
def test_the_length_of_a_day_follows_from_its_intervals_at_any_resolution(expected: int, length: float) -> None:
    assert charts.day_calendars._day_length(pd.Series([expected])).tolist() == [length]


def test_what_has_no_one_interval_of_thousands_is_not_called_complete() -> None:
    drawn = charts.completeness(counted(pd.date_range("2026-10-20", periods=1), [28_800], [28_799]))
    cells = data_of(drawn, "text")
    assert cells["class"].tolist() == ["99 % or more"]
    assert cells["text"].tolist() == ["99.9 %"]
    assert "99.99 %" in caption_of(drawn)


@pytest.mark.parametrize(
    ("present", "named"),
    [(200, "complete"), (199, "99 % or more"), (198, "99 % or more"), (197, "90 % or more"), (180, "90 % or more"),
     (179, "50 to 90 %"), (100, "50 to 90 %"), (99, "below 50 %"), (1, "below 50 %"), (0, "no values")],
)  # fmt: skip
def test_a_share_is_named_by_the_class_that_it_reaches(present: int, named: str) -> None:
    assert calendar_layout.share_class(pd.Series([present]), pd.Series([200])).tolist() == [named]


def test_completeness_of_several_series_is_counted_together() -> None:
    day = pd.date_range("2026-10-20", periods=1)
    both = pd.concat([counted(day, 24, 24), counted(day, 24, 12).assign(series_id=2, node_name="M")])
    drawn = charts.completeness(frame_of(both, time_zones=["Europe/Berlin", "Australia/Sydney"]))
    assert data_of(drawn, "text")["text"].tolist() == ["75 %"]
    assert data_of(drawn, "text")["incomplete"].tolist() == [1]
    assert "2 nodes: power (2 series)" in caption_of(drawn)
    assert "days local to each grid" in caption_of(drawn)


def test_years_are_strips_with_every_day_in_its_week() -> None:
    days = pd.date_range("2024-12-20", "2026-01-10")
    drawn = charts.completeness(counted(days, 24, 24))
    assert [panel["layer"][0]["encoding"]["y"]["axis"]["title"] for panel in drawn.to_dict()["vconcat"]] == [
        "2024", "2025", "2026"
    ]  # fmt: skip
    sets = [pd.DataFrame(rows) for rows in drawn.to_dict()["datasets"].values()]
    cells = pd.concat(sets).set_index("day")
    assert len(cells) == len(days)
    assert cells.loc["Wed 01 Jan 2025", ["column", "row"]].tolist() == [0, 2]
    assert cells.loc["Mon 06 Jan 2025", ["column", "row"]].tolist() == [1, 0]
    assert cells.loc["Wed 31 Dec 2025", ["column", "row"]].tolist() == [52, 2]
    assert {"2025", "Jan", "Dec", "Sun"} <= set(words_of(drawn))
