"""A browser and servers of the bundled dataset."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visits import Visit, serving
from tests.conftest import required

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Other tests run beside, and a first answer makes indexes.
expect.set_options(timeout=20_000)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)"
        if required("REQUIRE_BROWSER"):
            pytest.fail(f"REQUIRE_BROWSER=1, but {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(bundled_file: Path) -> Iterator[str]:
    """A server of the bundled dataset that only reads."""
    with serving(bundled_file) as origin:
        # The proposals of identity, which every card asks for, take seconds the first time.
        urlopen(f"{origin}/v1/identity/candidates?limit=1", timeout=180).close()  # noqa: S310
        yield origin


@pytest.fixture
def editable_address(bundled_file: Path, tmp_path: Path) -> Iterator[str]:
    """A server of a copy of the bundled dataset that may be written to."""
    copy = tmp_path / "copy.kgl"
    shutil.copy(bundled_file, copy)
    with serving(copy, "--edit") as origin:
        yield origin


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    opened = Visit(browser)
    yield opened
    opened.page.close()
