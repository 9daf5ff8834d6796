"""A question without an answer says what was searched, what emptied it, and what comes nearest."""

from __future__ import annotations

from typing import Any

import pytest

import parkgraph as pg
from parkgraph.queries.explain_rows import NoRows


def why(graph: pg.Graph, name: str, **asked: Any) -> NoRows:
    rows = graph.query(name, **asked)
    assert rows == []
    assert isinstance(rows.explanation, NoRows)
    return rows.explanation


def said(none: NoRows, lang: str) -> str:
    return "\n".join(getattr(reason, lang) for reason in none.reasons)


def test_an_answer_with_rows_needs_no_explanation(graph: pg.Graph) -> None:
    assert graph.query("funds").explanation is None


def test_an_intention_is_no_signed_agreement_and_the_answer_says_what_it_is(graph: pg.Graph) -> None:
    none = why(
        graph,
        "agreements",
        party="甘肃伯福江3D打印科技有限公司",
        other="甘肃省中医院",
        status="signed",
    )
    assert none.searched == 9
    assert none.restores == (("status", 1),)
    assert none.nearest is not None
    assert none.nearest["status"] == "intent"
    assert "查找了 9 个协议" in said(none, "zh")
    assert "若去掉 status=signed，则有 1 个结果，最接近的是：伯福江与甘肃省中医院合作意向 · 意向" in said(
        none, "zh"
    )
    assert "Without status=signed there would be 1" in said(none, "en")


def test_the_day_of_the_wuhan_consensus_is_unstated_and_its_publication_bounds_it(graph: pg.Graph) -> None:
    none = why(graph, "properties", entity="武汉共识", property="date")
    assert "没有来源说明“武汉共识”的签署日期" in said(none, "zh")
    assert "No source states the date of Wuhan Consensus" in said(none, "en")
    assert "2015-06-30" in said(none, "en")
    assert none.sources == ("source:wuhan-consensus-2015",)


def test_the_parameter_that_leaves_the_fewest_comes_first(graph: pg.Graph) -> None:
    none = why(graph, "funds", status="cancelled", place="成都")
    assert none.restores == (("status", 3),)
    none = why(graph, "observations", about="中关村", year=2013, unit="CNY")
    assert none.restores == (("year", 1),)
    assert none.nearest is not None
    assert none.nearest["value"] == 3_570_000_000_000


def test_where_no_single_parameter_is_to_blame_all_are_named(graph: pg.Graph) -> None:
    none = why(graph, "agreements", form="lease", status="ended", place="北京")
    assert none.restores == ()
    assert "Without form=lease and status=ended and place=Beijing there would be 9" in said(none, "en")


def test_where_nothing_was_narrowed_it_says_what_is_known_instead(graph: pg.Graph) -> None:
    none = why(graph, "brokers", a="兰白国家自主创新示范区", b="重庆")
    assert (none.restores, none.nearest) == ((), None)
    assert "属于（2）" in said(none, "zh")
    assert "part of (2)" in said(none, "en")


def test_what_no_fact_speaks_of_is_said_to_be_unknown(graph: pg.Graph) -> None:
    none = why(graph, "mentions", entity="海河产业基金")
    assert none.searched == 0
    assert "Nothing but its own properties is known of Haihe Industry Fund" in said(none, "en")


def test_an_explanation_is_the_same_on_both_engines(graph: pg.Graph, embedded_graph: pg.Graph) -> None:
    for name, asked in (
        ("agreements", {"party": "甘肃省中医院", "status": "signed"}),
        ("leaders", {"entity": "科技部"}),
        ("chronology", {"since": "2030"}),
        ("shared_partners", {"a": "张江", "b": "成都高新区", "inferred": False}),
    ):
        assert why(graph, name, **asked) == why(embedded_graph, name, **asked)


def test_an_empty_subgraph_of_a_question_carries_the_reasons(embedded_graph: pg.Graph) -> None:
    part = embedded_graph.subgraph("query:funds?status=ended")
    assert part.nodes == ()
    assert part.meta["none"]["restores"] == [{"parameter": "status", "rows": 10}]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("funds", {"status": "ended"}),
        ("partners", {"entity": "清华大学", "relation": "FUNDS"}),
        ("inventory", {"kind": "Treaty", "place": "成都"}),
        ("targets", {"about": "成都高新区"}),
        ("approvals", {"until": "2010"}),
    ],
)
def test_every_explanation_reads_in_both_languages(
    embedded_graph: pg.Graph, name: str, asked: dict[str, Any]
) -> None:
    reasons = why(embedded_graph, name, **asked).reasons
    assert reasons
    assert all(reason.zh.endswith("。") and reason.en.endswith(".") for reason in reasons)
