"""Gaps, flags and failing rules, reported from rows known by heart; no database."""

import pandas as pd
from warehouse.analysis import data_quality

NAMES = {"grid_name": "G", "region_name": "R", "metric": "load", "source": "s", "resolution": "PT1H"}
DAYS = pd.date_range("2026-03-01", periods=5)


def days_of(node: int, present: list[int], withdrawn: int = 0) -> pd.DataFrame:
    """Days of 24 expected intervals; what is withdrawn, on each of them, is missing too."""
    rows = pd.DataFrame({**NAMES, "node_name": f"N{node}", "series_id": node, "local_date": DAYS[: len(present)]})
    return rows.assign(expected=24, present=present, withdrawn=withdrawn, missing=[24 - count for count in present])


def complete_days(*series: pd.DataFrame) -> pd.DataFrame:
    days = pd.concat(series, ignore_index=True)
    return data_quality.without_partial_edges(days, days)


def test_a_series_that_begins_and_ends_within_a_day_has_no_nothing() -> None:
    assert data_quality.gaps(complete_days(days_of(1, [4, 24, 24, 24, 7]))).empty


def test_a_gap_within_a_series_is_reported_with_its_days() -> None:
    found = data_quality.gaps(complete_days(days_of(1, [4, 24, 20, 0, 7]), days_of(2, [24] * 5)))
    assert found[["node_name", "missing", "withdrawn", "days", "days_behind"]].values.tolist() == [["N1", 28, 0, 2, 0]]
    assert (found["since"][0], found["until"][0]) == (DAYS[2], DAYS[3])


def test_the_first_day_of_a_range_is_no_beginning_where_the_series_goes_on_before_it() -> None:
    around = days_of(1, [24, 20, 24, 24, 24])
    within = around[1:4]
    assert data_quality.gaps(data_quality.without_partial_edges(within, around))["missing"].tolist() == [4]
    assert data_quality.gaps(data_quality.without_partial_edges(within, within)).empty


def test_a_withdrawn_value_is_missing_also_on_the_last_day() -> None:
    assert data_quality.gaps(complete_days(days_of(1, [23, 23], withdrawn=1)))["missing"].tolist() == [2]


def test_a_series_that_ends_before_its_neighbours_is_reported() -> None:
    found = data_quality.gaps(complete_days(days_of(1, [24] * 5), days_of(2, [24] * 3)))
    assert found[["node_name", "missing", "days_behind"]].values.tolist() == [["N2", 0, 2]]
    assert data_quality.summarize_grids(found, flags([]), ["G"]) == [
        "**G**: the data end early at 1 node, at R / N2 by 2 days."
    ]


def flags(rows: list[tuple]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["rule", "is_latest", "interval_start"]).assign(**NAMES, node_name="N1")
    return data_quality.summarize_flags(found.assign(interval_start=pd.to_datetime(found["interval_start"], utc=True)))


def test_flags_are_counted_by_rule_and_reported_since_when() -> None:
    found = flags([("jump", True, "2026-03-02"), ("jump", False, "2026-03-01"), ("nulls", False, "2026-03-04")])
    assert found[["rule", "revisions", "newest"]].values.tolist() == [["jump", 2, 1], ["nulls", 1, 0]]
    stated = "**G**: 3 flags at 1 node (**jump**, **nulls**), 1 of them on the newest value, since 01 Mar 2026."
    assert data_quality.summarize_grids(data_quality.gaps(complete_days(days_of(1, [24] * 3))), found, ["G"]) == [
        stated
    ]


def test_a_rule_fails_since_the_first_of_its_newest_failures_in_a_row() -> None:
    judged = pd.DataFrame(
        {
            "rule": ["range"] * 4 + ["jump"] * 2,
            "is_passed": [False, True, False, False, False, True],
            "checked_at": pd.to_datetime([1, 2, 3, 4, 1, 2], unit="D", utc=True),
        }
    )
    found = data_quality.failing_rules(judged)
    assert found["rule"].tolist() == ["range"]
    assert found["since"][0] == pd.Timestamp("1970-01-04", tz="UTC")
    assert found["failures"].tolist() == [2]


def test_a_load_that_is_in_no_mart_is_reported_with_the_rules_it_broke() -> None:
    columns = ["source", "uri", "rows_read", "rows_rejected", "loaded_at"]
    loads = pd.DataFrame(
        {"load_id": [1, 2, 3], "status": ["accepted", "held", "withdrawn"], **dict.fromkeys(columns, 0)}
    )
    results = pd.DataFrame(
        {"load_id": [2, 2, 1], "rule": ["range", "jump", "nulls"], "is_passed": [False, False, True]}
    )
    found = data_quality.excluded_loads(loads, results)
    assert found[["load_id", "broken_rules"]].values.tolist() == [[2, "jump, range"], [3, ""]]
