"""The OpenAPI document and the service agree: random requests by the document, valid and invalid ones."""

import socket
import threading
from collections.abc import Iterator

import pytest
import schemathesis
import uvicorn
from hypothesis import settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from loaders.service.app import create_app
from loaders.service.options import ServiceOptions
from tests.support.warehouses import Warehouse

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]
APP = create_app(ServiceOptions(require_keys=True, requests_per_minute=1_000_000))
# A stream has no end, so it is left to test_stream.
schema = schemathesis.openapi.from_dict(APP.openapi()).exclude(path="/api/v1/stream")


@pytest.fixture(scope="module")
def address(filled: Warehouse) -> Iterator[str]:
    """A service on a port of this machine that requires a key for everything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(APP, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=30)


@schema.parametrize()
@settings(max_examples=2, deadline=None, derandomize=True)
def test_every_answer_is_one_that_the_document_describes(
    case: schemathesis.Case, address: str, keys: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {keys['operator']}"}
    case.call_and_validate(base_url=address, headers=headers, checks=CHECKS)
