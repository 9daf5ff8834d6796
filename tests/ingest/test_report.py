"""A report as a page, a table and JSON: complete, in both languages, and harmless whatever the data says."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from parkgraph.graph.errors import BadRequest, ParkGraphError
from parkgraph.graph.model import Model
from parkgraph.graph.store import open_store
from parkgraph.ingest.findings import RULES, Finding, Place
from parkgraph.ingest.load import Options, Report, check, load, prepared
from parkgraph.ingest.plan import Plan, plan
from parkgraph.ingest.report import (
    CSV_COLUMNS,
    LISTED,
    csv_report,
    html_report,
    read_as_in_chinese,
    write_report,
)
from tests.conftest import required

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SOURCES = "id,name,kind\nsource:register,Editors' register,editorial\nsource:visit,Notes of a visit,table\n"
FIRST = "id,name_zh,status,source\npark:chengdu,成都高新区,planned,source:register\n"
SECOND = """id,name_zh,country,status,source
park:chengdu,成都高新区,CN,operating,source:visit
park:wujin,武进高新区,中土,signed,source:visit
park:suzhou,苏州工业园区,中国,operating,source:visit
"""
HOSTILE = ("<script>alert(1)</script>", '"onmouseover="alert(2)', "<img src=http://evil.example/x>")


def _tables(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, model: Model) -> tuple[Report, Plan]:
    """What a load with one bad row would do to a store that has one park."""
    made = tmp_path_factory.mktemp("planned")
    store = open_store(f"embedded:{made / 'graph.kgl'}")
    load(store, [_tables(made / "first", sources=SOURCES, parks=FIRST)], model)
    tables = _tables(made / "second", sources=SOURCES, parks=SECOND)
    with prepared([tables], model, store, Options(skip_refused=True)) as loading:
        difference = plan(loading, store, model)
        report = loading.report(difference.claims)
    store.close()
    return report, difference


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Report:
    """A check of a table with columns of its own."""
    table = tmp_path_factory.mktemp("proposed") / "合作名单.csv"
    table.write_text("园区名称,合作单位,电话\n成都高新区,电子科技大学,123\n", encoding="utf-8")
    return check([table], model)


@pytest.fixture
def hostile() -> Report:
    """A report on a table whose every text wants to be code."""
    found = [
        Finding(Place(text, n + 2, text), text, text, "off-vocabulary", text, text)
        for n, text in enumerate(HOSTILE)
    ]
    tables = [
        {"file": text, "sheet": text, "read_as": text, "header": 1, "rows": 1, "columns": [text]}
        for text in HOSTILE
    ]
    return Report(3, 0, 0, tuple(found), None, 3, tuple(tables))


class _Page(HTMLParser):
    """A page as a browser takes it apart: its elements with their attributes, and its text by language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.code: dict[str, str] = {}
        self.text: list[str] = []
        self._in: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in = tag if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._in = None if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in:
            self.code[self._in] = self.code.get(self._in, "") + data
        else:
            self.text.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_says_everything_in_both_languages_and_begins_in_the_one_asked_for(
    lang: str, planned: tuple[Report, Plan], model: Model
) -> None:
    report, difference = planned
    page = _Page(html_report(report, lang=lang, plan=difference, model=model))
    (root,) = [attributes for tag, attributes in page.elements if tag == "html"]
    assert (root["data-lang"], root["lang"]) == (lang, {"zh": "zh-CN", "en": "en"}[lang])
    for words in ("检查报告", "Check report", "行可载入", "rows could be loaded", "国家无效", "no country"):
        assert words in page.said
    for value in ("parks.csv", "中土", "park:suzhou", "UTF-8"):
        assert value in page.said


