"""Drafts of descriptions of files as publishers write them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.formats import ReadOptions, format_named
from loaders.ingest.description_draft import draft_description, draft_pattern
from loaders.ingest.file_header import read_header
from loaders.ingest.inspection import inspect_file

GERMAN = """Datum;Uhrzeit;Netzlast [MW]
29.03.2026;01:00;41.234,5
29.03.2026;03:00;39.900,25
"""
KNOWN = ReadOptions(collected_at=datetime(2026, 4, 1, tzinfo=UTC))


def drafted(path: Path, text: str, **options: str) -> str:
    path.write_text(text, encoding="utf-8")
    draft = path.with_suffix(".yml")
    draft.write_text(draft_description(read_header(path), path, ReadOptions(**options)), encoding="utf-8")
    return str(draft)


def test_a_date_next_to_a_time_of_day_and_grouped_numbers_are_read_by_the_draft(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    draft = drafted(path, GERMAN, node="N", grid="DE", region="R", time_zone="Europe/Berlin")
    (batch,) = format_named(draft).read(path, KNOWN)
    assert [time.isoformat() for time in batch["interval_start"].to_pylist()] == [
        "2026-03-29T00:00:00+00:00",
        "2026-03-29T01:00:00+00:00",
    ]
    assert batch["value"].to_pylist() == [41234.5, 39900.25]
    assert {(row["grid"], row["region"], row["node"], row["unit"]) for row in batch.to_pylist()} == {
        ("DE", "R", "N", "MW")
    }
    roles = inspect_file(path, draft, KNOWN).columns
    assert roles["Datum"] == roles["Uhrzeit"] == "interval_start"


def test_a_date_next_to_a_time_of_day_needs_a_description(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text(GERMAN, encoding="utf-8")
    questions = {item.what: item.option for item in inspect_file(path).unclear}
    assert "--write" in questions["the columns Datum and Uhrzeit hold dates and times of day"]
    assert not any("interval_start" in option for option in questions.values())


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["01.02.2026 13:00"], "%d.%m.%Y %H:%M"),
        (["01/02/2026 13:00", "28/02/2026 13:00"], "%d/%m/%Y %H:%M"),
        (["2/28/2026 1:00:00"], "%m/%d/%Y %H:%M:%S"),
        (["28-02-2026"], "%d-%m-%Y"),
        (["01/02/2026 13:00", "02/02/2026 13:00"], None),
        (["28/02/2026", "02/28/2026"], None),
        (["2026-02-01 13:00"], None),
        ([], None),
    ],
)
def test_day_and_month_are_known_only_where_the_texts_show_them(texts: list[str], pattern: str | None) -> None:
    assert draft_pattern(texts) == pattern
