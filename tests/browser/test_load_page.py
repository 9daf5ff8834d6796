"""The page on which files are loaded, in a real browser: from a dropped file to the graph, and nothing that
stands in a file ever runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.browser.visits import WIDTHS, Visit

HOSTILE = "<img src=x onerror=alert(1)>"
VISITS = f"""园区名称,国家,合作方,签约时间,金额（亿元）,状态,备注
成都高新区,中国,蓉城芯片有限公司,2019年5月,约5,已签,{HOSTILE}
河畔科技园,中国,湖滨软件有限公司,2021-13,,洽谈,
甲乙科技园,以色列,湖滨软件有限公司,2021-03,,洽谈,第二期
"""
OWN = "id,name_zh,source\npark:own,自家园区,source:own\n"
SOURCES = "id,name,kind\nsource:own,自家登记,table\n"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A check of a whole load takes longer than a click."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    """A foreign table in GB18030, as Excel saves one in China, with a month that does not exist."""
    path = tmp_path / "visits.csv"
    path.write_bytes(VISITS.encode("gb18030"))
    return path


def upload(page: Page, *files: Path) -> None:
    page.set_input_files("#files", files)
    page.click("#upload")


def only_expected(visit: Visit, origin: str) -> None:
    """Assert that nothing left the server, and that the browser complained of refused requests only."""
    host = urlsplit(origin).netloc
    assert [u for u in visit.requests if urlsplit(u).netloc != host and not u.startswith("data:")] == []
    assert [c for c in visit.complaints if "Failed to load resource" not in c] == []


def test_a_file_with_a_mistake_is_dropped_looked_at_mended_and_applied(
    visit: Visit, editable_address: str, visits: Path
) -> None:
    page = visit.page
    alerts: list[str] = []

    def said(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", said)
    page.goto(f"{editable_address}/?lang=zh")
    page.click("#to-load")
    upload(page, visits)
    expect(page.locator("#state")).to_contain_text("请核对各列的含义")
    meanings = page.locator("#mapping table")
    expect(meanings.locator("tr", has_text="合作方")).to_contain_text("合作 → 企业")
    expect(meanings).to_contain_text("蓉城芯片有限公司")
    expect(meanings).to_contain_text(HOSTILE)
    expect(page.locator("#apply")).to_have_count(0)
    page.click("#check")
    expect(page.locator("#state")).to_contain_text("有错误")
    wrong = page.locator("#findings tbody tr")
    expect(wrong).to_have_count(1)
    for words in ("错误", "第 3 行", "签约时间", "2021-13", "日期无效", "2019-05"):
        expect(wrong).to_contain_text(words)
    page.click('[data-severity="note"]')
    expect(page.locator("#findings tbody")).to_contain_text("读作")
    expect(page.locator("#findings tbody")).not_to_contain_text("日期无效")
    refused = page.request.get(f"{editable_address}{_href(page, '被拒绝的行')}").text()
    assert refused.startswith("\ufeff园区名称")
    assert "2021-13" in refused
    page.locator("#findings #skip").click()
    apply = page.locator("#apply")
    expect(apply).to_have_text("载入：12 条新说法")
    expect(page.locator("#decide")).to_contain_text("被拒绝的 1 行不载入")
    difference = page.locator("#difference")
    expect(difference).to_contain_text("3 新实体")
    signed = difference.locator("tbody tr", has_text="蓉城芯片有限公司").last
    expect(signed).to_contain_text("已签")
    expect(signed).to_contain_text("金额 约 500,000,000 CNY")
    plan = page.request.get(f"{editable_address}{_href(page, '计划文件')}").text()
    assert plan.startswith('{"')
    assert '"record":"plan"' in plan
    expect(page.locator("#list a[aria-current]")).to_have_text("visits.csv")
    apply.click()
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("新增 12 条说法")
    expect(outcome).to_contain_text("parkgraph retract source:visits")
    expect(page.locator("#state")).to_have_text("已载入")
    outcome.get_by_role("link", name="甲乙科技园").click()
    expect(page.locator("#entity-card h3")).to_contain_text("甲乙科技园")
    expect(page.locator("#entity-card")).to_contain_text("湖滨软件有限公司")
    page.goto(f"{editable_address}/?lang=zh&entity={quote('蓉城芯片有限公司')}")
    page.locator("#entity-card section.group details.proof summary").first.click()
    expect(page.locator("#entity-card")).to_contain_text(HOSTILE)
    assert alerts == []
    only_expected(visit, editable_address)


def _href(page: Page, words: str) -> str:
    return page.locator("a", has_text=words).get_attribute("href") or ""


def test_a_mapping_with_an_error_is_told_beside_it_and_mended_there(
    visit: Visit, editable_address: str, visits: Path
) -> None:
    page = visit.page
    page.goto(f"{editable_address}/load?lang=en")
    upload(page, visits)
    text = page.locator("#mapping-text")
    expect(text).to_have_value(re.compile("valid_from: 签约时间"))
    proposed = text.input_value()
    text.fill(proposed.replace("valid_from:", "valid_form:"))
    page.click("#check")
    problem = page.locator("#mapping-problem")
    expect(problem).to_contain_text("The mapping cannot be used")
    expect(problem).to_contain_text("valid_form")
    expect(text).to_be_focused()
    # The date is not read as one any more, so there is nothing to refuse.
    text.fill(proposed.replace("    claims:\n      valid_from: 签约时间\n", "", 1))
    page.click("#check")
    expect(page.locator("#apply")).to_have_text(re.compile(r"Apply: \d+ new claims"))
    expect(problem).to_have_count(1)
    expect(problem).to_be_empty()
    page.click('#languages [data-lang="zh"]')
    expect(page.locator("#apply")).to_have_text(re.compile("载入：.*条新说法"))
    assert "valid_from" not in page.locator("#mapping-text").input_value()
    page.reload()
    expect(page.locator("#apply")).to_be_visible()
    expect(page.locator("#mapping-text")).not_to_have_value(re.compile("valid_from"))
    page.click("#discard")
    expect(page.locator("#new-notice")).to_contain_text("已放弃")
    expect(page.locator("#list")).to_contain_text("没有")
    only_expected(visit, editable_address)


def test_a_load_is_found_again_by_its_address_and_in_the_list(
    visit: Visit, editable_address: str, visits: Path
) -> None:
    page = visit.page
    page.goto(f"{editable_address}/load?lang=en")
    upload(page, visits)
    expect(page.locator("#mapping")).to_be_visible()
    assert re.search("#[0-9a-f]{16}$", page.url)
    address = page.url
    page.click("#other")
    expect(page.locator("#new")).to_be_visible()
    expect(page.locator("#load")).to_be_hidden()
    page.locator("#list a").click()
    expect(page.locator("#mapping")).to_be_visible()
    assert page.url == address
    page.go_back()
    expect(page.locator("#new")).to_be_visible()
    page.goto(f"{editable_address}/load?lang=en#{'0' * 16}")
    expect(page.locator("#new-notice")).to_contain_text("no longer on the server")


def test_what_parkgraph_s_own_tables_say_is_planned_without_a_mapping(
    visit: Visit, editable_address: str, tmp_path: Path
) -> None:
    (tmp_path / "parks.csv").write_text(OWN, encoding="utf-8")
    (tmp_path / "sources.csv").write_text(SOURCES, encoding="utf-8")
    page = visit.page
    page.goto(f"{editable_address}/load?lang=en")
    upload(page, tmp_path / "parks.csv", tmp_path / "sources.csv")
    expect(page.locator("#apply")).to_have_text("Apply: 2 new claims")
    expect(page.locator("#mapping")).to_have_count(0)
    expect(page.locator("#difference")).to_contain_text("自家园区 (Park)")
    page.click("#apply")
    expect(page.locator("#outcome")).to_contain_text("Claims added: 2")
    page.click("#other")
    upload(page, tmp_path / "parks.csv", tmp_path / "sources.csv")
    expect(page.locator("#state")).to_contain_text("nothing to load")
    expect(page.locator("#apply")).to_have_count(0)
    only_expected(visit, editable_address)


def test_a_table_that_nobody_recognises_is_given_a_mapping_by_hand(
    visit: Visit, editable_address: str, tmp_path: Path
) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("qq,zz\n河畔科技园,7\n", encoding="utf-8")
    page = visit.page
    page.goto(f"{editable_address}/load?lang=zh")
    upload(page, odd)
    expect(page.locator("#state")).to_contain_text("列名认不出来")
    page.click("#check")
    expect(page.locator("#mapping-problem")).to_contain_text("请先写映射")
    page.fill(
        "#mapping-text",
        'source: {id: "source:odd", name: 怪表}\ntables:\n- file: odd.csv\n  entities:\n'
        "    park: {kind: Park, properties: {name_zh: qq}}\n",
    )
    page.click("#check")
    expect(page.locator("#apply")).to_have_text("载入：2 条新说法")


def test_a_file_is_dropped_on_the_zone_with_the_pointer(visit: Visit, editable_address: str) -> None:
    page = visit.page
    page.goto(f"{editable_address}/load?lang=en")
    drop = """(zone, inside) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["qq\\n1\\n"], "<b>dropped</b>.csv"));
      const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
      return (inside ? zone : document.body).dispatchEvent(event);
    }"""
    expect(page.locator("#new")).to_be_visible()
    # Beside the zone a drop is ignored, and does not replace the page.
    assert page.locator("#drop").evaluate(drop, False) is False
    expect(page.locator("#chosen li")).to_have_count(0)
    assert page.locator("#drop").evaluate(drop, True) is False
    expect(page.locator("#chosen li")).to_contain_text("<b>dropped</b>.csv")
    page.click("#upload")
    # What stands before a slash is a folder to the server.
    expect(page.locator("#load-title")).to_have_text("b>.csv")


def test_the_whole_page_is_used_with_the_keyboard_and_says_each_state(
    visit: Visit, editable_address: str, visits: Path
) -> None:
    page = visit.page
    # The browser is told without waiting for it that choosers come to the test; told at the time of the
    # Enter, it may open one before that nobody sees (14 of 30 times on an empty page, 0 of 30 told here).
    page.on("filechooser", lambda _: None)
    page.goto(f"{editable_address}/load?lang=en")
    expect(page.locator("#new")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#files")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(visits)
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("#upload")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#load-title")).to_be_focused()
    state = page.locator("#state[role=status]")
    expect(state).to_contain_text("columns are recognised")
    page.focus("#check")
    page.keyboard.press("Enter")
    expect(page.locator("#load-title")).to_be_focused()
    expect(state).to_contain_text("There are errors")
    page.focus("#findings #skip")
    page.keyboard.press("Enter")
    expect(state).to_contain_text("nothing has been loaded yet")
    page.keyboard.press("Tab")
    expect(page.locator("#apply")).to_be_focused()
    page.keyboard.press("Enter")
    expect(state).to_have_text("Loaded")


def test_where_events_do_not_arrive_the_page_asks_again(
    visit: Visit, editable_address: str, visits: Path
) -> None:
    page = visit.page

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/events", cut)
    page.goto(f"{editable_address}/load?lang=en")
    upload(page, visits)
    page.click("#check")
    page.locator("#findings #skip").click()
    page.click("#apply")
    expect(page.locator("#outcome")).to_contain_text("Claims added: 12")


def test_an_upload_that_is_refused_says_why(visit: Visit, editable_address: str, tmp_path: Path) -> None:
    page = visit.page
    page.goto(f"{editable_address}/load?lang=zh")
    page.click("#upload")
    expect(page.locator("#new-said")).to_contain_text("请先选择文件")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "parks.csv").write_text(OWN, encoding="utf-8")
    upload(page, tmp_path / "a" / "parks.csv", tmp_path / "b" / "parks.csv")
    expect(page.locator("#new-said")).to_contain_text("two are called parks.csv")
    page.locator("#new-form").evaluate("form => { form.dataset.most = '10'; }")
    upload(page, tmp_path / "a" / "parks.csv")
    expect(page.locator("#new-said")).to_contain_text("最多可上传 10 B")
    broken = tmp_path / "broken.xlsx"
    broken.write_text("no workbook", encoding="utf-8")
    page.reload()
    upload(page, broken)
    expect(page.locator("#state")).to_have_text("没有成功")
    expect(page.locator("#decide .problem")).to_contain_text("broken.xlsx: is something else")
    page.click("#discard")
    expect(page.locator("#new")).to_be_visible()


@pytest.mark.parametrize(("lang", "planned"), [("zh", "还没有载入"), ("en", "nothing has been loaded")])
def test_the_page_fits_both_widths_in_both_languages(
    browser: Browser, editable_address: str, visits: Path, lang: str, planned: str
) -> None:
    visit = Visit(browser)
    page = visit.page
    wide = visits.with_name("a-file-with-a-very-long-name-" + "x" * 120 + ".csv")
    wide.write_text(VISITS.replace("第二期", "y" * 400), encoding="utf-8")
    page.goto(f"{editable_address}/load?lang={lang}")
    expect(page.locator("#new")).to_be_visible()
    page.set_input_files("#files", wide)
    visit.fits(*WIDTHS)
    page.click("#upload")
    expect(page.locator("#mapping")).to_be_visible()
    visit.fits(*WIDTHS)
    page.click("#check")
    expect(page.locator("#findings #skip")).to_be_visible()
    page.click('[data-severity=""]')
    visit.fits(*WIDTHS)
    page.locator("#findings #skip").click()
    expect(page.locator("#state")).to_contain_text(planned)
    page.locator("#mapping summary").click()
    visit.fits(*WIDTHS)
    page.click("#apply")
    expect(page.locator("#outcome")).to_be_visible()
    visit.fits(*WIDTHS)
    visit.stayed_at(editable_address)
    page.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_server_that_only_reads_says_how_to_start_one_that_loads(
    visit: Visit, address: str, lang: str
) -> None:
    page = visit.page
    page.goto(f"{address}/?lang={lang}#questions")
    expect(page.locator("#question option").first).to_be_attached()
    expect(page.locator("#to-load")).to_be_hidden()
    page.goto(f"{address}/load?lang={lang}")
    expect(page.locator("#readonly")).to_contain_text("parkgraph serve --edit")
    expect(page.locator("#new, #load, #loads")).to_have_count(3)
    for part in ("#new", "#load", "#loads"):
        expect(page.locator(part)).to_be_hidden()
    visit.stayed_at(address)
