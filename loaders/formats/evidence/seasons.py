"""Local times whose column names one season's time, such as CET or EST, in a zone that changes its clocks.

To some publishers CET is the local time of both seasons, to others it is winter time all year. Only rows of the other
season differ. Where the clocks change, the rows may show which it is: local time skips an hour and repeats another.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.times import UTC_TIMESTAMP
from loaders.errors import LoadError
from loaders.formats.evidence.local_clocks import clock_text, clock_times, mapped_times
from loaders.formats.evidence.zone_names import SeasonName, season_in_name
from loaders.formats.file_format import ReadOptions

HOUR = timedelta(hours=1)
MINUTE_MICROSECONDS = 60_000_000


def check_seasons(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[Records]:
    """Yield the records. Raises LoadError where rows of the other season may be an hour off."""
    evidence = []
    for role, name in mapped_times(options).items():
        zone = (options.collected_at_zone if role == "collected_at" else None) or options.time_zone
        if zone is not None and (season := season_in_name(name, zone)) is not None:
            evidence.append(_Evidence(role, name, zone, season))
    for records in stream:
        for item in evidence:
            # A column with the offset of each row decides.
            if item.role == "collected_at" or not {"utc_offset", "dst"} & records.columns.keys():
                item.add(clock_times(records.columns, item.role, is_naive=True), records.row_number)
        yield records
    for item in evidence:
        item.decide(path)


class _Evidence:
    """Counts of the rows of a column that show what its times are."""

    def __init__(self, role: str, name: str, zone: str, season: SeasonName) -> None:
        self.role, self.name, self.zone, self.season = role, name, zone, season
        # Rows in the hour that is skipped or repeated, and in the hour before each.
        self.skipped = self.before_skipped = self.repeated = self.before_repeated = 0
        self.other: tuple[int, int] | None = None

    def add(self, times: pa.Array, row_numbers: pa.Array) -> None:
        if len(times) == times.null_count:
            return
        local = _micros(times)
        is_present = times.is_valid().to_numpy(zero_copy_only=False)
        first, last = self._instants(times, "earliest"), self._instants(times, "latest")
        is_other = is_present & ((local - first) // MINUTE_MICROSECONDS != self.season.minutes) & (last - first != 1)
        if is_other.any() and self.other is None:
            place = int(np.argmax(is_other))
            self.other = row_numbers[place].as_py(), int(local[place])
        gaps = last - first
        later = pc.add(times, pa.scalar(HOUR))
        gaps_later = self._instants(later, "latest") - self._instants(later, "earliest")
        self.skipped += int((is_present & (gaps == 1)).sum())
        self.before_skipped += int((is_present & (gaps_later == 1) & (gaps != 1)).sum())
        self.repeated += int((is_present & (gaps > 1)).sum())
        self.before_repeated += int((is_present & (gaps_later > 1) & (gaps <= 1)).sum())

    def _instants(self, times: pa.Array, which: str) -> np.ndarray:
        """Return the earliest or latest instant; around a skipped hour they are a microsecond apart."""
        return _micros(pc.assume_timezone(times, self.zone, ambiguous=which, nonexistent=which).cast(UTC_TIMESTAMP))

    def decide(self, path: Path) -> None:
        """Raise LoadError where rows of the other season are read as local time, and no row shows that they are."""
        is_local = (self.before_skipped and not self.skipped) or (
            self.before_repeated and self.repeated >= 2 * self.before_repeated
        )
        if self.other is None or (is_local and not self.skipped):
            return
        row, micros = self.other
        words, fixed = self.season.words, self.season.fixed_zone
        option = "--collected-at-zone" if self.role == "collected_at" else "--time-zone"
        problem = f"row {row} has {self.name} {clock_text(micros)}, which is {words} by the name of the column, but"
        if self.skipped:
            raise LoadError(
                f"{path}: {problem} read as {self.zone}. Other rows are in the hour that {self.zone} skips, so they are"
                f" {words} all year. Pass {option} {fixed}."
            )
        raise LoadError(
            f"{path}: {problem} {self.zone} has other clocks then. Pass {option} {fixed} if {words} is kept all year."
            f" If the times are local, rename the column, or describe the file (warehouse inspect FILE --write"
            " mine.yml)."
        )


def _micros(times: pa.Array) -> np.ndarray:
    return pc.fill_null(times.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
