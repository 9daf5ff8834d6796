"""The network page: complete, in both languages, and safe whatever the names are."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

import parkgraph as pg
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.model import Model
from parkgraph.graph.subgraph import Edge, Node, Subgraph
from parkgraph.viz import style
from parkgraph.viz.assets import static_folder, vendor_files
from parkgraph.viz.page import render_page, view_model

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(2)</script>",
    "{{ 7 * 7 }}",
    "<!--",
    "javascript:alert(1)",
)


class Page(HTMLParser):
    """The elements of a page with their attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self.open = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))
        self.open = True

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = (tag, attributes, text + data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]

    def data(self, identifier: str) -> Any:
        return next(
            json.loads(text) for attributes, text in self.all("script") if attributes.get("id") == identifier
        )


def hostile() -> Subgraph:
    """Names, ids, quotes and sources of somebody who means no good."""
    source = Source("source:evil", HOSTILE[0], publisher=HOSTILE[1], url=HOSTILE[5], note=HOSTILE[2])
    nodes = tuple(
        Node(f"company:{i}", "Company", {"name": name, "name_zh": name, "sector": name})
        for i, name in enumerate(HOSTILE)
    )
    edges = tuple(
        Edge(
            f"fact:{i}",
            f"company:{i}",
            "PARTNERS_WITH",
            f"company:{i + 1}",
            {"status": "planned", "purpose": HOSTILE[i]},
            (Claim(f"company:{i}", source.id, "PARTNERS_WITH", f"company:{i + 1}", basis=HOSTILE[i]),),
        )
        for i in range(len(HOSTILE) - 1)
    )
    return Subgraph(nodes, edges, {source.id: source}, {"selection": HOSTILE[2], "truncated": HOSTILE[1]})


def test_every_fact_comes_with_all_its_claims_and_their_sources(
    embedded_graph: pg.Graph, model: Model
) -> None:
    sub = embedded_graph.subgraph("all")
    view = view_model(sub, model, "zh")
    assert {fact["id"] for fact in view["facts"]} == {edge.id for edge in sub.edges}
    facts = {fact["id"]: fact for fact in view["facts"]}
    for edge in sub.edges:
        shown = {claim["id"]: claim for claim in facts[edge.id]["claims"]}
        assert set(shown) == {claim.id for claim in edge.claims}
        for claim in edge.claims:
            assert shown[claim.id].get("locator") == claim.locator
            assert shown[claim.id].get("basis") == claim.basis
            assert shown[claim.id].get("inferred", False) == claim.inferred
            source = view["sources"][shown[claim.id]["source"]]
            assert source["name"] == sub.sources[claim.source].name
            assert source.get("published") == sub.sources[claim.source].published


def test_the_legend_counts_only_what_is_there(embedded_graph: pg.Graph, model: Model) -> None:
    sub = embedded_graph.subgraph("neighbours:成都高新区?depth=1")
    legend = view_model(sub, model, "zh")["legend"]
    assert sum(kind["count"] for kind in legend["kinds"]) == len(sub.nodes)
    assert sum(status["count"] for status in legend["statuses"]) == len(sub.edges)
    assert {kind["kind"] for kind in legend["kinds"]} == {node.kind for node in sub.nodes}
    assert legend["inferred"] == sum(edge.inferred for edge in sub.edges)


def test_a_line_shows_the_status_of_its_fact(model: Model) -> None:
    nodes = tuple(Node(f"park:{i}", "Park", {"name": str(i)}) for i in range(2))
    looks = {
        "operating": "solid",
        "signed": "solid",
        "approved": "dashed",
        "intent": "dashed",
        "negotiating": "dashed",
        "planned": "dashed",
        "proposed": "dotted",
        "cancelled": "ended",
    }
    edges = tuple(
        Edge(f"fact:{status}", "park:0", "PARTNERS_WITH", "park:1", {"status": status}) for status in looks
    )
    view = view_model(Subgraph(nodes, edges), model, "en")
    assert {edge["id"].removeprefix("fact:"): edge["line"] for edge in view["edges"]} == looks


def test_figures_and_codes_are_words_in_both_languages(embedded_graph: pg.Graph, model: Model) -> None:
    view = view_model(embedded_graph.subgraph("entity:fund:chengyu-science-mother-fund"), model, "en")
    rows = [(row["label"], row["value"]) for row in view["nodes"][0]["properties"]]
    assert ({"zh": "总规模", "en": "total size"}, {"zh": "50 亿元", "en": "5,000,000,000 CNY"}) in rows
    assert ({"zh": "基金类型", "en": "kind of fund"}, {"zh": "母基金", "en": "fund of funds"}) in rows


def test_a_quote_stands_with_its_claim(embedded_graph: pg.Graph, model: Model) -> None:
    sub = embedded_graph.subgraph("path:company:bpc-group..布鲁内尔大学")
    claim = sub.edges[0].claims[0]
    view = view_model(sub, model, "zh", quotes={claim.id: "拟定"})
    quoted = [c["quote"] for fact in view["facts"] for c in fact["claims"] if "quote" in c]
    assert quoted == ["拟定"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_served_page_loads_only_our_own_files_and_has_no_inline_code(
    embedded_graph: pg.Graph, model: Model, lang: str
) -> None:
    page = Page(render_page(embedded_graph.subgraph("all"), model, lang=lang, static="/s"))
    loaded = [a["src"] for a, _ in page.all("script") if a.get("src")]
    loaded += [a["href"] for a, _ in page.all("link")]
    assert set(loaded) == {"/s/viz/view.css", "/s/viz/view.js", "/s/vendor/vis-network.min.js"}
    inline = [a for a, _ in page.all("script") if not a.get("src")]
    assert all(a.get("type") == "application/json" for a in inline)
    assert not page.all("style")
    for tag, attributes, _ in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} has a handler {name}"
            assert name != "style"
            assert name not in ("src", "href") or not re.match(r"(?i)(https?:|//|javascript:)", value or "")


