"""Recording and retracting: any order, any batching, any repetition, one graph; and what the store
holds is what the projection of all its claims gives.
"""

from __future__ import annotations

import gc
import itertools
import json
import random
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parkgraph.graph import recording
from parkgraph.graph.canonical import canonical_lines, content_hash, live_claims
from parkgraph.graph.claims import Claim, Source, canonical_json
from parkgraph.graph.errors import NotFound, Refused
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.projection import Fact, project, project_entity
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.recording import live_claims_of, property_claims_of, read_sources, record, retract
from parkgraph.graph.store import Store, open_store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load, read_path

SOURCES = [
    Source("source:forum", "论坛转载", published="2017-12-22"),
    Source("source:daily", "科技日报", published="2018"),
    Source("source:register", "登记册", kind="editorial"),
]
PARKS = ("park:chengdu", "park:haifa", "park:zhangjiang", "fund:twelve")
KINDS = {"park": ["Park"], "fund": ["Fund", "Project"]}

property_claims = st.builds(
    lambda subject, source, choice, locator, as_of: Claim(
        subject, source, property=choice[0], value=choice[1], locator=locator, as_of=as_of
    ),
    st.sampled_from(PARKS),
    st.sampled_from([source.id for source in SOURCES]),
    st.sampled_from(
        [
            ("kind", "Park"),
            ("kind", "Fund"),
            ("name_zh", "成都高新区"),
            ("name_zh", "海法科技园"),
            ("alias", "高新区"),
            ("alias", "CDHT"),
            ("also_kind", "Project"),
            ("status", "planned"),
            ("status", "operating"),
            ("total_size", Quantity(5_600_000_000, "CNY")),
            ("total_size", Quantity(500_000_000, "CNY", "about", 800_000_000, 100_000_000)),
            ("value", Quantity(58.7, "percent", precision=0.1)),
            ("count", Quantity(20, "park", "more_than")),
        ]
    ),
    st.sampled_from(["char=1,2", "char=3,4"]),
    st.sampled_from([None, "2018"]),
)
relation_claims = st.builds(
    lambda ends, relation, source, status, start, attributes: Claim(
        ends[0],
        source,
        relation=relation,
        object=ends[1],
        status=status,
        valid_from=start,
        attributes=attributes,
    ),
    st.permutations(PARKS),
    st.sampled_from(["PARTNERS_WITH", "SUPPORTS", "FUNDS"]),
    st.sampled_from([source.id for source in SOURCES]),
    st.sampled_from(["planned", "operating", None]),
    st.sampled_from([None, "2018", "2018-01-29"]),
    st.sampled_from([{}, {"amount": Quantity(3, "CNY")}, {"layer": ("capital", "industry")}]),
)
many_claims = st.lists(st.one_of(property_claims, relation_claims), max_size=25)


def fresh_store(folder: Path) -> Store:
    return open_store(f"embedded:{folder / 'graph.kgl'}")


def whole_projection(claims: Sequence[Claim], model: Model) -> tuple[dict[str, Any], dict[str, Any]]:
    """The graph as one pass over all claims gives it: the oracle of the incremental one."""
    sources = {source.id: source for source in SOURCES}
    groups: dict[str, list[Claim]] = {}
    for claim in {claim.id: claim for claim in claims}.values():
        groups.setdefault(claim.fact_id(model), []).append(claim)
    facts: dict[str, Fact] = {}
    for identifier, group in groups.items():
        fact = project(group, model, sources)
        assert fact is not None
        facts[identifier] = fact
    entities = {}
    for subject in {fact.subject for fact in facts.values()}:
        entity = project_entity([f for f in facts.values() if f.subject == subject], model)
        if entity is not None:
            entities[subject] = entity
    shown = {
        i: f.properties(model)
        for i, f in facts.items()
        if f.subject in entities and (f.object is None or f.object in entities)
    }
    return {i: (dict(e.properties), sorted(e.labels)) for i, e in entities.items()}, shown


