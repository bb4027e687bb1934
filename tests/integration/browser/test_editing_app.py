"""The editing app in a real browser: who may in, what each key may do, and whose name the ledger keeps."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from loaders.database.api_keys import create_key, hash_key, list_keys, revoke_key
from loaders.jupyter.editor import HEADER
from tests.support.browser import PATIENCE, Served, Trouble, browser, find_browser, served
from tests.support.warehouses import Warehouse

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    names = {"grid": "G", "region": "R", "node": "N", "metric": "load"}
    hours = pd.date_range("2026-03-01", periods=24, freq="1h", tz="UTC")
    rows = {**names, "interval_start": hours, "collected_at": "2026-03-02T00:00Z", "value": 1.0}
    shared_warehouse.deliver(pd.DataFrame(rows))
    shared_warehouse.build("--resource-type", "model")
    return shared_warehouse


@pytest.fixture(scope="module")
def app(filled: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served("manage", tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = find_browser()
    if executable is None:
        pytest.skip("there is no Chromium on the PATH; install one, on Debian with: apt-get install chromium")
    with browser(executable) as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a new visitor, who states a key of somebody else in a header of each request."""
    context = chromium.new_context(extra_http_headers={HEADER: hash_key(create_key("other", "operator", "test")).hex()})
    context.set_default_timeout(PATIENCE * 1000)
    opened = context.new_page()
    yield opened
    context.close()


def sign_in(page: Page, app: Served, key: str) -> None:
    page.goto(app.url)
    page.get_by_label("Key of the HTTP service").fill(key)
    page.get_by_role("button", name="Sign in").click()


def rename(page: Page, new_name: str, why: str) -> None:
    page.get_by_role("tab", name="Rename").click()
    form = page.locator(".widget-tab-contents > .widget-vbox").filter(has=page.get_by_role("button", name="rename"))
    form.get_by_label("location").select_option(index=0)
    form.get_by_label("new name").fill(new_name)
    form.get_by_label("why").fill(why)
    form.get_by_role("button", name="rename").click()


def test_nobody_gets_in_without_a_key_that_can_be_used(app: Served, page: Page, tmp_path: Path) -> None:
    for path in ("/", "/voila/files/warehouse/session.py", "/api/kernels/9f3bb9a2-3f6c-4b8e-9d5c-0f6f0e6f1a11"):
        status, sent_to = app.get(path, with_token=True)
        assert (status, sent_to.partition("?")[0]) in ((302, "/login"), (403, ""), (404, ""))
    ended = create_key("ended", "operator", "test")
    revoke_key(next(key.key_id for key in list_keys() if key.name == "ended"), "test")
    for key in ("wrong", ended):
        sign_in(page, app, key)
        expect(page.get_by_role("alert")).to_have_text("The key is not valid. Ask the operator for one.")


def test_an_edit_is_made_in_the_name_of_the_key(app: Served, page: Page, filled: Warehouse) -> None:
    trouble = Trouble()
    trouble.watch(page)
    sign_in(page, app, create_key("ann", "loader", "test"))
    expect(page).to_have_title("Edit the warehouse")
    rename(page, "Hub", "the operator's name")
    expect(page.get_by_text("node G/R/N is now G/R/Hub.")).to_be_visible()
    assert filled.query("select who, why from raw.registry_events order by event_id desc limit 1") == [
        ("ann", "the operator's name")
    ]
    page.get_by_role("tab", name="Loads").click()
    form = page.locator(".widget-tab-contents > .widget-vbox").filter(has=page.get_by_role("button", name="withdraw"))
    form.get_by_label("load").select_option(index=0)
    form.get_by_label("why").fill("a try")
    form.get_by_role("button", name="withdraw").click()
    expect(form).to_contain_text("The key 'ann' has the role loader. This needs a key of the role operator.")
    assert filled.query("select status from raw.loads") == [("accepted",)]
    assert trouble == Trouble()


def test_a_key_may_do_what_its_role_may_and_nothing_once_it_is_revoked(app: Served, page: Page) -> None:
    sign_in(page, app, create_key("bob", "analyst", "test"))
    rename(page, "Other", "no reason")
    refused = "The key 'bob' has the role analyst. This needs a key of the role loader."
    expect(page.get_by_text(refused)).to_be_visible()
    revoke_key(next(key.key_id for key in list_keys() if key.name == "bob"), "test")
    page.get_by_role("button", name="rename").click()
    expect(page.get_by_text("Your key was revoked or has expired. Sign in with another one.")).to_be_visible()
    page.goto(app.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
