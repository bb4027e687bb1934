"""What only the marts as a whole can keep to: each rule with marts that reach its limit, and marts just beyond it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders.gates.mart_rule_kinds import MART_RULE_KINDS
from loaders.gates.results import SqlExpectation
from loaders.gates.suites import marts as marts_suite
from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.mart_rules import DAY, HOUR, NIGHT, SHIPPED, breaking, deliver_and_build, hours, new_grid, offending
from tests.support.warehouses import Warehouse

SQL_EXPECTATIONS = [item for item in marts_suite.MARTS.expectations if isinstance(item, SqlExpectation)]
Check = Callable[..., list[dict]]


@pytest.fixture(scope="module")
def built(shared_warehouse: Warehouse) -> Warehouse:
    return shared_warehouse


@pytest.fixture
def grid(built: Warehouse) -> str:
    """A grid of New York's days, which no other test speaks of."""
    return new_grid(built)


@pytest.fixture
def ask(built: Warehouse, grid: str, tmp_path: Path) -> Check:
    """What an expectation says of this test's grid, by a single entry."""
    return ask_about(built, grid, tmp_path)


def ask_about(built: Warehouse, grid: str, tmp_path: Path) -> Check:
    def requested(expectation: SqlExpectation, **entry: object) -> list[dict]:
        found = offending(built, expectation, tmp_path, [{"metrics": "*", **entry, "name": "tried"}])
        assert all(row["finding"].startswith("tried: ") for row in found)
        return [row for row in found if grid in str(row)]

    return requested


# The last full local day ---------------------------------------------------------------------------------------

COMPLETE = {"kind": "completeness", "min_share": 0.75, "remembered": "P3D"}
REPORT = {"kind": "hierarchy_share", "min_share": 0.5, "remembered": "P3D"}


@pytest.mark.parametrize(("missing", "expected"), [(6, []), (7, [(17, 24)])])
def test_a_day_may_lack_as_much_as_the_rule_says_and_no_hour_more(
    built: Warehouse, grid: str, ask: Check, missing: int, expected: list
) -> None:
    values = [float(number) for number in range(24)]
    deliver_and_build(
        built, hours(grid, "n", values), hours(grid, "n", [*values[missing:], 1.0], NIGHT + DAY + missing * HOUR)
    )
    found = ask(marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)
    assert [(row["present"], row["expected"]) for row in found] == expected
    assert [row["local_date"] for row in found] == ["2024-03-09"] * len(expected)


def test_a_withdrawn_hour_is_a_missing_one(built: Warehouse, grid: str, ask: Check) -> None:
    deliver_and_build(built, hours(grid, "n", [1.0] * 17 + [None] * 7 + [1.0]))
    assert [row["present"] for row in ask(marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)] == [17]


@pytest.mark.parametrize(("day", "length"), [(datetime(2024, 3, 10, 5), 23), (datetime(2024, 11, 3, 4), 25)])
def test_the_day_of_a_clock_change_has_as_many_hours_as_it_has(
    built: Warehouse, grid: str, ask: Check, day: datetime, length: int
) -> None:
    deliver_and_build(built, hours(grid, "n", [1.0] * length, day.replace(tzinfo=UTC)))
    every = {**COMPLETE, "min_share": 1}
    assert ask(marts_suite.LAST_DAY_IS_COMPLETE, **every) == []
    deliver_and_build(built, hours(grid, "m", [1.0] * (length - 1), day.replace(tzinfo=UTC)))
    assert [
        (row["present"], row["expected"], row["nodes"]) for row in ask(marts_suite.LAST_DAY_IS_COMPLETE, **every)
    ] == [(2 * length - 1, 2 * length, "m")]


