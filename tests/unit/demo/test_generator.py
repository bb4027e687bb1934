"""The synthetic seed: the same bytes everywhere, and the habits of real grid data."""

import hashlib
import os
import subprocess
import sys
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from loaders.demo import generator as seed
from loaders.errors import UsageError
from loaders.settings import PROJECT_ROOT

KEY = ["grid", "region", "node", "metric", "interval_start", "collected_at"]
INTERVAL = KEY[:5]
HOUR = pd.Timedelta(hours=1)
DIGEST_OF_ONE_WEEK = "a847136cf15bbb728dc444f2458e716c29c628c6e5283e0bf5a4111a5162c26e"


def digest(tables: list[pa.Table]) -> str:
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def value_digest(table: pa.Table) -> str:
    """A digest of the data alone, which a new Arrow release cannot change: thousandths, instants and positions."""
    parts = [table[name].combine_chunks().indices.to_numpy() for name in ("grid", "region", "node")]
    parts += [table[name].cast(pa.int64()).to_numpy() for name in ("interval_start", "collected_at")]
    parts.append(np.nan_to_num(np.rint(table["value"].to_numpy() * 1000), nan=-1).astype(np.int64))
    return hashlib.sha256(b"".join(part.astype("<i8").tobytes() for part in parts)).hexdigest()


@pytest.fixture(scope="module")
def deliveries() -> list[tuple[str, pa.Table]]:
    return list(seed.weeks(6, 7))


@pytest.fixture(scope="module")
def frame(deliveries) -> pd.DataFrame:
    frame = pa.concat_tables([table for _, table in deliveries]).to_pandas()
    frame["lead_hours"] = (frame.interval_start - frame.collected_at) / HOUR
    return frame


@pytest.fixture(scope="module")
def metered(frame) -> pd.DataFrame:
    after = frame[frame.collected_at >= frame.interval_start + HOUR]
    return after.drop_duplicates(INTERVAL).set_index(INTERVAL).sort_index()


@pytest.fixture(scope="module")
def forecasts(frame, metered) -> pd.DataFrame:
    rows = frame[frame.lead_hours > 0].join(metered.value.rename("actual"), on=INTERVAL)
    return rows.assign(error=rows.value / rows.actual - 1)


