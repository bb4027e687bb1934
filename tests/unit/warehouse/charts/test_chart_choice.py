"""The chart that fits a frame, what a chart leaves out, how it is shown, and the examples of the docstrings."""

import doctest

import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts import rendering
from warehouse.errors import ReadError

from tests.support.chart_frames import START, caption_of, data_of, frame_of, hours, interval, words_of


def cutoffs() -> pd.DataFrame:
    at = pd.Timestamp("2026-10-30 09:00", tz="Europe/Berlin")
    rows = [
        hours([1.0, 2.0]).assign(cutoff_name="day-ahead", cutoff_at=at),
        hours([1.0, 2.0]).assign(cutoff_name="evening", cutoff_at=at + pd.Timedelta("9h")),
    ]
    return frame_of(pd.concat(rows))


def two_nodes() -> pd.DataFrame:
    return frame_of(pd.concat([hours([1.0, 2.0]), hours([3.0, 4.0]).assign(series_id=2, node_name="M")]))


@pytest.mark.parametrize(
    ("frame", "start"),
    [
        (hours([1.0, 2.0]), "G / R / N: power in kW, Sat 31 Oct 2026"),
        (interval([1.0, 2.0], [30, -2]), "G / R / N: power in kW, Sat 31 Oct 2026 19:00 to 20:00 CET"),
        (frame_of(pd.concat([interval([1.0], [3]), interval([1.0], [4], START + pd.Timedelta("1h"))])), "G / R / N"),
        (cutoffs(), "G / R / N: power in kW"),
        (two_nodes(), "2 series in kW, Sat 31 Oct 2026"),
        (hours([1.0, 2.0]).drop(columns=["series_id", "node_name"]).assign(nodes_reporting=1), "1 series in kW"),
    ],
)
def test_plot_picks_the_chart_that_fits_the_frame(frame: pd.DataFrame, start: str) -> None:
    assert caption_of(charts.plot(frame)).startswith(start)


def test_plot_refuses_a_frame_that_no_chart_fits() -> None:
    with pytest.raises(ReadError, match="No chart fits"):
        charts.plot(pd.DataFrame({"a": [1]}))


def test_an_answer_without_rows_is_refused_with_its_reason() -> None:
    nothing = hours([], reason="The values begin on 2026-03-22.")
    with pytest.raises(ReadError, match=r"^There are no rows to draw\. The values begin on 2026-03-22\.$"):
        charts.plot(nothing)


def test_a_cutoff_that_is_not_drawn_is_named_with_the_reason() -> None:
    assert "not drawn: evening (18:00) (same values as day-ahead (09:00))" in caption_of(charts.fan(cutoffs()))


def test_first_readings_that_are_not_drawn_are_counted() -> None:
    rows = {"value": 2.0, "absolute_change": 1.5, "is_first_reading": [True, False]}
    frame = frame_of({**rows, "delivery_date": pd.to_datetime(["2026-03-27", "2026-03-27"]).date})
    assert "1 first reading not drawn" in caption_of(charts.restatements(frame))


def test_revisions_of_a_history_that_are_in_no_line_are_counted() -> None:
    frame = interval([1.0, 2.0, 3.0, 4.0], [40, 39, 38, 2])
    drawn = charts.fan(frame, by="lead")
    assert caption_of(drawn).count("2 of 4 revisions were not the newest at any of these times") == 1
    assert "revisions were not" not in caption_of(charts.fan(interval([1.0], [40])))


def test_a_frame_without_values_is_named_next_to_one_with_values() -> None:
    drawn = charts.vintages(hours([], as_of="2026-10-30T08:00:00+00:00"), hours([1.0, 2.0]))
    assert "not drawn: as of Fri 30 Oct 2026 09:00 CET (no values)" in caption_of(drawn)


def test_restatements_by_month_are_counted_for_each_series_and_compared_in_size() -> None:
    months = pd.to_datetime(["2026-01-01", "2026-03-01"]).date
    sums = {"restatements": [3, 2], "withdrawals": [1, 0], "mean_absolute_change": 1.5, "largest_absolute_change": 2.0}
    one = pd.DataFrame({**sums, "delivery_month": months})
    frame = frame_of(pd.concat([frame_of(one), frame_of(one.assign(series_id=2, node_name="M"))]))
    drawn = charts.plot(frame)
    assert caption_of(drawn).startswith(
        "Number of restatements by month, G / R / 2 nodes: power | 10 restatements, 2 of"
    )
    assert {"number of restatements", "2026-02", "N", "M"} <= set(words_of(drawn))
    assert "mean size of a change in kW" in words_of(charts.restatements(frame, show="size"))
    many = frame_of(pd.concat([frame_of(one.assign(series_id=n, node_name=f"N{n}")) for n in range(6)]))
    assert "6 series added up" in caption_of(charts.restatements(many))
    with pytest.raises(ReadError, match="6 series are too many to compare"):
        charts.restatements(many, show="size")


def test_forecasts_next_to_their_actuals_are_a_fan_by_lead_time() -> None:
    start = pd.Series([START, START])
    values = {
        "forecast_value": [3.0, 2.0],
        "actual_value": 1.0,
        "lead_time_hours": [30.0, 2.0],
        "interval_start": start,
    }
    frame = frame_of({**values, "collected_at": start - pd.to_timedelta([30.0, 2.0], unit="h")})
    rows = data_of(charts.plot(frame), "run")
    assert rows.groupby("vintage", sort=False)["level"].first().tolist() == [3.0, 2.0, 1.0]


def test_a_frame_without_a_recorded_time_zone_is_drawn_in_utc_and_says_so() -> None:
    frame = hours([1.0, 2.0])
    frame.attrs = {}
    assert "times in UTC, as the frame does not record a time zone (pass zone=)" in caption_of(charts.vintages(frame))
    assert "times in Europe/Berlin |" not in caption_of(charts.vintages(frame, zone="Europe/Berlin"))


def test_a_scale_that_is_not_linear_is_named_on_its_axis() -> None:
    lead = {"lead_time_from_hours": [0.0], "lead_time_to_hours": [1.0]}
    frame = frame_of(
        {**lead, "forecasts": [1], "bias": [1.0], "mae": [1.0], "wape": [0.1], "mean_absolute_actual": 10.0}
    )
    assert "root scale" in str(charts.accuracy(frame).to_dict())


def test_a_chart_is_vega_for_jupyterlab_and_an_svg_elsewhere_and_needs_no_network() -> None:
    charts.offline()
    bundle = charts.vintages(hours([1.0, 2.0]))._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert set(data) == {rendering.VEGA, "image/svg+xml", "text/plain"}
    assert data[rendering.VEGA]["$schema"].endswith("v6.json") or "vega" in data[rendering.VEGA]["$schema"]
    assert 'aria-label="G / R / N: power in kW, Sat 31 Oct 2026"' in data["image/svg+xml"]


def test_a_hostile_name_stays_text_in_the_picture() -> None:
    name = '<svg onload="alert(1)">'
    svg = rendering.to_svg(charts.vintages(frame_of(hours([1.0, 2.0]).assign(node_name=name))))
    assert "<svg onload" not in svg
    assert "&lt;svg onload" in svg


@pytest.mark.parametrize("name", charts.__all__)
def test_the_example_of_a_docstring_runs(name: str) -> None:
    function = getattr(charts, name)
    examples = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    assert examples
    assert all(example.examples for example in examples)
    results = [doctest.DocTestRunner().run(example) for example in examples]
    assert sum(result.failed for result in results) == 0
