"""A warehouse with known deliveries on all three clocks, for the tests of the read functions."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

import pandas as pd

from tests.support.expected_marts import HOUR, LENGTHS, Chains, Reported, Series, instant
from tests.support.mart_comparisons import CUTOFFS
from tests.support.scenarios import COLLECTED, VALUES, ZONES, Scenario
from tests.support.warehouses import Warehouse

PLACES = [("R1", "N1"), ("R1", "N2"), ("R2", "N3")]
KINDS = [
    *[("load_forecast", "a", "PT1H"), ("load_forecast", "daily", "P1D"), ("load", "b", "PT15M"), ("load", "b", "PT1H")],
    *[("power", "a", "PT1H"), ("energy_forecast", "a", "PT1H"), ("energy", "d", "PT30M"), ("price", "a", "P1D")],
]


@dataclass
class Case:
    """What was reported, and what had been reported before a load was withdrawn, which was at `loaded`."""

    warehouse: Warehouse
    scenario: Scenario
    now: Reported
    before: Reported
    collected: datetime
    loaded: datetime
    start: datetime
    end: datetime

    @property
    def cutoffs(self) -> list[tuple]:
        """Those of the code list, one in the hour that clocks repeat or skip, and one that a grid has for itself."""
        grid = next(series.grid for series in self.scenario.everything if series.zone == "Europe/Berlin")
        return [*CUTOFFS, ("half-past-two", 0, time(2, 30), None), ("half-past-two", 1, time(2, 30), grid)]

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.start, self.end

    def clocks(self, words: str) -> dict[str, datetime]:
        return {word: getattr(self, word) for word in words.split()}

    def chains(self, words: str) -> Chains:
        reported = self.before if "loaded" in words else self.now
        return reported.chains(self.collected if "collected" in words else None)

    def inside(self, rows: Iterable[tuple]) -> list[tuple]:
        """Rows of names and then the start of an interval, of those in the range."""
        return [row for row in rows if self.start <= row[5] < self.end]


def dense_scenario(number: int) -> Scenario:
    """A day of clock changes in each zone, with up to four revisions of every interval; in Berlin none is left out."""
    random, token, loads = Random(number), uuid.uuid4().hex[:8], {}
    everything = [
        Series(f"{zone}-{token}", zone, *place, *kind) for zone in ZONES for place in PLACES for kind in KINDS
    ]
    for series in everything:
        midnight, is_whole = datetime.fromisoformat(ZONES[series.zone][number % 2]), series.zone == "Europe/Berlin"
        length = LENGTHS[series.resolution]
        starts = [instant(midnight, series.zone) + step * length for step in range(int(26 * HOUR / length))]
        if series.resolution == "P1D":
            starts = [instant(midnight + timedelta(days=day), series.zone) for day in (-1, 0, 1)]
        for start in starts:
            for hours in random.sample(COLLECTED, random.randint(1 if is_whole else 0, 4)):
                rows = loads.setdefault((random.randrange(3), series.source, series.resolution), {})
                rows[(series, start, start + hours * HOUR)] = random.choice(VALUES[2:] if is_whole else VALUES)
    return Scenario(everything, loads, set(), token)


def tuples(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    """Rows as plain values: None for what is missing, days as dates."""

    def plain(value: Any) -> Any:
        if pd.isna(value):
            return None
        if isinstance(value, pd.Timestamp):
            return value.to_pydatetime() if value.tzinfo else value.date()
        return value.item() if hasattr(value, "item") else value

    frame = labelled(frame) if "label" in columns else frame
    return [tuple(map(plain, row)) for row in frame[[*columns]].astype(object).itertuples(index=False)]


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column label: source and resolution."""
    return frame.assign(label=frame["source"].astype(str) + " " + frame["resolution"].astype(str))


def newest(chains: Chains) -> list[tuple]:
    return [
        (*series.names, start, chain[-1].value, chain[-1].collected_at)
        for series, intervals in chains.items()
        for start, chain in intervals.items()
    ]
