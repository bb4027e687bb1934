"""What only the marts as a whole can keep to: each rule with marts that reach its limit, and marts just beyond it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders.gates.mart_rule_kinds import MART_RULE_KINDS
from loaders.gates.results import SqlExpectation
from loaders.gates.suites import marts as marts_suite
from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.mart_rule_cases import CASES, CLOCK_CHANGES, SILENT
from tests.support.mart_rules import HOUR, LEFT_OUT_ON_CITUS, NIGHT, SHIPPED, hours, new_grid, offending
from tests.support.warehouses import Warehouse

SQL_EXPECTATIONS = [item for item in marts_suite.MARTS.expectations if isinstance(item, SqlExpectation)]
Check = Callable[..., list[dict]]

pytestmark = LEFT_OUT_ON_CITUS


@pytest.fixture(scope="module")
def grids(shared_warehouse: Warehouse) -> dict[str, str]:
    """A grid of New York's days for each case, with its loads."""
    shared_warehouse.query("insert into raw.metrics (metric, unit, aggregation) values ('costs', 'EUR', 'sum')")
    made = {case: new_grid(shared_warehouse) for case in CASES}
    for case, grid in made.items():
        for load in CASES[case](grid):
            shared_warehouse.deliver(load)
    return made


@pytest.fixture(scope="module")
def built(
    shared_warehouse: Warehouse,
    grids: dict[str, str],
    publishers: list[str],
    newest_loads: list[tuple[str, int]],
    parents: list[str],
) -> Warehouse:
    shared_warehouse.apply_loads()
    return shared_warehouse


@pytest.fixture
def ask(built: Warehouse, grids: dict[str, str], tmp_path: Path) -> Check:
    """What an expectation says of the grid of a case, by a single entry."""

    def requested(case: str, expectation: SqlExpectation, **entry: object) -> list[dict]:
        return ask_about(built, grids[case], tmp_path)(expectation, **entry)

    return requested


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
def test_a_day_may_lack_as_much_as_the_rule_says_and_no_hour_more(ask: Check, missing: int, expected: list) -> None:
    found = ask(f"{missing} hours missing", marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)
    assert [(row["present"], row["expected"]) for row in found] == expected
    assert [row["local_date"] for row in found] == ["2024-03-09"] * len(expected)


def test_a_withdrawn_hour_is_a_missing_one(ask: Check) -> None:
    assert [row["present"] for row in ask("withdrawn", marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)] == [17]


@pytest.mark.parametrize("length", CLOCK_CHANGES)
def test_the_day_of_a_clock_change_has_as_many_hours_as_it_has(ask: Check, length: int) -> None:
    every = {**COMPLETE, "min_share": 1}
    assert ask(f"{length} of {length} hours", marts_suite.LAST_DAY_IS_COMPLETE, **every) == []
    found = ask(f"one short of {length} hours", marts_suite.LAST_DAY_IS_COMPLETE, **every)
    assert [(row["present"], row["expected"], row["nodes"]) for row in found] == [(2 * length - 1, 2 * length, "m")]


def test_a_day_that_is_not_over_is_not_judged(ask: Check) -> None:
    assert ask("not over", marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE) == []
    found = ask("over", marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)
    assert [(row["present"], row["local_date"]) for row in found] == [(2, "2024-03-09")]


def test_a_series_is_expected_from_its_first_value_on(ask: Check) -> None:
    assert ask("begins late", marts_suite.LAST_DAY_IS_COMPLETE, **{**COMPLETE, "min_share": 1}) == []


@pytest.mark.parametrize(("silent", "nodes"), SILENT)
def test_a_series_that_fell_silent_is_missed_for_as_long_as_it_is_remembered(
    ask: Check, silent: timedelta, nodes: int
) -> None:
    found = ask(f"silent for {silent}", marts_suite.LAST_DAY_IS_COMPLETE, **COMPLETE)
    assert [row["nodes"] for row in found] == ["gone"] * nodes


@pytest.mark.parametrize(("reporting", "expected"), [(2, []), (1, [(1, 4, "b, c, d")])])
def test_so_many_nodes_of_a_region_must_report_and_not_one_less(ask: Check, reporting: int, expected: list) -> None:
    found = ask(f"{reporting} nodes report", marts_suite.REGIONS_REPORT, **REPORT)
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
def publishers(shared_warehouse: Warehouse) -> list[str]:
    """A grid, and a source of its name, for each of PUBLICATIONS."""
    grids = [new_grid(shared_warehouse) for _ in PUBLICATIONS]
    for grid, (collected, _) in zip(grids, PUBLICATIONS, strict=True):
        frames = [hours(grid, "n", [1.0], collected_at=NIGHT + timedelta(hours=after)) for after in collected]
        defaults = DeliveryDefaults(grid, create_missing=True)
        shared_warehouse.deliver(pd.concat(frames), source=grid, defaults=defaults)
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
def newest_loads(shared_warehouse: Warehouse) -> list[tuple[str, int]]:
    """For each of SHIFTED a grid with a history, and its newest load."""
    grids = [new_grid(shared_warehouse) for _ in SHIFTED]
    for grid in grids:
        shared_warehouse.deliver(hours(grid, "n", [0.0, 1.0, 2.0, 3.0, 4.0]))
    loads = [
        shared_warehouse.deliver(hours(grid, "n", values, NIGHT + 5 * HOUR)).load_id
        for grid, (values, _) in zip(grids, SHIFTED, strict=True)
    ]
    return list(zip(grids, loads, strict=True))


