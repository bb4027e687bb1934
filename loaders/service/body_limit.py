"""Refuse a body that is too long, before it is read into memory."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loaders.service.problems import Problem, problem_response


class BodyTooLong(Problem):
    """The body has more bytes than the service takes."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(413, f"The body is longer than {max_bytes // 2**20 or 1} MB. Send it in parts.")


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
        count = 0

        async def receive_counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > self._max_bytes:
                raise BodyTooLong(self._max_bytes)
            return message

        await self._app(scope, receive_counted, send)
