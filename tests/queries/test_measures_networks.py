"""Which network a measure is computed on: filters, folding, planned and done apart, days, selections; small
networks counted by hand; what is kept, and what is refused.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import parkgraph as pg
from benchmarks.measures import computed, network, network_between
from parkgraph.graph.errors import BadRequest, NotFound, TimedOut, UnknownName
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Edge, Node
from parkgraph.graph.view import Moment
from parkgraph.queries.measures import MeasureAnswer, measure_named, measured, measures
from parkgraph.queries.measures import network as measures_network
from tests.queries.test_measures import FOLD

COUNTRIES = {"a": "CN", "b": "CN", "c": "IL", "d": "IL", "e": "GB", "f": "CN"}


def snapshot(*facts: tuple[Any, ...], **countries: str) -> Snapshot:
    """Parks a, b, … with countries and agreements x, y, …; facts as (subject, relation, object, status, year,
    layer), the last three open."""
    names = sorted({end for fact in facts for end in (fact[0], fact[2])})
    nodes, labels = {}, {}
    for name in names:
        kind = "Agreement" if name in "xyz" else "Park"
        country = {} if kind == "Agreement" else {"country": countries.get(name, COUNTRIES.get(name, "CN"))}
        nodes[name] = Node(name, kind, {"kind": kind, "name": name.upper(), **country})
        labels[name] = frozenset((kind,))
    edges = []
    for at, fact in enumerate(facts):
        subject, relation, object_, status, year, layer = [*fact, None, None, None][:6]
        day = (year * 10_000 + 101, year * 10_000 + 1231) if year else (0, 99999999)
        properties = {
            "status": status,
            "source_ids": ["source:s"],
            "confidence": 1.0,
            "inferred": False,
            "from_min": day[0],
            "from_max": day[1],
            "to_min": 99999999,
            "to_max": 99999999,
            **({"layer": [layer]} if layer else {}),
        }
        edges.append(Edge(f"fact:{at:02d}", subject, relation, object_, properties))
    return Snapshot.of(1, nodes, labels, edges)


def ask(model: Model, snap: Snapshot, name: str, **given: Any) -> MeasureAnswer:
    def part(_: str) -> pg.Subgraph:
        raise AssertionError("no selection is asked for")

    return measured(
        measure_named(name), snap, model, given, moment=Moment(), part=part, possible=set, seconds=60
    )


def rows(answer: MeasureAnswer, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in answer.rows]


def test_planned_and_done_are_counted_apart_and_the_answer_says_what_counts(model: Model) -> None:
    snap = snapshot(
        ("a", "PARTNERS_WITH", "b", "signed"),
        ("a", "PARTNERS_WITH", "c", "planned"),
        ("a", "PARTNERS_WITH", "d"),
        ("a", "PARTNERS_WITH", "e", "proposed"),
        ("a", "PARTNERS_WITH", "f", "ended"),
        ("b", "SUPPORTS", "a", "operating"),
    )
    answer = ask(model, snap, "degree")
    assert answer.rows[0] == {
        "id": "a",
        "degree": 3,
        "degree_done": 1,
        "facts": 4,
        "sources": 4,
        "done": 2,
        "planned": 1,
        "unstated": 1,
    }
    assert answer.network == {
        "entities": 4, "ties": 3, "facts": 4, "done": 2, "planned": 1, "unstated": 1
    }  # fmt: skip
    assert answer.parameters["status"] == "planned"
    assert any("1 are planned and 1 of no stated status" in note.en for note in answer.notes)
    done = ask(model, snap, "degree", status="signed")
    assert rows(done, "id", "degree", "planned", "unstated") == [("a", 1, 0, 0), ("b", 1, 0, 0)]
    assert done.notes == []


def test_proposals_are_no_partnerships_however_low_the_floor(model: Model) -> None:
    snap = snapshot(("a", "PARTNERS_WITH", "b", "proposed"), ("a", "PARTNERS_WITH", "c", "planned"))
    answer = ask(model, snap, "degree", status="proposed")
    assert (answer.network["facts"], answer.parameters["status"]) == (1, "planned")
    every = ask(model, snap, "degree", status="proposed", ties="all")
    assert (every.network["facts"], every.parameters["status"]) == (2, "proposed")


def test_the_network_takes_the_same_facts_as_paths_by_default(embedded_graph: pg.Graph) -> None:
    graph, model = embedded_graph, embedded_graph.model
    asked: list[dict[str, Any]] = [{}, {"status": "signed"}, {"inferred": False}]
    for given in (*asked, {"layers": ["technology", "capital"]}):
        expected = 0
        for edge in graph.snapshot.edges.values():
            known = model.statuses[edge.status or "planned"]
            floor = model.status_rank(given.get("status", "planned"))
            labels = graph.snapshot.labels[edge.object]
            stated = edge.properties.get("layer")
            layers = stated or [model.relations[edge.relation].default_layer(labels)]
            expected += (
                model.relations[edge.relation].passable_to(labels)
                and not known.terminal
                and known.rank >= floor
                and (given.get("inferred", True) or not edge.inferred)
                and bool("layers" not in given or set(layers) & set(given["layers"]))
            )
        answer = graph.measure("density", **given)
        assert answer.network["facts"] == expected > 10


def test_folding_ties_the_parties_of_an_agreement_and_is_done_where_both_are(model: Model) -> None:
    snap = snapshot(
        ("a", "SIGNED", "x", "signed", 2018),
        ("b", "SIGNED", "x", "signed", 2019),
        ("c", "SIGNED", "x", "planned"),
        ("a", "SIGNED", "y", "signed"),
        ("a", "PARTNERS_WITH", "b", "operating"),
    )
    answer = ask(model, snap, "degree", fold="Agreement", by="relation")
    assert rows(answer, "id", "relation", "degree", "done", "planned") == [
        ("a", "via Agreement", 2, 1, 1),
        ("b", "via Agreement", 2, 1, 1),
        ("c", "via Agreement", 2, 0, 2),
        ("a", "PARTNERS_WITH", 1, 1, 0),
        ("b", "PARTNERS_WITH", 1, 1, 0),
    ]
    assert answer.network["entities"] == 3
    assert any("Agreement are folded" in note.en for note in answer.notes)
    # A tie through an agreement begins when the later of the two signed.
    grown = ask(model, snap, "growth", fold="Agreement", by="relation")
    assert ("via Agreement", 2019, 1) in rows(grown, "relation", "year", "facts")
    bridge = ask(model, snapshot(*[("a", "SIGNED", "x"), ("b", "SIGNED", "x")]), "bridges", fold="Agreement")
    assert bridge.rows[0]["facts"] == ["fact:00", "fact:01"]


def test_too_large_a_fold_is_refused_with_a_sentence(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures_network, "MAX_PAIRS", 2)
    snap = snapshot(*((name, "SIGNED", "x") for name in "abc"))
    with pytest.raises(BadRequest, match=r"fold: the largest of them has 3 parties, and all make 3 pairs"):
        ask(model, snap, "degree", fold="Agreement")


def test_isolated_entities_belong_to_the_network_only_when_asked(model: Model) -> None:
    snap = snapshot(("a", "PARTNERS_WITH", "b"), ("c", "PARTNERS_WITH", "d", "proposed"))
    assert ask(model, snap, "components").figures["components"] == 1
    whole = ask(model, snap, "components", isolated=True)
    assert [row["size"] for row in whole.rows] == [2, 1, 1]
    assert ask(model, snap, "density", isolated=True).rows[0]["density"] == pytest.approx(1 / 6)


# -- counted by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "countries"),
    [
        ("coordinator", {"a": "CN", "b": "CN", "c": "CN"}),
        ("gatekeeper", {"a": "IL", "b": "CN", "c": "CN"}),
        ("representative", {"a": "CN", "b": "CN", "c": "IL"}),
        ("consultant", {"a": "IL", "b": "CN", "c": "IL"}),
        ("liaison", {"a": "IL", "b": "CN", "c": "GB"}),
    ],
)
def test_each_brokerage_role_on_a_chain_of_three(model: Model, role: str, countries: dict[str, str]) -> None:
    snap = snapshot(("a", "SUPPORTS", "b"), ("b", "SUPPORTS", "c"), **countries)
    (row,) = ask(model, snap, "brokerage", directed=True).rows
    roles = ("coordinator", "gatekeeper", "representative", "consultant", "liaison")
    assert {name: row[name] for name in ("id", "group", "total")} == {"id": "b", "group": "CN", "total": 1}
    assert {name: row[name] for name in roles} == {name: int(name == role) for name in roles}
    # Without direction a pair counts once, and one that passes the gate is in both columns.
    (row,) = ask(model, snap, "brokerage").rows
    gate = {"gatekeeper", "representative"}
    expected = {name: int(name == role or {name, role} <= gate) for name in roles}
    assert (row["total"], {name: row[name] for name in roles}) == (1, expected)


def test_who_is_tied_needs_no_broker_and_who_has_no_group_takes_no_part(model: Model) -> None:
    tied = snapshot(("a", "SUPPORTS", "b"), ("b", "SUPPORTS", "c"), ("a", "SUPPORTS", "c"))
    assert ask(model, tied, "brokerage", directed=True).rows == []
    back = snapshot(("a", "SUPPORTS", "b"), ("b", "SUPPORTS", "c"), ("c", "SUPPORTS", "a"))
    assert [row["id"] for row in ask(model, back, "brokerage", directed=True).rows] == ["a", "b", "c"]
    answer = ask(model, snapshot(("a", "SIGNED", "x"), ("b", "SIGNED", "x")), "brokerage")
    assert (answer.rows, answer.figures["in_no_group"]) == ([], 1)
    assert any("1 entities have no country" in note.en for note in answer.notes)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        # x has a, b, c; y has a, b. Newman: 1/2 + 1/1; Jaccard: of a and b 2 of 2, of b and c 1 of 2.
        ("count", {("a", "b"): 2.0, ("a", "c"): 1.0, ("b", "c"): 1.0}),
        ("newman", {("a", "b"): 1.5, ("a", "c"): 0.5, ("b", "c"): 0.5}),
        ("jaccard", {("a", "b"): 1.0, ("a", "c"): 0.5, ("b", "c"): 0.5}),
    ],
)
def test_the_weights_of_a_projection(model: Model, weight: str, expected: dict[Any, float]) -> None:
    snap = snapshot(
        *((name, "SIGNED", "x", "signed") for name in "abc"),
        ("a", "SIGNED", "y", "signed"),
        ("b", "SIGNED", "y", "planned"),
        ("a", "PARTNERS_WITH", "d"),
    )
    answer = ask(model, snap, "projection", via="Agreement", actors="Park", weight=weight)
    assert {(row["a"], row["b"]): row["weight"] for row in answer.rows} == expected
    first = answer.rows[0]
    assert (first["common"], first["done"], first["via"]) == (2, 1, ["x", "y"])
    assert answer.figures == {
        "actors": 3, "affiliations": 2, "memberships": 5, "pairs": 3, "density": 1.0
    }  # fmt: skip


def test_core_and_periphery_of_a_star_of_a_triangle() -> None:
    # 0, 1, 2 are all tied; 3, 4 hang on 0, 5 on 1.
    near, far = np.array([0, 0, 1, 3, 4, 5]), np.array([1, 2, 2, 0, 0, 1])
    answer = computed(network_between(6, near, far), "core_periphery")
    core = [row["id"] for row in answer.rows if row["part"] == "core"]
    assert core == ["park:0000000", "park:0000001"]
    # Of 0 and 1 in the core nothing is lacking, and nothing ties the periphery: 2 hangs on both.
    figures = answer.figures
    assert (figures["faults"], figures["correlation"], figures["density_core"]) == (0, 1.0, 1.0)
    assert figures["density_between"] == 5 / 8


def test_growth_counts_what_began_in_a_year_and_keeps_apart_what_bears_none(model: Model) -> None:
    snap = snapshot(
        ("a", "PARTNERS_WITH", "b", "signed", 2017, "industry"),
        ("a", "PARTNERS_WITH", "c", "planned", 2019, "industry"),
        ("a", "SUPPORTS", "b", "operating", 2019),
        ("d", "PARTNERS_WITH", "a"),
    )
    answer = ask(model, snap, "growth")
    columns = ("year", "facts", "done", "planned", "unstated", "entities", "facts_so_far", "entities_so_far")
    assert rows(answer, *columns) == [
        (2017, 1, 1, 0, 0, 2, 1, 2),
        (2018, 0, 0, 0, 0, 0, 1, 2),
        (2019, 2, 1, 1, 0, 1, 3, 3),
        (None, 1, 0, 0, 1, 1, None, None),
    ]
    assert answer.figures["undated"] == 1
    by_layer = ask(model, snap, "growth", by="layer")
    assert {(row["layer"], row["year"]): row["facts"] for row in by_layer.rows} == {
        ("industry", 2017): 1,
        ("industry", 2018): 0,
        ("industry", 2019): 1,
        (None, 2019): 1,
        (None, None): 1,
    }


def test_degree_by_year_follows_the_days_that_facts_may_have_held(model: Model) -> None:
    snap = snapshot(("a", "PARTNERS_WITH", "b", "signed", 2017), ("a", "PARTNERS_WITH", "c", "planned", 2018))
    answer = ask(model, snap, "degree", by="year")
    mine = [row for row in answer.rows if row["id"] == "a"]
    assert [(r["year"], r["degree"], r["degree_done"], r["certain"]) for r in mine] == [
        (2017, 1, 1, 0),
        (2018, 2, 1, 1),
    ]


def test_layers_are_compared_by_what_they_share(model: Model) -> None:
    snap = snapshot(
        ("a", "PARTNERS_WITH", "b", "signed", None, "industry"),
        ("a", "PARTNERS_WITH", "c", "signed", None, "industry"),
        ("a", "SUPPORTS", "b", "signed", None, "capital"),
        ("d", "SUPPORTS", "b", "signed", None, "capital"),
    )
    (row,) = ask(model, snap, "layers").rows
    assert (row["a"], row["b"], row["entities_both"], row["ties_both"]) == ("industry", "capital", 2, 1)
    assert (row["entities_jaccard"], row["ties_jaccard"]) == (0.5, pytest.approx(1 / 3))
    # Degrees of a, b, c, d: 2 1 1 0 in the one, 1 2 0 1 in the other.
    assert row["degree_correlation"] == pytest.approx(np.corrcoef([2, 1, 1, 0], [1, 2, 0, 1])[0, 1])


def test_weights_of_ties_are_facts_or_sources_as_stated(model: Model) -> None:
    snap = snapshot(("a", "PARTNERS_WITH", "b"), ("a", "SUPPORTS", "b"), ("a", "PARTNERS_WITH", "c"))
    plain, heavy = (
        {row["id"]: row["pagerank"] for row in ask(model, snap, "pagerank", weight=weight).rows}
        for weight in ("none", "facts")
    )
    assert plain["b"] == plain["c"]
    assert heavy["b"] > heavy["c"]


# -- days, selections, what is kept and refused ------------------------------------------------


def test_a_measure_is_as_of_a_day_and_as_known_at_a_time(embedded_graph: pg.Graph) -> None:
    then, now = embedded_graph.measure("degree", as_of="2016"), embedded_graph.measure("degree")
    assert then.network["facts"] < now.network["facts"]
    assert then.to_dict()["parameters"]["as_of"] == "2016"
    same = embedded_graph.at(as_of="2016").measure("degree")
    assert same.to_dict() == then.to_dict()
    certain = embedded_graph.measure("degree", as_of="2016", certain=True)
    assert certain.network["facts"] < then.network["facts"]
    assert embedded_graph.measure("degree", known_at="2001-01-01").rows == []


def test_a_measure_of_a_selection_is_that_of_its_entities_and_facts(embedded_graph: pg.Graph) -> None:
    selection = "neighbours:成都高新区?depth=1"
    sub = embedded_graph.subgraph(selection)
    answer = embedded_graph.measure("degree", selection=selection, ties="all", status="proposed", limit=1000)
    assert answer.selection == selection
    assert answer.network["facts"] == len([e for e in sub.edges if e.subject != e.object])
    assert {row["id"] for row in answer.rows} <= {node.id for node in sub.nodes}
    dated = embedded_graph.measure("degree", selection=f"{selection}&as_of=2016")
    assert dated.to_dict()["parameters"]["as_of"] == "2016"


def test_rows_are_cut_at_the_limit_highest_first_then_by_id(embedded_graph: pg.Graph) -> None:
    whole = embedded_graph.measure("pagerank", limit=1000)
    cut = embedded_graph.measure("pagerank", limit=3)
    assert (len(cut), cut.truncated, cut.total, cut.rows) == (3, True, whole.total, whole.rows[:3])
    assert not whole.truncated
    order = [(-row["pagerank"], row["id"]) for row in whole.rows]
    assert order == sorted(order)


def test_an_answer_is_kept_until_the_graph_changes(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph:
        first = graph.measure("communities", fold=FOLD)
        assert graph.measure("communities", fold=FOLD.split(",")) is first
        assert graph.measure("communities", fold=FOLD, seed=1) is not first
        graph.retract("source:stdaily-2018-lanbai")
        later = graph.measure("communities", fold=FOLD)
        assert later.version > first.version
        assert later.network["facts"] < first.network["facts"]


def test_what_takes_too_long_says_so_and_what_would_help() -> None:
    net = network(3_000, 9_000)
    start = time.monotonic()
    with pytest.raises(TimedOut, match=r"took longer than 0\.2 seconds on 3000 entities .* or lower pivots="):
        computed(net, "betweenness", seconds=0.2, pivots=3_000)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("name", "given", "error", "sentence"),
    [
        ("pagerankk", {}, UnknownName, "did you mean pagerank"),
        ("pagerank", {"dampin": 1}, UnknownName, "did you mean damping"),
        ("pagerank", {"damping": 1.5}, BadRequest, "expected at most 0.99"),
        ("degree", {"relations": "SIGND"}, UnknownName, "did you mean SIGNED"),
        ("degree", {"layers": "capitals"}, UnknownName, "did you mean capital"),
        ("degree", {"kinds": ["Prak"]}, UnknownName, "did you mean Park"),
        ("degree", {"status": "sigend"}, UnknownName, "did you mean signed"),
        ("degree", {"by": "month"}, BadRequest, "not one of total, relation, layer, year"),
        ("degree", {"entity": "不存在的园区"}, NotFound, "there is no entity"),
        ("degree", {"selection": "neighbour:x"}, UnknownName, "neighbours"),
        ("projection", {}, BadRequest, "parameter via is missing"),
        ("projection", {"via": "Agreement", "fold": "Alliance"}, UnknownName, "unknown parameter 'fold'"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_sentence(
    embedded_graph: pg.Graph, name: str, given: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        embedded_graph.measure(name, **given)


@pytest.mark.parametrize("name", list(measures()))
def test_a_network_without_ties_and_one_of_a_single_tie_have_an_answer(model: Model, name: str) -> None:
    given = {"via": "Agreement"} if name == "projection" else {}
    nothing = snapshot(("a", "PARTNERS_WITH", "b", "proposed"))
    answer = ask(model, nothing, name, **given)
    assert any("no ties" in note.en for note in answer.notes)
    one = snapshot(("a", "PARTNERS_WITH", "b", "signed", 2019))
    for measure in measure_named(name).own.get("what"), measure_named(name).own.get("by"):
        for choice in (measure.choices or ()) if measure is not None else ():
            key = "what" if name == "bridges" else "by"
            for snap in (nothing, one):
                ask(model, snap, name, **{key: choice})
    assert ask(model, one, name, **given).network["ties"] == 1
    if "isolated" in measure_named(name).parameters:
        ask(model, nothing, name, isolated=True, **given)
