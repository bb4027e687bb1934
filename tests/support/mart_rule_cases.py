"""What is delivered for each case of the rules of the marts; one build serves all of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd

from tests.support.mart_rules import DAY, HOUR, NIGHT, SHIPPED, breaking, hours

# By name, the loads of a case: each a frame of rows in the grid of the case.
CASES: dict[str, Callable[[str], list[pd.DataFrame]]] = {}


def without_hours(missing: int) -> Callable[[str], list[pd.DataFrame]]:
    values = [float(number) for number in range(24)]
    rest = [*values[missing:], 1.0]
    return lambda grid: [
        pd.concat([hours(grid, "n", values), hours(grid, "n", rest, NIGHT + DAY + missing * HOUR)]),
    ]


CASES |= {f"{missing} hours missing": without_hours(missing) for missing in (6, 7)}
CASES["withdrawn"] = lambda grid: [hours(grid, "n", [1.0] * 17 + [None] * 7 + [1.0])]


def whole(length: int, day: datetime) -> Callable[[str], list[pd.DataFrame]]:
    return lambda grid: [hours(grid, "n", [1.0] * length, day)]


def with_short(length: int, day: datetime) -> Callable[[str], list[pd.DataFrame]]:
    return lambda grid: [*whole(length, day)(grid), hours(grid, "m", [1.0] * (length - 1), day)]


CLOCK_CHANGES = {23: datetime(2024, 3, 10, 5, tzinfo=UTC), 25: datetime(2024, 11, 3, 4, tzinfo=UTC)}
CASES |= {f"{length} of {length} hours": whole(length, day) for length, day in CLOCK_CHANGES.items()}
CASES |= {f"one short of {length} hours": with_short(length, day) for length, day in CLOCK_CHANGES.items()}
CASES["not over"] = lambda grid: [
    pd.concat([hours(grid, "n", [1.0] * 24), hours(grid, "n", [1.0], NIGHT + 2 * DAY - 2 * HOUR)])
]
CASES["over"] = lambda grid: [*CASES["not over"](grid), hours(grid, "n", [1.0], NIGHT + 2 * DAY - HOUR)]
CASES["begins late"] = lambda grid: [hours(grid, "n", [1.0] * 4, NIGHT + 20 * HOUR)]


def silent_for(silent: timedelta) -> Callable[[str], list[pd.DataFrame]]:
    length = 24 + silent // HOUR
    return lambda grid: [pd.concat([hours(grid, "n", [1.0] * length), hours(grid, "gone", [1.0] * 24)])]


SILENT = [(3 * DAY - HOUR, 1), (3 * DAY, 0)]
CASES |= {f"silent for {silent}": silent_for(silent) for silent, _ in SILENT}


def reporting_nodes(reporting: int) -> Callable[[str], list[pd.DataFrame]]:
    def loads(grid: str) -> list[pd.DataFrame]:
        frames = [hours(grid, node, [1.0] * (48 if place < reporting else 24)) for place, node in enumerate("abcd")]
        return [pd.concat([*frames, hours(grid, "elsewhere", [1.0] * 48, region="another")])]

    return loads


CASES |= {f"{reporting} nodes report": reporting_nodes(reporting) for reporting in (1, 2)}
HISTORY = [0.0, 1.0, 2.0, 3.0, 4.0]
CASES["short or old history"] = lambda grid: [
    pd.concat([hours(grid, "short", HISTORY[:4]), hours(grid, "old", HISTORY)]),
    pd.concat([hours(grid, "short", [1e6] * 5, NIGHT + DAY), hours(grid, "old", [1e6] * 5, NIGHT + 2 * DAY + HOUR)]),
]
CASES["near history"] = lambda grid: [
    *CASES["short or old history"](grid),
    hours(grid, "near", HISTORY, NIGHT + HOUR),
    hours(grid, "near", [1e6] * 5, NIGHT + 2 * DAY + HOUR),
]
CASES["a child with gaps"] = lambda grid: [
    pd.concat(
        [
            hours(grid, "n", [100.0, 100.0, 106.0] + [100.0] * 5),
            hours(grid, "a", [50.0] * 8, region="parts"),
            hours(grid, "b", [50.0] * 3 + [None] * 3, region="parts"),
        ]
    )
]
CASES["wrong long ago"] = lambda grid: [
    pd.concat(
        [
            hours(grid, "n", [999.0] + [100.0] * 8),
            *(hours(grid, node, [50.0] * 9, region="parts") for node in ("a", "b")),
        ]
    )
]
COSTS = [("n", "r", "EUR", 100), ("m", "r", "GBP", 999), ("a", "parts", "EUR", 50), ("b", "parts", "GBP", 50)]
CASES["other units"] = lambda grid: [
    hours(grid, node, [cost] * 8, region=region, metric="costs", unit=unit) for node, region, unit, cost in COSTS
]


def breaking_loads(entry: dict) -> Callable[[str], list[pd.DataFrame]]:
    return lambda grid: breaking(entry, grid)


CASES |= {f"breaks {entry['name']}": breaking_loads(entry) for entry in SHIPPED}
CASES["of one metric"] = lambda grid: [hours(grid, "n", [1.0] + [None] * 22 + [1.0])]
