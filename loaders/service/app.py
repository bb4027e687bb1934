"""Put the HTTP service together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from loaders.service import problems
from loaders.service.admission.body_limit import BodyLimit
from loaders.service.admission.rate_limit import RateLimit
from loaders.service.answers.cache import AnswerCache, MemoryCache
from loaders.service.answers.shared_cache import SharedCache
from loaders.service.context import Context, ReadsDatabase
from loaders.service.direct_paths import DirectPaths
from loaders.service.mart_events import BuildListener
from loaders.service.options import ServiceOptions
from loaders.service.routes import (
    analysis,
    documentation,
    hierarchy,
    hierarchy_edits,
    loads,
    measure_edits,
    measures,
    overview,
    read,
    start_page,
    stream,
)
from loaders.service.schemas import answers as schemas_of_answers
from loaders.service.schemas import changes as written_schemas
from loaders.service.state import DatabaseState

BASE = "/api/v1"
# Each thread that reads has one or two connections of the analyst, whose number is limited.
READ_THREADS = 12
DESCRIPTION = """
Values of electricity grids that change over time, as they are and as they were known.

Times are UTC. Ranges are [start, end). An answer is JSON, NDJSON, CSV, an Arrow stream or Parquet, by `Accept` or
`format`. Errors are problem details (RFC 9457).
"""


def create_app(options: ServiceOptions, is_stopping: Callable[[], bool] = lambda: False) -> FastAPI:
    """Return the service. It connects to the database with the first request. is_stopping: whether it ends."""
    state = DatabaseState()
    cache: AnswerCache = SharedCache(options.cache_url) if options.cache_url else MemoryCache(options.cache_bytes)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = READ_THREADS
        yield
        await state.close()
        await cache.close()

    app = FastAPI(
        generate_unique_id_function=_operation_id,
        title="Warehouse API",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.context = Context(
        options,
        state,
        RateLimit(options.requests_per_minute),
        cache,
        BuildListener(),
        is_stopping,
    )
    app.add_middleware(DirectPaths, paths={f"{BASE}{path}": direct for path, direct in measures.DIRECT_PATHS.items()})
    app.add_middleware(BodyLimit, max_bytes=options.max_body_bytes)
    app.add_middleware(ReadsDatabase)
    problems.add_handlers(app)
    documentation.add_to(app)
    app.include_router(overview.health_router)
    app.include_router(start_page.router)
    for part in (overview, hierarchy, hierarchy_edits, measures, measure_edits, analysis, loads, read, stream):
        app.include_router(part.router, prefix=BASE)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _operation_id(route: APIRoute) -> str:
    """Return the name of a function for generated clients. A function that two methods share has two names."""
    return f"{route.name}_partly" if "PATCH" in (route.methods or ()) else route.name


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the shapes of the answers and without those of FastAPI's own errors."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for body in (*schemas_of_answers.DESCRIBED, *written_schemas.DESCRIBED):
            described = body.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= {**described.pop("$defs", {}), body.__name__: described}
        app.openapi_schema = document
    return app.openapi_schema
