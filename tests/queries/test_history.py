"""The life of a fact as sentences: who said what of which day, what was taken back, and why the graph
shows what it shows.
"""

from __future__ import annotations

from typing import Any

import pytest

import parkgraph as pg
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import NotFound
from parkgraph.graph.model import Model
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.recording import record, retract
from parkgraph.graph.store import Store

FORUM = Source("source:forum", "论坛转载", published="2017-12-22", kind="table")
DAILY = Source("source:daily", "科技日报", publisher="科技日报社", published="2018", kind="table")
REGISTER = Source("source:register", "编者登记", kind="editorial")
SOURCES = [FORUM, DAILY, REGISTER]
INSTITUTE, PARK = "institution:brunel-joint", "park:chengdu"
NAMED = [
    Claim(INSTITUTE, REGISTER.id, property="kind", value="Institution"),
    Claim(INSTITUTE, REGISTER.id, property="name_zh", value="质量研究院"),
    Claim(PARK, REGISTER.id, property="kind", value="Park"),
    Claim(PARK, REGISTER.id, property="name_zh", value="成都高新区"),
]


def tie(source: Source, **said: Any) -> Claim:
    """What a source says of the park and the institute."""
    return Claim(PARK, source.id, relation="ESTABLISHED", object=INSTITUTE, **said)


PLANNED = tie(FORUM, status="planned", modality="intended", locator="char=2068,2156")
OPERATING = tie(
    DAILY,
    status="operating",
    valid_from="2018-01-09",
    attributes={"amount": Quantity(500_000_000, "CNY", "about"), "amount_kind": "planned_size"},
)


@pytest.fixture
def told(store: Store, model: Model) -> pg.Graph:
    """A founding that was planned, then done, on each engine."""
    record(store, model, SOURCES, [*NAMED, PLANNED, OPERATING], recorded=1_600_000_000)
    return pg.Graph(store, model)


def fact_of(claim: Claim, model: Model) -> str:
    return claim.fact_id(model)


def chinese(graph: pg.Graph, claim: Claim) -> list[str]:
    history = graph.history(claim.fact_id(graph.model))
    return [f"{item.day or '日期不详'} {item.sentence.zh}" for item in history.told]


def test_a_life_is_told_from_its_oldest_day_in_both_languages(told: pg.Graph) -> None:
    history = told.history(fact_of(PLANNED, told.model))
    assert history.about.zh == "成都高新区 — 设立 — 质量研究院"
    assert [f"{item.day} {item.sentence.zh}" for item in history.told] == [
        "2017-12-22 论坛转载（2017-12-22）：打算；计划（char=2068,2156）",
        "2018 科技日报（科技日报社，2018）：运营；起始 2018-01-09；金额 约 5 亿元；金额类型 计划规模",
    ]
    assert [item.sentence.en for item in history.told] == [
        "论坛转载 (2017-12-22): intended; planned (char=2068,2156)",
        "科技日报 (科技日报社, 2018): operating; from 2018-01-09; amount about 500,000,000 CNY; "
        "kind of amount planned size",
    ]
    assert history.outcome.zh == (
        "图中显示：运营；起始 2018-01-09；金额 约 5 亿元；金额类型 计划规模。"
        "采信《科技日报》的说法：说的日期更晚。"
    )
    assert history.outcome.en == (
        "The graph shows: operating; from 2018-01-09; amount about 500,000,000 CNY; "
        'kind of amount planned size. "科技日报" is followed: it speaks of a later day.'
    )


def test_an_inferred_claim_gives_its_basis(told: pg.Graph) -> None:
    guess = tie(REGISTER, status="planned", inferred=True, basis="由标题推断")
    record(told.store, told.model, SOURCES, [guess])
    assert chinese(told, guess)[0] == "日期不详 编者登记：计划；推断，依据：由标题推断"