def test_a_self_contained_page_admits_exactly_its_own_code(embedded_graph: pg.Graph, model: Model) -> None:
    page = Page(
        render_page(embedded_graph.subgraph("neighbours:成都高新区?depth=1"), model, self_contained=True)
    )
    policy = next(
        a["content"] for a, _ in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    code = [text for a, text in page.all("script") if a.get("type") != "application/json"]
    code += [text for _, text in page.all("style")]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == hashes
    assert not [a for a, _ in page.all("script") if a.get("src")]
    assert not page.all("link")


@pytest.mark.parametrize("self_contained", [False, True])
def test_hostile_names_stay_text(model: Model, self_contained: bool) -> None:
    harmless = Subgraph((Node("park:a", "Park", {"name": "a"}),), ())
    evil = render_page(hostile(), model, self_contained=self_contained, quotes={"claim:x": HOSTILE[0]})
    plain = render_page(harmless, model, self_contained=self_contained)
    assert [tag for tag, _, _ in Page(evil).elements] == [tag for tag, _, _ in Page(plain).elements]
    assert [node["name"] for node in Page(evil).data("view")["nodes"]] == list(HOSTILE)
    assert [node["label"] for node in Page(evil).data("nodes")] == list(HOSTILE)


def test_our_script_never_reads_data_as_html() -> None:
    code = (static_folder() / "view.js").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in code


def test_names_and_relations_are_in_the_language_asked_for(embedded_graph: pg.Graph, model: Model) -> None:
    sub = embedded_graph.subgraph("path:company:bpc-group..布鲁内尔大学")
    assert "Brunel University London" in {
        n["label"] for n in Page(render_page(sub, model, lang="en")).data("nodes")
    }
    chinese = Page(render_page(sub, model, lang="zh"))
    assert "英国布鲁内尔大学" in {n["label"] for n in chinese.data("nodes")}
    assert "签署" in {e["label"] for e in chinese.data("edges")}


def test_a_word_longer_than_a_line_is_broken_after_its_dashes(embedded_graph: pg.Graph, model: Model) -> None:
    page = Page(render_page(embedded_graph.subgraph("query:funds"), model, lang="en"))
    labels = {node["id"]: node["label"] for node in page.data("nodes")}
    assert labels["place:jing-jin-ji"] == "Beijing–Tianjin–\nHebei"
    # What fits on a line is left to the drawing, also where it has a dash.
    assert labels["platform:chengdu-israel-innovation-centre"] == "Chengdu-Israel innovation centre"
    name = next(node for node in page.data("view")["nodes"] if node["id"] == "place:jing-jin-ji")
    assert name["name"]["en"] == "Beijing–Tianjin–Hebei"
    assert style.wrapped("京津冀 Beijing–Tianjin–Hebei fund", 8, 1) == [
        "京津冀",
        "Beijing–",
        "Tianjin–Hebei",
        "fund",
    ]
    assert style.wrapped("Anhaltischeslandesamt 园区", 5, 1) == ["Anhaltischeslandesamt", "园区"]


def test_a_large_page_names_hubs_first(embedded_graph: pg.Graph, model: Model) -> None:
    nodes = Page(render_page(embedded_graph.subgraph("all"), model)).data("nodes")
    named = [node["label"] for node in nodes if "font" in node]
    assert 5 <= len(named) <= 40
    assert "成都高新技术产业开发区" in named


def test_a_path_that_is_not_there_gives_its_reasons(embedded_graph: pg.Graph, model: Model) -> None:
    sub = embedded_graph.subgraph("path:张江..武进")
    view = Page(render_page(sub, model, lang="en")).data("view")
    assert view["none"] == sub.meta["none"]["reasons"]
    assert view["none"]


def test_an_empty_selection_is_said_to_be_empty(model: Model) -> None:
    view = Page(render_page(Subgraph((), ()), model)).data("view")
    assert view["nodes"] == []
    assert view["texts"]["zh"]["empty"]
    assert view["texts"]["en"]["empty"]


def test_what_was_cut_is_said_in_both_languages(model: Model) -> None:
    sub = Subgraph((), (), meta={"truncated": "the first 20000 entities"})
    assert view_model(sub, model)["notices"] == [
        {"zh": "只取前 20000 个实体", "en": "the first 20000 entities"}
    ]


def test_a_kind_and_a_relation_unknown_to_the_model_are_still_shown(model: Model) -> None:
    nodes = (Node("moon:a", "Moon", {"name": "A"}), Node("moon:b", "Moon", {"name": "B"}))
    sub = Subgraph(nodes, (Edge("fact:1", "moon:a", "ORBITS", "moon:b", {}),), meta={"focus": ["moon:a"]})
    view = Page(render_page(sub, model)).data("view")
    assert view["facts"][0]["relation"] == "ORBITS"
    assert [kind["kind"] for kind in view["legend"]["kinds"]] == ["Moon"]


def test_vendor_files_are_those_of_installed_packages() -> None:
    for name, path in vendor_files().items():
        assert path.name == name
        assert path.stat().st_size > 10_000
        assert "site-packages" in path.parts
