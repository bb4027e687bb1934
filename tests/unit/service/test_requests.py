"""What needs no database: forms, limits, memory, cursors."""

import asyncio
from datetime import UTC, datetime

import pandas as pd
import pytest

from loaders.service.admission.rate_limit import RateLimit
from loaders.service.answers.cache import CachedAnswer, MemoryCache, make_etag, matches
from loaders.service.answers.negotiation import choose_format
from loaders.service.answers.pages import Position
from loaders.service.options import ServiceOptions, is_loopback
from loaders.service.problems import Problem
from loaders.service.routes.start_page import _shown


@pytest.mark.parametrize(
    ("requested", "accept", "form"),
    [
        (None, None, "json"),
        (None, "*/*", "json"),
        (None, "text/csv", "csv"),
        (None, "application/x-ndjson;q=0.5, application/vnd.apache.arrow.stream", "arrow"),
        (None, "text/csv;q=0, application/json", "json"),
        (None, "text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("parquet", "text/csv", "parquet"),
    ],
)
def test_the_parameter_has_precedence_over_the_header(requested: str | None, accept: str | None, form: str) -> None:
    assert choose_format(requested, accept) == form


def test_a_form_that_is_not_available_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        choose_format(None, "application/xml")
    assert refused.value.status == 406


def test_the_memory_for_answers_is_bounded_and_keeps_what_was_used_last() -> None:
    cache = MemoryCache(max_bytes=800)

    async def use() -> None:
        for number in range(20):
            await cache.put(str(number), CachedAnswer(b"x" * 100, {}))
            await cache.get("13")
        assert cache.size == 800
        assert await cache.get("13") is not None
        assert await cache.get("0") is None
        await cache.put("long", CachedAnswer(b"x" * 101, {}))
        assert await cache.get("long") is None

    asyncio.run(use())


def test_an_etag_is_of_the_state_the_question_and_the_form() -> None:
    tags = {make_etag("1", state, question, form) for state in "ab" for question in "cd" for form in "ef"}
    assert len(tags) == 8
    assert make_etag("1", "ab", "c", "e") != make_etag("1", "a", "bc", "e")
    tag = make_etag("1")
    assert matches(f'"other", W/{tag}', tag)
    assert matches("*", tag)
    assert not matches('"other"', tag)
    assert not matches(None, tag)


def test_requests_are_counted_by_caller_and_come_back_with_time() -> None:
    now = 0.0
    limit = RateLimit(60, clock=lambda: now)
    for _ in range(10):
        limit.take("a")
    with pytest.raises(Problem) as refused:
        limit.take("a")
    assert refused.value.status == 429
    limit.take("b")
    now = 1.0
    limit.take("a")
    with pytest.raises(Problem):
        limit.take("a")


def test_a_cursor_is_read_back_only_with_its_question() -> None:
    start, loaded = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 11, 0, 0, 0, 7, tzinfo=UTC)
    position = Position(12, start, -(2**63), loaded)
    cursor = position.to_cursor("question")
    assert Position.from_cursor(cursor, "question") == position
    for wrong, question in ((cursor, "another"), (cursor[:-4], "question"), ("", "question"), ("[]", "question")):
        with pytest.raises(Problem) as refused:
            Position.from_cursor(wrong, question)
        assert refused.value.status == 422


def test_only_loopback_is_open() -> None:
    assert ServiceOptions().open_reads
    assert not ServiceOptions(host="0.0.0.0").open_reads
    assert not ServiceOptions(require_keys=True).open_reads
    assert is_loopback("::1")
    assert is_loopback("127.3.2.1")
    assert not is_loopback("127.0.0.1.example")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (pd.Timestamp("2026-04-05T23:00Z"), "2026-04-05 23:00 UTC"),
        (pd.NaT, "-"),
        (None, "-"),
        (81976, "81,976"),
        ("PT1H", "PT1H"),
    ],
)
def test_the_start_page_shows_times_and_numbers_for_people(value: object, shown: str) -> None:
    assert _shown(value) == shown
