"""The synthetic graph: valid under the model, the same bytes for the same seed, and with what the five
texts lack.
"""

from __future__ import annotations

import hashlib
import random
import string
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path

import networkx
import pytest

import parkgraph as pg
from benchmarks.synthetic import lines, ror, same_organisations, synthetic
from parkgraph.graph.canonical import content_hash
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Fact, project, status_of
from parkgraph.graph.recording import record, retract
from parkgraph.graph.store import Store, open_store
from parkgraph.graph.validation import claim_problems, source_problems
from parkgraph.ingest.load import load

ROOT = Path(__file__).resolve().parents[2]
Told = tuple[list[Source], list[Claim]]


@pytest.fixture(scope="module")
def told() -> Told:
    sources, claims = synthetic(3_000, seed=7)
    return sources, list(claims)


@pytest.fixture(scope="module")
def facts(told: Told, model: Model) -> dict[str, Fact]:
    sources, claims = told
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.fact_id(model)].append(claim)
    by_id = {source.id: source for source in sources}
    return {i: fact for i, group in groups.items() if (fact := project(group, model, by_id)) is not None}


def kinds_of(claims: list[Claim]) -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        if claim.property in ("kind", "also_kind"):
            kinds[claim.subject].add(str(claim.value))
    return {subject: frozenset(names) for subject, names in kinds.items()}


@pytest.mark.parametrize(("entities", "seed"), [(1, 0), (2, 1), (19, 2), (61, 3), (800, 4)])
def test_it_keeps_to_the_model_at_any_size(entities: int, seed: int, model: Model) -> None:
    sources, told = synthetic(entities, seed=seed)
    claims = list(told)
    kinds = kinds_of(claims)
    by_id = {source.id: source for source in sources}
    assert [p for source in sources for p in source_problems(source, model)] == []
    assert [p for claim in claims for p in claim_problems(claim, model, kinds, by_id.get(claim.source))] == []
    assert len(kinds) == entities


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    def digest(seed: int) -> str:
        whole = "\n".join(lines(*synthetic(300, seed=seed)))
        return hashlib.sha256(whole.encode()).hexdigest()

    assert digest(1) == digest(1) != digest(2)


def test_every_kind_relation_status_and_property_occurs(told: Told, model: Model) -> None:
    _, claims = told
    assert {kind for kinds in kinds_of(claims).values() for kind in kinds} == set(model.kinds)
    assert {claim.relation for claim in claims} - {None} == set(model.ties)
    assert {status_of(claim) for claim in claims} - {None} == set(model.statuses)
    assert {claim.property for claim in claims} - {None} - {"kind"} == set(model.entity_properties)


def test_dates_are_of_every_precision_and_many_facts_have_none(facts: dict[str, Fact]) -> None:
    ties = [fact for fact in facts.values() if fact.relation is not None]
    precisions = Counter(parse_date(f.valid_from).precision if f.valid_from else "none" for f in ties)
    assert min(precisions[name] for name in ("year", "month", "day", "none")) > len(ties) / 20


def test_statuses_move_over_several_sources_and_some_facts_end(told: Told, model: Model) -> None:
    _, claims = told
    lives: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for claim in claims:
        if claim.relation is not None:
            lives[claim.fact_id(model)].add((claim.source, claim.status))
    moved = [life for life in lives.values() if len({status for _, status in life}) > 1]
    assert len([life for life in moved if len({source for source, _ in life}) > 1]) > len(lives) / 20
    ended = [life for life in moved if any(status in ("ended", "cancelled") for _, status in life)]
    assert len(ended) > 100


def test_sources_contradict_each_other_on_values_dates_and_statuses(facts: dict[str, Fact]) -> None:
    contested = [fact for fact in facts.values() if fact.contested]
    assert 0.01 < len(contested) / len(facts) < 0.2
    assert {fact.property is None for fact in contested} == {True, False}
    assert any(fact.inferred for fact in facts.values())