def test_claims_that_contradict_each_other_say_whom(told: pg.Graph) -> None:
    other = tie(REGISTER, status="cancelled", as_of="2018")
    record(told.store, told.model, SOURCES, [other])
    history = told.history(fact_of(PLANNED, told.model))
    planned, operating, cancelled = history.told
    assert planned.contradicts == ()
    assert operating.contradicts == (other.id,)
    assert cancelled.contradicts == (OPERATING.id,)
    assert "与《科技日报》的另一说法不合" in cancelled.sentence.zh
    assert history.outcome.zh == (
        "图中显示：取消；起始 2018-01-09；金额 约 5 亿元；金额类型 计划规模。"
        "采信《编者登记》的说法：状态更高；来源说法不一。"
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"rank": 1, "status": "intent"}, "编者评定更高"),
        ({"as_of": "2019", "status": "signed"}, "说的日期更晚"),
        ({"as_of": "2018", "status": "ended"}, "状态更高"),
    ],
)
def test_the_rule_that_decided_is_named(told: pg.Graph, changes: dict[str, str | int], rule: str) -> None:
    claim = tie(REGISTER, **changes)
    record(told.store, told.model, SOURCES, [claim])
    outcome = told.history(fact_of(claim, told.model)).outcome.zh
    assert f"采信《编者登记》的说法：{rule}" in outcome


def test_what_was_taken_back_stays_in_the_log_with_its_day(told: pg.Graph) -> None:
    retract(told.store, told.model, DAILY.id, at=1_700_000_000)
    lines = chinese(told, PLANNED)
    assert lines[1].endswith("；已于 2023-11-14 撤回")
    history = told.history(fact_of(PLANNED, told.model))
    assert [item.retracted for item in history.told] == [False, True]
    assert history.outcome.zh == "图中显示：计划。只有这一条说法。"
    retract(told.store, told.model, FORUM.id, at=1_700_000_000)
    gone = told.history(fact_of(PLANNED, told.model))
    assert gone.outcome.zh == "图中不再显示：说法都已撤回。"
    assert gone.fact in {history.fact for history in told.histories("成都高新区")}


def test_a_relation_whose_end_nobody_describes_is_told_but_not_shown(told: pg.Graph) -> None:
    tie = Claim(PARK, FORUM.id, relation="SUPPORTS", object="park:nowhere", status="operating")
    record(told.store, told.model, SOURCES, [tie])
    history = told.history(fact_of(tie, told.model))
    assert history.about.zh == "成都高新区 — 支持 — park:nowhere"
    assert history.outcome.zh.startswith("图中未显示")


def test_an_entitys_histories_are_those_of_all_its_facts(graph: pg.Graph) -> None:
    view = graph.entity("成都高新区")
    histories = graph.histories("成都高新区")
    assert {history.fact for history in histories} == {
        *(fact.id for fact in view.facts),
        *(str(fact["id"]) for fact in view.properties),
    }
    days = [history.told[0].day or "" for history in histories]
    assert days == sorted(days)


def test_every_history_of_the_dataset_tells_every_claim_once(embedded_graph: pg.Graph) -> None:
    rows = embedded_graph.store.read("MATCH (f:Fact) RETURN f.id AS id, f.n_claims AS n, f.contested AS c")
    for row in rows[::7]:
        history = embedded_graph.history(row["id"])
        assert history.fact == row["id"]
        assert len(history.told) == row["n"]
        assert any(item.contradicts for item in history.told) == row["c"]
        assert all(item.sentence.zh and item.sentence.en for item in history.told)


def test_a_quote_comes_with_a_history_where_the_texts_are_at_hand(
    bundled_file: object, seeds: object
) -> None:
    with pg.open(f"embedded:{bundled_file}", readonly=True, texts=str(seeds)) as graph:
        history = graph.history(graph.entity("陈洪涛").facts[0].id)
        assert all(item.proof.quote for item in history.told)
        assert history.to_dict()["told"][0]["claim"]["quote"]


def test_an_unknown_fact_is_said(embedded_graph: pg.Graph) -> None:
    with pytest.raises(NotFound, match="there is no fact 'fact:0'"):
        embedded_graph.history("fact:0")
