"""Charts of sums by group, of flags and of loads: what is drawn, in which order, and what is named as left out."""

import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts.accuracy_groups import sum_up_by_lead_time
from warehouse.charts.group_bars import MAX_BARS
from warehouse.errors import ReadError

from tests.support.chart_frames import ATTRS, START, caption_of, data_of, frame_of, words_of

SIZES = {"mean_absolute_change": 1.5, "largest_absolute_change": 2.0}


def groups(**columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"metric": "power", "source": "s", **columns})
    frame.attrs = dict(ATTRS)
    return frame


def test_restatements_by_region_are_bars_the_most_first() -> None:
    frame = groups(
        grid_name="G", region_name=["A", "B"], unit="kW", restatements=[2, 1005], withdrawals=[0, 5], **SIZES
    )
    drawn = charts.plot(frame)
    assert caption_of(drawn).startswith(
        "Restatements by region, G / 2 regions: power | 1,007 restatements, 5 of them withdrawals; first readings"
    )
    assert data_of(drawn, "group")["group"].tolist() == ["B", "A"]
    assert {"1,005", "number of restatements"} <= set(words_of(drawn))


def test_groups_that_do_not_fit_are_named() -> None:
    count = MAX_BARS + 1
    names = [f"A{number:02}" for number in range(count)]
    frame = groups(grid_name=names, unit="kW", restatements=[*range(count, 0, -1)], withdrawals=0, **SIZES)
    assert "not drawn: A40" in caption_of(charts.plot(frame))


def test_changes_of_two_units_have_a_chart_each() -> None:
    frame = groups(unit=["kW", "EUR/MWh"], restatements=[2, 3], withdrawals=0, **SIZES).assign(
        metric=["power", "price"]
    )
    drawn = charts.plot(frame).to_dict()
    titles = [panel["title"]["text"] for panel in drawn["vconcat"]]
    assert titles == ["Restatements by metric, power", "Restatements by metric, price"]
    assert drawn["title"]["text"] == "2 units: kW, EUR/MWh"


def test_completeness_by_grid_is_bars_the_least_first_and_never_rounded_up() -> None:
    frame = groups(
        grid_name=["A", "B", "C"],
        expected=[100_000, 24, 0],
        present=[99_999, 12, 0],
        withdrawn=[1, 0, 0],
        missing=[0, 12, 0],
    )
    drawn = charts.plot(frame)
    assert caption_of(drawn).startswith(
        "Completeness by grid, 3 grids: power | 100,011 of 100,024 expected intervals have a value; 1 withdrawn"
    )
    rows = data_of(drawn, "group")
    assert rows["group"].tolist() == ["B", "A", "C"]
    assert rows["text"].tolist() == ["50 %", "99.99 %", "none expected"]


def test_the_months_of_several_series_are_counted_together() -> None:
    months = pd.to_datetime(["2026-01-01", "2026-02-01"]).date
    one = {"delivery_month": months, "expected": 10, "present": [10, 5], "withdrawn": 0, "missing": [0, 5]}
    frame = frame_of(pd.concat([frame_of(one), frame_of(one).assign(series_id=2, node_name="M")]))
    drawn = charts.plot(frame)
    assert "Completeness by month, G / R / 2 nodes: power" in caption_of(drawn)
    assert "2 series counted together" in caption_of(drawn)
    assert data_of(drawn, "group")[["group", "present"]].to_numpy().tolist() == [["2026-01", 20], ["2026-02", 10]]


def test_errors_by_region_or_metric_say_so() -> None:
    errors = {"forecasts": 1, "bias": 1.0, "mae": [1.0, 2.0], "wape": 0.1, "mean_absolute_actual": 10.0, "unit": "kW"}
    regions = charts.plot(groups(grid_name="G", region_name=["A", "B"], **errors))
    assert caption_of(regions).startswith("Error by region, G / 2 regions: power in kW |")
    metrics = charts.plot(groups(**{**errors, "mae": 1.0, "metric": ["power", "load"]}))
    assert caption_of(metrics).startswith("Error by metric, load, power in kW |")


def forecasts_of(*leads: float) -> pd.DataFrame:
    rows = {
        "forecast_value": 3.0,
        "actual_value": [2.0] * len(leads),
        "lead_time_hours": leads,
        "interval_start": START,
    }
    return frame_of({**rows, "error": 1.0, "absolute_error": 1.0, "source": "s", "resolution": "PT1H"})


def test_the_forecasts_of_several_series_are_errors_by_lead_time() -> None:
    frame = frame_of(pd.concat([forecasts_of(24.0, 2.0, -1.0), forecasts_of(30.0).assign(series_id=2, node_name="M")]))
    sums = sum_up_by_lead_time(frame)
    of_first = sums[sums["series_id"] == 1].set_index("lead_time_from_hours")
    assert of_first.loc[24.0, ["forecasts", "bias", "mae", "wape", "lead_time_to_hours"]].tolist() == [1, 1, 1, 0.5, 36]
    assert of_first.loc[1.0, "lead_time_to_hours"] == 3
    two = pd.concat([forecasts_of(24.0), forecasts_of(25.0).assign(error=0.0, absolute_error=0.0, actual_value=6.0)])
    both = sum_up_by_lead_time(frame_of(two)).iloc[0]
    assert both[["forecasts", "bias", "mae", "wape"]].tolist() == [2, 0.5, 0.5, 1 / 8]  # a perfect one counts, too
    assert pd.isna(of_first.index[-1])
    assert of_first["lead_time_to_hours"].iloc[-1] == 0
    assert caption_of(charts.plot(frame)).startswith(
        "Error by lead time, G / R / 2 nodes: power in kW, 2 series compared"
    )


def test_flags_are_counted_by_rule_and_local_time() -> None:
    hours = pd.date_range(START, periods=3, freq="1h")
    frame = frame_of({"interval_start": hours, "rule": ["range", "range", "nulls"], "is_latest": [True, False, False]})
    drawn = charts.plot(frame)
    assert caption_of(drawn).startswith(
        "Quality flags: 3 values break 2 rules, Sat 31 Oct 2026 | G / R / N: power; times"
    )
    assert "1 of them is the newest value of the interval" in caption_of(drawn)
    cells = data_of(drawn, "period")
    assert cells.groupby("rule")["flagged"].sum().to_dict() == {"nulls": 1, "range": 2}
    assert {"2 values, 1 series", "1 value, 1 series"} <= set(words_of(drawn))


def test_loads_are_points_and_those_without_rows_are_named() -> None:
    times = pd.to_datetime(["2026-03-28T06:00Z", "2026-03-28T12:00Z", None])
    frame = pd.DataFrame({"load_id": [1, 2, 3], "source": "s", "status": ["accepted", "held", "pending"]})
    frame = frame.assign(rows_read=[24, 48, 0], rows_inserted=[24, 40, 0], loaded_at=times)
    drawn = charts.plot(frame)
    assert caption_of(drawn).startswith(
        "3 loads: 1 accepted, 1 pending, 1 held | times in UTC; 72 rows read, 64 inserted"
    )
    assert "not drawn: 1 load without rows" in caption_of(drawn)
    assert words_of(drawn)
    with pytest.raises(ReadError, match="no load has read rows"):
        charts.plot(frame.tail(1))
