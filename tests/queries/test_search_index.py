"""The index finds what reading every key would find; places and highlights are where they are said to be."""

from __future__ import annotations

import random

import pytest

import parkgraph as pg
from parkgraph.graph.naming import normalise
from parkgraph.graph.subgraph import Node
from parkgraph.queries.search import SearchIndex
from parkgraph.queries.search_keys import identifier_properties, keys_of, ranges_in
from parkgraph.queries.suffixes import SORTED, Suffixes
from parkgraph.queries.typos import near
from parkgraph.queries.walk import inside


def plainly(graph: pg.Graph, text: str) -> dict[str, float]:
    """The score of every entity that a query truly means, by looking at all keys one after the other."""
    query = normalise(text)
    best: dict[str, float] = {}
    for node in graph.snapshot.nodes.values():
        for key in keys_of(node, identifier_properties(graph.model)):
            penalty = 0.05 if key.form in ("pinyin", "initials") else 0.0
            if key.key == query:
                score = 1.0 - penalty / 8
            elif key.form == "whole" or (query.isascii() and len(query) < 2):
                continue
            else:
                at = next((s for s in sorted(key.starts) if key.key.startswith(query, s)), None)
                if at is None:
                    continue
                score = (0.4 if at else 0.6) + 0.3 * len(query) / len(key.key) - penalty
            best[node.id] = max(score, best.get(node.id, 0.0))
    return best


def test_the_index_finds_what_reading_every_key_finds(embedded_graph: pg.Graph) -> None:
    index = SearchIndex(embedded_graph.snapshot, embedded_graph.model)
    chance = random.Random(5)  # noqa: S311
    names = [
        str(node.properties[key])
        for node in embedded_graph.snapshot.nodes.values()
        for key in ("name_zh", "name_en")
        if key in node.properties
    ]
    asked = ["a", "1", "of", "gxq", "kjy", "University", "高新区", "BP&C", "park:haifa-science-park"]
    for name in chance.sample(names, 25):
        at = chance.randrange(len(name))
        asked += [name, name[at : at + chance.randint(1, 9)]]
    for text in filter(normalise, asked):
        found = index.borne(text)
        expected = plainly(embedded_graph, text)
        assert {m.node.id: m.score for m in found} == pytest.approx(expected), text
        order = [
            (-round(m.score, 6), -len(embedded_graph.snapshot.incident.get(m.node.id, ()))) for m in found
        ]
        assert order == sorted(order), text


@pytest.mark.parametrize("size", [1, 3, SORTED, SORTED + 1, 40])
def test_a_text_is_met_exactly_where_it_begins(size: int) -> None:
    chance = random.Random(size)  # noqa: S311
    keys = ["".join(chance.choice("ab成都") for _ in range(chance.randint(1, 60))) for _ in range(200)]
    suffixes = Suffixes(keys, [range(len(key)) for key in keys])
    text = next(key[2 : 2 + size] for key in keys if len(key) > size + 2)
    places = suffixes.met(text)
    met = {(k, p - int(suffixes.offsets[k])) for k, p in zip(suffixes.keys_at(places), places, strict=True)}
    assert met == {
        (k, at) for k, key in enumerate(keys) for at in range(len(key)) if key.startswith(text, at)
    }


def test_a_gap_is_one_character_and_never_the_end_of_a_key() -> None:
    suffixes = Suffixes(["成都高新区", "成都", "新区"], [range(5), range(2), range(2)])

    def met(head: str, tail: str) -> list[int]:
        return sorted(suffixes.met_with_gap(head, tail).tolist())

    assert met("成都", "新区") == [0]
    assert met("成", "高新区") == [0]
    assert met("成都高新", "") == [0]
    assert met("都", "新区") == [1]
    assert met("", "都") == [0, 6]
    assert met("成都", "区") == []


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ("zhangjaing", 1),
        ("zhanjiang", 1),
        ("zhhangjiang", 1),
        ("zhabgjiang", 1),
        ("hzangjiang", 1),
        ("zhangjaign", 2),
        ("zhangqiabg", 2),
    ],
)
def test_a_fault_more_or_less_is_near(typed: str, faults: int) -> None:
    suffixes = Suffixes(["zhangjiang", "zhongguancun", "changjiang"], [(0, 5), (0, 5, 8), (0, 5)])
    found = list(near(suffixes, typed))
    assert {int(p) for one in found for p in one.places} == {0}
    assert {one.faults for one in found} == {faults}


@pytest.mark.parametrize("typed", ["zhj", "12345", "abqjiagg", "x" * 65, ""])
def test_what_is_too_short_too_long_or_too_far_is_not_near(typed: str) -> None:
    suffixes = Suffixes(["zhangjiang", "zh1", "12346"], [(0, 5), (0, 2), (0,)])
    assert [p for one in near(suffixes, typed) for p in one.places] == []


def test_an_empty_graph_has_an_index_that_finds_nothing(embedded_graph: pg.Graph) -> None:
    snapshot = embedded_graph.snapshot
    empty = type(snapshot).of(1, {}, {}, ())
    index = SearchIndex(empty, embedded_graph.model)
    for text in ("张江", "zhangjaing", "london brunel", ""):
        found = index.find(text)
        assert (found.items, found.total, found.kinds, found.places, found.next) == ([], 0, [], [], None)


@pytest.mark.parametrize(
    ("text", "form", "query", "shown"),
    [
        ("Brunel University London", "written", "university", ["University"]),
        ("成都（伦敦）创新中心", "written", "成都伦敦", ["成都（伦敦"]),
        ("成都高新技术产业开发区", "written", "高新区", ["高新", "区"]),
        ("張江高科", "written", "张江", ["張江"]),
        ("ＢＰ＆Ｃ集团", "written", "bp&c", ["ＢＰ＆Ｃ"]),
        ("上海张江", "pinyin", "zhangjiang", ["张江"]),
        ("上海张江", "pinyin", "zhangji", ["张江"]),
        ("BP&C集团", "pinyin", "bp", ["BP"]),
        ("成都高新区", "initials", "cdgxq", ["成都高新区"]),
        ("Q12345", "whole", "q12345", ["Q12345"]),
        ("𠮷林大学", "written", "大学", ["大学"]),
    ],
)
def test_what_was_met_is_shown_in_the_name(text: str, form: str, query: str, shown: list[str]) -> None:
    node = Node("x", "Company", {"name": text, "name_zh": text, "wikidata": "Q12345"})
    key = next(k for k in keys_of(node, ["wikidata"]) if k.form == form and query in k.key)
    at = key.key.index(query)
    ranges = ranges_in(key.text, [(key.form, at, at + len(query))])
    assert [key.text[start:end] for start, end in ranges] == shown


def test_every_place_is_counted_for_all_that_it_holds(embedded_graph: pg.Graph) -> None:
    index = SearchIndex(embedded_graph.snapshot, embedded_graph.model)
    incident = embedded_graph.snapshot.incident

    def above(identifier: str, steps: int = 5) -> set[str]:
        up = {
            e.object
            for e in incident.get(identifier, ())
            if e.subject == identifier and e.relation in ("LOCATED_IN", "PART_OF")
        }
        return {identifier}.union(*(above(i, steps - 1) for i in up)) if steps else {identifier}

    for identifier in list(embedded_graph.snapshot.nodes)[::7]:
        places = {i for i in above(identifier) if i.startswith("place:")}
        assert {node.id for node in index.places_of(identifier)} == places
    arrays = embedded_graph.arrays
    assert set(inside(arrays, "place:chengdu")) == {i for i in arrays.ids if "place:chengdu" in above(i)}