def test_a_day_that_is_not_over_is_not_judged(built: Warehouse, grid: str, ask: Check) -> None:
    deliver_and_build(built, hours(grid, "n", [1.0] * 24), hours(grid, "n", [1.0], NIGHT + 2 * DAY - 2 * HOUR))
    assert ask(marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE) == []
    deliver_and_build(built, hours(grid, "n", [1.0], NIGHT + 2 * DAY - HOUR))
    assert [(row["present"], row["local_date"]) for row in ask(marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)] == [
        (2, "2024-03-09")
    ]


def test_a_series_is_expected_from_its_first_value_on(built: Warehouse, grid: str, ask: Check) -> None:
    deliver_and_build(built, hours(grid, "n", [1.0] * 4, NIGHT + 20 * HOUR))
    assert ask(marts_suite.LAST_DAY_IS_COMPLETE, **{**COMPLETE, "min_share": 1}) == []


@pytest.mark.parametrize(("silent", "nodes"), [(3 * DAY - HOUR, 1), (3 * DAY, 0)])
def test_a_series_that_fell_silent_is_missed_for_as_long_as_it_is_remembered(
    built: Warehouse, grid: str, ask: Check, silent: timedelta, nodes: int
) -> None:
    length = 24 + silent // HOUR
    deliver_and_build(built, hours(grid, "n", [1.0] * length), hours(grid, "gone", [1.0] * 24))
    found = ask(marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)
    assert [row["nodes"] for row in found] == ["gone"] * nodes


@pytest.mark.parametrize(("reporting", "expected"), [(2, []), (1, [(1, 4, "b, c, d")])])
def test_so_many_nodes_of_a_region_must_report_and_not_one_less(
    built: Warehouse, grid: str, ask: Check, reporting: int, expected: list
) -> None:
    frames = [hours(grid, node, [1.0] * (48 if place < reporting else 24)) for place, node in enumerate("abcd")]
    deliver_and_build(built, *frames, hours(grid, "elsewhere", [1.0] * 48, region="another"))
    found = ask(marts_suite.REGIONS_REPORT, **REPORT)
    assert [(row["nodes_reporting"], row["nodes_expected"], row["nodes_silent"]) for row in found] == expected
    assert [row["region"] for row in found] == ["r"] * len(expected)


# What a source brings ------------------------------------------------------------------------------------------


PUBLICATIONS = [
    ([0, 6, 12], 0),
    ([0, 6, 12 + 1e-6], 1),
    ([0, 7, 7 + 24], 1),  # the first gap is longer ago than the rule looks
    ([0, 7, 13, 19, 25, 31 - 1e-6], 1),
]


@pytest.fixture(scope="module")
def publishers(built: Warehouse) -> list[str]:
    """A grid, and a source of its name, for each case; one build serves all of them."""
    grids = [new_grid(built) for _ in PUBLICATIONS]
    for grid, (collected, _) in zip(grids, PUBLICATIONS, strict=True):
        frames = [hours(grid, "n", [1.0], collected_at=NIGHT + timedelta(hours=after)) for after in collected]
        built.deliver(pd.concat(frames), source=grid, defaults=DeliveryDefaults(grid, create_missing=True))
    built.apply_loads()
    return grids


@pytest.mark.parametrize("case", range(len(PUBLICATIONS)))
def test_publications_may_be_so_far_apart(built: Warehouse, publishers: list[str], tmp_path: Path, case: int) -> None:
    grid, (_, gaps) = publishers[case], PUBLICATIONS[case]
    ask = ask_about(built, grid, tmp_path)
    found = ask(marts_suite.SOURCES_PUBLISH_ON_SCHEDULE, kind="cadence", source=grid, every="PT6H", over_last="PT24H")
    assert len(found) == gaps


SHIFT = {"kind": "shift", "max_shift": 2, "history": "P2D", "min_rows": 5}


SHIFTED = [
    ([6.0] * 5, 0),  # the quartiles of the history are 1, 2, 3, and twice the range between them is 4
    ([6.001] * 5, 1),
    ([-2.0] * 5, 0),
    ([-2.001] * 5, 1),
    ([6.001] * 4, 0),  # too few to say
    ([6.0] * 3 + [1e9] * 2, 0),  # a few impossible values are another rule's
]


