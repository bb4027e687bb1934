"""Answer the paths that are read most without FastAPI's routing and dependencies, which take half of a short request.

The functions and their parameters are those of the routes, which are also in the OpenAPI document. What is not valid
is left to the routes, which say what is wrong.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from loaders.errors import WarehouseError
from loaders.service.admission.access import Caller, authorize
from loaders.service.problems import Problem, as_problem, problem_response


@dataclass(frozen=True)
class DirectPath:
    """A path for analysts: its function, which takes the request, the caller and the parameters, and their model."""

    answer: Callable[[Request, Caller, Any], Awaitable[Response]]
    parameters: type[BaseModel]

    def parse(self, sent: QueryParams) -> BaseModel:
        """Return the parameters of a request; of several values the last, as the routes do. Raises ValidationError."""
        return self.parameters.model_validate(
            {name: sent.getlist(name) if name in self._lists else value for name, value in sent.items()}
        )

    @cached_property
    def _lists(self) -> frozenset[str]:
        fields = self.parameters.model_fields.items()
        return frozenset(name for name, field in fields if any(map(_is_list, get_args(field.annotation))))


class DirectPaths:
    """Answers GET requests of these paths; all others are passed on."""

    def __init__(self, app: ASGIApp, paths: Mapping[str, DirectPath]) -> None:
        self._app, self._paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path = self._paths.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        response = None if path is None else await _respond(path, Request(scope, receive))
        await (response or self._app)(scope, receive, send)


async def _respond(path: DirectPath, request: Request) -> Response | None:
    """Return the answer or a problem; None where the parameters are not valid."""
    try:
        parameters = path.parse(request.query_params)
    except ValidationError:
        return None
    try:
        return await path.answer(request, await authorize(request, "analyst"), parameters)
    except Problem as problem:
        return problem_response(problem, request.url.path)
    except WarehouseError as error:
        return problem_response(as_problem(error), request.url.path)


def _is_list(annotation: Any) -> bool:
    return get_origin(get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation) is list