def held(store: Store) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Entities, fact nodes and edges as the store holds them."""
    entities = {
        row["p"]["id"]: (
            {k: v for k, v in row["p"].items() if k != "changed"},
            sorted(set(row["labels"]) - {"Entity"}),
        )
        for row in store.read("MATCH (n:Entity) RETURN properties(n) AS p, labels(n) AS labels")
    }
    extra = {
        "changed",
        "name",
        "subject",
        "relation",
        "object",
        "property",
        "value",
        "value_unit",
        "value_qualifier",
        "value_high",
        "value_precision",
    }
    facts = {
        row["p"]["id"]: {k: v for k, v in row["p"].items() if k not in extra}
        for row in store.read("MATCH (f:Fact) RETURN properties(f) AS p")
    }
    edges = {
        row["p"]["id"]: {k: v for k, v in row["p"].items() if k != "changed"}
        for row in store.read("MATCH (:Entity)-[r]->(:Entity) RETURN properties(r) AS p")
    }
    return entities, facts, edges


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(many_claims, st.lists(st.integers(0, 25), max_size=4), st.randoms(use_true_random=False))
def test_any_order_batching_and_repetition_gives_the_same_hash(
    claims: list[Claim], cuts: list[int], shuffler: random.Random
) -> None:
    model = default_model()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = fresh_store(Path(one)), fresh_store(Path(other))
        record(first, model, SOURCES, claims, recorded=1)
        shuffled = list(claims)
        shuffler.shuffle(shuffled)
        places = sorted({0, *(min(cut, len(claims)) for cut in cuts), len(claims)})
        for start, end in itertools.pairwise(places):
            record(second, model, SOURCES, shuffled[start:end], recorded=shuffler.randrange(10**9))
        record(second, model, SOURCES, shuffled[: len(claims) // 2])
        assert list(canonical_lines(first)) == list(canonical_lines(second))
        entities, facts = whole_projection(claims, model)
        held_entities, held_facts, held_edges = held(second)
        assert held_entities == entities
        assert held_facts == facts
        assert held_edges == {i: p for i, p in facts.items() if i in held_edges}
        assert len(held_edges) == sum(
            1 for i in facts if i in {c.fact_id(model) for c in claims if c.relation}
        )
        first.close()
        second.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(many_claims, st.randoms(use_true_random=False), st.booleans())
def test_of_a_live_and_a_retracted_copy_the_live_one_counts_in_any_order(
    claims: list[Claim], shuffler: random.Random, at_once: bool
) -> None:
    model = default_model()
    gone = [replace(claim, retracted=7) for claim in claims[: len(claims) // 2]]
    both = [*claims, *gone]
    shuffler.shuffle(both)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = fresh_store(Path(one)), fresh_store(Path(other))
        record(first, model, SOURCES, claims)
        for part in [both] if at_once else [[claim] for claim in both]:
            record(second, model, SOURCES, part)
        assert content_hash(first) == content_hash(second)
        first.close()
        second.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(many_claims, st.sampled_from([source.id for source in SOURCES]))
def test_a_retracted_source_leaves_no_trace(claims: list[Claim], source: str) -> None:
    model = default_model()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = fresh_store(Path(one)), fresh_store(Path(other))
        record(first, model, SOURCES, claims)
        if any(claim.source == source for claim in claims):
            retract(first, model, source)
        record(second, model, SOURCES, [claim for claim in claims if claim.source != source])
        assert list(canonical_lines(first)) == list(canonical_lines(second))
        assert held(first) == held(second)
        record(first, model, SOURCES, claims)
        record(second, model, SOURCES, claims)
        assert content_hash(first) == content_hash(second)
        first.close()
        second.close()


judgement_claims = st.builds(
    lambda ends, relation, source: Claim(ends[0], source, relation=relation, object=ends[1]),
    st.permutations(PARKS[:3]),
    st.sampled_from(["SAME_AS", "SAME_AS", "DIFFERENT_FROM"]),
    st.sampled_from([source.id for source in SOURCES]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    many_claims,
    st.lists(judgement_claims, max_size=4),
    st.sampled_from([1, 3, 7]),
    st.randoms(use_true_random=False),
)
def test_any_slicing_of_one_stream_gives_the_same_graph(
    claims: list[Claim], judged: list[Claim], size: int, shuffler: random.Random
) -> None:
    model = default_model()
    said = [*claims, *judged, *(replace(claim, retracted=7) for claim in [*claims, *judged][::2])]
    only_gone = replace(PARK, subject="park:gone", retracted=7)
    stream = [*said, only_gone]
    shuffler.shuffle(stream)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = fresh_store(Path(one)), fresh_store(Path(other))
        record(first, model, SOURCES, said)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(recording, "CLAIMS_PER_SLICE", size)
            record(second, model, SOURCES, iter(stream))
        assert list(canonical_lines(first)) == list(canonical_lines(second))
        assert held(first) == held(second)
        first.close()
        second.close()


PARK = Claim("park:chengdu", "source:daily", property="kind", value="Park")


def test_late_judgements_and_copies_in_other_slices_give_the_graph_of_one_slice_on_both_engines(
    store: Store, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parks = [replace(PARK, subject=park, source=source.id) for park in PARKS[:3] for source in SOURCES]
    ties = [
        Claim(a, "source:daily", relation="SUPPORTS", object=b, status="operating")
        for a, b in itertools.permutations(PARKS[:3], 2)
    ]
    gone = replace(parks[0], retracted=5)
    late = Claim(PARKS[1], "source:register", relation="SAME_AS", object=PARKS[2])
    whole = fresh_store(tmp_path / "whole")
    record(whole, model, SOURCES, [late, *parks, *ties], recorded=1)
    monkeypatch.setattr(recording, "CLAIMS_PER_SLICE", 3)
    monkeypatch.setattr(recording, "CLAIMS_PER_BATCH", 2)
    outcome = record(
        store,
        model,
        SOURCES,
        iter([gone, *ties, *parks, replace(ties[0], retracted=6), late, gone]),
        recorded=1,
    )
    assert content_hash(store) == content_hash(whole)
    assert outcome.moved > 0
    rows = store.read("MATCH (c:Claim) WHERE c.retracted IS NOT NULL RETURN c.id AS id")
    assert rows == []
    whole.close()


def test_claims_are_taken_as_they_are_written(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CLAIMS_PER_SLICE", 4)
    written = 0

    def tell(done: int) -> None:
        nonlocal written
        written = done

    def stream() -> Iterator[Claim]:
        for number in range(40):
            assert number - written <= 4
            yield replace(PARK, subject=f"park:{number % 30}")

    store = fresh_store(tmp_path)
    outcome = record(store, model, iter(SOURCES), stream(), progress=tell)
    assert (outcome.added, outcome.unchanged, written) == (30, 10, 40)
    store.close()


def test_a_late_claim_of_an_undescribed_source_is_refused_and_what_came_before_stays(
    store: Store, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CLAIMS_PER_SLICE", 2)
    others = [replace(PARK, subject=park) for park in PARKS[:2]]
    with pytest.raises(Refused, match="source:nobody"):
        record(store, model, SOURCES, iter([*others, replace(PARK, source="source:nobody")]))
    assert len(store.read("MATCH (n:Park) RETURN n.id AS id")) == 2


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_json_is_the_standard_library_s_byte_for_byte(value: Any) -> None:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    assert canonical_json(value) == plain


def test_the_ids_of_claims_and_facts_stay_what_they_are(model: Model) -> None:
    size = Quantity(9.5e16, "CNY", "about", precision=1e-05)
    claims = [
        Claim("park:成都", "source:daily", property="total_size", value=size, as_of="2018", confidence=0.75),
        Claim(
            "park:b",
            "source:forum",
            relation="PARTNERS_WITH",
            object="park:a",
            status="operating",
            attributes={"layer": ("capital", "industry"), "amount": Quantity(3, "CNY")},
            locator="char=1,2",
            note='换行\n"x"\x7f\u2028',
        ),
        Claim("park:a", "source:daily", property="alias", value="高新区", rank=-1, inferred=True),
    ]
    assert [(claim.id, claim.fact_id(model)) for claim in claims] == [
        ("claim:6801488ec971b5d155108ae1", "fact:66e11c2cef6f3261c9dff13b"),
        ("claim:104e18cc094c00d33d78ea83", "fact:6dde2b639a0985c238bc9d71"),
        ("claim:d894ad903758ecdf7c9fa496", "fact:541f13dc4a19595614449750"),
    ]
    moved = claims[2].under("park:b", None)
    assert moved.id == claims[2].id
    assert replace(claims[2], recorded=5, retracted=7, earlier=(1, 2)).id == claims[2].id


def test_small_batches_in_any_order_give_the_bundled_graph_on_both_engines(
    store: Store, bundled_file: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = read_path(bundled(), model)
    claims = list(reading.claims)
    random.Random(3).shuffle(claims)  # noqa: S311
    monkeypatch.setattr(recording, "CLAIMS_PER_BATCH", 700)
    record(store, model, reading.sources, claims[:1500])
    record(store, model, reading.sources, claims[1000:])
    whole = open_store(f"embedded:{bundled_file}", readonly=True)
    assert content_hash(store) == content_hash(whole)


def test_retracting_and_loading_again_gives_the_hash_from_before_on_both_engines(
    store: Store, model: Model
) -> None:
    load(store, [bundled()], model)
    before = content_hash(store)
    without = [c for c in live_claims(store) if c.source != "source:stdaily-2018-chengdu"]
    outcome = retract(store, model, "source:stdaily-2018-chengdu")
    assert outcome.retracted > 300
    assert content_hash(store) != before
    with tempfile.TemporaryDirectory() as folder:
        never = fresh_store(Path(folder))
        sources = read_sources(store, {claim.source for claim in without})
        record(never, model, sources.values(), without)
        assert content_hash(never) == content_hash(store)
        never.close()
    again = load(store, [bundled()], model)
    assert again.outcome is not None
    assert again.outcome.added == outcome.retracted
    assert content_hash(store) == before


def test_every_fact_node_has_its_edge_and_the_other_way_round(graph: Any) -> None:
    nodes = {
        row["id"] for row in graph.store.read("MATCH (f:Fact) WHERE f.relation IS NOT NULL RETURN f.id AS id")
    }
    edges = {row["id"] for row in graph.store.read("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id")}
    assert nodes == edges
    assert len(nodes) > 300


def test_a_relation_appears_with_its_ends_and_goes_with_them(store: Store, model: Model) -> None:
    tie = Claim("park:a", "source:daily", relation="SUPPORTS", object="park:b", status="operating")
    kinds = [
        Claim(p, s, property="kind", value="Park")
        for p, s in (("park:a", "source:daily"), ("park:b", "source:forum"))
    ]
    record(store, model, SOURCES, [tie, kinds[0]])
    assert store.read("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id") == []
    record(store, model, SOURCES, [kinds[1]])
    assert len(store.read("MATCH (:Entity)-[r:SUPPORTS]->(:Entity) RETURN r.id AS id")) == 1
    retract(store, model, "source:forum")
    assert store.read("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id") == []
    assert store.read("MATCH (f:Fact) WHERE f.relation IS NOT NULL RETURN f.id AS id") == []


def test_a_changed_kind_changes_the_label(store: Store, model: Model) -> None:
    record(store, model, SOURCES, [Claim("park:a", "source:forum", property="kind", value="Park")])
    record(store, model, SOURCES, [Claim("park:a", "source:daily", property="kind", value="Project")])
    row = store.read("MATCH (n:Entity) RETURN n.kind AS kind, labels(n) AS labels")[0]
    assert row["kind"] == "Project"
    assert sorted(row["labels"]) == ["Entity", "Project"]
    retract(store, model, "source:daily")
    assert store.read("MATCH (n:Park) RETURN n.kind AS kind") == [{"kind": "Park"}]


def test_a_source_with_other_particulars_is_refused_and_changes_nothing(store: Store, model: Model) -> None:
    claim = Claim("park:a", "source:forum", property="kind", value="Park")
    record(store, model, SOURCES, [claim])
    version = store.version
    other = replace(SOURCES[0], name="另一标题", published="2019")
    with pytest.raises(Refused, match=r"source:forum .* another name, published"):
        record(store, model, [other], [replace(claim, subject="park:b")])
    assert store.version == version


def test_a_claim_of_an_undescribed_source_is_refused(store: Store, model: Model) -> None:
    with pytest.raises(Refused, match="source:nobody"):
        record(store, model, SOURCES, [Claim("park:a", "source:nobody", property="kind", value="Park")])
    assert store.read("MATCH (s:Source) RETURN s.id AS id") == []


def test_retracting_an_unknown_source_says_so(store: Store, model: Model) -> None:
    store.ensure_schema(model)
    with pytest.raises(NotFound, match="source:nobody"):
        retract(store, model, "source:nobody")


def test_what_was_retracted_stays_for_the_log(bundled_copy: str, model: Model) -> None:
    store = open_store(bundled_copy)
    retract(store, model, "source:tspp-forum-2017", at=1_800_000_000)
    rows = store.read(
        "MATCH (c:Claim {source: 'source:tspp-forum-2017'}) RETURN c.retracted AS at, count(c) AS n"
    )
    assert rows[0]["at"] == 1_800_000_000
    assert rows[0]["n"] > 100
    store.close()


def test_progress_is_told_to_the_end(tmp_path: Path, model: Model) -> None:
    told: list[tuple[int, int]] = []
    store = fresh_store(tmp_path)
    load(store, [bundled()], model, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 3000
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    store.close()


def test_a_copied_file_is_a_whole_store(bundled_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.kgl"
    shutil.copy(bundled_file, copy)
    store = open_store(f"embedded:{copy}", readonly=True)
    assert store.version > 0


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collection_of_cycles_is_as_it_was_after_a_load_and_after_a_refusal(
    enabled: bool, tmp_path: Path, model: Model
) -> None:
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    off_while_drawn: list[bool] = []

    def claims() -> Iterator[Claim]:
        off_while_drawn.append(not gc.isenabled())
        yield Claim("park:a", SOURCES[0].id, property="kind", value="Park")

    stranger = Claim("park:a", "source:unknown", property="kind", value="Park")
    (gc.enable if enabled else gc.disable)()
    try:
        record(store, model, SOURCES, claims())
        assert gc.isenabled() is enabled
        with pytest.raises(Refused):
            record(store, model, SOURCES, [stranger])
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert off_while_drawn == [True]


def test_the_collection_of_cycles_is_held_off_until_the_last_of_several_is_done() -> None:
    one, other = recording.uncollected(), recording.uncollected()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert not gc.isenabled()
    other.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_load_goes_on_while_others_write_little_things(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CLAIMS_PER_BATCH", 200)
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    record(store, model, SOURCES, [])
    said = [Claim(f"park:n{i}", SOURCES[0].id, property="kind", value="Park") for i in range(2_000)]
    versions: list[int] = []

    def little() -> None:
        for i in range(40):
            claim = Claim(f"fund:n{i}", SOURCES[1].id, property="kind", value="Fund")
            versions.append(record(store, model, SOURCES, [claim]).version)

    other = threading.Thread(target=little)
    other.start()
    outcome = record(store, model, SOURCES, said)
    other.join()
    assert (outcome.added, len(set(versions))) == (2_000, 40)
    assert store.version == 50 + 1


def test_a_claim_that_is_read_is_told_its_id(bundled_store: Store) -> None:
    """To hash what each says again took a third of the time of an answer with its proof."""
    (fact,) = bundled_store.read(
        "MATCH (f:Fact) WHERE f.property IS NULL RETURN f.id AS i, f.subject AS s LIMIT 1"
    )
    for claim in (
        *(claim for _, claim in live_claims_of(bundled_store, [fact["i"]])),
        *property_claims_of(bundled_store, [fact["s"]]),
    ):
        assert claim._id == replace(claim).id
