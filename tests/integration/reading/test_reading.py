"""What each read function answers, on all three clocks, against a plain recomputation of what was reported."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pandas as pd
import pytest
import warehouse as wh

from tests.support import expected_marts as plain_marts
from tests.support.cutoff_rollups import same_as_of_each_cutoff
from tests.support.expected_completeness import completeness
from tests.support.expected_marts import Chains, Reported, Series, same
from tests.support.mart_comparisons import BOUNDS, CUTOFFS, LEVELS
from tests.support.reading_case import Case, dense_scenario, labelled, newest, tuples
from tests.support.scenarios import METRICS, apply_with_history, deliver_scenario
from tests.support.sums_of_rows import GROUPS, same_sums
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

NAMES = ["grid_name", "region_name", "node_name", "metric", "label"]  # label: source and resolution
ERRORS = ["lead_time_hours", "forecast_value", "actual_value", "error", "relative_error", "quality_level"]
SUMS = ["forecasts", "bias", "mae", "rmse", "mape", "wape", "mean_absolute_actual"]
CHANGES = [
    *("delivery_date", "restatement_rank", "is_first_reading", "previous_value", "value", "change"),
    *("relative_change", "lateness_hours"),
]
MONTHS = [
    *("delivery_month", "restatements", "intervals", "withdrawals", "mean_change", "mean_absolute_change"),
    *("largest_absolute_change", "mean_relative_change", "largest_relative_change", "mean_lateness_hours"),
    "longest_lateness_hours",
]


@pytest.fixture(scope="module")
def case(shared_warehouse: Warehouse) -> Case:
    """Loads of all kinds of series, then some of them withdrawn."""
    scenario = dense_scenario(3)
    before = deliver_scenario(shared_warehouse, scenario)
    loaded = shared_warehouse.query("select clock_timestamp()")[0][0]
    gone = {scenario.ids[key] for key in scenario.ids if key[0] == 0} & before.accepted
    for load_id in gone:
        shared_warehouse.set_status(load_id, "withdrawn")
    now = Reported(before.rows, before.accepted - gone)
    shared_warehouse.query(
        "insert into raw.flagged_rows select load_id, series_id, interval_start, collected_at, value, rule, 'range',"
        " true from raw.measures cross join (values ('low'), ('odd')) as rules (rule)"
        " where value = -7 or (value = 98 and rule = 'odd')"
    )
    apply_with_history(shared_warehouse)
    rows = [key for words in before.rows.values() for key in words]
    starts, collected = sorted(row[1] for row in rows), sorted(row[2] for row in rows)
    start, end, moment = starts[len(starts) // 8], starts[-len(starts) // 8], collected[2 * len(rows) // 3]
    assert gone
    assert before.accepted - gone
    made = Case(shared_warehouse, scenario, now, before, moment, loaded, start, end)
    for cutoff in made.cutoffs[len(CUTOFFS) :]:
        shared_warehouse.query("insert into marts.cutoffs values (%s, %s, %s, %s)", *cutoff)
    return made


on_all_clocks = pytest.mark.parametrize("words", ["", "collected", "loaded", "collected loaded"])
on_knowledge_time = pytest.mark.parametrize("words", ["", "collected"])


@on_all_clocks
def test_values_are_the_newest_of_what_was_known(case: Case, words: str) -> None:
    given = {"collected": None, **case.clocks(words)}
    answer = wh.as_of(given.pop("collected"), *case.span, **given)
    columns = [*NAMES, "interval_start", "value", "collected_at"]
    assert same(case.inside(newest(case.chains(words))), tuples(answer, *columns), keys=6) > 50
    if not words:
        same(case.inside(newest(case.chains(words))), tuples(wh.latest(*case.span), *columns), keys=6)


@pytest.mark.parametrize("words", ["", "loaded"])
def test_a_cut_off_shows_what_was_known_then(case: Case, words: str) -> None:
    expected = case.inside(
        (*row[:5], row[6], row[5], *row[7:]) for row in plain_marts.at_cutoff(case.chains(words), case.cutoffs)
    )
    columns = [*NAMES, "interval_start", "cutoff_name", "delivery_date", "cutoff_at", "value", "collected_at"]
    answer = wh.at_cutoff(None, *case.span, **case.clocks(words))
    assert same(expected, tuples(answer, *columns), keys=7) > 50
    one = [row for row in expected if row[6] == "evening-before"]
    assert same(one, tuples(wh.at_cutoff("evening-before", *case.span, **case.clocks(words)), *columns), keys=7) > 10
    with pytest.raises(wh.ReadError, match=r"Unknown cut-off 'day-ahed'\. Did you mean day-ahead or day-after\?"):
        wh.at_cutoff("day-ahed", chunks=10)


def evolution(chains: Chains, series: Series) -> Iterable[tuple]:
    for start, chain in chains[series].items():
        for place, reported in enumerate(chain):
            before = chain[place - 1].value if place else None
            known_to = chain[place + 1].collected_at if place + 1 < len(chain) else None
            change = None if None in (reported.value, before) else reported.value - before
            known = (known_to, known_to is None)
            yield start, reported.collected_at, reported.value, before, change, series.end(start), *known


@on_all_clocks
def test_a_history_has_every_revision_known_then(case: Case, words: str) -> None:
    columns = ["interval_start", "collected_at", "value", "previous_value", "change", "interval_end", "known_to"]
    chains, counted = case.chains(words), 0
    for series in case.scenario.everything[::5]:
        names = {name: getattr(series, name) for name in ("grid", "region", "source", "resolution")}
        answer = wh.history(series.node, series.metric, (None, None), **names, **case.clocks(words))
        counted += same(evolution(chains, series), tuples(answer, *columns, "is_latest"), keys=2)
        assert (answer["known_from"] == answer["collected_at"]).all()
    assert counted > 50


@on_all_clocks
@pytest.mark.parametrize("by", ["region", "grid"])
def test_roll_ups_at_cut_offs_are_those_as_of_each_of_them(case: Case, words: str, by: str) -> None:
    assert len(same_as_of_each_cutoff(by, *case.span, **case.clocks(words))) > 50


def errors(case: Case, words: str) -> list[tuple]:
    return case.inside(plain_marts.accuracy(case.chains(words), case.scenario.everything, METRICS, LEVELS))


@on_all_clocks
def test_every_forecast_stands_next_to_its_actual(case: Case, words: str) -> None:
    answer = wh.accuracy(*case.span, by=None, **case.clocks(words))
    expected = [(*row[:8], *row[9:]) for row in errors(case, words)]
    assert same(expected, tuples(answer, *NAMES, "interval_start", "collected_at", *ERRORS), keys=7) > 50
    assert answer["quality_level"].cat.categories.tolist() == [name for name, _ in LEVELS]
    actual = labelled(wh.series()).set_index("series_id").loc[answer["actual_series_id"], "label"]
    reported = zip(map(tuple, labelled(answer)[NAMES].astype(str).values), actual, strict=True)
    assert set(reported) == {(row[:5], row[8]) for row in errors(case, words)}


@on_all_clocks
@pytest.mark.parametrize("by", ["lead_time", "quality_level", "hour", "series"])
def test_errors_are_summed_up_over_the_range(case: Case, words: str, by: str) -> None:
    answer = wh.accuracy(*case.span, by=by, **case.clocks(words))
    zones = {series.grid: series for series in case.scenario.everything}
    levels = [name for name, _ in LEVELS]
    # The plain sums are by lead time; another group is put in its place.
    place = {
        "lead_time": lambda row: row[7],
        "quality_level": lambda row: levels.index(row[13]) if row[13] else -1,
        "hour": lambda row: zones[row[0]].local(row[5]).hour,
        "series": lambda row: 0,
    }[by]
    bounds = BOUNDS if by == "lead_time" else list(range(25))
    # A series whose actual changed its resolution has sums for both.
    rows = [(*row[:4], f"{row[4]} against {row[8]}", *row[5:7], place(row), *row[8:]) for row in errors(case, words)]
    expected = [
        (*row[:6], *row[7:]) if by != "lead_time" else row for row in plain_marts.accuracy_by_lead_time(rows, bounds)
    ]
    groups = {"lead_time": ["lead_time_from_hours", "lead_time_to_hours"], "series": []}.get(by, [by])
    actuals = labelled(wh.series()).set_index("series_id").loc[answer["actual_series_id"], "label"].to_numpy()
    found = [
        (*row[:4], f"{row[4]} against {actual}", *row[5:])
        for row, actual in zip(tuples(answer, *NAMES, *groups, *SUMS), actuals, strict=True)
    ]
    if by == "quality_level":
        found = [(*row[:5], levels.index(row[5]) if row[5] else None, *row[6:]) for row in found]
    if by == "series":
        expected = [(*row[:5], *row[6:]) for row in expected]
    assert same(expected, found, keys=5 + len(groups)) > 10


@on_all_clocks
def test_every_change_after_delivery_is_reported(case: Case, words: str) -> None:
    answer = wh.restatements(*case.span, **case.clocks(words))
    expected = case.inside(plain_marts.restatements(case.chains(words)))
    assert same(expected, tuples(answer, *NAMES, "interval_start", "collected_at", *CHANGES), keys=7) > 10
    answer = wh.restatements(*case.span, by="month", **case.clocks(words))
    assert same(plain_marts.restatements_by_month(expected), tuples(answer, *NAMES, *MONTHS), keys=6) > 5


@on_all_clocks
@pytest.mark.parametrize("by", GROUPS)
def test_sums_of_several_series_and_parts_of_days_are_those_of_their_rows(case: Case, words: str, by: str) -> None:
    same_sums(by, *case.span, **case.clocks(words))


@pytest.mark.parametrize("then", [{"collected": "2099-01-01"}, {"loaded": "2099-01-01"}])
def test_what_is_computed_from_revisions_looks_like_the_marts(case: Case, then: dict[str, str]) -> None:
    for ask, groups in (
        (wh.accuracy, ("lead_time", "quality_level", "hour", "series", None)),
        (wh.restatements, ("month", None)),
    ):
        for by in groups:
            computed, read = ask(by=by, **then), ask(by=by)
            assert computed.attrs["rows"] == read.attrs["rows"] > 10
            computed.attrs = read.attrs = {}
            pd.testing.assert_frame_equal(computed, read, rtol=1e-9)


@pytest.mark.parametrize(
    ("function", "mart", "rest"),
    [
        ("forecast_accuracy_as_of", "fct_forecast_accuracy", "actual_series_id, load_id, quality_level, error"),
        ("restatements_as_of", "fct_restatements", "load_id, restatement_rank, is_first_reading, change"),
        ("at_cutoff_as_of", "fct_measures_at_cutoff", "cutoff_name, cutoff_at, load_id, value"),
    ],
)
def test_each_filter_of_a_function_selects_rows_of_its_mart(case: Case, function: str, mart: str, rest: str) -> None:
    columns = ["series_id", "grid_id", "region_id", "node_id", "metric"]
    within = "interval_start >= %s and interval_start < %s"
    (one,) = case.warehouse.query(
        f"select {', '.join(columns)} from marts.{mart} where {within} order by series_id desc limit 1", *case.span
    )
    names = "grid_name, region_name, node_name, source, unit"
    keys = f"series_id, interval_start, collected_at, {rest.split(',')[0]}"
    for column, value in zip(columns, one, strict=True):
        expected = case.warehouse.query(
            f"select {keys}, {rest}, {names} from marts.{mart} where {within} and {column} = %s", *case.span, value
        )
        argument = "series_ids => array[%s]::integer[]" if column == "series_id" else f"{column} => %s"
        answer = case.warehouse.query(
            f"select {keys}, {rest}, {names} from marts.{function}"
            f"(start_datetime => %s, end_datetime => %s, {argument})",
            *case.span,
            value,
        )
        assert same(expected, answer, keys=4) > 0
    assert case.warehouse.query(f"select count(*) from marts.{function}(series_ids => array[]::integer[])") == [(0,)]


@on_all_clocks
@pytest.mark.parametrize("level", ["region", "grid"])
def test_hours_of_places_are_rolled_up(case: Case, words: str, level: str) -> None:
    def home(series: Series, hour: datetime) -> tuple[str, ...]:
        return (series.grid, series.region) if level == "region" else (series.grid,)

    keys = ["grid_name", "region_name", "metric", "source", "interval_start"]
    keys = keys if level == "region" else [keys[0], *keys[2:]]
    expected = [
        row
        for row in plain_marts.hourly(case.chains(words), case.scenario.everything, METRICS, home)
        if case.start <= row[len(keys) - 1] < case.end
    ]
    answer = wh.rollup(level, *case.span, **case.clocks(words))
    columns = [*keys, "value", "nodes_reporting", "nodes_expected", "resolutions"]
    assert same(expected, tuples(answer, *columns), keys=len(keys)) > 10
    grid = next(series.grid for series in case.scenario.everything if series.zone == "Europe/Berlin")
    part = wh.rollup(level, *case.span, grid=grid, metric=["load", "power"], source="a", **case.clocks(words))
    of_grid = [row for row in expected if row[0] == grid]
    wanted = [row for row in of_grid if (row[-7], row[-6]) == ("power", "a")]
    assert same(wanted, tuples(part, *columns), keys=len(keys)) > 0
    one = wh.rollup(level, *case.span, grid=grid, metric="energy", **case.clocks(words))
    same([row for row in of_grid if row[-7] == "energy"], tuples(one, *columns), keys=len(keys))


def test_local_days_are_counted_as_they_are_written(case: Case) -> None:
    columns = [*NAMES, "local_date", "expected", "present", "withdrawn", "missing"]
    everything = list(completeness(case.chains("")))
    assert same(everything, tuples(wh.completeness(), *columns), keys=6) > 50
    days = sorted({row[5] for row in everything})
    start, end = days[1], days[-2]
    part = [row for row in everything if start <= row[5] < end]
    assert same(part, tuples(wh.completeness(start, end), *columns), keys=6) < len(everything)
    later = f"{start.isoformat()}T13:00+11:00", f"{end - timedelta(days=1)} 13:00"
    same(part, tuples(wh.completeness(*later), *columns), keys=6)


@on_knowledge_time
def test_flagged_values_can_be_left_out_or_requested(case: Case, words: str) -> None:
    def ask(flagged: bool | None) -> pd.DataFrame:
        return wh.as_of(case.collected, *case.span, flagged=flagged) if words else wh.latest(flagged=flagged)

    every, clean, dirty = ask(None), ask(False), ask(True)
    assert len(every) == len(clean) + len(dirty)
    assert set(dirty["quality_flag"]) == {"low, odd", "odd"}
    assert clean["quality_flag"].isna().all()
    flag = every["value"].map({-7.0: "low, odd", 98.0: "odd"})
    assert every["quality_flag"].astype(object).fillna("").tolist() == flag.fillna("").tolist()
    one = dirty.iloc[0]
    given = (one.node_name, one.metric, one.interval_start)
    names = {"grid": one.grid_name, "region": one.region_name, "source": one.source}
    assert set(wh.history(*given, **names, flagged=True)["quality_flag"]) <= {"low, odd", "odd"}
    assert wh.history(*given, **names, flagged=False)["quality_flag"].isna().all()


def test_flags_are_one_row_for_each_rule(case: Case) -> None:
    low, every = wh.flags(rule="low"), wh.flags()
    assert set(low["value"]) == {-7.0}
    assert every["rule"].value_counts()["low"] == len(low) > 0
    assert set(every["value"]) == {-7.0, 98.0}
    assert len(wh.flags(*case.span)) < len(every)
    with pytest.raises(wh.ReadError, match=r"Unknown rule 'lwo'. Did you mean low\?"):
        wh.flags(rule="lwo")
