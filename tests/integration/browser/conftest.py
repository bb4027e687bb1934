"""The browser of these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import Trouble, browser, find_browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = find_browser()
    if executable is None:
        pytest.skip("there is no Chromium on the PATH; install one, on Debian with: apt-get install chromium")
    with browser(executable) as opened:
        yield opened


@pytest.fixture
def offline_page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of 1366 pixels without a network; whatever it requests, or stumbles over, fails the test."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    opened, trouble = context.new_page(), Trouble()
    trouble.watch(opened)
    yield opened
    opened.screenshot(path=tmp_path / "seen last.png")
    context.close()
    assert trouble == Trouble()
