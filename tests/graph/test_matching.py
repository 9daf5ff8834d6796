"""Which organisations are proposed as one, as related, or not at all; names here are not those measured."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgraph.graph.matching import REASONS, Party, Proposal, compare, party_of, propose


def pair(one: str, other: str, kind: str = "Institution", second: str | None = None) -> Proposal | None:
    return compare(Party("a", frozenset({kind}), (one,)), Party("b", frozenset({second or kind}), (other,)))


SAME = [
    ("昆明理工大学", "Kunming University of Science and Technology", "Institution"),
    ("云南农业大学", "Yunnan Agricultural University", "Institution"),
    ("内蒙古科技大学", "Inner Mongolia University of Science and Technology", "Institution"),
    ("中国农业科学院", "Chinese Academy of Agricultural Sciences", "Institution"),
    ("桂林市第二人民医院", "The Second People's Hospital of Guilin", "Institution"),
    ("固体润滑国家重点实验室", "State Key Laboratory of Solid Lubrication", "Institution"),
    ("陕西省教育厅", "Department of Education of Shaanxi Province", "Government"),
    ("昆明高新技术产业开发区", "Kunming National High-tech Industrial Development Zone", "Park"),
    ("昆明国家级高新区", "昆明高新技术产业开发区", "Park"),
    ("昆明經濟技術開發區", "昆明经开区", "Park"),
    ("云南昆明高新区", "昆明高新区", "Park"),
    ("电子科技大学", "电科大", "Institution"),
    ("华中农业大学", "HZAU", "Institution"),
    ("昆明理工大学", "Kūnmíng Lǐgōng Dàxué", "Institution"),
    ("Dōngběi Nóngyè Dàxué", "Northeast Agricultural University", "Institution"),
    ("众生集团", "四川众生集团", "Company"),
    ("Kunming Medical University", "Kunming Medical College", "Institution"),
]

DIFFERENT = [
    ("昆明高新区", "昆明经开区", "another kind of zone"),
    ("常州高新区", "常州武进高新区", "another zone, inside"),
    ("桂林市第二人民医院", "桂林市第三人民医院", "another ordinal"),
    ("云南省科学技术厅", "昆明市科学技术局", "another level"),
    ("山西师范大学", "Shaanxi Normal University", "another province"),
    ("Shānxī Dàxué", "陕西大学", "another province, by tone"),
    ("昆明医科大学", "Kunming University", "a discipline more"),
    ("昆明理工大学", "昆明工业大学", "another discipline"),
    ("西南林业大学", "东南林业大学", "another direction"),
    ("南京大学", "南京医科大学", "a discipline more"),
    ("Wuhan University of Technology", "Wuhan Institute of Technology", "two that English keeps apart"),
    ("京东方", "京东", "a name inside a name"),
    ("晋中开发区", "晋中经济开发区", "not stated to be one"),
    ("高新区", "高新技术产业开发区", "no name at all"),
    ("第一人民医院", "First People's Hospital", "no name at all"),
    ("中关村论坛", "中关村软件园", "another body of one place"),
]


@pytest.mark.parametrize(("one", "other", "kind"), SAME)
def test_forms_of_one_name_are_proposed_as_the_same(one: str, other: str, kind: str) -> None:
    proposal = pair(one, other, kind)
    assert proposal is not None
    assert proposal.verdict == "same"
    assert not proposal.certain


@pytest.mark.parametrize(("one", "other", "why"), DIFFERENT)
def test_near_names_of_two_bodies_are_never_the_same(one: str, other: str, why: str) -> None:
    proposal = pair(one, other)
    assert proposal is None or proposal.verdict == "related", why


def test_a_committee_administers_its_park_and_is_not_it() -> None:
    for committee in ("昆明高新技术产业开发区管理委员会", "昆明高新区管委会"):
        for names in ((committee, "昆明高新区"), ("昆明高新区", committee)):
            kinds = ["Government" if "委" in name else "Park" for name in names]
            proposal = pair(names[0], names[1], kinds[0], kinds[1])
            assert proposal is not None
            assert (proposal.verdict, proposal.relation) == ("related", "ADMINISTERS")
            assert (proposal.a == "a") == (names[0] == committee)


def test_full_and_half_width_brackets_are_equal_and_the_science_city_is_not_its_committee() -> None:
    proposal = pair("西部（成都）科学城管理委员会", "西部(成都)科学城", "Government", "Park")
    assert proposal is not None
    assert proposal.relation == "ADMINISTERS"


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("卡耐基梅隆大学成都研究院", "卡耐基梅隆大学"),
        ("昆明医科大学第一附属医院", "昆明医科大学"),
        ("哈尔滨工程大学（烟台）", "哈尔滨工程大学"),
    ],
)
def test_an_institute_hospital_or_campus_is_part_of_its_parent(part: str, whole: str) -> None:
    proposal = pair(whole, part)
    assert proposal is not None
    assert (proposal.verdict, proposal.relation, proposal.a) == ("related", "PART_OF", "b")


def test_a_local_government_is_related_to_the_park_of_its_place_without_a_relation() -> None:
    proposal = pair("昆明市人民政府", "昆明高新区", "Government", "Park")
    assert proposal is not None
    assert (proposal.verdict, proposal.relation) == ("related", None)


def test_agreements_events_and_figures_are_never_one_by_their_names() -> None:
    for kind in ("Agreement", "Observation", "Target", "Indicator", "Event"):
        assert pair("战略合作协议", "战略合作协议", kind) is None


def test_kinds_that_no_body_bears_together_are_not_the_same() -> None:
    assert pair("昆明理工大学", "Kunming University of Science and Technology", "Institution", "Fund") is None


def test_places_that_contradict_keep_equal_names_apart() -> None:
    one = Party("a", frozenset({"Institution"}), ("Southeast University",), places=frozenset({"Dhaka"}))
    other = Party("b", frozenset({"Institution"}), ("东南大学",), places=frozenset({"南京"}))
    same = Party("c", frozenset({"Institution"}), ("东南大学",), places=frozenset({"Nanjing"}))
    assert compare(one, other) is None
    assert compare(other, same) is not None


def test_only_a_shared_checked_identifier_is_certain() -> None:
    def body(id: str, ror: str, **more: str) -> Party:
        return Party(id, frozenset({"Institution"}), (id,), {"ror": ror, **more})

    shared = compare(body("a", "00dn4t376"), body("b", "00dn4t376"))
    assert shared is not None
    assert (shared.verdict, shared.certain, shared.reasons) == ("same", True, ("identifier:ror",))
    mistyped = compare(body("a", "00dn4t377"), body("b", "00dn4t377"))
    assert mistyped is not None
    assert not mistyped.certain


def test_an_identifier_that_contradicts_keeps_equal_names_apart() -> None:
    one = Party("a", frozenset({"Institution"}), ("昆明大学",), {"ror": "00dn4t376"})
    other = Party("b", frozenset({"Institution"}), ("昆明大学",), {"ror": "05x2bcf33"})
    assert compare(one, other) is None
    both = Party("c", frozenset({"Institution"}), ("昆明大学",), {"ror": "00dn4t376", "wikidata": "Q1"})
    third = Party("d", frozenset({"Institution"}), ("昆明大学",), {"ror": "00dn4t376", "wikidata": "Q2"})
    assert compare(both, third) is None


def test_a_division_code_is_shared_by_every_body_of_its_place() -> None:
    one = Party("a", frozenset({"Government"}), ("昆明市教育局",), {"gbt2260": "530100"})
    other = Party("b", frozenset({"Government"}), ("昆明市财政局",), {"gbt2260": "530100"})
    assert compare(one, other) is None


def test_a_stored_entity_is_read_with_all_its_names_and_identifiers() -> None:
    party = party_of(
        "institution:x",
        ["Entity", "Institution"],
        {"name_zh": "昆明大学", "name_en": "Kunming University", "alias": ["昆大"], "ror": "00dn4t376"},
    )
    assert party.names == ("昆明大学", "Kunming University", "昆大")
    assert (party.kinds, party.identifiers["ror"]) == (frozenset({"Institution"}), "00dn4t376")


def test_every_reason_is_told_in_both_languages() -> None:
    proposal = pair("昆明高新区", "昆明高新技术产业开发区", "Park")
    assert proposal is not None
    assert proposal.sentence("zh") == REASONS["equal-name"][0]
    assert proposal.sentence("en") == REASONS["equal-name"][1]


NAMES = sorted({name for row in SAME for name in row[:2]} | {name for row in DIFFERENT for name in row[:2]})
PARTIES = [Party(f"p{i:03}", frozenset({"Institution"}), (name,)) for i, name in enumerate(NAMES)]


@given(st.sampled_from(PARTIES), st.sampled_from(PARTIES))
@settings(deadline=None)
def test_the_order_of_two_makes_no_difference(one: Party, other: Party) -> None:
    assert compare(one, other) == compare(other, one)


def test_the_order_of_many_makes_no_difference() -> None:
    shuffled = random.Random(1).sample(PARTIES, len(PARTIES))  # noqa: S311
    assert propose(shuffled) == propose(PARTIES)


def test_what_all_pairs_find_is_found_among_many() -> None:
    compared = [compare(a, b) for i, a in enumerate(PARTIES) for b in PARTIES[i + 1 :]]
    assert set(propose(PARTIES)) == {found for found in compared if found is not None and found.score >= 0.6}


def test_what_brackets_set_apart_is_not_one() -> None:
    def made(id: str, kind: str, *names: str) -> Party:
        return Party(id, frozenset({kind}), names)

    whole = made("park:w", "Park", "西部科学城")
    chengdu = made("park:c", "Park", "西部(成都)科学城")
    chongqing = made("park:q", "Park", "西部(重庆)科学城")
    committee = made("government:c", "Government", "西部(成都)科学城管理委员会")
    part = compare(whole, chengdu)
    assert part is not None
    assert (part.verdict, part.relation, part.a) == ("related", "PART_OF", "park:c")
    assert compare(chengdu, chongqing) is None
    assert compare(committee, chongqing) is None
    other = compare(committee, whole)
    assert other is None or (other.verdict, other.relation) == ("related", "PART_OF")
    own = compare(committee, chengdu)
    assert own is not None
    assert own.relation == "ADMINISTERS"


def test_two_that_are_spelled_alike_in_english_stay_two_by_their_chinese_names() -> None:
    shanxi = Party("place:a", frozenset({"Place"}), ("山西", "Shanxi"))
    shaanxi = Party("place:b", frozenset({"Place"}), ("陕西", "Shaanxi", "Shanxi"))
    assert compare(shanxi, shaanxi) is None
    alone = Party("place:c", frozenset({"Place"}), ("Shanxi",))
    assert compare(shanxi, alone) is not None
