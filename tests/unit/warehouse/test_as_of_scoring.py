"""Forecasts are scored, and changes after delivery found, from revisions alone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from warehouse import as_of_scoring

NOON = pd.Timestamp("2026-03-28 12:00Z")
HOUR = pd.Timedelta(hours=1)
LEVELS = pd.DataFrame({"quality_level": ["good", "bad"], "relative_error_from": [0.0, 0.1]})
BOUNDS = [0.0, 6.0]


def revisions(*reported: tuple[float, float | None], series_id: int = 1, start: pd.Timestamp = NOON) -> pd.DataFrame:
    """One interval of an hour; reported: hours from its start to when something was collected, and the value."""
    frame = pd.DataFrame(reported, columns=["hours", "value"]).astype(float)
    collected = pd.Series([start + hours * HOUR for hours in frame["hours"]], dtype="datetime64[us, UTC]")
    return pd.DataFrame(
        {
            "series_id": series_id,
            "load_id": 9,
            "interval_start": start,
            "interval_end": start + HOUR,
            "collected_at": collected,
            "known_to": collected.shift(-1),
            "value": frame["value"],
            "previous_value": frame["value"].shift(),
            "lead_time_hours": -frame["hours"],
        }
    )


def actual_series(actual: int, is_own: bool, seconds: float = 3600, sums: bool = False) -> pd.DataFrame:
    row = {"series_id": 1, "actual_series_id": actual, "is_own": is_own, "actual_seconds": seconds, "preference": 1}
    return pd.DataFrame([{**row, "sums_over_time": sums}])


NOTHING = revisions(series_id=2)[["series_id", "interval_start", "value", "collected_at"]]


def test_a_series_of_its_own_is_settled_by_its_last_word_after_delivery() -> None:
    reported = revisions((-24, 90), (-1, 99), (0.5, None), (1, 95), (5, 100))
    rows = as_of_scoring.score_forecasts(reported, NOTHING, actual_series(1, True), LEVELS)
    assert rows["forecast_value"].fillna(0).tolist() == [90, 99, 0]
    assert rows["error"].fillna(0).tolist() == [-10, -1, 0]
    assert rows["quality_level"].astype(object).fillna("").tolist() == ["bad", "good", ""]
    assert set(rows["actual_collected_at"]) == {NOON + 5 * HOUR}
    assert as_of_scoring.score_forecasts(reported.head(3), NOTHING, actual_series(1, True), LEVELS).empty


@pytest.mark.parametrize(("sums", "actual"), [(False, 20.0), (True, 80.0)])
def test_shorter_intervals_of_another_series_are_made_one(sums: bool, actual: float) -> None:
    quarters = [NOON + step * HOUR / 4 for step in range(5)]  # the last is of the next hour
    values = [10.0, 20.0, 20.0, 30.0, 999.0]
    parts = pd.DataFrame({"series_id": 2, "interval_start": quarters, "value": values, "collected_at": quarters})
    against = actual_series(2, False, 900, sums)
    reported = revisions((-24, 90), (2, 21))
    rows = as_of_scoring.score_forecasts(reported, parts, against, LEVELS)
    assert rows["actual_value"].tolist() == [actual, actual]
    assert rows["forecast_value"].tolist() == [90, 21]
    assert as_of_scoring.score_forecasts(reported, parts.drop(index=2), against, LEVELS).empty
    withdrawn = parts.assign(value=parts["value"].where(parts.index != 1))
    assert as_of_scoring.score_forecasts(reported, withdrawn, against, LEVELS)["error"].isna().all()


def test_errors_are_summed_up_with_those_that_have_no_relative_size() -> None:
    reported = [revisions((-7, 3), (-6, 5), (-1, None), (2, 0)), revisions((-7, 5), (2, 4), start=NOON + HOUR)]
    rows = as_of_scoring.score_forecasts(
        pd.concat(reported, ignore_index=True), NOTHING, actual_series(1, True), LEVELS
    )
    group = as_of_scoring.group_codes(rows, "lead_time", BOUNDS, {1: "UTC"})
    sums = as_of_scoring.label_groups(as_of_scoring.summarize_errors(rows, group), "lead_time", BOUNDS, ["good", "bad"])
    (row,) = sums.to_dict("records")
    assert (row["lead_time_from_hours"], np.isnan(row["lead_time_to_hours"]), row["forecasts"]) == (6, True, 3)
    assert (row["bias"], row["mae"], row["mape"]) == (3, 3, 0.25)
    assert row["rmse"] == pytest.approx(((9 + 25 + 1) / 3) ** 0.5)
    assert row["wape"] == 9 / 4


def test_an_hour_is_that_of_the_grids_clock() -> None:
    rows = as_of_scoring.score_forecasts(revisions((-1, 3), (2, 0)), NOTHING, actual_series(1, True), LEVELS)
    assert as_of_scoring.group_codes(rows, "hour", BOUNDS, {1: "Europe/Berlin"}).tolist() == [13]


@pytest.mark.parametrize(
    ("reported", "found"),
    [
        ([(-1, 5), (2, 6)], [(5, 6, 1, True)]),
        ([(-1, 5), (2, 5), (3, 5), (4, 7), (5, None)], [(5, 7, 1, False), (7, None, 2, False)]),
        ([(2, 5), (3, None), (4, None), (5, 7)], [(5, None, 1, False), (None, 7, 2, False)]),
        ([(2, 6), (3, 7)], [(6, 7, 1, False)]),
        ([(-1, None), (2, 6)], [(None, 6, 1, True)]),
        ([(2, None), (3, 7)], [(None, 7, 1, False)]),
        ([(-2, 4), (-1, 5)], []),
    ],
)  # fmt: skip
def test_a_change_after_delivery_is_one_that_says_something_else(reported: list[tuple], found: list[tuple]) -> None:
    rows = as_of_scoring.find_restatements(revisions(*reported), {1: "UTC"})
    answer = rows[["previous_value", "value", "restatement_rank", "is_first_reading"]].astype(object)
    assert [tuple(None if pd.isna(v) else v for v in row) for row in answer.itertuples(index=False)] == found


def test_changes_are_summed_up_by_the_local_month_without_first_readings() -> None:
    last_hour = pd.Timestamp("2026-03-31 22:30Z")  # April has started in Berlin
    reported = [revisions((-1, 5), (2, 6), (4, 9), (30, None)), revisions((2, 1), (3, 2), start=last_hour)]
    rows = as_of_scoring.find_restatements(pd.concat(reported, ignore_index=True), {1: "Europe/Berlin"})
    months = as_of_scoring.sum_by_month(rows)
    assert months["delivery_month"].dt.date.tolist() == [date(2026, 3, 1), date(2026, 4, 1)]
    assert months["restatements"].tolist() == [2, 1]
    assert months["withdrawals"].tolist() == [1, 0]
    assert months["mean_change"].tolist() == [3, 1]
    assert months["longest_lateness_hours"].tolist() == [29, 2]
