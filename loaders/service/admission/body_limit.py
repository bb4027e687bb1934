"""Refuse a body that is too long, before it is read into memory, and one that does not arrive."""

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loaders.service.problems import Problem, problem_response

RECEIVE_SECONDS = 30.0


class BodyTooLong(Problem):
    """The body has more bytes than the service takes."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(413, f"The body is longer than {max_bytes // 2**20 or 1} MB. Send it in parts.")


class BodyTooSlow(Problem):
    """The next part of a body did not come."""

    def __init__(self) -> None:
        super().__init__(408, f"No part of the body came for {RECEIVE_SECONDS:.0f} s. Send it again.")


class BodyLimit:
    """Counts the bytes of a body as they arrive."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._max_bytes:
            response = problem_response(BodyTooLong(self._max_bytes), scope["path"])
            await response(scope, receive, send)
            return
        count, is_complete = 0, False

        async def receive_counted() -> Message:
            nonlocal count, is_complete
            try:
                # After the body only the end of the connection is waited for.
                with anyio.fail_after(None if is_complete else RECEIVE_SECONDS):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlow from None
            is_complete = not message.get("more_body", False)
            count += len(message.get("body", b""))
            if count > self._max_bytes:
                raise BodyTooLong(self._max_bytes)
            return message

        await self._app(scope, receive_counted, send)
