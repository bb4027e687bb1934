"""Files as they should not be, by the path that every file takes: rows with a reason, or one clear error; nothing else.

Each case says what it must come to: an error that names the file, with the ledger as it was, or a load in which each
bad row is rejected with its reason and each good one is stored.
"""

import gzip
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loaders.formats import format_named
from loaders.ingest import recognition
from loaders.ingest.pipeline import IngestOptions, IngestResult, ingest_files
from loaders.settings import PROJECT_ROOT
from tests.support.malformed_files import (
    BAD_OBJECTS,
    BAD_ROWS,
    PLAIN,
    STRANGE_BUT_GOOD,
    WHOLE_FILES,
    csv_of,
    line,
    parquet,
    row,
)
from tests.support.warehouses import Warehouse, temporary_database


@pytest.fixture(scope="module")
def empty(test_server: None) -> Iterator[Warehouse]:
    """A warehouse with the raw schema, which the cases share."""
    with temporary_database("test_malformed") as made:
        yield made


def take(path: Path, name: str = "long") -> IngestResult:
    (outcome,) = ingest_files([path], IngestOptions(format=name, create_missing=True, max_rejects=1.0))
    return outcome


def in_raw(warehouse: Warehouse) -> list[tuple]:
    """How much there is of everything, the row ids that were handed out left aside."""
    return warehouse.query("""
        select
            (select count(*) from raw.grids), (select count(*) from raw.regions), (select count(*) from raw.nodes),
            (select count(*) from raw.series), (select count(*) from raw.loads), (select count(*) from raw.load_events),
            (select count(*) from raw.measures), (select count(*) from raw.rejected_rows),
            (select count(*) from pg_inherits where inhparent = 'raw.measures'::regclass)
    """)


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_a_file_that_cannot_be_used_is_one_error_and_changes_nothing(
    empty: Warehouse, tmp_path: Path, case: str
) -> None:
    name, data, message = WHOLE_FILES[case]
    path = tmp_path / name
    path.write_bytes(data)
    before = in_raw(empty)
    refused(take(path), path, message)
    assert in_raw(empty) == before


def refused(outcome: IngestResult, path: Path, message: str) -> None:
    """One clear sentence or two that name the file."""
    assert outcome.result is None, outcome
    assert outcome.error.startswith(f"{path}")
    assert re.search(message, outcome.error), outcome.error
    assert "\n" not in outcome.error
    assert len(outcome.error) < len(str(path)) + 800
    assert outcome.error.endswith(".")


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_rejected_with_its_reason_and_the_good_ones_are_stored(
    empty: Warehouse, tmp_path: Path, case: str
) -> None:
    bad, reason = BAD_ROWS[case]
    grid = f"grid-{uuid.uuid4()}"
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(row(grid=grid), bad, row(grid=grid, node="M")))
    rejected(empty, take(path), reason, grid)


@pytest.mark.parametrize("case", BAD_OBJECTS)
def test_a_bad_object_is_rejected_with_its_reason_and_the_good_ones_are_stored(
    empty: Warehouse, tmp_path: Path, case: str
) -> None:
    bad, reason = BAD_OBJECTS[case]
    grid = f"grid-{uuid.uuid4()}"
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join([line(grid=grid), bad, line(grid=grid, node="M")]))
    rejected(empty, take(path), reason, grid)


def rejected(warehouse: Warehouse, outcome: IngestResult, reason: str, grid: str) -> None:
    """The second of three rows was, for that reason; the two others are stored."""
    assert outcome.error is None
    result = outcome.result
    assert (result.rows_read, result.rows_inserted, result.rows_rejected) == (3, 2, 1)
    assert result.status == "accepted"
    found = warehouse.query(
        "select row_number, reason, jsonb_typeof(payload), length(payload::text) from raw.rejected_rows"
        " where load_id = %s",
        result.load_id,
    )
    assert [each[:3] for each in found] == [(2, reason, "object")]
    assert found[0][3] < 25_000
    nodes = warehouse.query(
        "select node_name, value from raw.measures join raw.series using (series_id) join raw.nodes using (node_id)"
        " join raw.regions using (region_id) join raw.grids using (grid_id) where grid_name = %s order by 1",
        grid,
    )
    assert nodes == [("M", 1.5), ("N", 1.5)]


@pytest.mark.parametrize("case", STRANGE_BUT_GOOD)
def test_a_strange_name_is_stored_letter_by_letter(empty: Warehouse, tmp_path: Path, case: str) -> None:
    name, grid = STRANGE_BUT_GOOD[case], f"grid-{uuid.uuid4()}"
    quoted = name if name.startswith('"') else f'"{name}"'
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(row(grid=grid, region=quoted, node=quoted)))
    assert take(path).result.rows_inserted == 1
    found = empty.query(
        "select region_name, node_name from raw.nodes join raw.regions using (region_id) join raw.grids using (grid_id)"
        " where grid_name = %s",
        grid,
    )
    meant = '"a"b"' if name.startswith('"') else name
    assert found == [(meant, meant)]


def test_a_file_of_nothing_but_bad_rows_is_stored_as_such_or_refused(empty: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(*(row(value=f"bad {number}") for number in range(50))))
    before = in_raw(empty)
    (outcome,) = ingest_files([path], IngestOptions(format="long", create_missing=True))
    refused(outcome, path, r"50 of 50 rows would be rejected, more than --max-rejects allows.*bad_number \(50\)")
    assert in_raw(empty) == before
    result = take(path).result
    assert (result.rows_read, result.rows_inserted, result.rows_rejected) == (50, 0, 50)
    assert result.status == "accepted"


