"""From claims to the fact that is shown: pure, independent of order, by a stated rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.graph.claims import Claim, Source, claim_from_dict
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.projection import Fact, project, project_entity, stored_figure
from parkgraph.graph.quantities import Quantity, parse_quantity

SOURCES = {
    source.id: source
    for source in (
        Source("source:forum", "论坛转载", published="2017-12-22"),
        Source("source:daily", "科技日报", published="2018"),
        Source("source:undated", "无日期"),
    )
}
CLAIM = Claim(
    subject="company:bpc",
    source="source:daily",
    relation="ESTABLISHED",
    object="platform:centre",
    status="planned",
    locator="char=410,487",
)


def shown(*claims: Claim) -> Fact:
    fact = project(claims, default_model(), SOURCES)
    assert fact is not None
    return fact


claims = st.builds(
    replace,
    st.just(CLAIM),
    source=st.sampled_from(sorted(SOURCES)),
    status=st.sampled_from(["proposed", "planned", "signed", "operating", "ended", None]),
    as_of=st.sampled_from([None, "2017", "2018-01", "2018-01-29"]),
    valid_from=st.sampled_from([None, "2018", "2018-01", "2018-01-29", "2017-05"]),
    valid_to=st.sampled_from([None, "2019", "2020-06-30"]),
    rank=st.sampled_from([-1, 0, 1]),
    inferred=st.booleans(),
    confidence=st.sampled_from([0.5, 1.0]),
    attributes=st.sampled_from(
        [{}, {"joint": True}, {"joint": False}, {"amount": Quantity(5, "CNY")}, {"layer": ("capital",)}]
    ),
)


@given(st.lists(claims, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(group: list[Claim], random: Any) -> None:
    other = list(group)
    random.shuffle(other)
    assert shown(*group) == shown(*other)


@given(st.lists(claims, min_size=1, max_size=8), st.integers(1, 10**9))
def test_when_a_claim_was_recorded_does_not_matter(group: list[Claim], at: int) -> None:
    later = [replace(claim, recorded=at) for claim in group]
    assert shown(*group) == shown(*later)
    assert [claim.id for claim in group] == [claim.id for claim in later]


@given(claims)
def test_a_claim_comes_back_from_its_record(claim: Claim) -> None:
    again = claim_from_dict(claim.to_dict())
    assert again == claim
    assert again.id == claim.id


def test_no_claim_makes_no_fact(model: Model) -> None:
    assert project([], model, SOURCES) is None


def test_a_later_statement_moves_the_status_and_is_no_contradiction() -> None:
    fact = shown(
        replace(CLAIM, source="source:forum", status="planned"),
        replace(CLAIM, status="operating"),
    )
    assert fact.status == "operating"
    assert not fact.contested


def test_an_older_statement_never_lowers_a_status() -> None:
    fact = shown(
        replace(CLAIM, source="source:daily", status="operating"),
        replace(CLAIM, source="source:undated", status="proposed"),
    )
    assert fact.status == "operating"


def test_two_statuses_of_the_same_day_show_the_higher_and_are_contested() -> None:
    day = "2018-01-29"
    fact = shown(
        replace(CLAIM, status="planned", as_of=day, locator="char=1,2"),
        replace(CLAIM, status="signed", as_of=day, locator="char=3,4"),
    )
    assert fact.status == "signed"
    assert fact.contested


def test_the_finer_date_wins_and_another_year_contradicts() -> None:
    coarse, fine = replace(CLAIM, valid_from="2018"), replace(CLAIM, valid_from="2018-01-29")
    assert shown(coarse, fine).valid_from == "2018-01-29"
    assert not shown(coarse, fine).contested
    other = replace(CLAIM, valid_from="2016", source="source:forum")
    assert shown(fine, other).valid_from == "2018-01-29"
    assert shown(fine, other).contested


def test_an_unstated_bound_is_a_number_not_a_null() -> None:
    fact = shown(replace(CLAIM, source="source:undated"))
    assert (fact.from_min, fact.from_max, fact.to_min, fact.to_max) == (0, 99999999, 99999999, 99999999)


def test_what_is_undated_had_begun_by_the_day_the_first_source_speaks_of_it() -> None:
    assert (shown(CLAIM).from_min, shown(CLAIM).from_max) == (0, 20181231)
    both = shown(CLAIM, replace(CLAIM, source="source:forum"))
    assert (both.from_min, both.from_max) == (0, 20171222)
    assert shown(CLAIM, replace(CLAIM, valid_from="2016-05")).from_max == 20160531


def test_what_is_said_to_have_ended_had_ended_by_the_day_of_that_source() -> None:
    over = replace(CLAIM, status="ended", as_of="2020-03-01")
    assert (shown(over).to_min, shown(over).to_max) == (0, 20200301)
    seen = replace(CLAIM, status="operating", as_of="2019-06-30")
    assert (shown(over, seen).to_min, shown(over, seen).to_max) == (20190630, 20200301)
    dated = replace(over, valid_to="2019-12")
    assert (shown(dated, seen).to_min, shown(dated, seen).to_max) == (20191201, 20191231)
    resumed = replace(CLAIM, status="operating", as_of="2021")
    assert shown(over, resumed).to_min == 99999999


def test_a_tie_of_an_entity_with_itself_and_a_judgement_are_no_facts() -> None:
    assert project([replace(CLAIM, object=CLAIM.subject)], default_model(), SOURCES) is None
    judged = replace(CLAIM, relation="SAME_AS", status=None)
    assert project([judged], default_model(), SOURCES) is None
    assert shown(replace(judged, relation="POSSIBLY_SAME_AS")).relation == "POSSIBLY_SAME_AS"


def test_another_name_is_no_contradiction_and_is_kept() -> None:
    name = Claim("park:chengdu", "source:daily", property="name_zh", value="成都高新区")
    fact = shown(name, replace(name, value="成都高新技术产业开发区", source="source:forum"))
    assert fact.value == "成都高新区"
    assert fact.also == ("成都高新技术产业开发区",)
    assert not fact.contested
    kind = shown(Claim("park:chengdu", "source:daily", property="kind", value="Park"))
    entity = project_entity([kind, fact], default_model())
    assert entity is not None
    assert entity.properties["alias"] == ["成都高新技术产业开发区"]


def test_an_editors_rank_goes_before_dates_and_stated_before_inferred() -> None:
    deprecated = replace(CLAIM, attributes={"joint": False}, rank=-1, as_of="2020")
    assert shown(deprecated, replace(CLAIM, attributes={"joint": True})).attributes["joint"] is True
    read_in = replace(CLAIM, attributes={"joint": False}, inferred=True)
    assert shown(read_in, replace(CLAIM, attributes={"joint": True})).attributes["joint"] is True


def test_a_fact_is_inferred_only_when_every_claim_is() -> None:
    assert shown(replace(CLAIM, inferred=True)).inferred
    assert not shown(replace(CLAIM, inferred=True), CLAIM).inferred


def test_an_amount_keeps_the_kind_that_its_own_claim_gives() -> None:
    plain = replace(CLAIM, attributes={"amount": Quantity(100, "CNY")}, rank=1)
    loan = replace(CLAIM, attributes={"amount": Quantity(999, "USD"), "amount_kind": "loan"})
    assert shown(plain, loan).attributes == {"amount": Quantity(100, "CNY")}
    assert shown(plain, loan).contested
    assert shown(loan).attributes == {"amount": Quantity(999, "USD"), "amount_kind": "loan"}


def test_a_deprecated_claim_does_not_sharpen_a_date() -> None:
    fact = shown(replace(CLAIM, valid_from="2017"), replace(CLAIM, valid_from="2017-05", rank=-1))
    assert fact.valid_from == "2017"


def test_layers_of_all_claims_are_united() -> None:
    fact = shown(
        replace(CLAIM, attributes={"layer": ("technology",)}),
        replace(CLAIM, attributes={"layer": ("capital", "industry")}),
    )
    assert fact.attributes["layer"] == ("capital", "industry", "technology")
    assert not fact.contested


def test_the_ends_of_a_symmetric_relation_have_no_order(model: Model) -> None:
    one = replace(CLAIM, relation="PARTNERS_WITH", subject="park:a", object="park:b")
    other = replace(one, subject="park:b", object="park:a")
    assert one.fact_id(model) == other.fact_id(model)
    assert (shown(one, other).subject, shown(one, other).object) == ("park:a", "park:b")
    directed = replace(one, relation="SUPPORTS")
    assert directed.fact_id(model) != replace(directed, subject="park:b", object="park:a").fact_id(model)


def test_a_discriminator_keeps_two_facts_apart(model: Model) -> None:
    assert CLAIM.fact_id(model) != replace(CLAIM, disc="second").fact_id(model)


@pytest.mark.parametrize("change", [{"locator": "char=1,9"}, {"source": "source:forum"}, {"note": "x"}])
def test_what_a_claim_says_and_where_makes_its_id(change: dict[str, Any]) -> None:
    assert replace(CLAIM, **change).id != CLAIM.id


def size(text: str, **more: Any) -> Claim:
    return Claim("fund:a", "source:daily", property="total_size", value=parse_quantity(text), **more)


def test_figures_that_allow_a_common_number_do_not_contradict() -> None:
    coarse, fine = size("56亿元", rank=1), size("55.8亿元")
    assert shown(coarse, fine).value == parse_quantity("56亿元")
    assert not shown(coarse, fine).contested
    assert not shown(size("超过5亿元"), size("6亿元")).contested
    assert shown(size("5亿元"), size("6亿元")).contested
    assert shown(size("5亿元"), size("5亿美元")).contested


def test_claims_that_agree_with_the_shown_one_may_still_contradict_each_other() -> None:
    assert shown(size("超过5亿元", rank=1), size("6亿元"), size("9亿元")).contested


def test_amounts_of_a_relation_contradict_by_the_same_rule() -> None:
    amount = {"amount": parse_quantity("5亿元")}
    near, far = {"amount": parse_quantity("4.9亿元")}, {"amount": parse_quantity("8亿元")}
    assert not shown(replace(CLAIM, attributes=amount), replace(CLAIM, attributes=near)).contested
    assert shown(replace(CLAIM, attributes=amount), replace(CLAIM, attributes=far)).contested


def test_a_range_and_a_step_are_kept_in_the_record_and_on_the_edge(model: Model) -> None:
    claim = replace(CLAIM, attributes={"amount": parse_quantity("5-8亿元")})
    assert claim.to_dict()["attributes"] == {
        "amount": {"value": 500_000_000, "unit": "CNY", "high": 800_000_000, "precision": 100_000_000}
    }
    assert claim_from_dict(claim.to_dict()) == claim
    stored = shown(claim).properties(model)
    assert (stored["amount"], stored["amount_high"], stored["amount_precision"]) == (
        5 * 10**8,
        8 * 10**8,
        10**8,
    )
    prop = model.relation_properties("ESTABLISHED")["amount"]
    assert stored_figure(prop, stored) == parse_quantity("5-8亿元")


def test_a_figure_without_the_new_parts_keeps_the_id_of_its_claim() -> None:
    # The ids as they were before figures had ranges and steps.
    claim = Claim("fund:a", "source:b", property="total_size", value=Quantity(5_600_000_000, "CNY", "about"))
    assert claim.to_dict()["value"] == {"value": 5_600_000_000, "unit": "CNY", "qualifier": "about"}
    assert claim.id == "claim:c46aa1a5301038d55e2bcd62"


def test_a_figure_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match="a figure has no qualfier"):
        claim_from_dict({"subject": "fund:a", "source": "s", "value": {"value": 5, "qualfier": "about"}})


def test_figures_stated_for_two_days_are_a_history_and_no_contradiction() -> None:
    raised = Claim("fund:x", "source:daily", property="raised", value=Quantity(3, "CNY"), as_of="2017")
    later = replace(raised, value=Quantity(5, "CNY"), as_of="2018")
    assert shown(raised, later).value == Quantity(5, "CNY")
    assert not shown(raised, later).contested
    assert shown(raised, replace(later, as_of="2017")).contested
    assert shown(raised, replace(later, as_of=None)).contested
