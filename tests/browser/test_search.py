"""Suggestions and the list of all matches in a real browser, by keyboard and pointer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visits import WIDTHS, Visit


def test_a_suggestion_shows_what_was_met_and_is_taken_by_keyboard(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh")
    page.click("#from")
    page.keyboard.type("zhangjaing", delay=20)
    options = page.locator("#from-list [role=option]")
    expect(options.first).to_be_visible()
    expect(page.locator("#from-list .near")).to_contain_text("没有这样的名称")
    expect(options.locator("mark").first).to_have_text("张江")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#from")).to_have_value(re.compile("张江"))
    page.fill("#to", "")
    page.click("#to")
    page.keyboard.type("<img src=x onerror=alert(1)>", delay=5)
    expect(page.locator("#to-list img")).to_have_count(0)
    assert any("/v1/suggest?" in url for url in visit.requests)
    visit.stayed_at(address)


@pytest.mark.parametrize("width", WIDTHS)
def test_all_matches_are_narrowed_by_their_counts_and_the_address_keeps_it(
    browser: Browser, address: str, width: int
) -> None:
    visit = Visit(browser, width)
    page = visit.page
    page.goto(f"{address}/?lang=en")
    page.fill("#entity", "高新区")
    expect(page.locator("#entity-list [role=option]").first).to_be_visible()
    page.press("#entity", "Escape")
    page.click("#list-matches")
    rows = page.locator("ul.matches li")
    expect(page.locator("#matches h3")).to_contain_text("“高新区”")
    everything = rows.count()
    kinds = page.get_by_role("group", name="By kind")
    kinds.get_by_role("button", name=re.compile("^Park ")).click()
    expect(kinds.get_by_role("button", name=re.compile("^Park "))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("group", name="By place").get_by_role("button", name=re.compile("^Gansu ")).click()
    expect(page.locator("#matches h3")).to_contain_text("matches")
    expect(rows.first).to_contain_text("Park")
    assert 0 < rows.count() < everything
    expect(rows.locator("mark").first).to_be_visible()
    shown = page.locator("#matches h3").inner_text()
    page.reload()
    expect(page.locator("#matches h3")).to_have_text(shown)
    rows.first.locator("button").click()
    expect(page.locator("#entity-card h3")).to_be_visible()
    visit.fits()
    visit.stayed_at(address)
    page.close()
