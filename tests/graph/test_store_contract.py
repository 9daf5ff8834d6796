"""What both engines keep to. Every test runs on the embedded store and on a real Neo4j server."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import parkgraph as pg
from parkgraph.graph import statements
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import (
    BadRequest,
    Conflict,
    ParkGraphError,
    ReadOnly,
    Refused,
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreMissing,
    StoreUnreachable,
    TimedOut,
)
from parkgraph.graph.model import Model
from parkgraph.graph.recording import record
from parkgraph.graph.store import Statement, Store, credentials, open_store, safe_url
from tests.conftest import Neo4jDatabase

SOURCE = Source("source:register", "登记册", kind="editorial")
EXACT = [
    "上海张江国家自主创新示范区",
    "𠀀ﬀ Ünïcode 🏞️",
    "quotes ' \" ` \\ {braces} $param",
    "two\nlines\tand a tab",
    "",
    "00123",
    "２２＠Ｂａｒｃｅｌｏｎａ",
]


def named(name: str, identifier: str = "park:a") -> list[Claim]:
    return [
        Claim(identifier, SOURCE.id, property="kind", value="Park"),
        Claim(identifier, SOURCE.id, property="name_zh", value=name),
    ]


@pytest.fixture
def filled(store: Store, model: Model) -> Store:
    record(store, model, [SOURCE], [*named("甲", "park:a"), *named("乙", "park:b")])
    return store


def test_an_empty_store_has_version_zero_and_no_rows(store: Store) -> None:
    assert store.version == 0
    assert store.read("MATCH (n:Entity) RETURN n.id AS id") == []


def test_every_batch_raises_the_version_by_one_and_nothing_new_leaves_it(store: Store, model: Model) -> None:
    record(store, model, [SOURCE], named("甲"))
    first = store.version
    assert first == 2  # the source, then its claims
    record(store, model, [SOURCE], named("甲"))
    assert store.version == first
    record(store, model, [SOURCE], named("乙", "park:b"))
    assert store.version == first + 1


@pytest.mark.parametrize("text", EXACT)
def test_texts_come_back_exactly(store: Store, model: Model, text: str) -> None:
    store.ensure_schema(model)
    store.write(
        [
            Statement(
                "MERGE (n:Entity {id: 'park:a'}) SET n = $p", {"p": {"id": "park:a", "name": "n", "x": text}}
            )
        ]
    )
    assert store.read("MATCH (n:Entity {id: 'park:a'}) RETURN n.x AS x")[0]["x"] == text
    assert store.read("RETURN $x AS x", {"x": text})[0]["x"] == text


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**63 - 1, 5_600_000_000, 9.5, 0.1, 5e-324])
def test_numbers_come_back_exactly(store: Store, number: float) -> None:
    value = store.read("RETURN $x AS x", {"x": number})[0]["x"]
    assert value == number
    assert type(value) is type(number)


def test_property_maps_hold_what_was_written_and_nothing_else(filled: Store) -> None:
    row = filled.read("MATCH (n:Entity {id: 'park:a'}) RETURN properties(n) AS p, labels(n) AS labels")[0]
    written = {"id": "park:a", "kind": "Park", "name": "甲", "name_zh": "甲", "changed": filled.version}
    assert row["p"] == written
    assert sorted(row["labels"]) == ["Entity", "Park"]


def test_a_batch_is_all_or_nothing(filled: Store) -> None:
    before = filled.version
    with pytest.raises(ParkGraphError):
        filled.write(
            [
                Statement("MERGE (n:Entity {id: 'park:c'}) SET n.name = 'c' RETURN count(n) AS n", expect=1),
                Statement("THIS IS NOT CYPHER"),
            ]
        )
    assert filled.version == before
    assert filled.read("MATCH (n:Entity {id: 'park:c'}) RETURN n.id AS id") == []


def test_a_write_that_reaches_fewer_rows_than_given_is_undone(filled: Store) -> None:
    rows = [{"a": "park:a", "b": "park:nowhere", "id": "fact:1", "p": {"id": "fact:1"}}]
    with pytest.raises(StoreError, match="0 of 1 rows"):
        filled.write(
            [
                Statement(
                    "UNWIND $rows AS row MATCH (a:Entity {id: row.a}) MATCH (b:Entity {id: row.b}) "
                    "MERGE (a)-[r:SIGNED {id: row.id}]->(b) SET r = row.p RETURN count(r) AS n",
                    {"rows": rows},
                    expect=1,
                )
            ]
        )


def test_a_batch_for_an_older_version_is_a_conflict_and_changes_nothing(filled: Store) -> None:
    version = filled.version
    with pytest.raises(Conflict):
        filled.write(
            [
                Statement("MATCH (n:Entity {id: 'park:a'}) SET n.name = 'other'"),
                statements.bump_version(version - 1),
            ]
        )
    assert filled.version == version
    assert filled.read("MATCH (n:Entity {id: 'park:a'}) RETURN n.name AS name")[0]["name"] == "甲"


NAME_OF_A = "MATCH (n:Entity {id: 'park:a'}) RETURN n.name AS name"


def test_of_two_batches_for_one_version_only_one_is_written(filled: Store) -> None:
    """Also where the second comes while the first, its version compared, is not yet committed."""
    version = filled.version
    outcomes: list[str] = []

    def second() -> None:
        try:
            filled.write([Statement("CREATE (:Mark {id: 'second'})"), statements.bump_version(version)])
            outcomes.append("written")
        except Conflict:
            outcomes.append("conflict")

    other = threading.Thread(target=second)

    def first() -> Iterator[Statement]:
        yield Statement("CREATE (:Mark {id: 'first'})")
        yield statements.bump_version(version)
        other.start()
        other.join(0.7)
        assert other.is_alive(), "the second must wait for the first"

    filled.write(first())
    other.join(30)
    assert (outcomes, filled.version) == (["conflict"], version + 1)
    assert [row["id"] for row in filled.read("MATCH (m:Mark) RETURN m.id AS id")] == ["first"]


def test_what_is_read_while_a_batch_is_drawn_stands_as_before_it(filled: Store) -> None:
    seen: list[str] = []

    def batch() -> Iterator[Statement]:
        yield Statement("MATCH (n:Entity {id: 'park:a'}) SET n.name = '丙' RETURN count(n) AS n", expect=1)
        seen.append(filled.read(NAME_OF_A)[0]["name"])
        yield statements.bump_version(filled.version)

    filled.write(batch())
    seen.append(filled.read(NAME_OF_A)[0]["name"])
    assert seen == ["甲", "丙"]


def test_a_batch_that_cannot_be_made_to_its_end_changes_nothing(filled: Store, model: Model) -> None:
    version = filled.version

    def batch() -> Iterator[Statement]:
        yield Statement("MATCH (n:Entity {id: 'park:a'}) SET n.name = '丙' RETURN count(n) AS n", expect=1)
        raise Refused("what comes next cannot be told")

    with pytest.raises(Refused, match="what comes next"):
        filled.write(batch())
    assert (filled.version, filled.read(NAME_OF_A)[0]["name"]) == (version, "甲")
    record(filled, model, [SOURCE], named("丁", "park:d"))
    assert filled.version == version + 1


@pytest.mark.parametrize(
    "cypher",
    [
        "CREATE (n:Entity {id: 'park:x', name: 'x'})",
        "MATCH (n:Entity) SET n.name = 'x'",
        "MATCH (n:Entity) DETACH DELETE n",
        "MERGE (n:Entity {id: 'park:x'}) RETURN n.id",
        "MATCH (n:Entity) REMOVE n.name RETURN 1",
    ],
)
def test_reads_cannot_write(filled: Store, cypher: str) -> None:
    with pytest.raises(ReadOnly, match="refused"):
        filled.read(cypher)
    assert len(filled.read("MATCH (n:Entity) RETURN n.name AS name")) == 2


def test_a_reading_handle_refuses_to_write(filled: Store, store_url: str, model: Model) -> None:
    filled.checkpoint()
    handle = open_store(store_url, readonly=True)
    with pytest.raises(ReadOnly):
        handle.write([Statement("CREATE (n:Entity {id: 'park:x', name: 'x'})")])
    with pytest.raises(ReadOnly):
        handle.ensure_schema(model)
    assert len(handle.read("MATCH (n:Entity) RETURN n.id AS id")) == 2
    handle.close()


def test_the_row_cap_cuts_and_says_so(store: Store) -> None:
    rows = store.read("UNWIND range(1, 10) AS x RETURN x", max_rows=3)
    assert [row["x"] for row in rows] == [1, 2, 3]
    assert rows.truncated
    assert not store.read("UNWIND range(1, 3) AS x RETURN x", max_rows=3).truncated


def test_a_read_that_takes_too_long_is_stopped(store: Store) -> None:
    cypher = (
        "UNWIND range(1, 60000) AS x UNWIND range(1, 60000) AS y "
        "WITH x, y WHERE x * y % 7 = 3 RETURN count(*)"
    )
    start = time.monotonic()
    with pytest.raises(TimedOut, match=r"0\.5 seconds"):
        store.read(cypher, timeout=0.5)
    assert time.monotonic() - start < 20


def test_broken_cypher_is_a_bad_request_in_one_line(store: Store) -> None:
    with pytest.raises(BadRequest) as caught:
        store.read("MATCH (n RETURN n")
    assert "\n" not in caught.value.message


def test_what_was_written_is_there_after_opening_again(filled: Store, store_url: str) -> None:
    version = filled.version
    filled.close()
    again = open_store(store_url)
    assert again.version == version
    assert [r["n"] for r in again.read("MATCH (n:Entity) RETURN n.name AS n ORDER BY n")] == ["乙", "甲"]
    again.close()


def test_readers_go_on_while_a_writer_writes(store: Store, model: Model) -> None:
    """Embedded reads come from a snapshot and see whole batches. Neo4j reads what is committed at each
    moment of a read (read committed), so there only the reading itself is held to."""
    store.ensure_schema(model)
    torn: list[object] = []
    read: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            row = store.read(
                "MATCH (n:Claim) WITH count(n) AS claims MATCH (f:Fact) RETURN claims, count(f) AS facts"
            )
            read.append(len(row))
            if row and row[0]["claims"] != row[0]["facts"]:
                torn.append(row[0])

    readers = [threading.Thread(target=watch) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(20):
        record(store, model, [SOURCE], named(f"园区{i}", f"park:p{i}"))
    done.set()
    for reader in readers:
        reader.join()
    assert len(read) > 20
    if store.url.startswith("embedded:"):
        assert torn == []


def test_two_writers_lose_nothing(neo4j: Neo4jDatabase, model: Model) -> None:
    """On Neo4j; the embedded engine has one writing process, which the test of the lock covers."""
    neo4j.hold("dirty")
    store = open_store(neo4j.address.store)
    store.ensure_schema(model)
    failures: list[Exception] = []

    def write(prefix: str) -> None:
        own = open_store(neo4j.address.store)
        try:
            for i in range(8):
                for attempt in range(20):
                    try:
                        record(own, model, [SOURCE], named(f"{prefix}{i}", f"park:{prefix}{i}"))
                        break
                    except Conflict:
                        if attempt == 19:
                            raise
        except Exception as error:
            failures.append(error)
        finally:
            own.close()

    writers = [threading.Thread(target=write, args=(prefix,)) for prefix in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert store.read("MATCH (n:Entity) RETURN count(n) AS n")[0]["n"] == 16
    assert store.version in (17, 18)  # sixteen loads, and the source by one writer or by both
    store.close()


# -- stores that are not there, not ours, or not whole -------------------------------------------


def test_a_missing_file_is_said_when_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match=r"none\.kgl.*load a dataset first"):
        open_store(f"embedded:{tmp_path / 'none.kgl'}", readonly=True)
    assert not (tmp_path / "none.kgl").exists()


def test_a_missing_folder_is_made_when_writing(tmp_path: Path, model: Model) -> None:
    store = open_store(f"embedded:{tmp_path / 'new' / 'folder' / 'graph.kgl'}")
    record(store, model, [SOURCE], named("甲"))
    store.close()
    assert (tmp_path / "new" / "folder" / "graph.kgl").exists()


@pytest.mark.parametrize("content", [b"", b"not a graph", b"RGF" + bytes(500)])
@pytest.mark.parametrize("readonly", [True, False])
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes, readonly: bool) -> None:
    path = tmp_path / "graph.kgl"
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"graph\.kgl"):
        open_store(f"embedded:{path}", readonly=readonly)
    assert path.read_bytes() == content


def test_a_damaged_file_is_refused_and_left_alone(bundled_file: Path, tmp_path: Path) -> None:
    whole = bundled_file.read_bytes()
    path = tmp_path / "graph.kgl"
    for damaged in (whole[: len(whole) // 2], whole[:900] + bytes([whole[900] ^ 255]) + whole[901:]):
        path.write_bytes(damaged)
        with pytest.raises(StoreCorrupt, match="restore it from an export of claims"):
            open_store(f"embedded:{path}")
        assert path.read_bytes() == damaged


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreCorrupt, match="is a folder"):
        open_store(f"embedded:{tmp_path}")


def _hold(path: str, ready: object, stop: object) -> None:
    store = open_store(f"embedded:{path}")
    ready.set()  # type: ignore[attr-defined]
    stop.wait(60)  # type: ignore[attr-defined]
    store.close()


@pytest.fixture
def writing_process(tmp_path: Path) -> Iterator[Path]:
    """A file that another live process holds open for writing."""
    context = multiprocessing.get_context("spawn")
    path, ready, stop = tmp_path / "graph.kgl", context.Event(), context.Event()
    open_store(f"embedded:{path}").close()
    process = context.Process(target=_hold, args=(str(path), ready, stop))
    process.start()
    assert ready.wait(60)
    yield path
    stop.set()
    process.join(60)


def test_a_file_that_another_process_writes_is_locked_but_can_be_read(writing_process: Path) -> None:
    with pytest.raises(StoreLocked, match="another process is writing"):
        open_store(f"embedded:{writing_process}")
    if writing_process.exists():
        open_store(f"embedded:{writing_process}", readonly=True).close()


def _write_and_die(path: str) -> None:
    import os

    from parkgraph.graph.model import default_model

    store = open_store(f"embedded:{path}")
    record(store, default_model(), [SOURCE], named("甲"))
    os._exit(9)


def test_nothing_acknowledged_is_lost_when_the_process_dies(tmp_path: Path) -> None:
    path = tmp_path / "graph.kgl"
    process = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(str(path),))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    store = open_store(f"embedded:{path}")
    assert store.version == 2
    assert store.read("MATCH (n:Entity) RETURN n.name AS name") == [{"name": "甲"}]
    store.close()


def test_a_server_that_is_not_there_is_said_in_seconds() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.monotonic()
    with pytest.raises(StoreUnreachable, match=f"127.0.0.1:{port}: no server answers"):
        open_store(f"bolt://127.0.0.1:{port}")
    assert time.monotonic() - start < 20


def test_a_name_that_cannot_be_one_of_a_host_is_said() -> None:
    with pytest.raises(StoreUnreachable, match=r"bolt://a\.\.b: no server answers"):
        open_store("bolt://a..b")


def test_a_wrong_password_is_said_and_never_shown(neo4j: Neo4jDatabase) -> None:
    address = neo4j.address
    url = address.store.replace(address.password, "wrong-password")
    with pytest.raises(StoreUnreachable, match="refused the user or the password") as caught:
        open_store(url)
    assert "wrong-password" not in caught.value.message


def test_an_unknown_scheme_names_the_known_ones() -> None:
    for url in ("sqlite:x.db", "graph.kgl", "", "http://user:secret@host"):
        with pytest.raises(BadRequest, match="embedded:PATH") as caught:
            open_store(url)
        assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    ["bolt://u:secret@host:abc", "neo4j://[x", "bolt://", "bolt://u:secret@:7687", "neo4j://host:99999"],
)
def test_a_mistyped_address_is_a_sentence(url: str) -> None:
    with pytest.raises(BadRequest, match="is no address; expected") as caught:
        open_store(url)
    assert "secret" not in caught.value.message


def test_an_address_loses_nothing_but_its_login() -> None:
    assert credentials("neo4j://u:p%40@[::1]:7687?policy=eu") == ("neo4j://[::1]:7687?policy=eu", ("u", "p@"))
    assert credentials("bolt://host:7687") == ("bolt://host:7687", None)


def test_an_address_is_shown_without_its_password() -> None:
    assert safe_url("bolt://neo4j:secret@127.0.0.1:7687") == "bolt://neo4j:***@127.0.0.1:7687"
    assert safe_url("embedded:x.kgl") == "embedded:x.kgl"


def test_a_forked_process_does_not_touch_the_parents_store(bundled_copy: str) -> None:
    with pg.open(bundled_copy) as graph:
        graph.store._pid -= 1  # type: ignore[attr-defined]
        with pytest.raises(StoreError, match="open it again after forking"):
            graph.store.read("RETURN 1")
        graph.store._pid += 1  # type: ignore[attr-defined]