def test_a_single_line_of_200_megabytes_is_refused_without_reading_it_all_into_memory(
    empty: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        for _ in range(200):
            stream.write(b"x" * (1 << 20))
    # In a process of its own, whose peak can be seen.
    script = (
        "import pathlib, re, sys\nfrom loaders.cli import main\n"
        "try:\n    main()\nfinally:\n"
        # Not ru_maxrss, which begins with the peak of the process that made this one.
        "    peak = re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())\n"
        "    print('peak', int(peak[1]) // 1024, file=sys.stderr)\n"
    )
    answer = run("-c", script, "ingest", str(path))
    assert answer.returncode == 1
    assert f"error: {path}: line 1 is longer than" in answer.stderr
    assert int(answer.stderr.rsplit("peak", 1)[1]) < 250


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("case", ["empty", "truncated gzip", "a NUL byte", "truncated Parquet", "a line without end"])
def test_the_command_says_it_in_one_line_and_exits_1(empty: Warehouse, tmp_path: Path, case: str) -> None:
    name, data, _ = WHOLE_FILES[case]
    path = tmp_path / name
    path.write_bytes(data)
    before = in_raw(empty)
    answer = run("-m", "loaders", "ingest", str(path), "--create-missing")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stdout + answer.stderr
    stated = [each for each in answer.stderr.splitlines() if each.strip()]
    assert len(stated) == 1, stated
    assert stated[0].startswith(f"error: {path}: ")
    assert "failed" in answer.stdout
    assert in_raw(empty) == before


@pytest.mark.parametrize(
    "name",
    ["sp ace.csv", "new\nline.csv", "'; drop table raw.loads; --.csv", "%s {0} [x].csv", "ünïcode 東京.csv", "-f.csv",
     b"not \xff utf-8.csv", "n" * 200 + ".csv"],
)  # fmt: skip
def test_a_file_may_have_any_name(empty: Warehouse, tmp_path: Path, name: str | bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(csv_of(row(grid=f"grid-{uuid.uuid4()}")))
    outcome = take(path)
    assert outcome.error is None
    assert outcome.result.rows_inserted == 1


def test_what_is_no_file_is_one_error(empty: Warehouse, tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    before = in_raw(empty)
    for path, message in [
        (tmp_path / "missing.csv", "does not exist"),
        (tmp_path, "folder"),
        (loop, "symbolic link|cannot be"),
        (tmp_path / ("n" * 300), "name too long|cannot be"),
        (tmp_path / "a.csv" / "b.csv", "does not exist|cannot be|[Nn]ot a directory"),
        (Path("/dev/null"), "not a regular file|is empty"),
    ]:
        refused(take(path), path, f"(?i){message}")
    assert in_raw(empty) == before


GOOD_FILES = {
    "a.csv": csv_of(*(row(interval_start=f"2024-01-0{day}T00:00Z", value=str(day)) for day in range(1, 8))),
    "b.csv": csv_of(row(), row(node="M", value="")).replace(b",", b";"),
    "c.ndjson": "\n".join([line(), line(node="M"), line(value=None)]).encode(),
    "d.csv.gz": gzip.compress(PLAIN.encode(), mtime=0),
    "e.parquet": parquet(),
}
SPLICES = st.sampled_from(
    [b'"', b"\n", b"\r", b",", b";", b"\0", b"\xff", b"{", b"}", b"\\u0000", b"\\ud800", b"e999", b"-", b"9" * 400,
     b"\\", b"'", b"%s", b"NaN", b"\xc3", b"\xf0\x9f\x97\xbc", b"2024", b"24:00"]
)  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file in which some bytes were replaced, cut out or put in."""
    name = draw(st.sampled_from(sorted(GOOD_FILES)))
    data = bytearray(GOOD_FILES[name])
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 6))
        data[place : place + cut] = draw(SPLICES | st.binary(max_size=4))
    return name, bytes(data)


@given(mutations())
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_a_mutated_file_is_accounted_for_or_refused(
    empty: Warehouse, tmp_path: Path, mutation: tuple[str, bytes]
) -> None:
    path = tmp_path / mutation[0]
    path.write_bytes(mutation[1])
    before = in_raw(empty)
    outcome = take(path)
    if outcome.error is not None:
        refused(outcome, path, "")
        assert in_raw(empty) == before
        return
    result = outcome.result
    assert result.rows_read == result.rows_inserted + result.rows_duplicate + result.rows_blank + result.rows_rejected
    found = empty.query(
        "select (select count(*) from raw.measures where load_id = %s), (select count(*) from raw.rejected_rows where"
        " load_id = %s and jsonb_typeof(payload) = 'object')",
        result.load_id,
        result.load_id,
    )
    assert found == [(result.rows_inserted, result.rows_rejected)]


def test_a_fault_of_our_own_is_one_error_too(empty: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(recognition, "format_named", lambda name: replace(format_named(name), read_file=stumble))
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(row(grid=f"grid-{uuid.uuid4()}")))
    refused(take(path), path, r"unexpected ZeroDivisionError \(division by zero\)\. Nothing was stored\. Use --verbose")
