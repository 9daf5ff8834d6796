"""Judging which entities are one: what a judgement does, what it refuses, and that undoing it leaves
no trace, on both engines.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import parkgraph as pg
from benchmarks.synthetic import same_organisations, synthetic
from parkgraph.graph.canonical import canonical_lines, content_hash, live_claims
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import BadRequest, NotFound, Refused
from parkgraph.graph.identity import Identity
from parkgraph.graph.model import default_model
from parkgraph.graph.recording import record, register_of, retract, retract_claims
from parkgraph.graph.register import Register
from parkgraph.graph.store import Store, open_store
from parkgraph.graph.verification import verify
from tests.conftest import Neo4jDatabase

MODEL = default_model()
SOURCES = [
    Source("source:daily", "科技日报", published="2018"),
    Source("source:forum", "论坛转载", published="2017-12-22"),
    Source("source:table", "名录", kind="table", published="2020"),
]
PARKS = ("park:a", "park:b", "park:c", "park:d")


def about(park: str, source: str) -> list[Claim]:
    """What one source says of one park: its kind, a name, and a tie to the next one."""
    following = PARKS[(PARKS.index(park) + 1) % len(PARKS)]
    return [
        Claim(park, source, property="kind", value="Park"),
        Claim(park, source, property="name_zh", value=f"{park[-1]}高新区（{source[7:]}）"),
        Claim(park, source, relation="PARTNERS_WITH", object=following, status="operating"),
        Claim(following, source, property="kind", value="Park"),
    ]


CLAIMS = [claim for source in SOURCES for park in PARKS for claim in about(park, source.id)]


@pytest.fixture
def parks(store: Store) -> Store:
    record(store, MODEL, SOURCES, CLAIMS, recorded=1)
    return store


def identity(store: Store) -> Identity:
    def resolve(text: str) -> str:
        found = register_of(store, MODEL).canonical(text)
        if not store.read("MATCH (n:Entity {id: $id}) RETURN n.id AS id", {"id": found}):
            raise NotFound(f"there is no entity {text!r}")
        return found

    return Identity(store, MODEL, resolve)


def ids(store: Store) -> list[str]:
    return [row["id"] for row in store.read("MATCH (n:Entity) RETURN n.id AS id ORDER BY id")]


def ties(store: Store) -> set[tuple[str, str]]:
    rows = store.read("MATCH (a:Entity)-[r:PARTNERS_WITH]->(b:Entity) RETURN a.id AS a, b.id AS b")
    return {(row["a"], row["b"]) for row in rows}


def test_a_merge_puts_everything_under_the_one_that_stays(parks: Store) -> None:
    judged = identity(parks).merge("park:a", "park:b", by="李老师", why="同一园区")
    assert ids(parks) == ["park:b", "park:c", "park:d"]
    # The tie between the two is one with itself now, and not shown.
    assert ties(parks) == {("park:b", "park:c"), ("park:c", "park:d"), ("park:b", "park:d")}
    names = parks.read("MATCH (n:Entity {id: 'park:b'}) RETURN n.name_zh AS shown, n.alias AS others")[0]
    assert len(names["others"]) == 5
    assert not parks.read("MATCH (f:Fact {subject: 'park:b', contested: true}) RETURN f.id AS id")
    assert (judged.by, judged.why, judged.verdict) == ("李老师", "同一园区", "same")
    assert (judged.subject, judged.object) == ("park:a", "park:b")
    assert identity(parks).members("park:a") == ("park:a", "park:b")


def test_a_claim_keeps_its_id_and_the_ids_its_source_used(parks: Store) -> None:
    before = {claim.id for claim in live_claims(parks)}
    judged = identity(parks).merge("park:a", "park:b", by="李老师")
    after = {claim.id: claim for claim in live_claims(parks)}
    assert set(after) == before | {judged.id}
    moved = [c for c in after.values() if c.said_subject == "park:a" and c.property]
    assert moved
    assert all(c.subject == "park:b" and c.as_said().subject == "park:a" for c in moved)


def test_undoing_a_merge_leaves_no_trace(parks: Store) -> None:
    before = list(canonical_lines(parks))
    merged = identity(parks).merge("park:a", "park:b", by="李老师", why="同一园区")
    assert list(canonical_lines(parks)) != before
    undone = identity(parks).undo(merged.id, by="王老师", why="看错了")
    assert list(canonical_lines(parks)) == before
    assert not undone.live
    assert undone.retraction == "王老师: 看错了"
    (logged,) = identity(parks).log()
    assert logged == undone
    assert identity(parks).merge("park:a", "park:b", by="李老师", why="同一园区").id == merged.id


def test_what_is_loaded_after_a_merge_goes_to_the_one_that_stays(parks: Store) -> None:
    merged = identity(parks).merge("park:a", "park:b", by="李老师")
    late = Claim("park:a", "source:table", relation="SUPPORTS", object="park:d", status="operating")
    record(parks, MODEL, SOURCES, [late])
    rows = parks.read("MATCH (a:Entity)-[r:SUPPORTS]->(b:Entity) RETURN a.id AS a, b.id AS b")
    assert rows == [{"a": "park:b", "b": "park:d"}]
    identity(parks).undo(merged.id, by="李老师")
    rows = parks.read("MATCH (a:Entity)-[r:SUPPORTS]->(b:Entity) RETURN a.id AS a, b.id AS b")
    assert rows == [{"a": "park:a", "b": "park:d"}]


def test_a_split_gives_what_one_source_says_to_another_entity(parks: Store) -> None:
    before = content_hash(parks)
    split = identity(parks).split(
        "park:a", "park:a2", source="source:table", name="甲区二园", by="李老师", why="名录指另一园区"
    )
    assert "park:a2" in ids(parks)
    assert ("park:a2", "park:b") in ties(parks)
    rows = parks.read("MATCH (f:Fact {subject: 'park:a', property: 'name_zh'}) RETURN f.source_ids AS s")
    assert rows == [{"s": ["source:daily", "source:forum"]}]
    record(
        parks,
        MODEL,
        SOURCES,
        [Claim("park:a", "source:table", property="description", value="后来的说明")],
    )
    assert parks.read("MATCH (n:Entity {id: 'park:a2'}) RETURN n.description AS d") == [{"d": "后来的说明"}]
    retract(parks, MODEL, "source:table")
    record(parks, MODEL, SOURCES, [c for c in CLAIMS if c.source == "source:table"])
    assert "park:a2" in ids(parks)
    identity(parks).undo(split.id, by="李老师")
    assert content_hash(parks) == before
    assert "park:a2" not in ids(parks)


def test_single_claims_can_be_split_off(parks: Store) -> None:
    before = content_hash(parks)
    tie = next(c for c in CLAIMS if c.subject == "park:a" and c.relation and c.source == "source:daily")
    split = identity(parks).split("park:a", "park:new", claims=[tie.id], name="New Park", by="李老师")
    assert ("park:b", "park:new") in {tuple(sorted(pair)) for pair in ties(parks)}
    shown = parks.read("MATCH (n:Entity {id: 'park:new'}) RETURN n.name AS name, n.kind AS kind")
    assert shown == [{"name": "New Park", "kind": "Park"}]
    identity(parks).undo(split.id, by="李老师")
    assert content_hash(parks) == before


def test_judgements_that_contradict_live_ones_are_refused_with_what_to_undo(parks: Store) -> None:
    judging = identity(parks)
    apart = judging.judge("park:a", "park:b", "different", by="李老师")
    with pytest.raises(Refused, match=apart.id):
        judging.merge("park:b", "park:a", by="王老师")
    judging.merge("park:c", "park:b", by="李老师")
    with pytest.raises(Refused, match=apart.id):  # c is b now
        judging.merge("park:a", "park:c", by="王老师")
    with pytest.raises(Refused, match="same entity"):
        judging.judge("park:c", "park:b", "different", by="王老师")
    judging.undo(apart.id, by="李老师")
    judging.merge("park:b", "park:a", by="王老师")
    assert ids(parks) == ["park:a", "park:d"]


def test_what_cannot_be_judged_is_a_sentence(parks: Store) -> None:
    record(parks, MODEL, SOURCES, [Claim("company:x", "source:daily", property="kind", value="Company")])
    judging = identity(parks)
    version = parks.version
    refused: list[tuple[type[Exception], str, Callable[[], Any]]] = [
        (Refused, "different kinds", lambda: judging.merge("company:x", "park:a", by="李")),
        (NotFound, "park:nowhere", lambda: judging.merge("park:nowhere", "park:a", by="李")),
        (BadRequest, "who judges", lambda: judging.merge("park:a", "park:b", by="  ")),
        (BadRequest, "either a source or claims", lambda: judging.split("park:a", "park:z", by="李")),
        (
            BadRequest,
            "expected park:slug",
            lambda: judging.split("park:a", "company:z", source="source:daily", by="李"),
        ),
        (
            NotFound,
            "says nothing",
            lambda: judging.split("park:a", "park:z", source="source:nobody", by="李"),
        ),
        (NotFound, "no live claim", lambda: judging.split("park:a", "park:z", claims=["claim:0"], by="李")),
        (NotFound, "no judgement", lambda: judging.undo("claim:0", by="李")),
    ]
    for error, sentence, attempt in refused:
        with pytest.raises(error, match=sentence):
            attempt()
    assert parks.version == version


def test_a_judgement_made_again_counts_and_can_be_undone_again(parks: Store) -> None:
    before = list(canonical_lines(parks))
    judging = identity(parks)
    first = judging.merge("park:a", "park:b", by="李老师")
    judging.undo(first.id, by="李老师")
    second = judging.merge("park:b", "park:c", by="李老师")
    judging.undo(second.id, by="李老师")
    again = judging.merge("park:a", "park:b", by="李老师")
    assert (again.id, again.live) == (first.id, True)
    assert ids(parks) == ["park:b", "park:c", "park:d"]
    assert shown_wrongly(parks) == []
    judging.undo(again.id, by="李老师")
    assert list(canonical_lines(parks)) == before


def test_kinds_of_joined_entities_follow_the_judgements_in_any_order_of_undoing(parks: Store) -> None:
    record(
        parks,
        MODEL,
        SOURCES,
        [Claim(f"government:{x}", "source:daily", property="kind", value="Government") for x in "gh"],
    )
    before = list(canonical_lines(parks))
    judging = identity(parks)
    one = judging.merge("government:g", "park:a", by="李老师", across_kinds=True)
    two = judging.merge("government:h", "park:a", by="李老师", across_kinds=True)
    judging.undo(one.id, by="李老师")
    labels = parks.read("MATCH (n:Entity {id: 'park:a'}) RETURN labels(n) AS labels")[0]["labels"]
    assert sorted(labels) == ["Entity", "Government", "Park"]
    judging.undo(two.id, by="李老师")
    assert list(canonical_lines(parks)) == before


def test_a_split_leaves_both_what_they_are_and_refuses_a_name_that_cannot_be_read(parks: Store) -> None:
    said = [
        Claim("park:z", "source:daily", property="kind", value="Park"),
        Claim("park:z", "source:forum", relation="PARTNERS_WITH", object="park:a", status="operating"),
    ]
    record(parks, MODEL, SOURCES, said)
    judging = identity(parks)
    with pytest.raises(BadRequest, match="control or invisible"):
        judging.split("park:z", "park:y", source="source:daily", name="\u202eevil", by="李老师")
    judging.split("park:z", "park:y", source="source:daily", name="另一园区", by="李老师")
    assert {"park:y", "park:z"} <= set(ids(parks))
    assert ("park:a", "park:z") in {tuple(sorted(pair)) for pair in ties(parks)}
    assert judging.log()[-1].by == "李老师"


def test_one_judge_is_one_however_the_name_is_spelled(parks: Store) -> None:
    judging = identity(parks)
    judging.judge("park:a", "park:b", "unsure", by="Li Wei")
    assert judging.judge("park:a", "park:c", "unsure", by="li  wei").by == "Li Wei"


def shown_wrongly(store: Store) -> list[str]:
    """What the store shows otherwise than its claims say; the sources here have no texts to check."""
    faults = verify(store, MODEL).faults
    return [str(fault) for fault in faults if fault.fact is not None or fault.entity is not None]


def test_a_source_that_judges_and_speaks_is_taken_back_whole(parks: Store) -> None:
    before = list(canonical_lines(parks))
    both = Source("source:both", "合并名录", kind="table")
    said = [
        Claim("park:a", both.id, relation="SAME_AS", object="park:b"),
        Claim("park:a", both.id, relation="SUPPORTS", object="park:d", status="operating"),
        Claim("park:a", both.id, property="description", value="说明"),
    ]
    record(parks, MODEL, [both], said)
    assert ("park:b", "park:d") in {
        (row["a"], row["b"])
        for row in parks.read("MATCH (a:Entity)-[:SUPPORTS]->(b:Entity) RETURN a.id AS a, b.id AS b")
    }
    assert shown_wrongly(parks) == []
    retract(parks, MODEL, both.id)
    assert shown_wrongly(parks) == []
    assert list(canonical_lines(parks)) == before


judgement_claims = st.builds(
    lambda ends, verdict, who: Claim(
        ends[0], f"source:judge-{who}", relation=MODEL.judging(verdict).name, object=ends[1]
    ),
    st.permutations(PARKS),
    st.sampled_from(["same", "same", "different", "unsure"]),
    st.sampled_from("xy"),
)


@given(st.lists(judgement_claims, max_size=8), st.randoms(use_true_random=False))
def test_the_register_does_not_depend_on_the_order_of_judgements(
    judged: list[Claim], shuffler: random.Random
) -> None:
    other = list(judged)
    shuffler.shuffle(other)
    one, two = Register(judged, MODEL), Register(other, MODEL)
    assert [one.canonical(p) for p in PARKS] == [two.canonical(p) for p in PARKS]
    assert one.idle == two.idle
    for claim in judged:
        if claim.relation == "DIFFERENT_FROM":
            assert one.canonical(claim.subject) != one.canonical(claim.object or "")
        if claim.relation == "SAME_AS" and claim.id not in one.idle:
            assert one.canonical(claim.subject) == one.canonical(claim.object or "")


steps_drawn = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["same", "different", "unsure"]), st.permutations(PARKS)),
        st.tuples(st.just("split"), st.permutations(PARKS)),
        st.tuples(st.just("load"), st.permutations([s.id for s in SOURCES])),
        st.tuples(st.just("retract"), st.permutations([s.id for s in SOURCES])),
        st.tuples(st.just("undo"), st.permutations(PARKS)),
    ),
    max_size=9,
)


def walk(store: Store, steps: list[Any]) -> None:
    """Take random steps, then take everything back: the graph must be as it was."""
    record(store, MODEL, SOURCES, CLAIMS, recorded=1)
    before = list(canonical_lines(store))
    judging = identity(store)
    for number, (what, order) in enumerate(steps):
        try:
            if what in ("same", "different", "unsure"):
                judging.judge(order[0], order[1], what, by="李老师", why=f"第{number}步")
            elif what == "split":
                target = order[1] if number % 2 else f"park:new-{number}"
                judging.split(order[0], target, source=SOURCES[number % 3].id, by="王老师")
            elif what == "load":
                record(store, MODEL, SOURCES, [c for c in CLAIMS if c.source == order[0]])
            elif what == "retract":
                retract(store, MODEL, order[0])
            else:
                live = [j for j in judging.log() if j.live]
                if live:
                    judging.undo(live[number % len(live)].id, by="李老师")
        except (Refused, NotFound):
            continue  # what contradicts a live judgement, or names what is gone, changes nothing
    for judgement in reversed([j for j in judging.log() if j.live]):
        judging.undo(judgement.id, by="李老师", why="全部撤回")
    record(store, MODEL, SOURCES, CLAIMS)
    assert list(canonical_lines(store)) == before


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps_drawn)
def test_taking_everything_back_gives_the_exact_graph_from_before(steps: list[Any]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(f"embedded:{folder}/graph.kgl")) as store,
    ):
        walk(store, steps)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps_drawn)
def test_taking_everything_back_gives_the_exact_graph_from_before_on_neo4j(
    neo4j: Neo4jDatabase, steps: list[Any]
) -> None:
    neo4j.hold("dirty")
    with closing(open_store(neo4j.address.store)) as store:
        walk(store, steps)


def test_an_incremental_judgement_gives_what_loading_it_first_gives(store: Store, tmp_path: Path) -> None:
    record(store, MODEL, SOURCES, CLAIMS, recorded=1)
    judging = identity(store)
    judging.merge("park:a", "park:b", by="李老师")
    judging.split("park:c", "park:e", source="source:forum", by="李老师")
    judging.merge("park:d", "park:b", by="王老师")
    claims = list(live_claims(store))
    judges = [Source(f"source:judge-{who}", who, kind="judge") for who in ("李老师", "王老师")]
    other = open_store(f"embedded:{tmp_path / 'other.kgl'}")
    record(other, MODEL, [*SOURCES, *judges], reversed(claims))
    assert list(canonical_lines(other)) == list(canonical_lines(store))
    other.close()


def test_an_old_id_still_leads_to_the_entity(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph:
        before = graph.stats()["hash"]
        merged = graph.identity.merge(
            graph.resolve("晋中开发区").id,
            graph.resolve("晋中经济开发区").id,
            by="李老师",
            why="同一开发区",
        )
        assert graph.resolve(merged.subject).id == merged.object
        assert graph.entity(merged.subject).node.id == merged.object
        assert graph.search("晋中开发区")[0].node.id == merged.object
        graph.identity.undo(merged.id, by="李老师")
        assert graph.stats()["hash"] == before


# -- proposals ---------------------------------------------------------------------------------------


def institution(slug: str, source: str, **properties: str) -> list[Claim]:
    said = {"kind": "Institution", **properties}
    return [Claim(f"institution:{slug}", source, property=k, value=v) for k, v in said.items()]


@pytest.fixture
def institutions(store: Store) -> Store:
    claims = [
        *institution("fudan", "source:daily", name_zh="复旦大学", ror="013q1eq08"),
        *institution("fudan-en", "source:table", name_en="Fudan University", ror="013q1eq08"),
        *institution("tongji", "source:daily", name_zh="同济大学"),
        *institution("tongji-en", "source:table", name_en="Tongji University"),
        *institution("nanjing", "source:daily", name_zh="南京大学"),
        Claim("institution:group", "source:daily", property="kind", value="Institution"),
        Claim("institution:group", "source:daily", property="name_zh", value="同济大学"),
        Claim("institution:group", "source:daily", property="collective", value=True),
        Claim("government:c", "source:daily", property="kind", value="Government"),
        Claim("government:c", "source:daily", property="name_zh", value="南湖高新区管委会"),
        Claim("park:c", "source:daily", property="kind", value="Park"),
        Claim("park:c", "source:daily", property="name_zh", value="南湖高新区"),
    ]
    record(store, MODEL, SOURCES, claims, recorded=1)
    return store


def proposed(store: Store, **asked: Any) -> set[tuple[str, str, str]]:
    found = set()
    for candidate in identity(store).candidates(**asked):
        one, other = sorted((candidate.a.id, candidate.b.id))
        found.add((one, other, candidate.proposal.relation or candidate.proposal.verdict))
    return found


def test_names_and_identifiers_only_propose(institutions: Store) -> None:
    fudan = ("institution:fudan", "institution:fudan-en", "same")
    tongji = ("institution:tongji", "institution:tongji-en", "same")
    committee = ("government:c", "park:c", "ADMINISTERS")
    version = institutions.version
    assert proposed(institutions) == {fudan, tongji, committee}
    assert proposed(institutions, verdict="same") == {fudan, tongji}
    assert proposed(institutions, certain=True) == {fudan}
    assert proposed(institutions, entity="park:c") == {committee}
    assert institutions.version == version
    with pytest.raises(BadRequest, match="neither same nor related"):
        proposed(institutions, verdict="perhaps")


def test_what_was_judged_or_is_known_is_not_proposed_again(institutions: Store) -> None:
    judging = identity(institutions)
    judging.judge("institution:fudan", "institution:fudan-en", "different", by="李老师")
    unsure = judging.judge("institution:tongji", "institution:tongji-en", "unsure", by="李老师")
    tie = Claim("government:c", "source:daily", relation="ADMINISTERS", object="park:c", status="operating")
    record(institutions, MODEL, SOURCES, [tie])
    (left,) = judging.candidates()
    assert left.unsure == unsure.id
    assert left.to_dict()["unsure"] == unsure.id


def test_only_a_checked_identifier_merges_by_itself(institutions: Store) -> None:
    before = content_hash(institutions)
    (made,) = identity(institutions).merge_certain(by="登记员")
    assert {made.subject, made.object} == {"institution:fudan", "institution:fudan-en"}
    assert identity(institutions).merge_certain(by="登记员") == []
    identity(institutions).undo(made.id, by="登记员")
    assert content_hash(institutions) == before


def test_two_kinds_are_one_only_where_somebody_says_so(institutions: Store) -> None:
    before = content_hash(institutions)
    record(
        institutions, MODEL, SOURCES, [Claim("company:t", "source:daily", property="kind", value="Company")]
    )
    judging = identity(institutions)
    with pytest.raises(Refused, match="--across-kinds"):
        judging.merge("company:t", "institution:tongji", by="李老师")
    made = judging.merge("company:t", "institution:tongji", by="李老师", across_kinds=True)
    row = institutions.read(
        "MATCH (n:Entity {id: 'institution:tongji'}) RETURN n.kind AS kind, labels(n) AS labels"
    )[0]
    assert row["kind"] == "Institution"
    assert sorted(row["labels"]) == ["Company", "Entity", "Institution"]
    assert not institutions.read(
        "MATCH (f:Fact {subject: 'institution:tongji', contested: true}) RETURN f.id AS id"
    )
    judging.undo(made.id, by="李老师")
    gone = [c.id for c in live_claims(institutions) if c.subject == "company:t"]
    retract_claims(institutions, MODEL, gone)
    assert content_hash(institutions) == before


def test_organisations_that_were_filed_twice_are_found_among_many(tmp_path: Path) -> None:
    sources, claims = synthetic(400, seed=5)
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    record(store, MODEL, sources, claims)
    truth = {frozenset(pair) for pair in same_organisations(400, seed=5)}
    found = {frozenset((c.a.id, c.b.id)) for c in identity(store).candidates(certain=True)}
    assert found
    assert found <= truth
    store.close()
