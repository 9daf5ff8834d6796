"""Verification: what is as it should be passes, and whatever was tampered with is found and named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import parkgraph as pg
from benchmarks.synthetic import synthetic
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.model import Model
from parkgraph.graph.recording import record
from parkgraph.graph.store import Statement, Store
from parkgraph.graph.verification import Verification, verify

COMMAND = Path(sys.executable).parent / "parkgraph"
FORUM = "source:tspp-forum-2017"
PAGE = "001_99798097c81ef4c7.txt"


@pytest.fixture
def texts(seeds: Path, tmp_path: Path) -> Path:
    """The five texts, to tamper with."""
    return Path(shutil.copytree(seeds, tmp_path / "texts"))


@pytest.fixture
def filled(store: Store, model: Model) -> Store:
    """A small synthetic graph on each engine, to tamper with."""
    record(store, model, *synthetic(25, seed=2))
    assert verify(store, model).faults == []
    return store


def one(store: Store, cypher: str) -> str:
    """The id that a read gives."""
    return str(store.read(f"{cypher} LIMIT 1")[0]["id"])


def said(done: Verification) -> list[str]:
    return [finding.message for finding in done.faults]


def test_every_claim_of_the_bundled_dataset_is_where_it_says(graph: pg.Graph, seeds: Path) -> None:
    done = graph.verify(seeds)
    assert done
    assert done.faults == done.notes == []
    assert done.without_text == 0
    assert done.quoted + done.without_locator == len(done.claims)
    assert done.quoted > 1_900
    assert all(item.quote for item in done.claims if item.claim.locator is not None)
    counted = graph.stats()
    assert (len(done.claims), done.entities) == (counted["claims"], counted["entities"])


def test_without_the_texts_the_locators_are_still_checked(graph: pg.Graph) -> None:
    done = graph.verify()
    assert done.faults == []
    assert done.quoted == 0
    assert done.without_text + done.without_locator == len(done.claims)


def test_a_tampered_text_is_named_with_both_hashes(embedded_graph: pg.Graph, texts: Path) -> None:
    page = texts / PAGE
    page.write_bytes(page.read_bytes().replace("成都".encode(), "重庆".encode(), 1))
    done = embedded_graph.verify(texts)
    assert {finding.source for finding in done.faults} == {
        f"source:stdaily-2018-{article}" for article in ("changzhou", "chengdu", "lanbai", "shanxi")
    }
    expected = embedded_graph.source("source:stdaily-2018-chengdu").sha256
    message = done.faults[0].message
    assert message.startswith(f"{page} is another text: expected SHA-256 {expected}, found ")
    assert done.without_text > 500


def test_a_missing_text_is_counted_and_noted_and_no_fault(embedded_graph: pg.Graph, texts: Path) -> None:
    (texts / PAGE).unlink()
    done = embedded_graph.verify(texts)
    assert done.faults == []
    assert {note.message for note in done.notes} == {f"its text {PAGE} is not in {texts}"}
    assert len(done.notes) == 4
    assert done.without_text > 500


def test_a_text_under_another_name_is_found_by_its_hash(embedded_graph: pg.Graph, texts: Path) -> None:
    (texts / PAGE).rename(texts / "newspaper.txt")
    assert embedded_graph.verify(texts).without_text == 0


def test_a_length_that_is_not_the_texts_is_a_fault(bundled_copy: str, texts: Path, model: Model) -> None:
    with pg.open(bundled_copy) as graph:
        change(graph.store, "MATCH (n:Source {id: $id}) SET n.length = 4000", FORUM)
        faults = verify(graph.store, model, SourceTexts(texts)).faults
    assert [f.message for f in faults] == ["the text has 3209 characters, the source says 4000"]


def change(store: Store, cypher: str, identifier: str) -> None:
    """Tamper with a store behind the back of the recording."""
    store.write([Statement(cypher, {"id": identifier})])


def test_a_shifted_locator_is_a_changed_claim_and_its_words_no_longer_say_it(
    bundled_copy: str, texts: Path
) -> None:
    with pg.open(bundled_copy) as graph:
        named = next(
            item
            for item in graph.verify(texts).claims
            if item.claim.property == "alias" and item.claim.source == FORUM
        )
        change(graph.store, "MATCH (n:Claim {id: $id}) SET n.locator = 'char=0,5'", named.id)
        (fault,) = graph.verify(texts).faults
        assert (fault.claim, fault.locator) == (named.id, "char=0,5")
        assert fault.message.startswith("was changed: what it says has the id claim:")
        change(graph.store, "MATCH (n:Claim {id: $id}) SET n.locator = 'char=9000,9005'", named.id)
        assert f"char=9000,9005 is outside {FORUM}, which is characters 0 to 3209" in said(graph.verify())
        change(graph.store, "MATCH (n:Claim {id: $id}) SET n.locator = 'page 3'", named.id)
        assert "'page 3' is not a locator; expected char=START,END as in RFC 5147" in said(graph.verify())


def test_a_claim_that_points_at_other_words_is_noted(bundled_copy: str, texts: Path) -> None:
    with pg.open(bundled_copy) as graph:
        claim = pg.Claim(
            "park:chengdu-hi-tech-zone", FORUM, property="alias", value="蓉城高新区", locator="char=127,146"
        )
        record(graph.store, graph.model, [], [claim])
        done = graph.verify(texts)
        assert done.faults == []
        (note,) = done.notes
        assert (note.claim, note.message) == (claim.id, "'蓉城高新区' does not stand in its words")


TAMPERED = [
    ("MATCH (f:Fact {id: $id}) DETACH DELETE f", ["is stated by a live claim, but not shown"]),
    ("MATCH (:Entity)-[r {id: $id}]->(:Entity) DELETE r", ["the fact has no edge"]),
    (
        "MATCH (f:Fact {id: $id}) SET f.status = 'ended'",
        ["status is 'ended', but its claims give "],
    ),
    (
        "MATCH (:Entity)-[r {id: $id}]->(:Entity) SET r.confidence = 0.25",
        ["its edge: confidence is 0.25, but its claims give "],
    ),
    ("MATCH (c:Claim {fact: $id}) SET c.retracted = 5", ["is shown, but no live claim states it"]),
    (
        "MATCH (c:Claim {fact: $id}) SET c.fact = 'fact:other'",
        ["stands under the fact fact:other, but speaks of"],
    ),
    ("MATCH (c:Claim {fact: $id})-[s:STATED_IN]->(:Source) DELETE s", ["is linked to no source"]),
]


@pytest.mark.parametrize(("cypher", "messages"), TAMPERED, ids=[c.split(") ")[-1] for c, _ in TAMPERED])
def test_what_was_changed_by_hand_is_found_on_both_engines(
    filled: Store, model: Model, cypher: str, messages: list[str]
) -> None:
    fact = one(
        filled,
        "MATCH (f:Fact) WHERE f.relation = 'PARTNERS_WITH' AND f.status <> 'ended' AND f.n_claims = 1 "
        "RETURN f.id AS id ORDER BY id",
    )
    change(filled, cypher, fact)
    faults = said(verify(filled, model))
    for message in messages:
        assert any(message in fault for fault in faults), faults


def test_a_node_that_was_changed_by_hand_is_found_on_both_engines(filled: Store, model: Model) -> None:
    park = one(filled, "MATCH (n:Park) RETURN n.id AS id ORDER BY id")
    change(filled, "MATCH (n:Entity {id: $id}) SET n.name_zh = '别处高新区' SET n:Fund", park)
    done = verify(filled, model)
    assert {finding.entity for finding in done.faults} == {park}
    assert any(m.startswith("name_zh is '别处高新区', but its claims give ") for m in said(done))
    assert any(m.startswith("has the labels Fund, Park, expected Park") for m in said(done))


def test_an_edge_that_no_claim_states_is_found_on_both_engines(filled: Store, model: Model) -> None:
    change(
        filled,
        "MATCH (a:Park {id: $id}) MATCH (b:Company) WITH a, b ORDER BY b.id LIMIT 1 "
        "CREATE (a)-[:FUNDS {id: 'fact:invented'}]->(b)",
        "park:synthetic-0",
    )
    (fault,) = verify(filled, model).faults
    assert fault.fact == "fact:invented"
    assert fault.message.startswith("the edge park:synthetic-0 FUNDS company:")


def test_what_was_retracted_is_not_checked(filled: Store, model: Model) -> None:
    pg.Graph(filled, model).retract("source:synthetic-0")
    done = verify(filled, model)
    assert done.faults == []
    assert "source:synthetic-0" not in {item.claim.source for item in done.claims}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("PARKGRAPH_")}
    return subprocess.run(
        [str(COMMAND), *arguments], capture_output=True, text=True, timeout=120, env=own, check=False
    )


def test_the_command_exits_with_1_and_lists_faults_only_when_there_are_any(
    bundled_copy: str, texts: Path
) -> None:
    store = ("--store", bundled_copy)
    fine = run("verify", *store, "--sources", str(texts))
    assert fine.returncode == 0, fine.stderr
    assert "without the text at hand" in fine.stdout
    assert fine.stdout.rstrip().endswith("faults: 0, notes: 0")
    shown = run("verify", "--show", "--texts", str(texts), "--json", *store)
    claims = json.loads(shown.stdout)["claims"]
    assert sum("quote" in claim for claim in claims) == json.loads(shown.stdout)["quoted"]
    (texts / PAGE).write_text("别的文章", encoding="utf-8")
    faulty = run("verify", *store, "--sources", str(texts), "--lang", "zh")
    assert faulty.returncode == 1
    assert "source:stdaily-2018-chengdu" in faulty.stdout
    assert "is another text: expected SHA-256 2bfdc8fa" in faulty.stdout
    assert "错误 4 处" in faulty.stdout
    missing = run("verify", *store, "--sources", str(texts / "nowhere"))
    assert missing.returncode == 1
    assert "there is no such folder of source texts" in missing.stderr
