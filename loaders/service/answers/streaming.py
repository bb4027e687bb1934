"""Send an answer in parts, only as fast as the client reads, and not to one that hardly reads at all."""

from collections.abc import Iterator, Mapping

import anyio
from anyio.to_thread import run_sync
from starlette.responses import StreamingResponse
from starlette.types import Send

# A client that takes longer for one piece is cut off, so that it does not keep a session of the database.
PIECE_BYTES = 64 * 1024
SEND_SECONDS = 30.0


class PartsResponse(StreamingResponse):
    """Parts that are made while they are sent. Whatever ends the answer, what makes them is closed."""

    def __init__(self, parts: Iterator[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(parts, headers=headers)
        self._parts = parts

    async def stream_response(self, send: Send) -> None:
        """Send everything. Raises TimeoutError where the client does not read."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for part in self.body_iterator:
                for first in range(0, len(part), PIECE_BYTES):
                    piece = bytes(memoryview(part)[first : first + PIECE_BYTES])  # type: ignore[arg-type]
                    with anyio.fail_after(SEND_SECONDS):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            close = getattr(self._parts, "close", None)
            if close is not None:
                with anyio.CancelScope(shield=True):
                    await run_sync(close)
