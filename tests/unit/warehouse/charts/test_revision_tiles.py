"""What changed and how far off it was: tiles on both clocks, and accuracy by lead time."""

import numpy as np
import pandas as pd
import pytest
from warehouse import charts
from warehouse.charts import accuracy_groups
from warehouse.charts import colors as chart_colors
from warehouse.errors import ReadError

from loaders.settings import PROJECT_ROOT
from tests.support.chart_frames import HOUR, READ, START, caption_of, data_of, frame_of, interval, words_of

CROSS = "\u00d7"


def two_hours() -> pd.DataFrame:
    parts = [interval([10.0, None, 14.0], [20, -2, -3]), interval([5.0, 8.0], [21, -2], START + HOUR)]
    return frame_of(pd.concat(parts, ignore_index=True))


def test_a_tile_is_known_from_its_collection_to_the_next_and_colored_by_its_way_to_the_last() -> None:
    drawn = charts.revisions(two_hours())
    tiles = data_of(drawn, "until")
    assert tiles["shade"].tolist() == [-4.0, 0.0, -3.0, 0.0]
    assert tiles["until"].iloc[2] == tiles["since"].iloc[3]
    assert "colour: value minus the newest value, in kW" in caption_of(drawn)
    assert caption_of(drawn).startswith("G / R / N: power in kW, Sat 31 Oct 2026 | times in Europe/Berlin")
    assert caption_of(drawn).endswith(READ)
    assert data_of(charts.revisions(two_hours(), show="value"), "until")["shade"].tolist() == [10.0, 14.0, 5.0, 8.0]


def test_a_withdrawn_tile_bears_a_cross() -> None:
    words = words_of(charts.revisions(two_hours()))
    assert words.count(CROSS) == 1
    assert {"delivery", "kW", "collected at, Europe/Berlin", "interval start, Europe/Berlin"} <= set(words)
    assert CROSS not in words_of(charts.revisions(interval([1.0, 2.0], [5, -2])))


def test_late_revisions_have_a_panel_of_their_own_above() -> None:
    drawn = charts.revisions(interval([1.0, 2.0, 3.0], [5, -2, -300])).to_dict()
    assert [panel["height"] for panel in drawn["vconcat"]] == [110, 330]
    assert len(charts.revisions(interval([2.0, 3.0], [-300, -400])).to_dict()["vconcat"]) == 1
    assert len(charts.revisions(interval([2.0, 3.0], [5, -3])).to_dict()["vconcat"]) == 1


def test_revisions_that_cannot_be_seen_or_are_none_are_refused() -> None:
    with pytest.raises(ReadError, match="to draw"):
        charts.revisions(two_hours().head(0))
    with pytest.raises(ReadError, match=r"by 'colour'\. Use 'change' or 'value'"):
        charts.revisions(two_hours(), show="colour")
    many = two_hours().loc[[0] * 1000].assign(interval_start=pd.date_range(START, periods=1000, freq="1h"))
    with pytest.raises(ReadError, match="1,000 intervals are too many"):
        charts.revisions(frame_of(many))


def test_one_impossible_value_does_not_leave_all_others_pale() -> None:
    sizes = pd.Series([1.0, 2.0, 3.0] * 40 + [1e6])
    assert chart_colors.color_limit(sizes) == 3.0
    assert chart_colors.color_limit_notes(sizes, "kW") == ["darkest: 3 kW or more, up to 1,000,000"]
    assert chart_colors.color_limit(pd.Series([1.0, 2.0, 5.0])) == 5.0
    assert chart_colors.color_limit_notes(pd.Series([1.0, 2.0, 5.0]), "kW") == []
    assert chart_colors.color_limit(pd.Series([0.0, np.nan])) == 1.0


