"""Sums of money: what is kept apart, what is refused, and what an answer says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parkgraph as pg
from parkgraph.graph.errors import BadRequest, MixedAmounts, NotFound, ParkGraphError, UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.quantities import LARGEST, Quantity
from parkgraph.queries.amounts import added, figures, standing
from parkgraph.queries.totals import Total, read_rates

SOURCES = "id,name,kind\nsource:register,登记,table\n"
PARKS = "id,name_zh,source\npark:a,甲园,source:register\npark:b,乙园,source:register\n"
FUNDS = """id,name_zh,status,planned_size,total_size,raised,source
fund:one,一号基金,operating,,56亿元,more_than 10亿元,source:register
fund:two,二号基金,signed,,50亿元,,source:register
fund:three,三号基金,planned,5亿元,,,source:register
fund:four,四号基金,intent,5-8亿元,,,source:register
fund:five,五号基金,proposed,2亿元,,,source:register
fund:six,六号基金,operating,,3000万美元,,source:register
fund:seven,七号基金,ended,,1亿元,,source:register
fund:eight,八号基金,,约4亿元,,,source:register
"""
AGREEMENTS = """id,name_zh,status,amount,amount_kind,source
agreement:x,甲乙合同,signed,1.2亿元,contract,source:register
agreement:y,甲乙协议,signed,2亿元,,source:register
agreement:z,甲乙意向,intent,,,source:register
"""
RELATIONS = """subject,relation,object,status,amount,amount_kind,joint,source
park:a,ESTABLISHED,fund:one,operating,55.8亿元,total_size,true,source:register
park:b,ESTABLISHED,fund:one,operating,56亿元,total_size,true,source:register
park:a,ESTABLISHED,fund:nine,planned,9亿元,planned_size,,source:register
park:b,ESTABLISHED,fund:nine,planned,9亿元,planned_size,,source:register
park:a,SIGNED,agreement:x,signed,1.2亿元,contract,,source:register
fund:two,PART_OF,fund:one,operating,,,,source:register
fund:one,FUNDS,company:c,operating,3000万元,investment,,source:register
fund:two,FUNDS,company:c,operating,3000万元,investment,,source:register
"""


def filled(url: str, folder: Path) -> pg.Graph:
    """Funds and agreements of every standing, in two currencies."""
    tables = {
        "sources": SOURCES,
        "parks": PARKS,
        "funds": FUNDS + "fund:nine,九号基金,planned,,,,source:register\n",
        "companies": "id,name_zh,source\ncompany:c,丙公司,source:register\n",
        "agreements": AGREEMENTS,
        "relations": RELATIONS,
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    graph = pg.open(url)
    graph.load(folder)
    return graph


@pytest.fixture(scope="module")
def money(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pg.Graph]:
    folder = tmp_path_factory.mktemp("money")
    with filled(f"embedded:{folder / 'graph.kgl'}", folder) as graph:
        yield graph


def said(answer: Total) -> str:
    return " ".join(note.en for note in answer.notes)


# -- the bundled dataset, on both engines ------------------------------------------------------


def test_the_sizes_of_the_operating_funds_are_added_once_each(graph: pg.Graph) -> None:
    answer = graph.total("total_size", status="operating")
    assert (answer.total, answer.currency, answer.mixed) == (10_600_000_000, "CNY", ())
    (group,) = answer.groups
    assert {(a.of, a.quantity.value) for a in group.amounts} == {
        ("fund:chengyu-science-mother-fund", 5_000_000_000),
        ("fund:gansu-shanghai-venture-funds-2015", 5_600_000_000),
    }
    # Each founder's ESTABLISHED tells the size again.
    assert sum(len(a.restated) for a in group.amounts) == 3
    assert "fund:tech-loan-risk-compensation" in {node.id for node in answer.not_stated}


def test_three_kinds_of_money_are_never_one_sum_unasked(graph: pg.Graph) -> None:
    with pytest.raises(MixedAmounts) as refused:
        graph.total("amount", about="fund:gansu-shanghai-venture-funds-2015", status="operating")
    groups = {group["figure"]: group["total"] for group in refused.value.details["groups"]}
    assert groups == {"total_size": 5_600_000_000, "investment": 32_000_000}
    assert "one figure (investment, total_size)" in refused.value.message
    assert graph.total("loan").total == 2_404_000_000
    assert graph.total("paid_cumulative").total == 60_000_000


def test_what_no_source_states_is_not_zero(graph: pg.Graph) -> None:
    answer = graph.total("raised")
    assert not answer
    assert (answer.total, answer.groups, answer.currency) == (None, (), None)
    assert len(answer.not_stated) == len(graph.entities(kind="Fund", limit=100))
    assert "not counted as 0" in said(answer)
    assert "loan, signed or operating: 2,404,000,000 CNY" in said(answer)
    assert "planned size, planned or under talks: 500,000,000 CNY" in said(answer)


def test_only_what_an_entity_set_up_or_gave_is_added(graph: pg.Graph) -> None:
    assert graph.total("total_size", about="甘肃").total == 5_600_000_000
    assert graph.total("loan", about="科技贷款风险补偿资金").total == 2_404_000_000
    assert not graph.total("loan", about="成都高新区")


def test_ranges_steps_and_standings_come_back_from_each_engine(store_url: str, tmp_path: Path) -> None:
    with filled(store_url, tmp_path) as graph:
        answer = graph.total("planned_size", mix=True)
        assert (answer.total, answer.low, answer.high) == (2_500_000_000, 2_460_000_000, 2_840_000_000)
        four = graph.entity("fund:four").node.properties
        assert (four["planned_size_high"], four["planned_size_precision"]) == (800_000_000, 100_000_000)
        (row,) = [row for row in graph.funds() if row["fund"] == "fund:four"]
        assert (row["planned_size"], row["planned_high"]) == (500_000_000, 800_000_000)
        sums = {
            (r["figure"], r["status"], r["qualifier"]): (r["total"], r["high"]) for r in graph.fund_totals()
        }
        assert sums["planned_size", "intent", None] == (500_000_000, 800_000_000)
        assert sums["planned_size", "planned", None] == (500_000_000, 500_000_000)


# -- what is kept apart ------------------------------------------------------------------------


def test_planned_is_never_added_to_done(money: pg.Graph) -> None:
    with pytest.raises(MixedAmounts) as refused:
        money.total("amount")
    assert refused.value.details["spans"] == ["figure", "standing"]
    assert money.total("total_size", status="operating,signed", currency="CNY").total == 10_600_000_000
    assert money.total("planned_size", status=["planned", "intent"]).total == 1_900_000_000
    with pytest.raises(MixedAmounts, match="status=proposed or status=intent,planned or status=not_stated"):
        money.total("planned_size")


@pytest.mark.parametrize(
    ("status", "total"),
    [("proposed", 200_000_000), ("not_stated", 400_000_000), ("planned", 1_400_000_000)],
)
def test_a_status_may_be_asked_for_alone(money: pg.Graph, status: str, total: int) -> None:
    assert money.total("planned_size", status=status).total == total


def test_ended_is_kept_apart(money: pg.Graph) -> None:
    with pytest.raises(MixedAmounts) as refused:
        money.total("total_size", currency="CNY")
    assert [group["standing"] for group in refused.value.details["groups"]] == ["done", "ended"]
    assert money.total("total_size", currency="CNY", status="ended").total == 100_000_000


def test_a_mixed_sum_is_given_when_asked_for_and_says_what_it_mixed(money: pg.Graph) -> None:
    answer = money.total("planned_size", mix=True)
    assert answer.mixed == ("standing",)
    assert answer.total == sum(group.sum.total for group in answer.groups) == 2_500_000_000
    assert "what is planned is not done" in said(answer)
    assert any("计划的并不等于已实现的" in note.zh for note in answer.notes)
    across = money.total("amount", mix=True)
    assert across.mixed == ("figure", "standing")
    assert {group.figure for group in across.groups} == {
        "amount",
        "contract",
        "investment",
        "planned_size",
        "total_size",
    }


def test_currencies_are_added_only_at_rates_that_are_given(money: pg.Graph) -> None:
    asked: dict[str, Any] = {"status": ["operating", "signed"]}
    for mix in (False, True):
        with pytest.raises(MixedAmounts, match=r"currency=USD\), or give rates \(rate=USD=7\.1\)"):
            money.total("total_size", **asked, mix=mix)
    answer = money.total("total_size", **asked, rates={"USD": 7.1})
    assert (answer.total, answer.currency, answer.mixed) == (10_813_000_000, "CNY", ("currency",))
    assert "1 USD = 7.1 CNY" in said(answer)
    assert answer.to_dict()["rates"] == {"USD": "7.1"}
    dollars = money.total("total_size", **asked, currency="USD", rates=["CNY=0.14"])
    assert (dollars.total, dollars.currency) == (1_514_000_000, "USD")
    assert money.total("total_size", **asked, currency="USD").total == 30_000_000


# -- what is one amount ------------------------------------------------------------------------


def test_a_size_that_relations_state_again_is_counted_once(money: pg.Graph) -> None:
    answer = money.total("total_size", about="一号基金", currency="CNY", status="operating")
    assert answer.total == 5_600_000_000
    assert len(answer.groups[0].amounts[0].restated) == 2
    assert not answer.groups[0].amounts[0].contested
    assert money.total("planned_size", about="九号基金").total == 900_000_000
    assert money.total("contract").total == 120_000_000


def test_two_investments_of_the_same_size_are_two(money: pg.Graph) -> None:
    assert money.total("investment").total == 60_000_000
    assert money.total("investment", about="二号基金").total == 30_000_000


def test_a_part_and_its_whole_are_warned_of(money: pg.Graph) -> None:
    answer = money.total("total_size", currency="CNY", status=["operating", "signed"])
    assert "二号基金 is part of 一号基金; their amounts may overlap" in said(answer)
    assert "overlap" not in said(money.total("total_size", currency="CNY", status="operating"))


def test_sources_that_differ_are_named(bundled_copy: str, tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text(SOURCES, encoding="utf-8")
    (tmp_path / "funds.csv").write_text(
        "id,total_size,source\nfund:chengyu-science-mother-fund,80亿元,source:register\n", encoding="utf-8"
    )
    with pg.open(bundled_copy) as graph:
        graph.load(tmp_path)
        answer = graph.total("total_size")
        assert answer.total == 10_600_000_000
        assert "Sources differ on Chengdu-Chongqing science and innovation fund of funds" in said(answer)


# -- how sure it is ----------------------------------------------------------------------------


def test_qualifiers_and_ranges_give_bounds(money: pg.Graph) -> None:
    raised = money.total("raised")
    assert (raised.total, raised.low, raised.high) == (1_000_000_000, 1_000_000_000, None)
    assert "at least 1,000,000,000 CNY; no upper bound is stated" in said(raised)
    ranged = money.total("planned_size", status="intent")
    assert (ranged.low, ranged.high) == (500_000_000, 800_000_000)
    about = money.total("planned_size", status="not_stated")
    assert (about.total, about.low, about.high) == (400_000_000, 360_000_000, 440_000_000)
    assert "rounded to 100,000,000 CNY" in said(about)


amounts = st.builds(
    Quantity,
    st.integers(0, 10**12),
    st.just("CNY"),
    st.sampled_from(["exact", "about", "more_than", "at_least", "up_to"]),
    precision=st.none() | st.sampled_from([10**4, 10**8]),
) | st.builds(
    lambda low, by: Quantity(low, "CNY", "exact", low + by), st.integers(0, 10**12), st.integers(1, 10**9)
)


@given(st.lists(amounts, max_size=8), st.lists(amounts, max_size=8))
def test_a_sum_of_parts_is_the_sum_of_all(some: list[Quantity], others: list[Quantity]) -> None:
    whole, first, second = added(some + others), added(some), added(others)
    assert whole.total == first.total + second.total
    assert whole == added(others + some)
    if whole.high is not None:
        assert first.high is not None
        assert second.high is not None
        assert 0 <= first.high + second.high - whole.high <= 1  # each end is rounded outwards
        assert whole.total <= whole.high
    assert whole.low is not None
    assert whole.low <= whole.total


@given(st.lists(amounts, max_size=8), st.decimals("0.001", 1000, places=3))
def test_a_rate_loses_at_most_half_a_unit(figures_: list[Quantity], rate: Decimal) -> None:
    exact = rate * sum(int(figure.value) for figure in figures_)
    assert abs(Decimal(added(figures_, rate).total) - exact) <= Decimal("0.5")


def test_a_sum_that_is_too_large_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadRequest, match="larger than a figure can be"):
        added([Quantity(LARGEST, "CNY"), Quantity(1, "CNY")])


def test_a_figure_goes_by_its_label(embedded_graph: pg.Graph) -> None:
    for label in ("总规模", "Total size"):
        assert embedded_graph.total(label).to_dict() == embedded_graph.total("total_size").to_dict()


# -- what is asked wrongly ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"figure": "size"}, UnknownName, "unknown figure 'size'"),
        ({"figure": "loan", "status": "sined"}, UnknownName, "did you mean signed"),
        ({"figure": "loan", "currency": "RMB"}, UnknownName, "unknown currency 'RMB'"),
        ({"figure": "loan", "about": "park:atlantis"}, NotFound, "park:atlantis"),
        ({"figure": "loan", "rates": ["USD"]}, BadRequest, "expected a number above 0, as in USD=7.1"),
        ({"figure": "loan", "rates": {"USD": -1}}, BadRequest, "USD=-1 is no rate"),
        ({"figure": "loan", "rates": {"USD": "nan"}}, BadRequest, "is no rate"),
        ({"figure": "loan", "rates": {"dollar": 7}}, UnknownName, "unknown currency 'dollar'"),
        ({"figure": "loan", "rates": ["USD=7", "USD=8"]}, BadRequest, "given twice"),
        ({"figure": "loan", "rates": ["CNY=1"]}, BadRequest, "say in which currency"),
        ({"figure": "loan", "currency": "CNY", "rates": ["CNY=1"]}, BadRequest, "has no rate"),
        ({"figure": "loan", "currency": "USD", "rates": ["EUR=8"]}, MixedAmounts, "give rates"),
        ({"figure": "loan", "mix": "maybe"}, BadRequest, "neither true nor false"),
    ],
)
def test_a_wrong_question_is_refused_in_a_sentence(
    embedded_graph: pg.Graph, asked: dict[str, Any], error: type[ParkGraphError], words: str
) -> None:
    with pytest.raises(error) as refused:
        embedded_graph.total(**asked)
    assert words in refused.value.message


def test_rates_are_read_exactly() -> None:
    assert read_rates(["USD=7.1", "EUR=7.75"]) == {"USD": Decimal("7.1"), "EUR": Decimal("7.75")}
    assert read_rates({"USD": 7.1}) == {"USD": Decimal("7.1")}


def test_every_status_has_a_standing_and_every_figure_a_label(model: Model) -> None:
    assert {name: standing(model, name) for name in model.statuses} == {
        "proposed": "proposed",
        "planned": "planned",
        "negotiating": "planned",
        "intent": "planned",
        "approved": "approved",
        "signed": "done",
        "operating": "done",
        "ended": "ended",
        "cancelled": "cancelled",
    }
    assert set(figures(model)) == {
        "planned_size", "total_size", "raised", "invested", "amount",
        "investment", "paid_cumulative", "loan", "order", "contract",
    }  # fmt: skip
