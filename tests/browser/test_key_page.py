"""The page that asks for a key, in a browser: no other client says by itself where a form comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visits import Visit, serving


def test_a_person_opens_the_server_with_a_key(
    browser: Browser, bundled_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKGRAPH_API_KEY", "correct-horse")
    with serving(bundled_file) as origin:
        visit = Visit(browser, 390)
        visit.page.goto(f"{origin}/load?lang=zh")
        for key in ("wrong", "correct-horse"):
            visit.page.get_by_label("密钥").fill(key)
            visit.page.get_by_role("button", name="打开").click()
            if key == "wrong":
                expect(visit.page.get_by_role("alert")).to_contain_text("这个密钥打不开")
                wide = "document.documentElement.scrollWidth - innerWidth"
                assert visit.page.evaluate(wide) <= 0
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("载入文件")
        assert visit.page.url == f"{origin}/load?lang=zh"
        assert not [url for url in visit.requests if "correct-horse" in url]
        visit.page.close()