def test_the_headline_counts_rows_refusals_and_warnings(planned: tuple[Report, Plan], model: Model) -> None:
    page = html_report(planned[0], lang="en", model=model)
    figures = re.findall(r'<span class="en" lang="en">([^<]+)</span></dt><dd>([\d,]+)</dd>', page)
    assert figures == [
        ("rows read", "5"),
        ("rows could be loaded", "4"),
        ("rows refused", "1"),
        ("warnings", "1"),
    ]


def test_a_severity_is_a_word_and_not_only_a_colour(planned: tuple[Report, Plan], model: Model) -> None:
    page = html_report(planned[0], lang="en", model=model)
    marks = re.findall(r'class="mark (\w+)"><span aria-hidden="true">.</span> (.*?)</span></span>', page)
    assert marks
    assert all(f">{severity}" in words for severity, words in marks)


def test_the_plan_shows_what_stood_there_and_what_would(planned: tuple[Report, Plan], model: Model) -> None:
    report, difference = planned
    page = html_report(report, lang="en", plan=difference, model=model)
    assert "<del>planned</del>" in page
    assert "<ins>operating</ins>" in page
    assert "Plan: what loading would change" in page
    assert "Plan: what loading would change" not in html_report(report, lang="en", model=model)


def test_a_proposed_mapping_stands_in_the_page_with_what_each_column_is_taken_for(
    proposed: Report, model: Model
) -> None:
    page = _Page(html_report(proposed, lang="zh", model=model)).said
    assert "根据列名推测的映射" in page
    assert "A mapping guessed from the names of columns" in page
    assert "kind: Park" in page
    assert "电话 未用 not used" in page
    assert "列名已识别，但尚未确认" in page


def test_tables_have_headers_with_a_scope_and_parts_have_names(
    planned: tuple[Report, Plan], proposed: Report, model: Model
) -> None:
    for page in (
        _Page(html_report(planned[0], lang="en", plan=planned[1], model=model)),
        _Page(html_report(proposed, lang="en", model=model)),
    ):
        tags = [tag for tag, _ in page.elements]
        assert {"header", "main", "footer"} <= set(tags)
        assert all(attributes.get("scope") for tag, attributes in page.elements if tag == "th")
        names = {attributes.get("id") for _, attributes in page.elements}
        sections = [attributes for tag, attributes in page.elements if tag == "section"]
        assert sections
        assert all(attributes["aria-labelledby"] in names for attributes in sections)


def test_what_a_table_says_never_becomes_markup(hostile: Report, model: Model) -> None:
    page = _Page(html_report(hostile, lang="en", model=model))
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert "img" not in [tag for tag, _ in page.elements]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    for text in HOSTILE:
        assert text in page.said


def test_what_cannot_be_seen_is_written_out(hostile: Report, model: Model) -> None:
    text = "\u202egnp.exe\x07\ud800"
    found = (Finding(Place("parks.csv", 2), "name_zh", "hidden", "invisible-character", text),)
    page = html_report(replace(hostile, findings=found), lang="en", model=model)
    assert r"\u202egnp.exe\x07\ud800" in page
    page.encode()


def test_the_policy_of_a_page_admits_its_own_script_and_style_and_nothing_else(
    planned: tuple[Report, Plan], model: Model
) -> None:
    page = _Page(html_report(planned[0], lang="en", model=model))
    (policy,) = [a["content"] or "" for tag, a in page.elements if a.get("http-equiv")]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    for tag, code in page.code.items():
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [a for _, a in page.elements if {"src", "href", "style", "action"} & a.keys()]


def test_a_page_lists_so_many_findings_and_says_where_the_rest_is(hostile: Report, model: Model) -> None:
    many = tuple(Finding(Place("parks.csv", n), "id", "no id", "bad-id", "x") for n in range(2, LISTED + 12))
    report = replace(hostile, findings=many)
    page = html_report(report, lang="en", model=model)
    assert page.count("<tr data-severity") == LISTED
    assert "The first 5,000 of 5,010 are listed here; the CSV and the JSON have them all." in page
    assert len(csv_report(report).splitlines()) == len(many) + 1


