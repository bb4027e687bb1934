"""Who may do what: every denial, per key and without one."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from loaders.database.api_keys import create_key, list_keys, revoke_key
from loaders.errors import UsageError
from tests.support.service_case import client_of
from tests.support.warehouses import Warehouse

GRIDS = "/api/v1/grids/"
VALUES = "/api/v1/measures/query/?start_datetime=2026-01-10&end_datetime=2026-01-11"  # a path without the router
each_way = pytest.mark.parametrize("path", [GRIDS, VALUES], ids=["routed", "direct"])


def test_reads_on_this_machine_need_no_key_unless_keys_are_required(client: TestClient, keys: dict[str, str]) -> None:
    assert client.get(GRIDS).status_code == 200
    with client_of(require_keys=True) as strict:
        denied = strict.get(GRIDS)
        assert denied.status_code == 401
        assert denied.headers["www-authenticate"] == "Bearer"
        assert strict.get(GRIDS, headers={"X-API-Key": keys["analyst"]}).status_code == 200


@each_way
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"Host": "rebound.example"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_a_read_through_a_proxy_or_from_a_foreign_page_needs_a_key(
    client: TestClient, headers: dict, path: str
) -> None:
    assert client.get(path, headers=headers).status_code == 401


@each_way
def test_another_machine_needs_a_key(filled: Warehouse, keys: dict[str, str], path: str) -> None:
    with client_of(address="203.0.113.7", host="0.0.0.0") as remote:
        assert remote.get(path).status_code == 401
        for role in keys:
            assert remote.get(path, headers={"Authorization": f"Bearer {keys[role]}"}).status_code == 200


@each_way
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer whk_wrong"},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer "},
        {"X-API-Key": "x" * 5000},
        {"X-API-Key": "' or 1=1 --"},
    ],
)
def test_a_wrong_key_is_denied_also_where_none_is_needed(client: TestClient, headers: dict, path: str) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert "whk_wrong" not in answer.text


def test_two_keys_in_one_request_are_refused(client: TestClient, keys: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {keys['analyst']}", "X-API-Key": keys["loader"]}
    assert client.get(GRIDS, headers=headers).status_code == 400


def test_a_revoked_key_is_denied_at_once(client: TestClient) -> None:
    key = create_key("temporary", "analyst", "tester")
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get(GRIDS, headers=headers).status_code == 200
    made = next(found for found in list_keys() if found.name == "temporary")
    assert made.status == "active"
    assert revoke_key(made.key_id, "tester")
    assert not revoke_key(made.key_id, "tester")
    assert client.get(GRIDS, headers=headers).status_code == 401


def test_a_key_is_denied_from_its_end_on(client: TestClient) -> None:
    end = datetime.now(UTC) + timedelta(seconds=2)
    headers = {"Authorization": f"Bearer {create_key('short', 'analyst', 'tester', end)}"}
    assert client.get(GRIDS, headers=headers).status_code == 200
    time.sleep((end - datetime.now(UTC)).total_seconds() + 0.1)
    assert client.get(GRIDS, headers=headers).status_code == 401
    assert next(key for key in list_keys() if key.name == "short").status == "expired"
    with pytest.raises(UsageError):
        create_key("late", "analyst", "tester", datetime.now(UTC) - timedelta(hours=1))


def test_the_database_has_the_hash_of_a_key_and_shows_it_to_nobody(filled: Warehouse, keys: dict[str, str]) -> None:
    stored = filled.query("select api_keys::text from ledger.api_keys")
    assert stored
    assert not any(key in text for (text,) in stored for key in keys.values())
    for login in ("warehouse_analyst", "warehouse_loader", "warehouse_transformer"):
        with filled.connect(login) as connection:
            row = connection.execute(
                "select has_table_privilege('ledger.api_keys', 'select, insert, update')"
            ).fetchone()
            assert row == (False,)


@each_way
def test_each_key_has_its_own_limit_of_requests(filled: Warehouse, keys: dict[str, str], path: str) -> None:
    with client_of(requests_per_minute=12, require_keys=True) as limited:
        headers = {"Authorization": f"Bearer {keys['analyst']}"}
        answers = [limited.get(path, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 6
        assert limited.get(path, headers={"Authorization": f"Bearer {keys['loader']}"}).status_code == 200
        guesses = [limited.get(path, headers={"X-API-Key": f"whk_{number}"}).status_code for number in range(3)]
        assert guesses == [401, 401, 429]


def test_other_sites_may_not_read_answers(client: TestClient) -> None:
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    answer = client.options(GRIDS, headers=headers)
    assert not any(name.startswith("access-control") for name in answer.headers)
