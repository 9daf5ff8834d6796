"""Measures against networkx and igraph, on random networks and on the bundled dataset; the same twice and on
both engines.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import defaultdict
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest

import parkgraph as pg
from benchmarks.measures import computed, network, network_between
from parkgraph.graph.arrays import arrays_from
from parkgraph.graph.model import Model
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load
from parkgraph.queries.measures import measures
from parkgraph.queries.measures.groups import ROLES, roles
from parkgraph.queries.measures.network import Network, network_of
from parkgraph.queries.measures.position import triangles
from tests.conftest import Neo4jDatabase

ALL = 1_000_000
SEEDS = range(6)
FOLD = "Agreement,Alliance,Programme,Platform"


def random_network(seed: int, *, symmetric: bool = True) -> Network:
    """Up to 40 entities: sparse and in pieces, or dense; with parallel facts and isolated entities."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(5, 40))
    m = int(n * draw.choice([0.6, 1.2, 3.0]))
    return network_between(n, draw.integers(0, n, m), draw.integers(0, n, m), symmetric=symmetric)


@pytest.fixture(params=[*SEEDS, "bundled", "folded"])
def net(request: pytest.FixtureRequest) -> Network:
    """A random network, that of the bundled dataset, and the same with agreements folded."""
    if isinstance(request.param, int):
        return random_network(request.param)
    return bundled_network(request.getfixturevalue("embedded_graph"), request.param)


def bundled_network(graph: pg.Graph, which: str) -> Network:
    asked = {"fold": FOLD} if which == "folded" else {}
    values = measures()["core"].check(graph.model, asked)
    return network_of(arrays_from(graph.snapshot, graph.model), graph.model, values)


def as_networkx(net: Network) -> nx.Graph[str]:
    made: nx.Graph[str] = nx.Graph()
    made.add_nodes_from(net.ids)
    for a, b in zip(net.subject.tolist(), net.object.tolist(), strict=True):
        weight = made.get_edge_data(net.ids[a], net.ids[b], {"weight": 0})["weight"] + 1
        made.add_edge(net.ids[a], net.ids[b], weight=weight)
    return made


def as_igraph(net: Network) -> Any:
    edges = list(zip(*(side.tolist() for side in net.pairs), strict=True))
    return igraph.Graph(n=net.n, edges=edges)


def by_id(net: Network, name: str, column: str, **given: Any) -> dict[str, Any]:
    return {row["id"]: row[column] for row in computed(net, name, limit=ALL, **given).rows}


