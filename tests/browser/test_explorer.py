"""The explorer and the views in a real browser: what a newcomer sees, and that nothing leaves the origin."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

import parkgraph as pg
from tests.browser.visits import WIDTHS, Visit


def ask(page: Page, start: str, end: str) -> None:
    page.fill("#from", start)
    page.fill("#to", end)
    page.press("#to", "Enter")


def test_a_newcomer_types_two_names_and_reads_the_proof_of_each_hop(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh")
    ask(page, "BP&C", "布鲁内尔大学")
    first = page.locator("article.path").first
    expect(first).to_be_visible()
    for name in (
        "BP&C集团",
        "合作谅解备忘录",
        "成都高新技术产业开发区",
        "中英智慧质量工程技术研究院",
        "英国布鲁内尔大学",
    ):
        expect(first).to_contain_text(name)
    hops = first.locator("li.hop")
    assert hops.count() == 4
    for i in range(4):
        proof = hops.nth(i).locator("details.proof").first
        if not proof.evaluate("node => node.open"):
            proof.locator("summary").click()
        expect(proof).to_contain_text("科技日报")
        expect(proof).to_contain_text(re.compile(r"char=\d+,\d+"))
    expect(hops.last).to_contain_text("计划")
    picture = page.frame_locator("iframe")
    expect(picture.locator("table")).to_contain_text("合作谅解备忘录")
    visit.fits()
    visit.stayed_at(address)


def test_a_click_on_a_fact_of_the_view_shows_its_source(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/view/{quote('neighbours:成都高新区')}?lang=zh")
    row = page.locator("table tbody tr", has_text="格罗方德").first
    row.locator("button.relation").click()
    expect(page.locator("body")).to_contain_text("天涯社区论坛")
    expect(page.locator("body")).to_contain_text(re.compile(r"char=18\d\d,19\d\d"))
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible()
    drawn = canvas.evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++; return n; }"
    )
    assert drawn > 2_000
    visit.stayed_at(address)


def test_a_click_on_an_edge_of_the_picture_shows_its_source(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/view/{quote('path:BP&C..布鲁内尔大学?k=1', safe='')}?lang=zh")
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible()
    page.wait_for_timeout(1000)
    box = canvas.bounding_box()
    assert box is not None
    # The four hops are laid out from left to right: somewhere along the line a click meets an edge.
    for share in (0.3, 0.25, 0.2, 0.35, 0.4, 0.15, 0.45, 0.6, 0.7):
        for height in (0.5, 0.45, 0.4, 0.55, 0.35, 0.6, 0.3):
            canvas.click(position={"x": box["width"] * share, "y": box["height"] * height})
            if "char=" in page.locator("body").inner_text():
                break
        else:
            continue
        break
    expect(page.locator("body")).to_contain_text(re.compile(r"char=\d+,\d+"))
    expect(page.locator("body")).to_contain_text("科技日报")
    visit.stayed_at(address)


def test_two_parks_without_a_path_are_told_so_and_why(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh")
    ask(page, "张江", "武进")
    answer = page.locator(".none")
    expect(answer).to_contain_text("没有已知的路径")
    expect(answer).to_contain_text("上海张江国家自主创新示范区")
    expect(answer).to_contain_text("常州武进国家高新区")
    expect(answer).to_contain_text("8 个来源")
    visit.stayed_at(address)


def test_a_question_without_an_answer_is_told_why_and_what_nobody_states_is_said(
    visit: Visit, address: str
) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en#questions")
    page.select_option("#question", "agreements")
    page.fill("#param-party", "甘肃省中医院")
    page.fill("#param-since", "")
    page.click("#question-form button[type=submit]")
    answer = page.locator("#question-answer")
    expect(answer.locator(".none")).to_contain_text("Without status=signed there would be 1")
    page.select_option("#question", "funds")
    page.click("#question-form button[type=submit]")
    expect(answer.locator("tbody tr").first).to_contain_text("not stated")
    visit.stayed_at(address)


def test_groups_are_ends_and_what_cuts_their_connection_is_told(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh")
    page.check("#all_shortest")
    page.check("#robustness")
    ask(page, "Park@成都", "Institution@英国")
    expect(page.locator("#path-answer .found")).to_have_text("最短的路径共 2 条")
    robust = page.locator(".robust")
    expect(robust).to_contain_text("互不共用任何一跳的路径：2 条")
    expect(robust).to_contain_text("失去其中任何一个，联系就断：中英智慧质量工程技术研究院")
    expect(page.locator("#path-answer .pair").first).to_have_text("成都的园区（2） … 英国的机构（2）")
    expect(page.locator("#from")).to_have_value("Park@成都")
    assert "robustness=true" in page.url
    page.click("[data-lang=en]")
    expect(robust).to_contain_text("Paths that share nobody on the way: 1")
    expect(page.locator("#all_shortest")).to_be_checked()
    page.fill("#max_degree", "1")
    page.press("#max_degree", "Enter")
    expect(page.locator(".none")).to_contain_text("Park in Chengdu (2)")
    page.fill("#max_degree", "")
    page.click("#swap")
    expect(page.locator("#path-answer .pair").first).to_have_text(
        "Institution in United Kingdom (2) … Park in Chengdu (2)"
    )
    page.click("#rarer summary")
    page.fill("#via", "BP&C")
    page.press("#via", "Enter")
    expect(page.locator(".none")).to_contain_text("BP&C")
    page.reload()
    expect(page.locator("#via")).to_be_visible()
    expect(page.locator("#via")).to_have_value("BP&C")
    page.fill("#via", "")
    page.select_option("#layers", "capital")
    page.fill("#max_degree", "")
    page.press("#max_degree", "Enter")
    expect(page.locator(".none")).to_contain_text("when allowing every layer")
    visit.stayed_at(address)


def test_a_measure_as_of_a_day_says_how_many_facts_are_only_possible(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh&measure=degree&as_of=1990")
    answer = page.locator("#measure-answer")
    expect(answer).to_contain_text("截至日期=1990")
    expect(answer).to_contain_text("条事实在 1990 只是可能存在")


def test_labels_in_the_address_choose_what_the_menus_offer(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&from=BP%26C&to=布鲁内尔大学&status=已签&layers=技术&relations=成员")
    expect(page.locator("#relations")).to_have_value("MEMBER_OF")
    for menu, name in (("status", "signed"), ("layers", "technology")):
        assert page.locator(f"#{menu}").input_value() == name
        labels = page.locator(f"#{menu} option").all_text_contents()
        assert len(labels) == len(set(labels))
    page.goto(f"{address}/?lang=en&question=funds&q.fund_kind=母基金")
    expect(page.locator("#question-form select[name=fund_kind]")).to_have_value("mother")
    expect(page.locator("#question-answer")).to_contain_text("fund of funds")
    page.goto(f"{address}/?lang=zh&question=inventory&q.kind=Institution&q.type=大学")
    expect(page.locator("#question-answer tbody td").nth(2)).to_have_text("大学")


def test_a_measure_comes_with_its_definition_and_the_network_it_is_of(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en#measures")
    page.select_option("#measure", "pagerank")
    page.select_option("#measure-kinds", ["Park", "Agreement"])
    page.select_option("#measure-status", "signed")
    page.click("#measure-form button[type=submit]")
    answer = page.locator("#measure-answer")
    expect(answer.locator(".definition")).to_contain_text("The stationary share of a walk")
    expect(answer).to_contain_text("planned 0, without a stated status 0")
    expect(answer.locator("tbody tr").first).to_contain_text("Wuhan Consensus")
    assert "m.kinds=Park%2CAgreement" in page.url
    assert "m.damping" not in page.url
    expect(answer).to_contain_text("damping=0.85")
    expect(answer).to_contain_text("kinds=Agreement; Park")
    page.reload()
    expect(answer.locator("tbody tr").first).to_contain_text("Wuhan Consensus")
    assert page.locator("#measure-kinds").evaluate("e => [...e.selectedOptions].map(o => o.value)") == [
        "Park",
        "Agreement",
    ]
    page.click("[data-lang=zh]")
    expect(answer.locator(".definition")).to_contain_text("随机游走的平稳份额")
    expect(answer).to_contain_text("类别=协议、园区")
    expect(answer).to_contain_text("有向=否")
    answer.locator("tbody tr button").first.click()
    expect(page.locator("#entity-card h3")).to_contain_text("武汉共识")
    visit.fits(*WIDTHS)
    visit.stayed_at(address)


def test_what_is_filled_in_stays_and_what_is_asked_is_never_dropped(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&from=BP%26C&to=布鲁内尔大学&status=proposed#measures")
    expect(page.locator("#path-answer h3").first).to_be_visible()
    expect(page.locator("#status")).to_have_value("proposed")
    # The layer was not asked for, so it is not said to be stated by nobody.
    page.select_option("#measure", "growth")
    page.click("#measure-form button[type=submit]")
    answer = page.locator("#measure-answer")
    expect(answer.locator("th").first).to_have_text("year")
    assert "layer" not in answer.locator("th").all_inner_texts()
    # Another measure takes the place of the answer, also of one that is on its way.
    page.select_option("#measure", "pagerank")
    expect(answer).to_be_empty()
    page.fill("#measure-damping", "0.5")
    page.fill("#max_degree", "70")
    page.click("[data-lang=zh]")
    expect(page.locator("#measure option").first).to_contain_text("一个主体")
    expect(page.locator("#measure-damping")).to_have_value("0.5")
    expect(page.locator("#max_degree")).to_have_value("70")
    page.go_back()
    expect(page.locator("#measure option").first).to_contain_text("How many")
    visit.stayed_at(address)


def test_one_moment_holds_for_the_whole_page_and_stands_in_the_address(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")
    ask(page, "BP&C", "布鲁内尔大学")
    paths = page.locator("#path-answer")
    expect(paths.locator("h3.found")).to_be_visible()
    expect(paths.locator(".badge.possible")).to_have_count(0)
    expect(page.locator("#certain")).to_be_disabled()
    page.fill("#as_of", "2017")
    page.press("#as_of", "Enter")
    expect(page.locator("#moment-shown")).to_contain_text("Shown as of 2017")
    expect(paths.locator(".badge.possible").first).to_have_text("possible")
    assert "as_of=2017" in page.url
    for taken in (paths.locator("iframe"), paths.locator("a", has_text="gexf")):
        where = taken.get_attribute("src") or taken.get_attribute("href")
        assert "as_of" in (where or "")
    page.check("#certain")
    page.click("#moment-form button[type=submit]")
    expect(page.locator("#moment-shown")).to_contain_text("Shown as of 2017, as far as certain")
    expect(paths.locator(".none")).to_contain_text("No known path")
    page.select_option("#question", "agreements")
    page.fill("#param-since", "")
    page.click("#question-form button[type=submit]")
    rows = page.locator("#question-answer tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Wuhan Consensus")
    page.go_back()
    page.reload()
    expect(page.locator("#as_of")).to_have_value("2017")
    expect(page.locator("#certain")).to_be_checked()
    page.click("#moment-clear")
    expect(page.locator("#moment-shown")).to_be_hidden()
    expect(paths.locator("h3.found")).to_be_visible()
    assert "as_of" not in page.url
    visit.fits()
    visit.stayed_at(address)


@pytest.mark.parametrize(
    ("lang", "bad", "words"),
    [
        ("zh", {"as_of": "2019-13"}, "日期无法理解"),
        ("en", {"known_at": "soon"}, "The time cannot be understood"),
    ],
)
def test_a_moment_that_cannot_be_understood_is_said_beside_the_bar(
    visit: Visit, address: str, lang: str, bad: dict[str, str], words: str
) -> None:
    page = visit.page
    page.goto(f"{address}/?{urlencode({'lang': lang, 'entity': '成都高新区', **bad})}")
    problem = page.locator("#moment-problem")
    expect(problem).to_contain_text(words)
    expect(problem).to_contain_text(next(iter(bad.values())))
    expect(page.locator("#entity-card")).to_be_empty()
    page.click("#moment-clear")
    expect(problem).to_be_hidden()
    expect(page.locator("#entity-card h3")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("lang", "entity", "shown", "sides"),
    [
        (
            "zh",
            "陈洪涛",
            "图中显示：运营；职务 副主任",
            [("天涯社区论坛", "char=771,817"), ("科技日报", "char=726,835")],
        ),
        (
            "en",
            "platform:chengdu-israel-innovation-centre",
            "its status is higher",
            [("planned", "char=410,486"), ("operating", "char=1303,1423")],
        ),
        ("en", "programme:tsppp", "The graph shows: 2017-05", [("2017-05", "char=268,355"), ("2017-07", "")]),
    ],
)
def test_both_sides_of_a_contradiction_are_seen_without_a_click(
    browser: Browser,
    address: str,
    width: int,
    lang: str,
    entity: str,
    shown: str,
    sides: list[tuple[str, str]],
) -> None:
    visit = Visit(browser, width)
    visit.page.goto(f"{address}/?lang={lang}&entity={quote(entity)}")
    differing = visit.page.locator(".contradictions")
    expect(differing).to_contain_text(shown)
    for words, locator in sides:
        side = differing.locator(".claims > li", has_text=words).filter(has_text=locator).first
        expect(side).to_be_visible()
        expect(side).to_contain_text(re.compile(r"char=\d+,\d+"))
    visit.fits()
    visit.page.close()


def test_the_proof_of_a_fact_tells_its_history(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh&entity={quote('成都高新区')}")
    proof = page.locator("section.group details.proof").first
    proof.locator("summary").click()
    expect(proof.locator("ol.history li").first).to_contain_text(re.compile(r"char=\d+,\d+"))
    expect(proof.locator(".outcome")).to_contain_text("图中显示")


def test_two_that_are_one_are_joined_on_the_page_and_taken_apart_again(
    visit: Visit, editable_address: str
) -> None:
    page = visit.page
    old, new = "park:jinzhong-development-zone", "park:jinzhong-economic-development-zone"
    page.goto(f"{editable_address}/?lang=zh&entity={old}")
    card = page.locator("#entity-card")
    expect(card.locator("h3")).to_contain_text("晋中开发区")
    card.get_by_text("与别的实体比较").click()
    card.locator("#judge-other").fill("晋中经济开发区")
    card.locator(".another select").select_option("a")
    card.locator('.another [data-verdict="same"]').click()
    expect(card.locator(".said")).to_contain_text("请先写明判断人")
    card.locator("#card-by").fill("李老师")
    card.locator("#card-why").fill("同一开发区")
    card.locator('.another [data-verdict="same"]').click()
    expect(card.locator(".notice")).to_contain_text("保留 晋中经济开发区")
    expect(card.locator("h3")).to_contain_text("晋中经济开发区")
    expect(card.locator(".ids")).to_contain_text(old)
    assert new in unquote(page.url)
    judged = card.locator(".judgements li", has_text="李老师")
    expect(judged).to_contain_text("理由：同一开发区")
    judged.get_by_role("button", name="撤回").click()
    expect(card.locator(".notice")).to_contain_text("判断已撤回")
    expect(card.locator(".judgements li.retracted")).to_contain_text("已撤回")
    expect(card.locator(".ids")).to_have_count(0)
    page.goto(f"{editable_address}/?lang=zh&entity={old}")
    expect(card.locator("h3")).to_contain_text("晋中开发区")
    visit.fits()
    assert not [c for c in visit.complaints if "Failed to load resource" not in c]


def test_a_server_that_only_reads_shows_judgements_without_buttons(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&entity=park:jinzhong-development-zone")
    card = page.locator("#entity-card")
    expect(card.locator(".judgements li")).to_contain_text("perhaps the same as")
    expect(card.locator(".verdicts, .undo, [data-judge]")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("lang", "word"), [("zh", "找到"), ("en", "Paths found")])
def test_the_page_speaks_both_languages_at_both_widths(
    browser: Browser, address: str, width: int, lang: str, word: str
) -> None:
    visit = Visit(browser, width)
    page = visit.page
    page.goto(f"{address}/?lang={lang}&from={quote('BP&C', safe='')}&to={quote('布鲁内尔大学')}")
    expect(page.locator("h3.found")).to_contain_text(word)
    visit.fits()
    page.goto(f"{address}/view/{quote('neighbours:成都高新区')}?lang={lang}")
    expect(page.locator("table tbody tr").first).to_be_visible()
    visit.fits()
    visit.stayed_at(address)
    page.close()


def test_a_suggestion_is_chosen_with_the_keyboard(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")
    page.click("#from")
    page.keyboard.type("zhangjiang", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#from")).to_have_value(re.compile("Zhangjiang"))
    visit.stayed_at(address)


def test_a_name_that_nobody_bears_is_answered_with_a_sentence(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")
    ask(page, "Atlantis Science Park", "张江")
    expect(page.locator("#paths")).to_contain_text("Atlantis Science Park")
    assert not [c for c in visit.complaints if "Failed to load resource" not in c]


def test_the_api_docs_come_from_local_files(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/docs")
    expect(page.locator("#swagger")).to_contain_text("/v1/paths")
    page.wait_for_timeout(500)
    visit.stayed_at(address)


def test_a_saved_page_works_by_itself_and_asks_nobody(
    visit: Visit, bundled_file: Path, tmp_path: Path
) -> None:
    page_file = tmp_path / "chengdu.html"
    with pg.open(f"embedded:{bundled_file}", readonly=True) as graph:
        graph.subgraph("neighbours:成都高新区").save(page_file)
    visit.page.goto(page_file.as_uri())
    row = visit.page.locator("table tbody tr", has_text="格罗方德").first
    row.locator("button.relation").click()
    expect(visit.page.locator("body")).to_contain_text("天涯社区论坛")
    assert [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert visit.complaints == []


def test_hostile_names_stay_text(visit: Visit, tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    hostile = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    (tables / "sources.csv").write_text(f'id,name,kind\nsource:t,"{hostile}",table\n', encoding="utf-8")
    (tables / "parks.csv").write_text(
        f'id,name_zh,source\npark:a,"{hostile}",source:t\npark:b,乙园,source:t\n', encoding="utf-8"
    )
    (tables / "relations.csv").write_text(
        "subject,relation,object,status,source\npark:a,PARTNERS_WITH,park:b,operating,source:t\n",
        encoding="utf-8",
    )
    alerts: list[str] = []

    def said(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    visit.page.on("dialog", said)
    with pg.open(f"embedded:{tmp_path / 'g.kgl'}") as graph:
        graph.load(tables)
        graph.subgraph("all").save(tmp_path / "view.html")
    visit.page.goto((tmp_path / "view.html").as_uri())
    visit.page.locator("table tbody tr").first.locator("button.relation").click()
    expect(visit.page.locator("body")).to_contain_text("<img src=x")
    assert alerts == []
    assert visit.complaints == []
