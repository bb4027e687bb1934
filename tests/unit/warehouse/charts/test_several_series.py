"""Lines of several series, from any frame that has them, and what they leave out by name."""

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from warehouse import charts
from warehouse.charts.frame_shapes import to_long
from warehouse.errors import ReadError

from tests.support.chart_frames import START, caption_of, data_of, frame_of, hours, interval, words_of

DAY = 24


def nodes(count: int = 2, length: int = 3) -> pd.DataFrame:
    parts = [hours([10.0 * n + hour for hour in range(length)]).assign(series_id=n, node_name=f"N{n}")
             for n in range(1, count + 1)]  # fmt: skip
    return frame_of(pd.concat(parts, ignore_index=True))


def levels(chart: Any) -> dict[str, list[float]]:
    return data_of(chart, "run").groupby("series")["level"].apply(list).to_dict()


def test_a_missing_and_a_withdrawn_interval_break_a_line_and_the_withdrawn_one_has_a_cross() -> None:
    frame = nodes(2, 6)
    frame.loc[2, "value"] = None
    drawn = charts.series_lines(frame_of(frame.drop(index=[9])))
    rows = data_of(drawn, "run")
    assert rows.groupby(["series", "run"]).size().tolist() == [2, 3, 3, 2]
    assert "where a value was withdrawn" in caption_of(drawn)
    assert "\u00d7" in words_of(drawn)


def test_lines_that_are_not_drawn_are_named() -> None:
    drawn = charts.series_lines(nodes(13))
    assert len(levels(drawn)) == 10
    assert "13 series in kW" in caption_of(drawn)
    assert "not drawn: N11, N12, N13;" in caption_of(drawn)


def test_each_unit_has_a_panel_with_its_own_axis() -> None:
    price = hours([1.0, 2.0]).astype({"metric": str, "unit": str}).assign(metric="price", unit="EUR/MWh", series_id=3)
    drawn = charts.series_lines(frame_of(pd.concat([nodes().astype({"metric": str, "unit": str}), price])))
    assert len(drawn.to_dict()["vconcat"]) == 2
    assert {"kW", "EUR/MWh", "N1 / power", "N / price"} <= set(words_of(drawn))
    assert caption_of(drawn).startswith("3 series in kW and EUR/MWh")


def test_series_of_one_name_are_distinguished_by_their_numbers() -> None:
    frame = nodes().assign(node_name="N")
    drawn = levels(charts.series_lines(frame_of(frame)))
    assert set(drawn) == {"R / N / power (series 1)", "R / N / power (series 2)"}


def test_cutoffs_of_several_nodes_are_a_line_each() -> None:
    frame = nodes()
    both = pd.concat([frame.assign(cutoff_name="day-ahead"), frame.assign(cutoff_name="evening", value=1.0)])
    drawn = charts.plot(frame_of(both))
    assert set(levels(drawn)) == {"N1 / day-ahead", "N1 / evening", "N2 / day-ahead", "N2 / evening"}


def test_of_the_history_of_several_nodes_the_newest_values_are_drawn_and_the_others_counted() -> None:
    one, other = interval([1.0, 2.0, 3.0], [30, 6, 2]), interval([5.0, 6.0], [9, 4]).assign(series_id=2, node_name="M")
    drawn = charts.plot(frame_of(pd.concat([one, other], ignore_index=True)))
    assert levels(drawn) == {"N": [3.0], "M": [6.0]}
    assert "3 earlier revisions not drawn" in caption_of(drawn)


def test_hours_of_a_roll_up_with_missing_nodes_are_counted() -> None:
    frame = nodes().drop(columns=["series_id", "node_name"]).head(3).assign(nodes_reporting=[3, 2, 3], nodes_expected=3)
    assert "1 of 3 values are of fewer nodes than expected" in caption_of(charts.plot(frame))


def test_several_values_of_one_interval_and_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ReadError, match=r"several values per interval of a series\. Filter"):
        charts.series_lines(frame_of(pd.concat([nodes(), nodes().assign(value=0.0)])))
    naive = pd.Series([1.0, 2.0], index=pd.date_range("2026-04-01", periods=2, freq="1h"))
    with pytest.raises(ReadError, match=r"no time zone\. Add one"):
        charts.plot(naive)


@pytest.mark.parametrize(
    "shape",
    [
        lambda frame: frame.pivot(index="interval_start", columns="node_name", values="value"),
        lambda frame: frame.set_index("interval_start").groupby("node_name")["value"].resample("h").sum(),
        lambda frame: frame.set_index(["node_name", "interval_start"])["value"],
        lambda frame: pl.from_pandas(frame),
        lambda frame: pa.Table.from_pandas(frame),
        lambda frame: frame.set_index("interval_start"),
        lambda frame: frame.set_index(frame["interval_start"].rename("start")).drop(columns="interval_start"),
    ],
)  # fmt: skip
def test_what_analysts_make_of_an_answer_is_drawn_like_the_answer(shape: Any) -> None:
    assert levels(charts.plot(shape(nodes()), zone="UTC")) == {"N1": [10.0, 11.0, 12.0], "N2": [20.0, 21.0, 22.0]}


def test_a_single_column_keeps_its_name_and_a_frame_without_unit_says_so() -> None:
    drawn = charts.plot(nodes(1).set_index("interval_start")["value"].rename("load").to_frame(), zone="UTC")
    assert levels(drawn) == {"load": [10.0, 11.0, 12.0]}
    assert "value (the frame has no unit)" in words_of(drawn)
    assert caption_of(drawn).startswith("1 series, Sat 31 Oct 2026")


def test_a_frame_that_is_long_already_stays_as_it_is() -> None:
    frame = nodes()
    assert to_long(frame).equals(frame)
    assert to_long(frame).attrs == frame.attrs
    assert to_long([1]) == [1]
    months = pd.DataFrame({"delivery_month": pd.to_datetime(["2026-01-01"]), "restatements": [1]})
    assert to_long(months).equals(months)


def test_a_day_of_resampled_values_ends_at_its_end() -> None:
    daily = (
        nodes(1, DAY * 3).set_index("interval_start").groupby("node_name", observed=True)["value"].resample("1D").mean()
    )
    spec = charts.plot(daily, zone="UTC").to_dict()
    end = spec["layer"][0]["encoding"]["x"]["scale"]["domain"][1]
    assert pd.Timestamp(end, unit="ms", tz="UTC") == START.normalize() + pd.Timedelta(days=4)


def test_days_that_are_not_complete_are_not_drawn_as_withdrawn() -> None:
    frame = hours([1.0, None, 3.0]).assign(intervals=[4, 3, 4], intervals_expected=4)
    drawn = charts.series_lines(frame)
    assert data_of(drawn, "level")["level"].tolist() == [1.0, 3.0]
    assert "withdrawn" not in caption_of(drawn)
    assert "withdrawn" not in caption_of(charts.plot(frame))
