"""A body that does not arrive, and an answer that is not read, end after a while; what makes the answer is closed."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from loaders.service.admission import body_limit
from loaders.service.admission.body_limit import BodyLimit, BodyTooSlow
from loaders.service.answers import streaming
from loaders.service.answers.streaming import PartsResponse

SCOPE = {"type": "http", "headers": [], "path": "/"}


class Parts:
    """An endless answer that notes when it is closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return b"x" * 200_000

    def close(self) -> None:
        self.is_closed = True


async def never(*_: Any) -> Any:
    await asyncio.Event().wait()


def test_an_answer_that_is_not_read_is_given_up_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SEND_SECONDS", 0.05)
    parts, sizes = Parts(), []

    async def send(message: dict[str, Any]) -> None:
        if len(sizes) == 5:
            await never()
        sizes.append(len(message.get("body", b"")))

    with pytest.raises(TimeoutError):
        asyncio.run(PartsResponse(parts, {}).stream_response(send))
    assert parts.is_closed
    assert max(sizes) == streaming.PIECE_BYTES


def test_a_client_that_leaves_closes_the_answer_too() -> None:
    parts, left = Parts(), asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        left.set()
        await asyncio.sleep(0)

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    asyncio.run(PartsResponse(parts, {})(SCOPE, receive, send))
    assert parts.is_closed


def test_half_a_body_ends_after_a_while_and_a_whole_one_waits_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "RECEIVE_SECONDS", 0.05)
    messages = [{"type": "http.request", "body": b"half", "more_body": True}]

    async def receive() -> Any:
        return messages.pop(0) if messages else await never()

    async def read(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body", False):
            pass

    async def read_on(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):  # longer than a body may take
                await receive()

    with pytest.raises(BodyTooSlow, match="Send it again"):
        asyncio.run(BodyLimit(read, 1000)(SCOPE, receive, never))
    messages.append({"type": "http.request", "body": b"whole", "more_body": False})
    asyncio.run(BodyLimit(read_on, 1000)(SCOPE, receive, never))