def test_two_processes_with_different_hash_seeds_make_the_same_bytes(deliveries):
    script = (
        "from loaders.demo import generator\nfrom tests.unit.demo.test_generator import digest\n"
        "print(digest([table for _, table in generator.weeks(2, 7)]))"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=PROJECT_ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": time_zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed, time_zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert made == {digest([table for _, table in deliveries[-2:]])}


def test_a_week_has_the_numbers_it_had_when_this_was_written(deliveries):
    assert value_digest(deliveries[-1][1]) == DIGEST_OF_ONE_WEEK


def test_a_longer_seed_adds_older_weeks_and_changes_none(deliveries):
    shorter = list(seed.weeks(2, 7))
    assert [name for name, _ in shorter] == [name for name, _ in deliveries[-2:]]
    assert all(table.equals(same) for (_, table), (_, same) in zip(shorter, deliveries[-2:], strict=True))


def test_deliveries_are_named_by_week_and_random_seed_oldest_first():
    assert [name for name, _ in seed.weeks(3, 11)] == [
        "seed://2026-03-16?random_seed=11",
        "seed://2026-03-23?random_seed=11",
        "seed://2026-03-30?random_seed=11",
    ]


def test_another_random_seed_gives_other_values_for_the_same_hours(deliveries):
    (_, other), (_, table) = next(seed.weeks(1, 8)), deliveries[-1]
    mine, theirs = (
        each.to_pandas().drop_duplicates(INTERVAL, keep="last").set_index(INTERVAL).value for each in (table, other)
    )
    assert mine.index.equals(theirs.index)
    assert (mine != theirs).mean() > 0.99


def test_columns_are_the_canonical_long_format(deliveries):
    table = deliveries[0][1]
    word, instant = pa.dictionary(pa.int32(), pa.string()), pa.timestamp("us", tz="UTC")
    words = ("grid", "region", "node", "metric", "unit", "source", "resolution")
    expected = [(name, word) for name in words]
    expected += [("interval_start", instant), ("collected_at", instant), ("value", pa.float64())]
    assert [(column.name, column.type) for column in table.schema] == expected
    constants = table.select(["metric", "unit", "source", "resolution"]).to_pandas().drop_duplicates()
    assert constants.astype(str).to_numpy().tolist() == [["power", "kW", "seed", "PT1H"]]
    assert all(table[name].null_count == 0 for name in table.column_names[:-1])


def test_values_have_at_most_three_decimals_and_are_positive(frame):
    values = frame.value.dropna()
    assert (values == values.round(3)).all()
    assert values.min() > 0


def test_every_node_of_the_registry_has_every_utc_hour_of_its_weeks(deliveries):
    nodes = {(row["grid"], row["region"], row["node"]) for row in seed.registry()["nodes"]}
    assert len(nodes) == 27
    for name, table in deliveries:
        start = pd.Timestamp(name.removeprefix("seed://").split("?")[0], tz="UTC")
        hours = set(pd.date_range(start, periods=168, freq="h"))
        by_node = table.to_pandas().groupby(["grid", "region", "node"], observed=True).interval_start.agg(set)
        assert by_node.to_dict() == dict.fromkeys(nodes, hours)
    assert max(hours) + HOUR == seed.END


def test_local_days_around_a_clock_change_have_23_or_25_hours(metered):
    def hours(grid: str, day: str) -> pd.Series:
        one_node = metered.loc[(grid, "Region1", "Node1")]
        local = one_node.index.get_level_values("interval_start").tz_convert(seed.TIME_ZONES[grid])
        return pd.Series(local[local.strftime("%Y-%m-%d") == day].hour).value_counts()

    sydney, berlin, new_york = (
        hours(*change) for change in (("Grid3", "2026-04-05"), ("Grid2", "2026-03-29"), ("Grid1", "2026-03-08"))
    )
    assert (sydney.sum(), sydney[2]) == (25, 2)
    assert (berlin.sum(), 2 in berlin.index) == (23, False)
    assert (new_york.sum(), 2 in new_york.index) == (23, False)


def test_keys_are_unique_within_and_across_deliveries_and_rows_are_ordered(deliveries, frame):
    assert not frame.duplicated(KEY).any()
    for _, table in deliveries:
        rows = table.to_pandas()[KEY].astype(dict.fromkeys(KEY[:4], str))
        assert rows.equals(rows.sort_values(KEY, ignore_index=True))


def test_forecasts_come_from_a_few_runs_in_the_two_days_before_delivery(forecasts):
    assert forecasts.lead_hours.between(0, 48).all()
    assert forecasts.groupby(INTERVAL, observed=True).size().between(7, 9).all()
    runs = forecasts.groupby("grid", observed=True).collected_at.nunique()
    assert (runs <= (6 * 7 + 3) * len(seed.ISSUE_TIMES)).all()


def test_a_fresh_run_is_published_before_nine_in_local_time(forecasts):
    for grid, rows in forecasts.groupby("grid", observed=True):
        local = rows.collected_at.drop_duplicates().dt.tz_convert(seed.TIME_ZONES[grid])
        clock = local.dt.hour * 60 + local.dt.minute
        morning = local[clock.between(8 * 60 + 30, 9 * 60 - 1)].dt.date
        assert set(morning) == set(local.dt.date[local.dt.date.between(min(morning), max(morning))])


def test_forecast_errors_shrink_as_the_lead_time_shrinks(forecasts):
    buckets = pd.cut(forecasts.lead_hours, range(0, 49, 6))
    mean_absolute = forecasts.error.abs().groupby([forecasts.grid, buckets], observed=True).mean().unstack("grid")
    assert (mean_absolute.diff().dropna() > -0.001).to_numpy().all()
    assert (mean_absolute.iloc[-1] > 2.5 * mean_absolute.iloc[0]).all()
    assert mean_absolute.iloc[-1].between(0.02, 0.06).all()


def test_errors_of_successive_runs_and_of_neighbouring_hours_are_correlated(forecasts):
    rows = forecasts[forecasts.lead_hours > 18]
    by_hour = rows.groupby(INTERVAL, observed=True).error
    assert rows.error.corr(by_hour.shift()) > 0.8
    by_run = rows.groupby([*KEY[:4], "collected_at"], observed=True).error
    assert rows.error.corr(by_run.shift()) > 0.8


def test_some_runs_repeat_the_numbers_of_the_run_before(forecasts):
    unchanged = forecasts.groupby(INTERVAL, observed=True).value.diff() == 0
    assert 0.005 < unchanged.mean() < 0.08


def test_the_first_reading_follows_the_interval_end_by_20_to_90_minutes(frame, metered):
    delay = metered.collected_at - metered.index.get_level_values("interval_start") - HOUR
    assert delay.between(timedelta(minutes=20), timedelta(minutes=90)).all()
    assert delay.max() - delay.min() > timedelta(minutes=60)
    assert metered.value.notna().all()
    assert not frame.lead_hours.between(-1, 0).any()


@pytest.mark.parametrize("random_seed", [0, 7, 2**40])
def test_two_to_five_percent_are_restated_in_blocks_2_to_20_days_later_by_1_to_8_percent(random_seed):
    rows = pa.concat_tables([table for _, table in seed.weeks(2, random_seed)]).to_pandas()
    ended = rows.interval_start + HOUR
    first = rows[rows.collected_at >= ended].drop_duplicates(INTERVAL).set_index(INTERVAL).value.rename("first")
    late = rows[rows.collected_at >= ended + pd.Timedelta(days=2)].join(first, on=INTERVAL)
    assert 0.02 < len(late) / len(first) < 0.05
    assert not late.duplicated(INTERVAL).any()
    assert (late.collected_at - late.interval_start).max() < pd.Timedelta(days=20)
    change = late.value / late["first"] - 1
    assert change.abs().between(0.0099, 0.0801).all()
    assert change.min() < -0.01 < 0.01 < change.max()
    assert late.groupby([*KEY[:3], "collected_at"], observed=True).size().mean() > 3


def test_withdrawn_readings_are_few_and_given_again_some_of_them_unchanged(frame):
    withdrawn = frame.value.isna()
    assert 0.001 < withdrawn.sum() / len(frame.drop_duplicates(INTERVAL)) < 0.006
    by_interval = frame.groupby(INTERVAL, observed=True).value
    before, again = by_interval.shift(1)[withdrawn], by_interval.shift(-1)[withdrawn]
    assert before.notna().all()
    assert again.notna().all()
    assert 0.1 < (before == again).mean() < 0.9


def test_evenings_are_above_nights_and_weekends_below_workdays_in_local_time(metered):
    for grid, zone in seed.TIME_ZONES.items():
        rows = metered.loc[grid]
        local = rows.index.get_level_values("interval_start").tz_convert(zone)
        by_clock = rows.value.groupby(local.hour).mean()
        assert by_clock.idxmax() in (18, 19, 20)
        assert by_clock.idxmin() in (2, 3, 4, 5)
        assert by_clock[[18, 19, 20]].mean() > 1.3 * by_clock[[2, 3, 4]].mean()
        by_weekend = rows.value.groupby(local.day_of_week >= 5).mean()
        assert by_weekend[True] < 0.97 * by_weekend[False]


def test_values_run_on_smoothly_from_one_week_into_the_next():
    # Sydney's clock changes after the last boundary, so each Monday 00:00Z is at one place of the daily shape.
    rows = pa.concat_tables([table for _, table in seed.weeks(12, 7)]).to_pandas()
    rows = rows[(rows.grid == "Grid3") & (rows.collected_at >= rows.interval_start + HOUR)].drop_duplicates(INTERVAL)
    steps = rows.groupby("interval_start").value.sum().pct_change().dropna()
    at_midnight = steps[steps.index.hour == 0]
    spread = at_midnight.groupby(at_midnight.index.day_of_week).std()
    assert spread[0] < 2 * spread[1:].mean()
    assert spread[0] < 0.01


def test_nodes_differ_in_size_and_weather_is_shared_within_a_grid(metered):
    per_node = metered.value.groupby(INTERVAL[:3], observed=True)
    assert per_node.mean().round().nunique() > 20
    starts = metered.index.get_level_values("interval_start")
    by_day = metered.value.groupby([*INTERVAL[:3], pd.Series(starts.floor("D"), metered.index)], observed=True).mean()
    daily = by_day.unstack([0, 1, 2])
    anomaly = daily / daily.mean() - 1
    anomaly = anomaly - anomaly.groupby(daily.index.day_of_week).transform("mean")
    correlation = anomaly.corr()
    own = np.mean([correlation.loc[grid, grid].to_numpy().mean() for grid in seed.TIME_ZONES])
    other = correlation.loc["Grid1", "Grid2"].to_numpy().mean()
    assert own > 0.6
    assert other < own - 0.2


def test_the_registry_repeats_names_under_each_parent_and_describes_the_metric():
    names = seed.registry()
    assert [row["time_zone"] for row in names["grids"]] == ["America/New_York", "Europe/Berlin", "Australia/Sydney"]
    assert len(names["regions"]) == 9
    assert {row["region"] for row in names["regions"]} == {"Region1", "Region2", "Region3"}
    assert {row["node"] for row in names["nodes"]} == {"Node1", "Node2", "Node3"}
    assert names["metrics"] == [{"metric": "power", "unit": "kW", "aggregation": "sum"}]
    assert len(names["series"]) == 27
    assert {(row["source"], row["resolution"]) for row in names["series"]} == {("seed", "PT1H")}


@pytest.mark.parametrize(("count", "random_seed"), [(0, 7), (-1, 7), (seed.MOST_WEEKS + 1, 7), (1, -1)])
def test_impossible_arguments_are_refused_before_the_first_week(count, random_seed):
    with pytest.raises(UsageError, match=r"^Cannot .*: choose .*\.$"):
        seed.weeks(count, random_seed)


def test_the_longest_seed_still_begins_with_a_whole_week():
    name, table = next(seed.weeks(seed.MOST_WEEKS, 7))
    assert name == "seed://2016-04-18?random_seed=7"
    assert table.num_rows > 40_000
