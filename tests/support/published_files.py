"""Published data next to the project, and the hours of EIA-930 files, read with nothing of the loaders."""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loaders.files import find_files
from loaders.ingest.pipeline import IngestOptions, ingest_files
from loaders.settings import PROJECT_ROOT

DATA = PROJECT_ROOT.parent / "shared" / "data"
EIA = DATA / "eia930" / "raw"
needs_published_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published data are not there: {DATA}")

HOUR = timedelta(hours=1)
NOTHING = ("EMPTY", "MISSING")
Hour = tuple[datetime, str]


def hours_of(file: str) -> Iterator[Hour]:
    """(beginning of the hour, value as text); the files name its end."""
    with gzip.open(EIA / f"{file}.csv.gz", "rt", encoding="utf-8") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        time, demand = header.index("date_time"), header.index("demand (MW)")
        for row in rows:
            yield datetime.fromisoformat(row[time]).replace(tzinfo=UTC) - HOUR, row[demand]


def ingest(pattern: Path, form: str) -> None:
    """Load files of the published data, none of which is refused or held."""
    outcomes = ingest_files(find_files([str(DATA / pattern)]), IngestOptions(format=form, create_missing=True), jobs=2)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert {outcome.result.status for outcome in outcomes} == {"accepted"}
