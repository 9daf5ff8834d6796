"""Partnership paths: equal to brute force, by the rules of the domain, with proof or a reasoned none."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import parkgraph as pg
from parkgraph.graph.arrays import Arrays, arrays_from
from parkgraph.graph.asof import view_of
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.dates import parse_date
from parkgraph.graph.errors import BadRequest, NotFound, UnknownName
from parkgraph.graph.model import default_model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Edge, Node
from parkgraph.graph.view import Moment
from parkgraph.queries.answers import Group, members
from parkgraph.queries.paths import FEW, Path, Whole, find_paths
from parkgraph.queries.robustness import robustness
from parkgraph.queries.walk import PathFilter, walk_of

MODEL = default_model()
NODES = {
    "park:a": "Park",
    "park:b": "Park",
    "company:c": "Company",
    "agreement:d": "Agreement",
    "place:e": "Place",
    "institution:f": "Institution",
    "government:g": "Government",
}
END_ONLY = {"government:g"}
RELATIONS = ("PARTNERS_WITH", "SIGNED", "LOCATED_IN", "PART_OF", "LEADS", "SUPPORTS")

edges_drawn = st.lists(
    st.tuples(
        st.permutations(sorted(NODES)).map(lambda order: tuple(order[:2])),
        st.sampled_from(RELATIONS),
        st.sampled_from(["proposed", "planned", "signed", "operating", "ended", None]),
        st.booleans(),
        st.sampled_from([None, "2018", "2020-06-01"]),
        st.sampled_from([None, "2019-12-31"]),
        st.integers(1, 3),
        st.sampled_from([0.5, 1.0]),
    ),
    max_size=16,
)
rules = st.builds(
    PathFilter,
    relations=st.sampled_from([None, frozenset({"PARTNERS_WITH", "SIGNED"}), frozenset({"LOCATED_IN"})]),
    kinds=st.sampled_from([None, frozenset({"Park", "Agreement"})]),
    layers=st.sampled_from([None, frozenset({"technology"})]),
    status=st.sampled_from(["proposed", "planned", "signed", "operating"]),
    inferred=st.booleans(),
    confidence=st.sampled_from([0.0, 0.8]),
    via=st.sampled_from([frozenset(), frozenset({"park:b"})]),
    avoid=st.sampled_from([frozenset(), frozenset({"company:c"})]),
    max_hops=st.integers(1, 6),
    max_degree=st.sampled_from([None, None, 2, 4]),
)


moments = st.one_of(
    st.just(Moment()),
    st.builds(
        Moment,
        as_of=st.sampled_from([parse_date("2018"), parse_date("2020-06-01")]),
        certain=st.booleans(),
    ),
)
NOW = Moment()
SOURCES = {f"source:{i}": Source(f"source:{i}", f"来源{i}") for i in range(3)}


def claims_from(drawn: list[Any]) -> Iterator[Claim]:
    """A drawn edge as claims of undated sources, one a source; each edge is a fact of its own."""
    for node, kind in NODES.items():
        yield Claim(node, "source:0", property="kind", value=kind)
        if node in END_ONLY:
            yield Claim(node, "source:0", property="end_only", value=True)
    for number, (ends, relation, status, inferred, start, end, sources, confidence) in enumerate(drawn):
        for source in list(SOURCES)[:sources]:
            yield Claim(
                ends[0],
                source,
                relation=relation,
                object=ends[1],
                disc=f"{number:02}",
                status=status,
                valid_from=start,
                valid_to=end,
                inferred=inferred,
                confidence=confidence,
            )


def arrays_from_drawn(drawn: list[Any], moment: Moment = NOW) -> Arrays:
    return arrays_from(snapshot_from(drawn, moment), MODEL)


def snapshot_from(drawn: list[Any], moment: Moment = NOW) -> Snapshot:
    view = view_of(claims_from(drawn), MODEL, SOURCES, moment.as_of, certain=moment.certain)
    nodes = {e.id: Node(e.id, e.kind, e.properties) for e in view.entities}
    edges = [
        Edge(fact.id, fact.subject, fact.relation, fact.object, fact.properties(MODEL))
        for fact in view.facts
        if fact.relation is not None and fact.object is not None
    ]
    return Snapshot.of(1, nodes, {e.id: frozenset(e.labels) for e in view.entities}, edges)


def brute_force(
    drawn: list[Any],
    source: str,
    target: str,
    rule: PathFilter,
    moment: Moment = NOW,
    without: frozenset[str] = frozenset(),
) -> set[tuple[str, ...]]:
    """Every simple path by trying all orders of all subsets of nodes: the rules said a second time."""

    def hop(a: str, b: str, *, is_any: bool = False) -> bool:
        for drawn_ends, relation, status, inferred, start, end, _, confidence in drawn:
            ends = sorted(drawn_ends) if relation == "PARTNERS_WITH" else drawn_ends
            if set(ends) != {a, b}:
                continue
            kind = NODES[ends[1]]
            if relation == "LEADS" or (
                relation == "LOCATED_IN" and kind not in ("Park", "Platform", "Institution")
            ):
                continue
            if relation == "PART_OF" and kind in ("Programme", "Place", "Policy", "Agreement", "Government"):
                continue
            if moment.as_of is not None:
                day = moment.as_of
                begins = {None: (0, 99999999), "2018": (20180101, 20181231)}.get(start, (20200601, 20200601))
                if end is not None:
                    over = (20191231, 20191231)
                else:  # what a source calls ended has ended at some time; nobody says when
                    over = (0, 99999999) if status == "ended" else (99999999, 99999999)
                if moment.certain and not (begins[1] <= day.earliest and over[0] >= day.latest):
                    continue
                if not (begins[0] <= day.latest and over[1] >= day.earliest):
                    continue
            elif status == "ended" and not is_any:
                continue
            if is_any:
                return True
            # What has ended was there on a day before its end.
            ladder = {"proposed": 0, "planned": 1, "signed": 4, "operating": 5, "ended": 5, None: 1}
            if ladder[status] < max(1, ladder[rule.status]):
                continue
            if rule.relations is not None and relation not in rule.relations:
                continue
            if rule.layers is not None:  # none of these relations has a layer of its own here
                continue
            if (inferred and not rule.inferred) or confidence < rule.confidence:
                continue
            return True
        return False

    def may_pass(node: str) -> bool:
        return (
            node not in END_ONLY | rule.avoid
            and NODES[node] != "Place"
            and (rule.kinds is None or NODES[node] in rule.kinds)
            and (
                rule.max_degree is None
                or sum(hop(node, other, is_any=True) for other in NODES if other != node) <= rule.max_degree
            )
        )

    others = [node for node in NODES if node not in {source, target} | without]
    found = set()
    for size in range(min(len(others), rule.max_hops - 1) + 1):
        for middle in itertools.permutations(others, size):
            nodes = (source, *middle, target)
            if (
                all(may_pass(node) for node in middle)
                and rule.via <= set(nodes)
                and all(hop(a, b) for a, b in itertools.pairwise(nodes))
            ):
                found.add(nodes)
    return found


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edges_drawn, rules, moments, st.integers(1, 6), st.sampled_from([0, FEW]))
def test_the_k_shortest_paths_are_those_of_brute_force(
    drawn: list[Any], rule: PathFilter, moment: Moment, k: int, few: int
) -> None:
    # Graphs this small are followed way by way; with 0 as large ones are.
    with patch("parkgraph.queries.paths.FEW", few):
        _paths_are_those_of_brute_force(drawn, rule, moment, k)


def _paths_are_those_of_brute_force(drawn: list[Any], rule: PathFilter, moment: Moment, k: int) -> None:
    ends = ("park:a", "institution:f")
    without = {"as_of": NOW} if moment else {}
    if moment.certain:
        without["certain"] = Moment(moment.as_of)
    whole = Whole(
        lambda: arrays_from_drawn(drawn),
        {name: lambda part=part: arrays_from_drawn(drawn, part) for name, part in without.items()},  # type: ignore[misc]
    )
    snapshot = snapshot_from(drawn, moment)
    arrays = arrays_from(snapshot, MODEL)
    found = find_paths(arrays, MODEL, [ends[0]], [ends[1]], rule, k, whole=whole)
    every = brute_force(drawn, *ends, rule, moment)
    ordered = sorted(find_paths(arrays, MODEL, [ends[0]], [ends[1]], rule, 50).paths, key=order_of(snapshot))
    assert {path.nodes for path in ordered} == every
    assert list(found.paths) == ordered[:k]
    shortest = find_paths(arrays, MODEL, [ends[0]], [ends[1]], rule, all_shortest=True).paths
    assert list(shortest) == [path for path in ordered if len(path) == len(ordered[0])]
    if not every:
        assert found.none is not None
        for name, part in without.items():
            by_time = brute_force(drawn, *ends, rule, part)
            assert (name in dict(found.none.restores)) == bool(by_time)
        for name, hops in found.none.restores:
            relaxed = {
                f: getattr(PathFilter(), f) if f == name else getattr(rule, f) for f in PathFilter.__slots__
            }
            if name == "max_hops":
                relaxed["max_hops"] = 12
            then = without.get(name, moment)
            least = min(brute_force(drawn, *ends, PathFilter(**relaxed), then), key=len)
            assert len(least) - 1 == hops
        free = PathFilter(max_hops=12)
        assert found.none.connected == bool(brute_force(drawn, *ends, free))


def order_of(snapshot: Snapshot) -> Callable[[Path], tuple[Any, ...]]:
    """The stated order, said a second time."""

    def key(path: Path) -> tuple[Any, ...]:
        strongest = []
        for hop in path.hops:
            edges = [snapshot.edges[fact] for fact in hop.facts]
            assert edges == sorted(edges, key=strength)
            strongest.append(strength(edges[0]))
        return (
            len(path),
            -min(-s[0] for s in strongest),
            sum(s[0] for s in strongest),
            sum(s[2] for s in strongest),
            path.nodes,
        )

    def strength(edge: Edge) -> tuple[Any, ...]:
        rank = MODEL.statuses[edge.status].rank if edge.status else -1
        return (-rank, edge.inferred, -len(edge.properties["source_ids"]), edge.id)

    return key


GROUPS = (["park:a", "company:c"], ["institution:f", "park:b", "government:g"])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edges_drawn, rules, st.sampled_from([0, FEW]))
def test_paths_between_groups_are_those_between_their_members_that_pass_no_other_member(
    drawn: list[Any], rule: PathFilter, few: int
) -> None:
    arrays = arrays_from_drawn(drawn)
    members = frozenset(GROUPS[0] + GROUPS[1])
    every = set().union(
        *(brute_force(drawn, a, b, rule, without=members - {a, b}) for a in GROUPS[0] for b in GROUPS[1])
    )
    with patch("parkgraph.queries.paths.FEW", few):
        found = find_paths(arrays, MODEL, *GROUPS, rule, 50)
    assert {path.nodes for path in found.paths} == every
    assert (found.none is None) == bool(every)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edges_drawn, st.sampled_from([PathFilter(), PathFilter(inferred=False), PathFilter(status="signed")]))
def test_robustness_is_that_of_brute_force(drawn: list[Any], rule: PathFilter) -> None:
    ends = ("park:a", "institution:f")
    rule = replace(rule, max_hops=12)
    arrays = arrays_from_drawn(drawn)
    walk = walk_of(arrays, MODEL, rule)
    found = find_paths(arrays, MODEL, [ends[0]], [ends[1]], rule, 1)
    every = [frozenset(map(frozenset, itertools.pairwise(p))) for p in brute_force(drawn, *ends, rule)]
    if not every:
        return
    told = robustness(walk, [ends[0]], [ends[1]], found.paths[0].nodes)
    hops = frozenset().union(*every)
    passed = [frozenset(p[1:-1]) for p in brute_force(drawn, *ends, rule)]
    assert {frozenset(pair) for pair in told.critical_hops} == {h for h in hops if all(h in p for p in every)}
    assert set(told.critical_nodes) == {n for n in NODES if all(n in p for p in passed)}
    # Menger: as many disjoint paths as must be cut, and what is named cuts them all.
    assert told.hop_disjoint == len(told.least_hops) == least_cut(every)
    assert all(p & {frozenset(pair) for pair in told.least_hops} for p in every)
    if frozenset(ends) in hops:
        assert told.least_nodes is None
        assert told.node_disjoint == 1 + least_cut([p for p in passed if p])
    else:
        assert told.least_nodes is not None
        assert told.node_disjoint == len(told.least_nodes) == least_cut(passed)
        assert all(p & set(told.least_nodes) for p in passed)


def least_cut(paths: Sequence[frozenset[Any]]) -> int:
    """The least number of parts that every path has one of, by trying all."""
    parts = sorted(frozenset().union(*paths), key=str) if paths else []
    sizes = range(len(parts) + 1)
    return next(n for n in sizes for c in itertools.combinations(parts, n) if all(p & set(c) for p in paths))


@settings(max_examples=100, deadline=None)
@given(edges_drawn)
def test_a_path_reads_the_same_from_both_ends(drawn: list[Any]) -> None:
    arrays = arrays_from_drawn(drawn)
    there = find_paths(arrays, MODEL, ["park:a"], ["park:b"], PathFilter(), 50)
    back = find_paths(arrays, MODEL, ["park:b"], ["park:a"], PathFilter(), 50)
    assert {path.nodes for path in there.paths} == {path.nodes[::-1] for path in back.paths}


def test_ties_are_in_a_stated_order_whatever_the_order_of_reading() -> None:
    drawn = [
        (("park:a", "company:c"), "PARTNERS_WITH", "planned", False, None, None, 3, 1.0),
        (("company:c", "institution:f"), "PARTNERS_WITH", "planned", False, None, None, 3, 1.0),
        (("park:a", "park:b"), "PARTNERS_WITH", "operating", False, None, None, 1, 1.0),
        (("park:b", "institution:f"), "PARTNERS_WITH", "operating", False, None, None, 1, 1.0),
        (("park:a", "agreement:d"), "SIGNED", "operating", False, None, None, 2, 1.0),
        (("agreement:d", "institution:f"), "PARTNERS_WITH", "operating", False, None, None, 1, 1.0),
    ]
    for order in itertools.permutations(drawn):
        paths = find_paths(
            arrays_from_drawn(list(order)), MODEL, ["park:a"], ["institution:f"], PathFilter(), 5
        ).paths
        assert [path.nodes[1] for path in paths[:3]] == ["agreement:d", "park:b", "company:c"]


@pytest.mark.parametrize("limits", [{"MAX_ROWS": 7}, {"MAX_STEPS": 40}, {"MAX_ROWS": 7, "MAX_STEPS": 40}])
def test_where_paths_are_too_many_the_answer_is_cut_and_says_so(
    limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    width = 5
    steps = [["park:a"], *([f"company:{row}{i}" for i in range(width)] for row in "tuvwx"), ["park:b"]]
    ties = [(a, b) for near, far in itertools.pairwise(steps) for a in near for b in far]
    nodes = {i: Node(i, "Park" if i.startswith("park") else "Company", {}) for step in steps for i in step}
    # The ways over the last of each row are done, the others planned.
    edges = [
        Edge(
            f"fact:{i:03}",
            a,
            "PARTNERS_WITH",
            b,
            {
                "status": "operating" if {a[-1], b[-1]} <= {"4", "a", "b"} else "planned",
                "source_ids": ["source:0"],
            },
        )
        for i, (a, b) in enumerate(ties)
    ]
    arrays = arrays_from(
        Snapshot.of(1, nodes, {i: frozenset((node.kind,)) for i, node in nodes.items()}, edges), MODEL
    )
    rule = PathFilter(max_hops=6)
    whole = find_paths(arrays, MODEL, ["park:a"], ["park:b"], rule, 50)
    assert len(whole.paths) == 50
    assert not whole.cut
    for name, limit in {"FEW": 0, **limits}.items():
        monkeypatch.setattr(f"parkgraph.queries.paths.{name}", limit)
    some = find_paths(arrays, MODEL, ["park:a"], ["park:b"], rule, 50)
    assert some.cut
    assert 0 < len(some.paths) <= 50
    assert (
        some.paths[0].nodes
        == whole.paths[0].nodes
        == ("park:a", *(f"company:{r}4" for r in "tuvwx"), "park:b")
    )
    tied = {frozenset(tie) for tie in ties}
    for path in some.paths:
        assert len(set(path.nodes)) == len(path) + 1 == 7
        assert all(frozenset(pair) in tied for pair in itertools.pairwise(path.nodes))


def test_ways_that_are_joined_too_often_are_cut_at_once() -> None:
    """500 good ways to a hub and 8,001 on from it, and 2,000 poor ones beside: four million and some more."""
    ids = {"park:s", "park:t", "park:hub"}
    edges: list[Edge] = []

    def tie(a: str, b: str, status: str) -> None:
        ids.update((a, b))
        shown = {"status": status, "source_ids": ["source:0"]}
        edges.append(Edge(f"fact:{len(edges):06}", a, "PARTNERS_WITH", b, shown))

    for ends, number, middle in (("s", 500, "x"), ("t", 8001, "y")):
        for i in range(number):
            tie(f"park:{ends}", f"park:{middle}{i}", "operating")
            tie(f"park:{middle}{i}", "park:hub", "operating")
    for i in range(2000):
        for a, b in itertools.pairwise(("park:s", f"park:u{i}", f"park:m{i}", f"park:v{i}", "park:t")):
            tie(a, b, "planned")
    for i in range(20_000):
        tie("park:hub", f"park:p{i}", "planned")
    nodes = {i: Node(i, "Park", {}) for i in ids}
    arrays = arrays_from(Snapshot.of(1, nodes, {i: frozenset(("Park",)) for i in ids}, edges), MODEL)
    found = find_paths(arrays, MODEL, ["park:s"], ["park:t"], PathFilter(), 3)
    assert found.cut
    assert [path.nodes[2] for path in found.paths] == ["park:hub"] * 3


def names(path: tuple[pg.PathHop, ...]) -> list[str]:
    return [path[0].start.label("zh"), *(hop.end.label("zh") for hop in path)]


def test_bpc_and_brunel_meet_through_chengdu_and_every_hop_is_proven(graph: pg.Graph) -> None:
    answer = graph.paths("BP&C", "布鲁内尔大学")
    assert names(answer.paths[0]) == [
        "BP&C集团",
        "合作谅解备忘录",
        "成都高新技术产业开发区",
        "中英智慧质量工程技术研究院",
        "英国布鲁内尔大学",
    ]
    for path in answer.paths:
        for hop in path:
            for fact in hop.facts:
                assert hop.proofs[fact.id], fact
                for proof in hop.proofs[fact.id]:
                    assert proof.source.kind == "text"
                    assert proof.claim.locator is not None
                    assert proof.source.sha256 is not None


def test_the_proof_is_quoted_where_the_texts_are_at_hand(bundled_file: Any, seeds: Any) -> None:
    with pg.open(f"embedded:{bundled_file}", readonly=True, texts=seeds) as graph:
        (path,) = graph.paths("BP&C", "布鲁内尔大学", k=1).paths
        assert path[0].quote is not None
        assert "备忘录" in path[0].quote
        assert path[-1].quote is not None
        assert "布鲁内尔大学" in path[-1].quote


def test_zhangjiang_and_wujin_have_no_path_and_the_answer_says_why(graph: pg.Graph) -> None:
    answer = graph.paths("张江", "武进")
    assert not answer
    assert answer.explanation is not None
    none = answer.explanation.none
    assert not none.connected
    assert none.restores == ()
    assert none.reach is not None
    assert all(count > 0 for count in none.reach)
    assert none.near_miss[0] == answer.source.id
    assert none.near_miss[-1] == answer.target.id
    texts = " ".join(reason.zh for reason in answer.explanation.reasons)
    assert "上海张江国家自主创新示范区" in texts
    assert "常州武进国家高新区" in texts
    assert "8 个来源" in texts


@pytest.mark.parametrize(
    ("ends", "filters", "sequences"),
    [
        (
            ("英国布鲁内尔大学", "清华大学"),
            {},
            [
                "英国布鲁内尔大学 中英智慧质量工程技术研究院 成都高新技术产业开发区 "
                "成都未来出行研究院 清华大学"
            ],
        ),
        (
            ("成都市科技局", "四川省科技厅"),
            {"status": "signed", "relations": "SIGNED"},
            ["成都市科学技术局 合作协议 重庆市科学技术局 合作框架协议 四川省科学技术厅"],
        ),
        (
            ("GlobalFoundries", "Sophia Antipolis"),
            {},
            [
                "格罗方德 成都高新技术产业开发区 全球顶级科技园区合伙人计划 法国索菲亚—安蒂波利斯科技园",
                "格罗方德 成都高新技术产业开发区 世界一流科技园区联盟 法国索菲亚—安蒂波利斯科技园",
            ],
        ),
        (
            ("一德新能源设备有限公司", "上海炫踪网络有限公司"),
            {},
            [
                "一德新能源设备有限公司 白银高新区 兰白国家自主创新示范区 兰州高新区 "
                "上海炫踪网络有限公司甘肃分公司 上海炫踪网络有限公司"
            ],
        ),
        (
            ("BP&C集团", "海法大学"),
            {"status": "signed"},
            ["BP&C集团 合作谅解备忘录 成都高新技术产业开发区 成都—以色列科技创新中心 海法大学"],
        ),
    ],
)
def test_the_shortest_paths_are_those_the_texts_support(
    graph: pg.Graph, ends: tuple[str, str], filters: dict[str, Any], sequences: list[str]
) -> None:
    answer = graph.paths(*ends, k=5, **filters)
    shortest = [path for path in answer.paths if len(path) == len(answer.paths[0])]
    assert [" ".join(names(path)) for path in shortest] == sequences


def test_a_filter_that_removes_the_last_path_is_named_with_what_it_would_bring(graph: pg.Graph) -> None:
    answer = graph.paths("上海张江", "成都高新区", inferred=False)
    assert answer.explanation is not None
    assert answer.explanation.none.restores == (("inferred", 2),)
    assert names(graph.paths("上海张江", "成都高新区", k=1).paths[0])[1] == "武汉共识"


def test_where_no_single_filter_is_to_blame_pairs_are_tried(graph: pg.Graph) -> None:
    answer = graph.paths("上海张江", "成都高新区", inferred=False, max_hops=1)
    assert answer.explanation is not None
    none = answer.explanation.none
    assert (none.restores, none.together) == ((), ((("inferred", "max_hops"), 2),))
    assert answer.explanation.reasons[0].en == (
        "There is a path of 2 hops when using inferred facts and allowing more hops."
    )


def test_the_nearest_pair_that_is_connected_is_named_with_its_distances(graph: pg.Graph) -> None:
    answer = graph.paths("上海张江", "成都高新区", inferred=False)
    assert answer.explanation is not None
    tie = answer.explanation.none.nearest
    assert tie is not None
    assert tie.start == answer.source.id
    assert tie.away[0] == 0
    (path,) = graph.paths(tie.start, tie.end, inferred=False, k=1).paths
    assert len(path) == tie.hops
    assert {tie.start, tie.end} <= set(answer.nodes)


def test_all_of_a_kind_in_a_place_are_one_end(graph: pg.Graph) -> None:
    answer = graph.paths("Park@以色列", "Institution@成都", all_shortest=True)
    assert isinstance(answer.target, Group)
    assert answer.target.id == "Institution@place:chengdu"
    assert {node.kind for node in answer.target.nodes} == {"Institution"}
    starts, ends = ({node.id for node in members(end)} for end in (answer.source, answer.target))
    for path in answer:
        assert path[0].start.id in starts
        assert path[-1].end.id in ends
        assert not {hop.end.id for hop in path[:-1]} & (starts | ends)
        assert len(path) == len(answer.paths[0])
    singly = [
        path
        for a in sorted(starts)
        for b in sorted(ends)
        for path in graph.paths(a, b, all_shortest=True, avoid=sorted((starts | ends) - {a, b}))
        if len(path) == len(answer.paths[0])
    ]
    assert sorted(map(names, singly)) == sorted(map(names, answer))
    both = graph.paths(["BP&C", "海法大学"], "布鲁内尔大学", k=1)
    assert both.source.id == "company:bpc-group|institution:university-of-haifa"
    assert graph.paths(both.source.id, "布鲁内尔大学", k=1).paths == both.paths


@pytest.mark.parametrize("end", ["parks@Chengdu", "Parks@成都", "园区@成都", "园区＠成都", "科技园区@成都"])
def test_a_group_is_meant_by_any_word_for_its_kind(embedded_graph: pg.Graph, end: str) -> None:
    assert embedded_graph.end(end) == embedded_graph.end("Park@成都")


def test_a_name_with_an_at_in_it_is_an_entity_whatever_stands_before_it(
    bundled_copy: str, tmp_path: pathlib.Path
) -> None:
    table = tmp_path / "companies.csv"
    table.write_text("id,name_en,source\ncompany:at-chengdu,Institution@Chengdu,source:parkgraph-register\n")
    with pg.open(bundled_copy) as graph:
        assert isinstance(graph.end("institution@Chengdu"), Group)
        assert graph.end("22@Barcelona").id == "park:22-barcelona"
        with pytest.raises(UnknownName, match="did you mean Institution"):
            graph.end("高校@成都")
        # To search the sign is no letter, and “university (Chengdu)” may begin a name.
        with pytest.raises(UnknownName, match="did you mean Institution"):
            graph.end("University@Chengdu")
        with pytest.raises(NotFound, match="22@巴塞罗那"):
            graph.end("22@巴塞罗那")
        graph.load(table)
        assert graph.end("institution@Chengdu").id == "company:at-chengdu"


def test_two_or_three_letters_that_begin_a_word_of_a_name_mean_nobody(embedded_graph: pg.Graph) -> None:
    for letters in ("CAS", "zj", "xx"):
        with pytest.raises(NotFound, match="did you mean"):
            embedded_graph.paths(letters, "成都高新区")
    assert embedded_graph.resolve("CMU").id == "institution:carnegie-mellon-university"
    assert embedded_graph.resolve("BP&C").id == "company:bpc-group"


def test_a_place_alone_is_no_group(embedded_graph: pg.Graph) -> None:
    with pytest.raises(BadRequest, match="@成都: names no kind; expected KIND@PLACE, such as Park@成都"):
        embedded_graph.end("@成都")


def test_names_of_a_group_may_be_set_apart_as_chinese_is_written(embedded_graph: pg.Graph) -> None:
    assert embedded_graph.end("成都高新区｜武进") == embedded_graph.end("成都高新区|武进")


def test_what_alone_cuts_a_connection_is_named(graph: pg.Graph) -> None:
    answer = graph.paths("BP&C", "布鲁内尔大学", k=1, robustness=True)
    robust = answer.robustness
    assert robust is not None
    assert robust.hop_disjoint == robust.node_disjoint == 1
    chengdu, institute = "park:chengdu-hi-tech-zone", "institution:sino-british-smart-quality-institute"
    assert robust.critical_nodes == (chengdu, institute)
    assert robust.critical_hops == ((institute, "institution:brunel-university-london"),)
    for node in robust.critical_nodes:
        assert not graph.paths("BP&C", "布鲁内尔大学", avoid=node, max_hops=12)
    assert graph.paths("BP&C", "布鲁内尔大学", k=1).robustness is None


def test_a_hub_is_not_passed(graph: pg.Graph) -> None:
    answer = graph.paths("BP&C", "布鲁内尔大学", max_degree=10)
    assert answer.explanation is not None
    assert dict(answer.explanation.none.restores) == {"max_degree": 4}


def test_no_path_runs_through_a_place_a_person_or_a_ministry(embedded_graph: pg.Graph) -> None:
    snapshot = embedded_graph.snapshot
    answer = embedded_graph.paths("以色列海法科技园", "中国以色列常州创新园")
    assert answer.explanation is not None
    assert "place:israel" in answer.explanation.none.near_miss
    ends = ["成都高新区", "清华大学", "上海张江", "兰州高新区", "英国布鲁内尔大学", "科技部", "甘肃"]
    for a, b in itertools.combinations(ends, 2):
        for path in embedded_graph.paths(a, b, k=10):
            for hop in path[:-1]:
                assert MODEL.kinds[hop.end.kind].through
                assert not snapshot.nodes[hop.end.id].properties.get("end_only")


@pytest.mark.parametrize(
    ("filters", "error", "sentence"),
    [
        ({"status": "soon"}, UnknownName, "status"),
        ({"relations": ["LIKES"]}, UnknownName, "relation"),
        ({"layers": "money"}, BadRequest, "technology"),
        ({"as_of": "2019-13"}, BadRequest, "as_of"),
        ({"max_hops": 99}, BadRequest, "1 to 12"),
        ({"k": 0}, BadRequest, "1 to 50"),
        ({"max_degree": 0}, BadRequest, "1 to 1000000"),
        ({"all_shortest": "some"}, BadRequest, "all_shortest"),
        ({"inferred": "maybe"}, BadRequest, "true nor false"),
        ({"via": "火星"}, NotFound, "火星"),
        ({"colour": "red"}, BadRequest, "colour"),
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused(
    embedded_graph: pg.Graph, filters: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        embedded_graph.paths("BP&C", "布鲁内尔大学", **filters)


def test_an_entity_has_no_path_to_itself(embedded_graph: pg.Graph) -> None:
    with pytest.raises(BadRequest, match="same entity"):
        embedded_graph.paths("张江", "上海张江")


def test_a_path_of_the_domain_never_repeats_an_entity(embedded_graph: pg.Graph) -> None:
    for path in embedded_graph.paths("BP&C", "清华大学", k=50):
        sequence = names(path)
        assert len(set(sequence)) == len(sequence)