def by_lead(**changes: object) -> pd.DataFrame:
    rows = {
        "lead_time_from_hours": [np.nan, 0.0, 24.0, 48.0],
        "lead_time_to_hours": [0.0, 24.0, 48.0, np.nan],
        "forecasts": [10, 20, 30, 40],
        "bias": [-1.0, 2.0, -3.0, 4.0],
        "mae": [1.0, 2.0, 3.0, 4.0],
        "wape": [0.01, 0.04, 0.08, 0.3],
        "mean_absolute_actual": [100.0, 50.0, 37.5, 13.3],
    }
    return frame_of({**rows, **changes})


def test_accuracy_goes_from_far_ahead_to_after_the_start_and_shows_how_many() -> None:
    drawn = charts.accuracy(by_lead())
    words = words_of(drawn)
    buckets = ["48 h +", "24 to 48 h", "0 to 24 h", "after the start"]
    assert [word for word in words if word in buckets] == buckets
    assert [word for word in words if word in {"40", "30", "20", "10"}][-4:] == ["40", "30", "20", "10"]
    assert {"error in kW", "mean absolute error (MAE)", "mean error (bias)", "forecasts (n)"} <= set(words)
    assert caption_of(drawn).startswith("Error by lead time, G / R / N: power in kW")
    assert caption_of(drawn).endswith(READ)


def test_accuracy_has_the_bands_of_the_code_list_or_those_given() -> None:
    words = words_of(charts.accuracy(by_lead()))
    listed = pd.read_csv(PROJECT_ROOT / "dbt_project" / "seeds" / "quality_levels.csv")
    assert set(listed["quality_level"]) <= set(words)
    assert {f"{100 * bound:g}%" for bound in listed["relative_error_from"]} <= set(words)
    own = pd.DataFrame({"quality_level": ["so so", "fine"], "relative_error_from": [0.2, 0.0]})
    words = words_of(charts.accuracy(by_lead(), own))
    assert {"fine", "so so", "20%"} <= set(words)
    assert "excellent" not in words
    with pytest.raises(ReadError, match="At most 5 quality levels"):
        charts.accuracy(by_lead(), pd.DataFrame({"quality_level": list("abcdef"), "relative_error_from": range(6)}))


def test_accuracy_of_several_series_is_that_of_all_their_forecasts() -> None:
    actual, forecast = np.array([10.0, 20.0, 40.0, 80.0, 30.0]), np.array([11.0, 18.0, 44.0, 80.0, 36.0])
    error, of_series = forecast - actual, np.array([1, 1, 2, 2, 2])
    parts = []
    for series in (1, 2):
        mine = of_series == series
        mae = np.abs(error[mine]).mean()
        sums = {"forecasts": [mine.sum()], "bias": [error[mine].mean()], "mae": [mae]}
        sizes = {"wape": [mae / actual[mine].mean()], "mean_absolute_actual": [actual[mine].mean()]}
        rows = {"lead_time_from_hours": [0.0], "lead_time_to_hours": [1.0], **sizes, **sums}
        parts.append(pd.DataFrame({**rows, "series_id": series}))
    frame = frame_of(pd.concat(parts))
    bucket = accuracy_groups.combine_errors(frame, accuracy_groups.LEAD_COLUMNS).iloc[0]
    assert bucket["bias"] == pytest.approx(error.mean())
    assert bucket["mae"] == pytest.approx(np.abs(error).mean())
    assert bucket["wape"] == pytest.approx(np.abs(error).sum() / actual.sum())
    assert "2 series combined" in caption_of(charts.accuracy(frame, combined=True))


def test_accuracy_without_a_relative_error_and_of_two_units_and_of_nothing() -> None:
    words_of(charts.accuracy(by_lead(wape=[np.nan] * 4)))
    mixed = by_lead().astype({"unit": str})
    mixed.loc[0, "unit"] = "MW"
    with pytest.raises(ReadError, match=r"MW and kW\. Filter by metric"):
        charts.accuracy(mixed)
    with pytest.raises(ReadError, match="to draw"):
        charts.accuracy(by_lead().head(0))
