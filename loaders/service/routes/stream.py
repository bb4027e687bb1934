"""Follow the builds: server-sent events, or the same as a WebSocket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, WebSocket
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocketDisconnect, WebSocketState
from warehouse.errors import UnavailableError
from warehouse.live.mart_changes import MartChange

from loaders.errors import WarehouseError
from loaders.service.admission.access import AnalystCaller, authorize
from loaders.service.context import context_of
from loaders.service.mart_events import event_data
from loaders.service.parameters import MAX_CHANGE_NUMBER, SocketParameters, StreamParameters
from loaders.service.problems import Problem, as_problem
from loaders.service.schemas.answers import problems

router = APIRouter(tags=["live"])

ALIVE_SECONDS = 15.0
LOOK_SECONDS = 0.5  # how soon a stream sees that the service ends
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
LastEventId = Annotated[int | None, Header(ge=0, le=MAX_CHANGE_NUMBER, description="Continue after this event.")]


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


@router.get(
    "/stream",
    summary="Follow the builds",
    response_class=EventStream,
    responses=problems(401, 403, 422, 429, 503),
)
async def stream(
    request: Request,
    caller: AnalystCaller,
    parameters: Annotated[StreamParameters, Query()],
    last_event_id: LastEventId = None,
) -> EventStream:
    """Server-sent events: `marts` after each change of the selected series and range, with its build, series and range.

    With the header Last-Event-ID it continues after that event. `WS /api/v1/stream/ws` sends the same as JSON texts.
    """
    builds = context_of(request).builds
    builds.refuse_if_full()
    position, changes = await builds.changes_since(last_event_id, parameters)

    async def events() -> AsyncIterator[str]:
        # An event without data sets the id from which a client continues that loses the connection before the first.
        yield f"retry: 2000\nid: {position if last_event_id is None else last_event_id}\n\n"
        async for change in _follow(request, position, changes, parameters):
            if change is None:
                yield ": alive\n\n"
            else:
                yield f"id: {change.number}\nevent: marts\ndata: {json.dumps(event_data(change))}\n\n"

    return EventStream(events(), headers=HEADERS)


@router.websocket("/stream/ws")
async def stream_socket(
    socket: WebSocket,
    parameters: Annotated[SocketParameters, Query()],
) -> None:
    """The events of the stream as JSON texts: `id`, and what the event has. `last_event_id` continues after it."""
    last_id, builds = parameters.last_event_id, context_of(socket).builds
    try:
        await authorize(socket, "analyst")
        builds.refuse_if_full()
        position, changes = await builds.changes_since(last_id, parameters)
    except (Problem, WarehouseError) as error:
        problem = error if isinstance(error, Problem) else as_problem(error)
        await socket.close(TRY_AGAIN_LATER if problem.status in (429, 503) else POLICY_VIOLATION, problem.detail[:120])
        return
    await socket.accept()
    sender = asyncio.create_task(_send(socket, position if last_id is None else last_id, position, changes, parameters))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # what a client sends is not used
    finally:
        sender.cancel()


async def _send(
    socket: WebSocket, first_id: int, position: int, changes: list[MartChange], parameters: StreamParameters
) -> None:
    try:
        await socket.send_json({"id": first_id})
        async for change in _follow(socket, position, changes, parameters):
            if change is not None:
                await socket.send_json({"id": change.number, **event_data(change)})
        if socket.application_state is WebSocketState.CONNECTED:
            await socket.close(TRY_AGAIN_LATER)
    except WebSocketDisconnect:
        return


async def _follow(
    connection: Request | WebSocket, position: int, changes: list[MartChange], parameters: StreamParameters
) -> AsyncIterator[MartChange | None]:
    """Yield changes as builds make them, and None when there were none for a while.

    It ends when the service does, and when the caller may not read any more.
    """
    context = context_of(connection)
    for change in changes:
        yield change
    with context.builds.subscribe() as built:
        while not context.is_stopping():
            try:
                position, changes = await context.builds.changes_since(position, parameters)
            except UnavailableError:
                changes = []  # the listener wakes this when the database is there again
            for change in changes:
                yield change
            if not await _is_woken(built, context.is_stopping):
                yield None
            try:
                await authorize(connection, "analyst")
            except Problem:
                return
            except UnavailableError:
                continue


async def _is_woken(built: asyncio.Event, is_stopping: Callable[[], bool]) -> bool:
    """Wait for a build. Return False when there was none for a while, or the service ends."""
    deadline = time.monotonic() + ALIVE_SECONDS
    while time.monotonic() < deadline and not is_stopping():
        try:
            async with asyncio.timeout(LOOK_SECONDS):  # wait_for() of Python 3.11 may lose a cancellation
                await built.wait()
        except TimeoutError:
            continue
        built.clear()
        return True
    return False
