"""Search by name, the same on both engines, however the name is written."""

from __future__ import annotations

import pytest

import parkgraph as pg
from parkgraph.graph.errors import Ambiguous, NotFound
from parkgraph.graph.naming import normalise

ZHANGJIANG = "park:zhangjiang-innovation-demonstration-zone"


@pytest.mark.parametrize(
    "text", ["张江", "zhangjiang", "Zhang Jiang", "ZHANG-JIANG", "ｚｈａｎｇ　ｊｉａｎｇ", "上海张江"]
)
def test_zhangjiang_is_found_however_it_is_written(graph: pg.Graph, text: str) -> None:
    assert ZHANGJIANG in [match.node.id for match in graph.search(text, limit=2)]


def test_a_class_of_parks_is_found_by_its_word(graph: pg.Graph) -> None:
    matches = graph.search("高新区", limit=50)
    found = {match.node.properties["name_zh"] for match in matches}
    assert {"成都高新技术产业开发区", "西安高新区", "兰州高新区", "常州武进国家高新区"} <= found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BP&C", "BP&C集团"),
        ("bp&c 集团", "BP&C集团"),
        ("布鲁内尔大学", "英国布鲁内尔大学"),
        ("Brunel University London", "英国布鲁内尔大学"),
        ("武进", "常州武进国家高新区"),
        ("成都市科技局", "成都市科学技术局"),
        ("成都高新区", "成都高新技术产业开发区"),
        ("成都（伦敦）创新中心", "成都(伦敦)创新中心"),
        ("成都-以色列科技创新中心", "成都—以色列科技创新中心"),
        ("Technion", "以色列理工学院"),
        ("TSPPP", "全球顶级科技园区合伙人计划"),
        ("qinghuadaxue", "清华大学"),
        ("park:haifa-science-park", "以色列海法科技园"),
    ],
)
def test_a_name_means_one_entity(embedded_graph: pg.Graph, text: str, name: str) -> None:
    assert embedded_graph.resolve(text).label("zh") == name


def test_a_committee_is_not_its_park(embedded_graph: pg.Graph) -> None:
    park, committee = (embedded_graph.resolve(t).id for t in ("成都高新区", "成都高新区管理委员会"))
    assert park.startswith("park:")
    assert committee.startswith("government:")


def test_an_ambiguous_name_lists_its_candidates(embedded_graph: pg.Graph) -> None:
    with pytest.raises(Ambiguous, match="give the id") as caught:
        embedded_graph.resolve("高新区")
    assert len(caught.value.details["candidates"]) > 3


def test_a_name_that_nobody_bears_is_said(embedded_graph: pg.Graph) -> None:
    for text in ("火星科技园", "", "   ", "'; DROP", "*"):
        with pytest.raises(NotFound):
            embedded_graph.resolve(text)


def test_kinds_narrow_the_search(graph: pg.Graph) -> None:
    assert {m.node.kind for m in graph.search("成都", kinds=["Fund", "机构"], limit=50)} == {
        "Fund",
        "Institution",
    } & {m.node.kind for m in graph.search("成都", limit=100)}


def test_a_second_kind_is_searched_too(embedded_graph: pg.Graph) -> None:
    found = embedded_graph.search("Healthwatch", kinds=["Project"])
    assert [match.node.kind for match in found][:1] == ["Company"]


@pytest.mark.parametrize("text", ["科技园", "海法", "科技", "or", "00"])
def test_a_fragment_never_means_one_of_several(embedded_graph: pg.Graph, text: str) -> None:
    with pytest.raises((Ambiguous, NotFound)):
        embedded_graph.resolve(text)


def test_a_whole_name_comes_before_its_beginning_and_its_middle(embedded_graph: pg.Graph) -> None:
    scores = [match.score for match in embedded_graph.search("中关村", limit=20)]
    assert scores == sorted(scores, reverse=True)
    assert embedded_graph.search("中关村")[0].node.label("zh") == "中关村"


def test_width_case_spacing_and_brackets_do_not_matter() -> None:
    assert normalise("２２＠Barcelona （西班牙）") == normalise("22@barcelona(西班牙)") == "22barcelona西班牙"