def test_two_hubs_stand_out_and_small_components_stand_apart(facts: dict[str, Fact]) -> None:
    whole: networkx.Graph[str] = networkx.Graph()
    degree: Counter[str] = Counter()
    for fact in facts.values():
        if fact.relation is not None and fact.object is not None:
            whole.add_edge(fact.subject, fact.object)
            degree.update([fact.subject, fact.object])
    (first, most), (second, next_most) = degree.most_common(2)
    assert {first.split(":")[0], second.split(":")[0]} == {"park"}
    median = sorted(degree.values())[len(degree) // 2]
    assert most > 30 * median
    assert next_most > 15 * median
    assert networkx.has_path(whole, first, second)
    components = sorted((len(part) for part in networkx.connected_components(whole)), reverse=True)
    assert len(components) > 5
    assert components[1] <= 8


def test_pairs_of_one_organisation_share_a_name_or_an_identifier_and_the_truth_is_told(
    told: Told,
) -> None:
    _, claims = told
    pairs = same_organisations(3_000, seed=7)
    assert len(pairs) > 20
    names = {claim.subject: claim.value for claim in claims if claim.property == "name_zh"}
    for first, twin in pairs:
        assert first != twin
        assert first.split(":")[0] == twin.split(":")[0]
        assert str(names[first])[:2] == str(names[twin])[:2]


def test_a_renamed_entity_is_known_by_its_older_name_in_an_older_source(told: Told) -> None:
    sources, claims = told
    published = {source.id: source.published or "" for source in sources}
    for former in [c for c in claims if c.property == "former_name" and "老" in str(c.value)]:
        told_names = {
            c.value: published[c.source]
            for c in claims
            if c.subject == former.subject and c.property == "name_zh"
        }
        assert len(told_names) == 2
        assert former.value in told_names


def lei_holds(code: str) -> bool:
    return int("".join(str(int(char, 36)) for char in code)) % 97 == 1


def uscc_holds(code: str) -> bool:
    alphabet = [char for char in string.digits + string.ascii_uppercase if char not in "IOZSV"]
    total = sum(alphabet.index(char) * pow(3, place) for place, char in enumerate(code[:17]))
    return bool((total + alphabet.index(code[17])) % 31 == 0)


def test_identifiers_have_their_check_digits(told: Told) -> None:
    assert uscc_holds("91350100M000100Y43")  # the example of GB 32100-2015
    assert ror(0x2 << 25 | 21 << 20 | 7 << 15 | 22 << 10 | 8 << 5 | 22) == "02n7p8p77"  # a real one
    _, claims = told
    codes = {name: [str(c.value) for c in claims if c.property == name] for name in ("lei", "uscc")}
    assert len(codes["lei"]) > 20
    assert len(codes["uscc"]) > 20
    assert all(map(lei_holds, codes["lei"]))
    assert all(map(uscc_holds, codes["uscc"]))


def test_claims_are_told_one_by_one_without_holding_the_graph() -> None:
    _, claims = synthetic(100_000, seed=0)
    assert len(list(islice(claims, 10))) == 10


@pytest.mark.parametrize("arguments", [{"entities": 0}, {"entities": 5, "sources": 0}])
def test_numbers_that_make_no_graph_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        synthetic(**arguments)  # type: ignore[arg-type]


def test_any_order_of_its_claims_gives_one_graph_on_both_engines(
    store: Store, tmp_path: Path, model: Model
) -> None:
    sources, told = synthetic(150, seed=9)
    claims = list(told)
    shuffled = claims[::-1]
    random.Random(9).shuffle(shuffled)  # noqa: S311 - a fixed order
    other = open_store(f"embedded:{tmp_path / 'other.kgl'}")
    record(other, model, sources, claims)
    half = len(shuffled) // 2
    record(store, model, sources, shuffled[:half])
    record(store, model, sources, shuffled[half:])
    assert content_hash(store) == content_hash(other)
    retract(store, model, sources[0].id)
    assert content_hash(store) != content_hash(other)
    record(store, model, sources, claims)
    assert content_hash(store) == content_hash(other)
    other.close()


def test_the_file_it_writes_loads_and_has_paths_between_the_hubs(tmp_path: Path, model: Model) -> None:
    file = tmp_path / "small.claims.jsonl"
    done = subprocess.run(
        [sys.executable, "benchmarks/synthetic.py", "400", "--seed", "5", "-o", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.startswith("400 entities, 40 sources, ")
    store = open_store(f"embedded:{tmp_path / 'graph.kgl'}")
    load(store, [file], model)
    graph = pg.Graph(store, model)
    assert graph.stats()["entities"] == 400
    assert graph.paths("park:synthetic-0", "park:synthetic-18")
    graph.close()