def test_the_page_gives_the_reason_in_both_languages(hostile: Report, model: Model) -> None:
    message = "'2019-13' is not a date: there is no month 13"
    found = (
        Finding(Place("a.csv", 2), "日", message, "bad-date", "2019-13", "2019-05"),
        Finding(Place("a.csv", 3), "", "says the same as row 2", "duplicate-row", zh="与第 2 行相同"),
    )
    page = _Page(html_report(replace(hostile, findings=found), lang="zh", model=model)).said
    for said in ("没有 13 月", "there is no month 13", "与第 2 行相同", "says the same as row 2"):
        assert said in page


def test_every_rule_can_be_shown(hostile: Report, model: Model) -> None:
    found = tuple(Finding(Place("a.csv", 2), "c", "said", rule) for rule in RULES)
    page = _Page(html_report(replace(hostile, findings=found), lang="en", model=model)).said
    for rule in RULES.values():
        assert rule.zh in page
        assert rule.en in page


@pytest.mark.parametrize(
    ("read_as", "in_chinese"),
    [
        ("GB18030 (or Big5), delimiter ,", "GB18030（或 Big5），以“,”分隔"),
        ("UTF-8 with a byte order mark, delimiter tab", "UTF-8（带字节序标记），以制表符分隔"),
        ("workbook, hidden sheet, header of two rows", "工作簿，隐藏的工作表，表头占两行"),
        ("UTF-8, delimiter ;, mended rows in plan, 2.csv", "UTF-8，以“;”分隔，补正的行，文件：plan, 2.csv"),
    ],
)
def test_how_a_table_was_read_is_said_in_chinese(read_as: str, in_chinese: str) -> None:
    assert read_as_in_chinese(read_as) == in_chinese


def test_the_csv_has_a_finding_a_row_and_excel_reads_its_hanzi(
    planned: tuple[Report, Plan], tmp_path: Path, model: Model
) -> None:
    target = tmp_path / "report.csv"
    write_report(planned[0], target, model=model)
    assert target.read_bytes().startswith(b"\xef\xbb\xbfseverity,")
    rows = list(csv.DictReader(StringIO(target.read_text(encoding="utf-8-sig"))))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert len(rows) == len(planned[0].findings)
    (error,) = [row for row in rows if row["severity"] == "error"]
    assert (error["rule"], error["row"], error["column"], error["value"]) == (
        "bad-country",
        "3",
        "country",
        "中土",
    )
    assert "国家无效" in error["message_zh"]
    assert "is not a country code" in error["message_en"]


@pytest.mark.parametrize("text", ["=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1"])
def test_no_cell_of_the_csv_is_a_formula(text: str, hostile: Report) -> None:
    found = (Finding(Place(text, 2, text), text, text, "bad-value", text, text),)
    (row,) = csv.DictReader(StringIO(csv_report(replace(hostile, findings=found)), newline=""))
    for column in ("file", "sheet", "column", "value", "expected", "message_en"):
        assert row[column] == f"'{text}"


def test_the_json_holds_the_report_with_the_plan_and_the_proposal(
    planned: tuple[Report, Plan], proposed: Report, tmp_path: Path, model: Model
) -> None:
    write_report(planned[0], tmp_path / "a.json", model=model, plan=planned[1])
    write_report(proposed, tmp_path / "b.JSON", model=model)
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert told["refused"] == 1
    assert told["findings"] == [finding.to_dict() for finding in planned[0].findings]
    assert told["plan"] == json.loads(json.dumps(planned[1].to_dict()))
    assert "tables" in json.loads((tmp_path / "b.JSON").read_text(encoding="utf-8"))["proposal"]


