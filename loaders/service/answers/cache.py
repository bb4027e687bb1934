"""Keep answers by their ETag, which has the state of the database: an answer in here is never stale."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

LARGEST_SHARE = 8  # an answer of more than an eighth of the memory is not kept


@dataclass(frozen=True)
class CachedAnswer:
    """A complete answer."""

    body: bytes
    headers: Mapping[str, str]


class AnswerCache(Protocol):
    """Where answers are kept."""

    async def get(self, etag: str) -> CachedAnswer | None:
        """Return a kept answer."""

    async def put(self, etag: str, answer: CachedAnswer) -> None:
        """Keep an answer, if it fits."""

    async def close(self) -> None:
        """Free what the cache holds."""


class MemoryCache:
    """The answers of this process that were used last, as far as they fit."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._answers: OrderedDict[str, CachedAnswer] = OrderedDict()

    async def get(self, etag: str) -> CachedAnswer | None:
        """Return a kept answer."""
        answer = self._answers.get(etag)
        if answer is not None:
            self._answers.move_to_end(etag)
        return answer

    async def put(self, etag: str, answer: CachedAnswer) -> None:
        """Keep an answer; those that were not used for longest make room."""
        size = len(answer.body)
        if size * LARGEST_SHARE > self._max_bytes or etag in self._answers:
            return
        self._answers[etag] = answer
        self._size += size
        while self._size > self._max_bytes:
            _, removed = self._answers.popitem(last=False)
            self._size -= len(removed.body)

    async def close(self) -> None:
        """Forget all answers."""
        self._answers.clear()
        self._size = 0

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._size


def make_etag(*parts: str) -> str:
    """Return a strong ETag of a state, a question and a format."""
    return '"' + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32] + '"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Return whether the client has this answer already."""
    if if_none_match is None:
        return False
    sent = {text.strip().removeprefix("W/") for text in if_none_match.split(",")}
    return etag in sent or "*" in sent
