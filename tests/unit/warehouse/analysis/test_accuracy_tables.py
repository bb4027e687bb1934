"""What the numbered notebooks compute between reading and drawing; no database needed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from warehouse.analysis import accuracy_tables, knowledge_times, restatement_tables, selection

NAN = float("nan")


def sums(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["node_name", "lead_time_from_hours", "lead_time_to_hours", "forecasts", "bias", "mae", "wape"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(mean_absolute_actual=(frame["mae"] / frame["wape"]).fillna(0.0))


def test_errors_of_several_series_are_weighed_as_if_all_forecasts_were_of_one() -> None:
    errors = {"A": (np.array([1.0, -3.0]), np.array([10.0, 30.0])), "B": (np.array([6.0]), np.array([20.0]))}
    rows = [
        (name, 0.0, 1.0, len(error), error.mean(), abs(error).mean(), abs(error).sum() / actual.sum())
        for name, (error, actual) in errors.items()
    ]
    both = accuracy_tables.combine_errors(sums(*rows), accuracy_tables.LEAD_COLUMNS).iloc[0]
    assert both["forecasts"] == 3
    assert both[["bias", "mae", "wape"]].tolist() == pytest.approx([4 / 3, 10 / 3, 10 / 60])


def test_what_has_no_relative_error_is_left_out_of_that_only() -> None:
    both = accuracy_tables.combine_errors(
        sums(("A", 0.0, 1.0, 1, 2.0, 2.0, 0.1), ("B", 0.0, 1.0, 1, 4.0, 4.0, NAN)), accuracy_tables.LEAD_COLUMNS
    )
    assert both[["mae", "wape"]].values.tolist() == [[3.0, pytest.approx(0.1)]]


@pytest.mark.parametrize(
    ("wapes", "reach"),
    [
        ([0.01, 0.02, 0.04], (24.0, True)),
        ([0.01, 0.02, 0.05], (6.0, False)),  # the limit itself is not below it
        ([0.01, 0.06, 0.04], (1.0, False)),  # a good bucket beyond a bad one does not count
        ([0.06, 0.01, 0.01], (None, False)),
        ([NAN, 0.01, 0.06], (6.0, False)),
    ],
)
def test_a_forecast_is_good_from_the_lead_time_on_after_which_it_stays_so(wapes: list[float], reach: tuple) -> None:
    edges = [(0.0, 1.0), (1.0, 6.0), (6.0, 24.0)]
    rows = [("A", *edge, 1, 0.0, 1.0, wape) for edge, wape in zip(edges, wapes, strict=True)]
    started = ("A", NAN, 0.0, 1, 0.0, 1.0, 0.9)  # stated after the interval began: no forecast ahead
    assert tuple(accuracy_tables.find_good_lead_time(sums(started, *rows), 0.05)) == reach


def test_the_worst_place_stands_on_top_and_the_longest_lead_time_on_the_left() -> None:
    rows = [("A", 0.0, 1.0, 1, 0.0, 1.0, 0.01), ("B", 0.0, 1.0, 1, 0.0, 1.0, 0.03), ("B", 48.0, NAN, 1, 0.0, 1.0, 0.06)]
    table = accuracy_tables.wape_by_lead_time(sums(*rows), ["node_name"])
    assert table.index.tolist() == ["B", "A"]
    assert table.columns.tolist() == ["48 h +", "0 to 1 h", "all"]
    assert table.loc["B"].tolist() == [6.0, 3.0, 4.0]


def test_moments_are_spread_evenly_and_end_with_the_last() -> None:
    moments = list(pd.date_range("2026-10-31", periods=10, freq="1h", tz="UTC"))
    assert [at.hour for at in knowledge_times.spread(moments, 3)] == [3, 6, 9]
    assert knowledge_times.spread(moments, 10) == moments
    assert knowledge_times.spread([], 3) == []


def test_no_moment_is_later_than_the_knowledge_time_requested() -> None:
    collected = pd.Series(pd.date_range("2026-10-31 00:00:10", periods=10, freq="1h", tz="UTC"))
    assert knowledge_times.spread_as_of_times(collected, 3)[-1] == pd.Timestamp("2026-10-31 09:01Z")
    limit = collected.iloc[-1] + pd.Timedelta("20s")
    assert knowledge_times.spread_as_of_times(collected, 3, limit)[-1] == limit


def test_the_day_requested_about_is_the_newest_whole_one_that_was_revised_like_others() -> None:
    def day(first: str, hours: int, revisions: int) -> pd.DataFrame:
        starts = pd.date_range(first, periods=hours, freq="1h", tz="Europe/Berlin").repeat(revisions)
        return pd.DataFrame({"interval_start": starts, "interval_start_local": starts, "value": 1.0})

    days = [day("2026-10-28", 24, 3), day("2026-10-29", 24, 3), day("2026-10-30", 24, 1), day("2026-10-31", 5, 9)]
    assert selection.revised_day(pd.concat(days)) == pd.Timestamp("2026-10-29", tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("hours", "stated"),
    [(0.5, "0.5 hours"), (1.0, "1 hour"), (30.0, "30 hours"), (60.0, "2.5 days"), (40611.0, "4.6 years")],
)
def test_a_length_of_time_is_reported_in_the_unit_people_would_use(hours: float, stated: str) -> None:
    assert restatement_tables.format_duration(hours) == stated


@pytest.mark.parametrize(
    ("before", "after", "stated"),
    [
        (1000.0, 990.0, "1,000.0 became 990.0 kW"),
        (5.0, NAN, "5.0 kW was withdrawn"),
        (NAN, 5.0, "5.0 kW was added"),
    ],
)
def test_a_change_is_reported_in_words(before: float, after: float, stated: str) -> None:
    assert (
        restatement_tables.describe_change(pd.Series({"previous_value": before, "value": after, "unit": "kW"}))
        == stated
    )


def test_changes_are_counted_by_how_late_they_came_and_none_is_lost() -> None:
    late = pd.DataFrame(
        {
            "series_id": 1,
            "interval_start": pd.Timestamp("2026-10-31", tz="UTC"),
            "collected_at": pd.Timestamp("2026-11-30", tz="UTC"),
            "value": [1.0, NAN, 2.0],
            "absolute_change": [3.0, NAN, 5.0],
            "lateness_hours": [0.0, 24.0, 9000.0],
        }
    )
    table = restatement_tables.by_lateness(late)
    assert table["restatements"].tolist() == [1, 1, 0, 0, 1]
    assert table["withdrawals"].tolist() == [0, 1, 0, 0, 0]
    assert restatement_tables.largest_first(late)["absolute_change"].tolist()[:2] == [5.0, 3.0]