@pytest.fixture(scope="module")
def newest_loads(built: Warehouse) -> list[tuple[str, int]]:
    """For each case a grid with a history and its newest load; two builds serve all of them."""
    grids = [new_grid(built) for _ in SHIFTED]
    for grid in grids:
        built.deliver(hours(grid, "n", [0.0, 1.0, 2.0, 3.0, 4.0]))
    built.apply_loads()
    loads = [
        built.deliver(hours(grid, "n", values, NIGHT + 5 * HOUR)).load_id
        for grid, (values, _) in zip(grids, SHIFTED, strict=True)
    ]
    built.apply_loads()
    return list(zip(grids, loads, strict=True))


@pytest.mark.parametrize("case", range(len(SHIFTED)))
def test_a_load_may_lie_so_far_from_its_history(
    built: Warehouse, newest_loads: list[tuple[str, int]], tmp_path: Path, case: int
) -> None:
    (grid, load_id), (_, shifted) = newest_loads[case], SHIFTED[case]
    found = ask_about(built, grid, tmp_path)(marts_suite.NEWEST_DAY_RESEMBLES_HISTORY, **SHIFT)
    assert [(row["load_id"], row["node"]) for row in found] == [(load_id, "n")] * shifted


def test_a_history_that_is_short_or_long_ago_says_nothing(built: Warehouse, grid: str, ask: Check) -> None:
    deliver_and_build(built, hours(grid, "short", [0.0, 1.0, 2.0, 3.0]), hours(grid, "old", [0.0, 1.0, 2.0, 3.0, 4.0]))
    deliver_and_build(
        built, hours(grid, "short", [1e6] * 5, NIGHT + DAY), hours(grid, "old", [1e6] * 5, NIGHT + 2 * DAY + HOUR)
    )
    assert ask(marts_suite.NEWEST_DAY_RESEMBLES_HISTORY, **SHIFT) == []
    deliver_and_build(built, hours(grid, "near", [0.0, 1.0, 2.0, 3.0, 4.0], NIGHT + HOUR))
    deliver_and_build(built, hours(grid, "near", [1e6] * 5, NIGHT + 2 * DAY + HOUR))
    assert [row["node"] for row in ask(marts_suite.NEWEST_DAY_RESEMBLES_HISTORY, **SHIFT)] == ["near"]


# Parents and children ------------------------------------------------------------------------------------------

SUMS = {
    "kind": "reconciliation",
    "node": "n",
    "children": "parts",
    "tolerance": 5,
    "share_allowed": 0.25,
    "over_last": "PT8H",
}


MISSES = [(2, 5.5, 0), (3, 5.5, 1), (3, 5.0, 0), (3, -5.5, 1), (8, 5.0, 0)]


@pytest.fixture(scope="module")
def parents(built: Warehouse) -> list[str]:
    """A grid with a parent and its children for each case; one build serves all of them."""
    grids = [new_grid(built) for _ in MISSES]
    for grid, (off, by, _) in zip(grids, MISSES, strict=True):
        parent = [100.0 + (by if number < off else 0) for number in range(8)]
        parts = [hours(grid, node, [50.0] * 8, region="parts") for node in ("a", "b")]
        built.deliver(pd.concat([hours(grid, "n", parent), *parts]))
    built.apply_loads()
    return grids


@pytest.mark.parametrize("case", range(len(MISSES)))
def test_children_may_miss_their_parent_by_so_much_so_often(
    built: Warehouse, parents: list[str], tmp_path: Path, case: int
) -> None:
    grid, (off, _, expected) = parents[case], MISSES[case]
    found = ask_about(built, grid, tmp_path)(marts_suite.CHILDREN_ADD_UP, grid=grid, **SUMS)
    assert len(found) == expected
    for row in found:
        assert f"in {off} of 8 intervals" in row["finding"]
        assert [example["difference"] for example in row["examples"]] == [5.5] * 3 + [0] * 2
        assert row["examples"][0]["children_value"] == 100


