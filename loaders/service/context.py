"""What the requests of one service share."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from warehouse.connection import database_only

from loaders.service.admission.rate_limit import RateLimit
from loaders.service.answers.cache import AnswerCache
from loaders.service.mart_events import BuildListener
from loaders.service.options import ServiceOptions
from loaders.service.state import DatabaseState


@dataclass(frozen=True)
class Context:
    """The parts of a running service. is_stopping: whether it ends, so that streams end too."""

    options: ServiceOptions
    state: DatabaseState
    rate_limit: RateLimit
    cache: AnswerCache
    builds: BuildListener
    is_stopping: Callable[[], bool]


def context_of(connection: HTTPConnection) -> Context:
    """Return the context of the service that handles a request."""
    context: Context = connection.app.state.context
    return context


class ReadsDatabase:
    """Lets a request read from the database, also where the process itself is connected to a service."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        with database_only():
            await self._app(scope, receive, send)
