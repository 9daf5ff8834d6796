"""What the tests in a browser share: a server as a user starts it, and a page that notes what it asks for."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request

WIDTHS = (1280, 390)


@contextmanager
def serving(store: Path, *arguments: str) -> Iterator[str]:
    """The server as a user starts it, on a free loopback port."""
    command = [str(Path(sys.executable).parent / "parkgraph"), "--store", f"embedded:{store}"]
    seeds = Path(__file__).resolve().parents[3] / "shared" / "seeds"
    if seeds.is_dir():
        command += ["--texts", str(seeds)]
    asked = [*command, "serve", "--port", "0", *arguments]
    server = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    said = server.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found, said
    yield found[0]
    server.send_signal(signal.SIGINT)
    assert server.wait(20) in (0, 130, -signal.SIGINT)


class Visit:
    """A page with everything it asked for and every complaint of the browser."""

    def __init__(self, browser: Browser, width: int = 1280) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", self._asked)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def stayed_at(self, origin: str) -> None:
        """Assert that every request went to the origin (or carried its own data) and nothing failed."""
        host = urlsplit(origin).netloc
        assert self.requests
        strangers = [
            url for url in self.requests if urlsplit(url).netloc != host and not url.startswith("data:")
        ]
        assert strangers == []
        assert self.complaints == []

    def fits(self, *widths: int) -> None:
        """Assert that nothing makes the page scroll sideways, as wide as it is or at each of the widths."""
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.fits()
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