def test_an_interval_that_a_child_has_no_is_not_compared(built: Warehouse, grid: str, ask: Check) -> None:
    parts = [hours(grid, "a", [50.0] * 8, region="parts"), hours(grid, "b", [50.0] * 3 + [None] * 3, region="parts")]
    deliver_and_build(built, hours(grid, "n", [100.0, 100.0, 106.0] + [100.0] * 5), *parts)
    assert ["in 1 of 3 intervals" in row["finding"] for row in ask(marts_suite.CHILDREN_ADD_UP, grid=grid, **SUMS)] == [
        True
    ]


def test_only_the_newest_intervals_are_compared(built: Warehouse, grid: str, ask: Check) -> None:
    parts = [hours(grid, node, [50.0] * 9, region="parts") for node in ("a", "b")]
    deliver_and_build(built, hours(grid, "n", [999.0] + [100.0] * 8), *parts)
    assert ask(marts_suite.CHILDREN_ADD_UP, grid=grid, **{**SUMS, "share_allowed": 0}) == []
    assert len(ask(marts_suite.CHILDREN_ADD_UP, grid=grid, **{**SUMS, "share_allowed": 0, "over_last": "PT9H"})) == 1


def test_only_sums_in_the_unit_of_the_metric_are_compared(built: Warehouse, grid: str, ask: Check) -> None:
    built.query("insert into raw.metrics (metric, unit, aggregation) values ('costs', 'EUR', 'sum')")
    for node, region, unit, cost in [
        ("n", "r", "EUR", 100),
        ("m", "r", "GBP", 999),
        ("a", "parts", "EUR", 50),
        ("b", "parts", "GBP", 50),
    ]:
        built.deliver(hours(grid, node, [cost] * 8, region=region, metric="costs", unit=unit))
    built.apply_loads()
    assert ask(marts_suite.CHILDREN_ADD_UP, grid=grid, **SUMS)[0]["examples"][0]["children_value"] == 50
    assert ask(marts_suite.CHILDREN_ADD_UP, grid=grid, **{**SUMS, "node": "m"}) == []


# All of them ---------------------------------------------------------------------------------------------------


def test_every_kind_has_an_expectation_that_asks_for_it() -> None:
    for kind in MART_RULE_KINDS:
        asking = [requested.name for requested in SQL_EXPECTATIONS if f"kind = '{kind}'" in requested.query]
        assert len(asking) == 1, kind


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry["name"])
def test_each_shipped_rule_of_the_marts_guards_what_no_other_does(
    built: Warehouse, grid: str, tmp_path: Path, entry: dict
) -> None:
    for frame in breaking(entry, grid):
        deliver_and_build(built, frame)
    [requested] = [requested for requested in SQL_EXPECTATIONS if f"kind = '{entry['kind']}'" in requested.query]
    named = {grid, entry.get("grid")}

    def found(entries: list[dict]) -> list[str]:
        rows = offending(built, requested, tmp_path, entries)
        places = [{row.get("grid"), *(example["grid"] for example in row.get("examples") or [])} for row in rows]
        return [row["finding"].split(":")[0] for row, place in zip(rows, places, strict=True) if place & named]

    assert found(SHIPPED) == [entry["name"]]
    assert found([other for other in SHIPPED if other is not entry]) == []


@pytest.mark.parametrize("metrics", [["price"], ["load"]])
def test_a_rule_of_the_marts_is_about_the_metrics_that_it_names(
    built: Warehouse, grid: str, ask: Check, metrics: list[str]
) -> None:
    deliver_and_build(built, hours(grid, "n", [1.0] + [None] * 22 + [1.0]))
    found = ask(marts_suite.LAST_DAY_IS_COMPLETE, **{**COMPLETE, "metrics": metrics})
    assert [row["metric"] for row in found] == ["load"] * (metrics == ["load"])