@pytest.mark.parametrize("case", range(len(SHIFTED)))
def test_a_load_may_lie_so_far_from_its_history(
    built: Warehouse, newest_loads: list[tuple[str, int]], tmp_path: Path, case: int
) -> None:
    (grid, load_id), (_, shifted) = newest_loads[case], SHIFTED[case]
    found = ask_about(built, grid, tmp_path)(marts_suite.NEWEST_DAY_RESEMBLES_HISTORY, **SHIFT)
    assert [(row["load_id"], row["node"]) for row in found] == [(load_id, "n")] * shifted


def test_a_history_that_is_short_or_long_ago_says_nothing(ask: Check) -> None:
    assert ask("short or old history", marts_suite.NEWEST_DAY_RESEMBLES_HISTORY, **SHIFT) == []
    found = ask("near history", marts_suite.NEWEST_DAY_RESEMBLES_HISTORY, **SHIFT)
    assert [row["node"] for row in found] == ["near"]


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
def parents(shared_warehouse: Warehouse) -> list[str]:
    """A grid with a parent and its children for each of MISSES."""
    grids = [new_grid(shared_warehouse) for _ in MISSES]
    for grid, (off, by, _) in zip(grids, MISSES, strict=True):
        parent = [100.0 + (by if number < off else 0) for number in range(8)]
        parts = [hours(grid, node, [50.0] * 8, region="parts") for node in ("a", "b")]
        shared_warehouse.deliver(pd.concat([hours(grid, "n", parent), *parts]))
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


def test_an_interval_that_a_child_has_no_is_not_compared(ask: Check, grids: dict[str, str]) -> None:
    found = ask("a child with gaps", marts_suite.CHILDREN_ADD_UP, grid=grids["a child with gaps"], **SUMS)
    assert ["in 1 of 3 intervals" in row["finding"] for row in found] == [True]


def test_only_the_newest_intervals_are_compared(ask: Check, grids: dict[str, str]) -> None:
    every = {**SUMS, "grid": grids["wrong long ago"], "share_allowed": 0}
    assert ask("wrong long ago", marts_suite.CHILDREN_ADD_UP, **every) == []
    assert len(ask("wrong long ago", marts_suite.CHILDREN_ADD_UP, **{**every, "over_last": "PT9H"})) == 1


def test_only_sums_in_the_unit_of_the_metric_are_compared(ask: Check, grids: dict[str, str]) -> None:
    sums = {**SUMS, "grid": grids["other units"]}
    [row] = ask("other units", marts_suite.CHILDREN_ADD_UP, **sums)
    assert row["examples"][0]["children_value"] == 50
    assert ask("other units", marts_suite.CHILDREN_ADD_UP, **{**sums, "node": "m"}) == []


# All of them ---------------------------------------------------------------------------------------------------


def test_every_kind_has_an_expectation_that_asks_for_it() -> None:
    for kind in MART_RULE_KINDS:
        asking = [requested.name for requested in SQL_EXPECTATIONS if f"kind = '{kind}'" in requested.query]
        assert len(asking) == 1, kind


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry["name"])
def test_each_shipped_rule_of_the_marts_guards_what_no_other_does(
    built: Warehouse, grids: dict[str, str], tmp_path: Path, entry: dict
) -> None:
    [requested] = [requested for requested in SQL_EXPECTATIONS if f"kind = '{entry['kind']}'" in requested.query]
    named = {grids[f"breaks {entry['name']}"], entry.get("grid")}

    def found(entries: list[dict]) -> list[str]:
        rows = offending(built, requested, tmp_path, entries)
        places = [{row.get("grid"), *(example["grid"] for example in row.get("examples") or [])} for row in rows]
        return [row["finding"].split(":")[0] for row, place in zip(rows, places, strict=True) if place & named]

    assert found(SHIPPED) == [entry["name"]]
    assert found([other for other in SHIPPED if other is not entry]) == []


@pytest.mark.parametrize("metrics", [["price"], ["load"]])
def test_a_rule_of_the_marts_is_about_the_metrics_that_it_names(ask: Check, metrics: list[str]) -> None:
    found = ask("of one metric", marts_suite.LAST_DAY_IS_COMPLETE, **{**COMPLETE, "metrics": metrics})
    assert [row["metric"] for row in found] == ["load"] * (metrics == ["load"])