def test_a_report_of_another_kind_is_refused_with_a_sentence(
    planned: tuple[Report, Plan], tmp_path: Path, model: Model
) -> None:
    with pytest.raises(BadRequest, match=r"report\.pdf: a report is written as \.html, \.csv, \.json"):
        write_report(planned[0], tmp_path / "report.pdf", model=model)
    with pytest.raises(ParkGraphError, match=r"nowhere/report\.csv: cannot be written: No such file"):
        write_report(planned[0], tmp_path / "nowhere" / "report.csv", model=model)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)"
        if required("REQUIRE_BROWSER"):
            pytest.fail(f"REQUIRE_BROWSER=1, but {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def test_a_page_in_a_browser_asks_for_nothing_and_runs_nothing_of_the_data(
    browser: Browser, hostile: Report, tmp_path: Path, model: Model
) -> None:
    target = tmp_path / "report.html"
    write_report(hostile, target, model=model)
    asked: list[str] = []
    complaints: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(target.as_uri())
    page.hover("#found tbody tr")
    assert asked == [target.as_uri()]
    assert complaints == []
    page.close()


def test_the_page_switches_its_language_and_filters_its_findings(
    browser: Browser, planned: tuple[Report, Plan], tmp_path: Path, model: Model
) -> None:
    target = tmp_path / "report.html"
    write_report(planned[0], target, model=model, lang="zh", plan=planned[1])
    page = browser.new_page()
    page.goto(target.as_uri())
    assert page.inner_text("h1") == "检查报告"
    assert page.title() == "检查报告"
    page.click("#languages >> text=English")
    assert (page.inner_text("h1"), page.title()) == ("Check report", "Check report")
    assert page.evaluate("document.documentElement.lang") == "en"
    every = page.locator("#found tbody tr:visible").count()
    page.select_option("#of-severity", "error")
    assert 0 < page.locator("#found tbody tr:visible").count() < every
    page.select_option("#of-severity", "")
    page.fill("#of-text", "中土")
    assert page.locator("#found tbody tr:visible").count() == 1
    page.fill("#of-text", "nothing like it")
    assert page.inner_text("#none") == "Nothing fits the filter."
    page.close()


@pytest.mark.parametrize(("lang", "title"), [("zh", "检查报告"), ("en", "Check report")])
def test_without_javascript_the_page_is_whole_in_its_language(
    lang: str, title: str, browser: Browser, planned: tuple[Report, Plan], tmp_path: Path, model: Model
) -> None:
    target = tmp_path / "report.html"
    write_report(planned[0], target, model=model, lang=lang, plan=planned[1])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(target.as_uri())
    assert page.inner_text("h1") == title
    assert page.locator("#found tbody tr:visible").count() == len(planned[0].findings)
    assert page.locator("#filters").is_hidden()
    assert page.locator("#languages").is_hidden()
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_never_scrolls_sideways(
    width: int, scheme: str, browser: Browser, planned: tuple[Report, Plan], tmp_path: Path, model: Model
) -> None:
    target = tmp_path / "report.html"
    long = Finding(Place("f" * 90 + ".csv", 2), "c" * 80, "m" * 300, "bad-value", "v" * 80, "e" * 200)
    report = replace(planned[0], findings=(*planned[0].findings, long))
    write_report(report, target, model=model, plan=planned[1])
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(target.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(
    scheme: str,
    browser: Browser,
    planned: tuple[Report, Plan],
    proposed: Report,
    tmp_path: Path,
    model: Model,
) -> None:
    for name, report in (("planned", planned[0]), ("proposed", proposed)):
        target = tmp_path / f"{name}.html"
        write_report(report, target, model=model, plan=planned[1] if name == "planned" else None)
        page = browser.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(target.as_uri())
        assert page.evaluate(_WEAK) == []
        page.close()


# Source: https://www.w3.org/TR/WCAG22/#contrast-minimum
_WEAK = """() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => parts(c).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor, p = parts(c);
      if (p.length < 4 || p[3] > 0) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.getClientRects().length || ["OPTION", "SCRIPT"].includes(e.tagName)) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(e.className + ": " + e.textContent.slice(0, 40));
  }
  return weak;
}"""