def close(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    assert set(ours) == set(theirs)
    return all(math.isclose(ours[i], theirs[i], rel_tol=1e-9, abs_tol=1e-9) for i in ours)


def test_degree_is_that_of_networkx(net: Network) -> None:
    theirs = as_networkx(net)
    assert by_id(net, "degree", "degree") == dict(theirs.degree())
    assert by_id(net, "degree", "facts") == dict(theirs.degree(weight="weight"))


def test_betweenness_is_that_of_networkx_and_igraph(net: Network) -> None:
    theirs = as_networkx(net)
    ours = by_id(net, "betweenness", "betweenness")
    assert close(ours, nx.betweenness_centrality(theirs, normalized=False))
    assert close(ours, dict(zip(net.ids, as_igraph(net).betweenness(), strict=True)))
    assert close(by_id(net, "betweenness", "normalised"), nx.betweenness_centrality(theirs))


def test_closeness_is_that_of_networkx(net: Network) -> None:
    assert close(by_id(net, "closeness", "closeness"), nx.closeness_centrality(as_networkx(net)))


def test_with_every_entity_a_pivot_the_sampled_way_gives_the_exact_values(net: Network) -> None:
    for name in ("betweenness", "closeness"):
        assert computed(net, name, pivots=1000).notes == []
        for column in measures()[name].columns:
            if column != "id":
                exact, sampled = by_id(net, name, column), by_id(net, name, column, pivots=1000)
                none = {i for i, value in exact.items() if value is None}
                assert none == {i for i, value in sampled.items() if value is None}
                assert close(*({i: v for i, v in d.items() if i not in none} for d in (sampled, exact)))


def test_few_pivots_come_near_and_say_so() -> None:
    net = network(600, 2_400)
    exact = by_id(net, "betweenness", "betweenness")
    sampled = computed(net, "betweenness", limit=20, pivots=200, seed=3)
    (note,) = sampled.notes
    assert "200 pivots" in note.en
    assert "seed 3" in note.en
    for row in sampled.rows[:5]:
        assert row["betweenness"] == pytest.approx(exact[row["id"]], rel=0.2)
    near = by_id(net, "closeness", "closeness", pivots=200)
    true = by_id(net, "closeness", "closeness")
    assert all(near[i] == pytest.approx(true[i], rel=0.1) for i in true)


def test_pagerank_is_that_of_networkx_and_igraph(net: Network) -> None:
    theirs = as_networkx(net)
    exact: dict[str, Any] = {"tol": 1e-14, "max_iter": 1000}
    assert close(by_id(net, "pagerank", "pagerank"), nx.pagerank(theirs, weight=None, **exact))
    ours = by_id(net, "pagerank", "pagerank", weight="facts", damping=0.6)
    assert close(ours, nx.pagerank(theirs, alpha=0.6, **exact))
    found = as_igraph(net).pagerank(implementation="prpack")
    if not any(degree == 0 for _, degree in theirs.degree()):
        assert close(by_id(net, "pagerank", "pagerank"), dict(zip(net.ids, found, strict=True)))


@pytest.mark.parametrize("seed", SEEDS)
def test_pagerank_along_the_direction_of_facts_is_that_of_networkx(seed: int) -> None:
    net = random_network(seed, symmetric=False)
    theirs: nx.DiGraph[str] = nx.DiGraph()
    theirs.add_nodes_from(net.ids)
    ends = zip(net.subject.tolist(), net.object.tolist(), strict=True)
    theirs.add_edges_from((net.ids[a], net.ids[b]) for a, b in ends)
    expected = nx.pagerank(theirs, tol=1e-14, max_iter=1000)
    assert close(by_id(net, "pagerank", "pagerank", directed=True), expected)
    assert computed(net, "density").rows[0]["reciprocity"] == pytest.approx(nx.reciprocity(theirs))


def test_cores_are_those_of_networkx(net: Network) -> None:
    assert by_id(net, "core", "core") == nx.core_number(as_networkx(net))


def test_clustering_and_transitivity_are_those_of_networkx(net: Network) -> None:
    theirs = as_networkx(net)
    ours = by_id(net, "clustering", "clustering")
    found: Any = nx.clustering(theirs)
    assert close(ours, {i: v for i, v in found.items() if theirs.degree(i) > 1})
    figures = computed(net, "clustering").figures
    if figures["transitivity"] is not None:
        assert figures["transitivity"] == pytest.approx(nx.transitivity(theirs))
    counted: Any = nx.triangles(theirs)
    assert figures["triangles"] == sum(counted.values()) // 3


@pytest.mark.parametrize("weight", ["none", "facts"])
def test_constraint_is_that_of_networkx(net: Network, weight: str) -> None:
    theirs = as_networkx(net)
    expected = nx.constraint(theirs, weight="weight" if weight == "facts" else None)
    tied = {i: value for i, value in expected.items() if not math.isnan(value)}
    assert close(by_id(net, "constraint", "constraint", weight=weight), tied)


def test_components_are_those_of_networkx_in_a_stated_order(net: Network) -> None:
    answer = computed(net, "components", members=ALL, limit=ALL)
    ours = [set(row["members"]) for row in answer.rows]
    assert sorted(map(sorted, ours)) == sorted(map(sorted, nx.connected_components(as_networkx(net))))
    assert ours == sorted(ours, key=lambda part: (-len(part), min(part)))
    assert [row["component"] for row in answer.rows] == list(range(1, len(ours) + 1))


def test_communities_have_the_modularity_they_say_and_are_as_good_as_igraphs(net: Network) -> None:
    theirs = as_networkx(net)
    answer = computed(net, "communities", members=ALL, limit=ALL)
    parts = [set(row["members"]) for row in answer.rows]
    assert answer.figures["modularity"] == pytest.approx(nx.community.modularity(theirs, parts, weight=None))
    igraph.set_random_number_generator(random.Random(1))  # noqa: S311
    best = as_igraph(net).community_leiden(objective_function="modularity", n_iterations=-1).modularity
    assert answer.figures["modularity"] >= best - 0.02
    assert all(nx.is_connected(theirs.subgraph(part)) for part in parts)
    assert parts == sorted(parts, key=lambda part: (-len(part), min(part)))
    of = by_id(net, "communities", "community", rows="entities")
    assert of == {i: number for number, part in enumerate(parts, 1) for i in part}


def test_bridges_are_those_of_networkx_and_leave_parts_of_the_sizes_they_say(net: Network) -> None:
    theirs = as_networkx(net)
    answer = computed(net, "bridges", limit=ALL).rows
    assert {(row["a"], row["b"]) for row in answer} == {tuple(sorted(pair)) for pair in nx.bridges(theirs)}
    for row in answer:
        facts = theirs.edges[row["a"], row["b"]]["weight"]
        assert row["done"] + row["planned"] + row["unstated"] == facts <= len(row["facts"]) <= 2 * facts
        left = theirs.copy()
        left.remove_edge(row["a"], row["b"])
        sizes = [len(nx.node_connected_component(left, row[end])) for end in "ab"]
        assert [row["side_a"], row["side_b"], row["separated"]] == [*sizes, min(sizes)]


def test_cut_entities_are_those_of_networkx_and_leave_parts_of_the_sizes_they_say(net: Network) -> None:
    theirs = as_networkx(net)
    answer = computed(net, "bridges", what="entities", limit=ALL)
    assert {row["id"] for row in answer.rows} == set(nx.articulation_points(theirs))
    for row in answer.rows:
        left = theirs.subgraph(nx.node_connected_component(theirs, row["id"]) - {row["id"]})
        sizes = sorted(map(len, nx.connected_components(left)), reverse=True)
        assert (row["parts"], row["separated"]) == (sizes, sum(sizes[1:]))


def test_density_and_assortativity_are_those_of_networkx(net: Network) -> None:
    theirs = as_networkx(net)
    row = computed(net, "density").rows[0]
    assert row["density"] == pytest.approx(nx.density(theirs))
    expected = nx.degree_assortativity_coefficient(theirs)
    assert row["assortativity"] == (None if math.isnan(expected) else pytest.approx(expected, abs=1e-9))


def test_the_core_is_the_best_of_all_divisions() -> None:
    for seed in SEEDS:
        draw = np.random.default_rng(seed)
        net = network_between(9, draw.integers(0, 9, 16), draw.integers(0, 9, 16))
        tied = set(zip(*(side.tolist() for side in net.pairs), strict=True))

        def faults(core: set[int], tied: set[tuple[int, int]] = tied) -> int:
            pairs = itertools.combinations(range(9), 2)
            return sum(
                ((a, b) not in tied) if a in core and b in core else (a, b) in tied and not {a, b} & core
                for a, b in pairs
            )

        answer = computed(net, "core_periphery", limit=ALL)
        core = {net.ids.index(row["id"]) for row in answer.rows if row["part"] == "core"}
        every = (set(part) for k in range(10) for part in itertools.combinations(range(9), k))
        assert faults(core) == answer.figures["faults"] == min(map(faults, every))


def test_brokerage_is_what_its_definition_counts() -> None:
    for seed in SEEDS:
        net = random_network(seed, symmetric=False)
        group = np.random.default_rng(seed).integers(-1, 3, net.n)
        arcs = {(a, b) for a, b in zip(net.subject.tolist(), net.object.tolist(), strict=True)}
        expected: dict[tuple[int, str], int] = defaultdict(int)
        for a, b, c in itertools.permutations(range(net.n), 3):
            if (a, b) in arcs and (b, c) in arcs and (a, c) not in arcs and min(group[[a, b, c]]) >= 0:
                same = (group[a] == group[b], group[b] == group[c], group[a] == group[c])
                role = {
                    (True, True, True): "coordinator",
                    (False, True, False): "gatekeeper",
                    (True, False, False): "representative",
                    (False, False, True): "consultant",
                    (False, False, False): "liaison",
                }[same]
                expected[b, role] += 1

        table = roles(net.arcs(), group, triangles(net, lambda: None))
        found = {(i, role): int(table[i, at]) for i in range(net.n) for at, role in enumerate(ROLES)}
        assert {key: value for key, value in found.items() if value} == dict(expected)


def test_a_projection_is_that_of_networkx(embedded_graph: pg.Graph) -> None:
    net = bundled_network(embedded_graph, "bundled")
    two_mode: nx.Graph[str] = nx.Graph()
    for a, b in zip(net.subject.tolist(), net.object.tolist(), strict=True):
        kinds = [net.ids[i].startswith("agreement:") for i in (a, b)]
        if sum(kinds) == 1:
            two_mode.add_edge(net.ids[a], net.ids[b])
    actors = {i for i in two_mode if not i.startswith("agreement:")}
    for weight, theirs in (
        ("count", nx.bipartite.weighted_projected_graph(two_mode, actors)),
        ("newman", nx.bipartite.collaboration_weighted_projected_graph(two_mode, actors)),
        ("jaccard", nx.bipartite.overlap_weighted_projected_graph(two_mode, actors)),
    ):
        answer = embedded_graph.measure("projection", via="Agreement", weight=weight, limit=ALL)
        ours = {(row["a"], row["b"]): row["weight"] for row in answer.rows}
        edges: Any = theirs.edges(data="weight")
        expected = {tuple(sorted((a, b))): w for a, b, w in edges}
        assert len(ours) == len(expected) > 40
        assert all(ours[pair] == pytest.approx(expected[pair]) for pair in ours)


# -- every measure -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(measures()))
def test_every_measure_is_defined_and_answers_its_example_as_it_declares(
    name: str, embedded_graph: pg.Graph
) -> None:
    measure = measures()[name]
    assert all(
        (measure.summary, measure.summary_zh, measure.definition, measure.definition_zh, measure.source)
    )
    assert all(parameter.description for parameter in measure.parameters.values())
    answer = embedded_graph.measure(name, **measure.example)
    assert answer.rows
    types: dict[str, Any] = {
        "node": str,
        "str": str,
        "int": int,
        "float": (int, float),
        "nodes": list,
        "list": list,
    }
    for row in answer.rows:
        assert set(row) <= set(measure.columns)
        for key, column in measure.columns.items():
            value = row.get(key)
            assert column.nullable if value is None else isinstance(value, types[column.type]), (key, value)
            if column.type == "node" and value is not None:
                assert answer.names[value]["zh"]
    assert set(answer.figures) <= set(measure.figures)
    said = answer.to_dict()
    assert said["parameters"].items() >= {"status": "planned", "selection": "all"}.items()
    assert set(said["parameters"]) == set(measure.parameters)
    counts = said["network"]
    assert counts["done"] + counts["planned"] + counts["unstated"] == counts["facts"] > 0
    assert (said["version"], said["model"]) == (embedded_graph.version, embedded_graph.model.digest)


def asked_of(name: str) -> list[dict[str, Any]]:
    """A measure with its example and with every choice of its own parameters."""
    measure = measures()[name]
    own = {key: p.choices for key, p in measure.own.items() if p.choices}
    choices = [{key: value} for key, values in own.items() for value in values]
    return [dict(measure.example), *({**measure.example, **choice, "limit": ALL} for choice in choices)]


def test_both_engines_give_the_same_for_every_measure(
    embedded_graph: pg.Graph, neo4j: Neo4jDatabase, model: Model
) -> None:
    neo4j.hold("bundled", lambda store: load(store, [bundled()], model))
    with pg.open(neo4j.address.store, readonly=True) as other:
        for name in measures():
            for given in asked_of(name):
                one, two = (graph.measure(name, **given).to_dict() for graph in (embedded_graph, other))
                assert {**one, "version": 0} == {**two, "version": 0}, (name, given)


def test_the_same_question_gives_the_same_answer(bundled_copy: str) -> None:
    answers = []
    for _ in range(2):
        with pg.open(bundled_copy, readonly=True) as graph:
            answers.append([graph.measure(n, **given).to_dict() for n in measures() for given in asked_of(n)])
    assert answers[0] == answers[1]
    net = network(3_000, 12_000)
    for name, given in (("betweenness", {"pivots": 20}), ("communities", {}), ("pagerank", {})):
        assert computed(net, name, **given) == computed(net, name, **given)
