"""Keep answers in a Redis or Valkey server, so that several services share them."""

import json
import logging
import time
from typing import TYPE_CHECKING

from loaders.errors import UsageError
from loaders.messages import one_line
from loaders.service.answers.cache import CachedAnswer

if TYPE_CHECKING:
    pass

PREFIX = "warehouse:answer:"
KEPT_SECONDS = 3600
LARGEST_BYTES = 8 * 2**20
# A cache that takes longer than this is slower than the database.
WAIT_SECONDS = 0.25
# After a failure the service goes on without the cache for so long.
PAUSE_SECONDS = 10.0

log = logging.getLogger(__name__)


class SharedCache:
    """Answers on a server. While it cannot be reached, every answer is read from the database."""

    def __init__(self, url: str) -> None:
        from redis import RedisError
        from redis.asyncio import Redis

        self._failures = (RedisError, OSError)
        try:
            self._server: Redis = Redis.from_url(url, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS)
        except ValueError:
            # Without the cause, which would quote the password of the address.
            raise UsageError(
                "WAREHOUSE_CACHE_URL is not an address of a Redis or Valkey server. Use one such as"
                " redis://127.0.0.1:6379/0."
            ) from None
        self._paused_until = 0.0

    async def get(self, etag: str) -> CachedAnswer | None:
        """Return a kept answer; None also where the server cannot be reached or has something else."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            kept = await self._server.get(PREFIX + etag)
        except self._failures as error:
            self._pause(error)
            return None
        return _decode(kept) if isinstance(kept, bytes) else None

    async def put(self, etag: str, answer: CachedAnswer) -> None:
        """Keep an answer for an hour, unless it is too large."""
        if len(answer.body) > LARGEST_BYTES or time.monotonic() < self._paused_until:
            return
        try:
            await self._server.set(PREFIX + etag, _encode(answer), ex=KEPT_SECONDS)
        except self._failures as error:
            self._pause(error)

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._server.aclose()

    def _pause(self, error: Exception) -> None:
        self._paused_until = time.monotonic() + PAUSE_SECONDS
        log.warning("The shared cache cannot be used (%s). Answers come from the database.", one_line(error))


def _encode(answer: CachedAnswer) -> bytes:
    return json.dumps(dict(answer.headers)).encode() + b"\n" + answer.body


def _decode(kept: bytes) -> CachedAnswer | None:
    head, separator, body = kept.partition(b"\n")
    try:
        headers = json.loads(head)
    except ValueError:
        return None
    is_answer = separator and isinstance(headers, dict) and all(isinstance(text, str) for text in headers.values())
    return CachedAnswer(body, headers) if is_answer else None
