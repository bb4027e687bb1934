"""The cache that services share, without a server."""

import asyncio
import logging
import time

import pytest

from loaders.errors import UsageError
from loaders.service.answers.cache import CachedAnswer
from loaders.service.answers.shared_cache import SharedCache, _decode, _encode

NOBODY = "redis://127.0.0.1:1/0"


def test_an_answer_comes_back_byte_by_byte() -> None:
    answer = CachedAnswer(b'[\n{"a": 1}]\x00\xff', {"ETag": '"x"', "Content-Type": "text/csv"})
    assert _decode(_encode(answer)) == answer


@pytest.mark.parametrize("kept", [b"", b"{}", b"no json\nbody", b"[1]\nbody", b'{"ETag": 1}\nbody', b"\xff\nbody"])
def test_anything_else_on_the_server_is_no_answer(kept: bytes) -> None:
    assert _decode(kept) is None


def test_a_server_that_cannot_be_reached_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    cache = SharedCache(NOBODY)

    async def use() -> None:
        for _ in range(50):
            assert await cache.get("etag") is None
            await cache.put("etag", CachedAnswer(b"", {}))
        await cache.close()

    started = time.monotonic()
    with caplog.at_level(logging.WARNING):
        asyncio.run(use())
    assert time.monotonic() - started < 5
    assert len(caplog.records) == 1
    assert "The shared cache cannot be used" in caplog.text


def test_an_address_that_is_none_is_refused_without_its_password() -> None:
    with pytest.raises(UsageError) as refused:
        SharedCache("http://:secret@127.0.0.1/0")
    assert "WAREHOUSE_CACHE_URL is not an address" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
