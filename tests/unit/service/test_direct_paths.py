"""Paths that are answered without the router give their functions what the router would give them."""

from typing import Annotated

import pytest
from fastapi import FastAPI, Query, Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from loaders.service import direct_paths
from loaders.service.admission.access import Caller
from loaders.service.direct_paths import DirectPath, DirectPaths
from loaders.service.parameters import EvolutionParameters
from loaders.service.problems import Problem, add_handlers

NEEDED = "start_datetime=2026-01-10T00:00Z&end_datetime=2026-01-11&collected_datetime=2026-01-10T09:00+01:00"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A service whose path /direct is direct, and /routed, with the same function, is not."""
    app = FastAPI()

    async def show(request: Request, parameters: Annotated[EvolutionParameters, Query()]) -> PlainTextResponse:
        return PlainTextResponse(repr(parameters), headers={"is-routed": str("route" in request.scope)})

    async def answer(request: Request, caller: Caller, parameters: EvolutionParameters) -> PlainTextResponse:
        if parameters.metric == ["refused"]:
            raise Problem(403, "You may not. Ask somebody.")
        return await show(request, parameters)

    async def authorize(request: Request, role: str) -> Caller:
        return Caller("nobody", role, "")

    monkeypatch.setattr(direct_paths, "authorize", authorize)
    app.get("/routed")(show)
    app.get("/direct")(show)
    app.add_middleware(DirectPaths, paths={"/direct": DirectPath(answer, EvolutionParameters)})
    add_handlers(app)
    return TestClient(app)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "node_id=1",
        "node_id=1&node_id=2&metric=load",
        "node=B%C3%BCro&node=a%2Cb",
        "limit=3&limit=4&flagged=false",
        "loaded_datetime=2026-01-10T09:00%2B01:00&format=csv&cursor=x",
    ],
)
def test_the_parameters_are_those_of_the_route(client: TestClient, query: str) -> None:
    direct, routed = (client.get(f"{path}?{NEEDED}&{query}") for path in ("/direct", "/routed"))
    assert (direct.status_code, direct.headers["is-routed"]) == (200, "False")
    assert direct.text == routed.text


@pytest.mark.parametrize(
    "query", ["nodeid=1", "node_id=0", "node_id=", "limit=x", "node=a&node_id=1", "flagged=", "end_datetime=x"]
)
def test_what_is_not_valid_is_refused_by_the_route(client: TestClient, query: str) -> None:
    direct, routed = (client.get(f"{path}?{NEEDED}&{query}") for path in ("/direct", "/routed"))
    assert direct.status_code == routed.status_code == 422
    assert direct.json() == {**routed.json(), "instance": "/direct"}


def test_a_problem_is_answered_and_other_methods_are_left_to_the_router(client: TestClient) -> None:
    refused = client.get(f"/direct?{NEEDED}&metric=refused")
    assert (refused.status_code, refused.json()["instance"]) == (403, "/direct")
    assert client.post(f"/direct?{NEEDED}").status_code == 405
