"""A server over time: it follows what others load, says when its store fails, and stops when told to."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.api.app import create_app
from parkgraph.api.settings import Settings
from parkgraph.graph.errors import StoreCorrupt, StoreError, StoreMissing
from parkgraph.graph.model import Model
from parkgraph.graph.recording import retract
from parkgraph.graph.store import open_store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load
from tests.api.answers import HOME, client_of, problem_in

TSPP = "source:tspp-forum-2017"


# -- a store that changes ----------------------------------------------------------------------

WRITER = """
import sys
import parkgraph as pg
with pg.open(sys.argv[1]) as graph:
    graph.retract(sys.argv[2]) if len(sys.argv) > 2 else graph.load_bundled()
"""


def in_another_process(*arguments: str) -> None:
    subprocess.run([sys.executable, "-c", WRITER, *arguments], check=True, timeout=120)


ASKED_FIRST = (
    "/v1/search?q=BP%26C",
    "/v1/entities?kind=Company",
    "/v1/entities/BP%26C",
    f"/v1/sources/{TSPP}",
    "/v1/sources",
    "/v1/queries/count_kinds",
    "/v1/queries/sources",
    "/v1/subgraph?selection=all",
    "/v1/paths?from=BP%26C&to=布鲁内尔大学",
)


@pytest.mark.parametrize("address", ASKED_FIRST)
def test_every_route_follows_a_retraction_by_another_process(bundled_copy: str, address: str) -> None:
    """Whatever is asked first after it, the answer is of the new graph."""
    with pg.open(bundled_copy, readonly=True) as graph:
        client = client_of(graph)
        client.get(address)
        before = client.get("/ready").json()["version"]
        in_another_process(bundled_copy, TSPP)
        answer = client.get(address)
        assert client.get("/ready").json()["version"] > before
    with pg.open(bundled_copy, readonly=True) as anew:
        fresh = client_of(anew).get(address)
    assert (answer.status_code, answer.json()) == (fresh.status_code, fresh.json())


def test_a_server_follows_a_load_by_another_process(tmp_path: Path, model: Model) -> None:
    url = f"embedded:{tmp_path / 'graph.kgl'}"
    store = open_store(url)
    load(store, [bundled()], model)
    retract(store, model, TSPP)
    store.close()
    with pg.open(url, readonly=True) as graph:
        client = client_of(graph)
        assert TSPP not in _sources(client)
        few, version = _count(client), client.get("/ready").json()["version"]
        in_another_process(url)
        assert _count(client) > few
        assert client.get("/ready").json()["version"] > version
        assert TSPP in _sources(client)


def _sources(client: TestClient) -> set[str]:
    return {source["id"] for source in client.get("/v1/sources").json()["items"]}


def _count(client: TestClient) -> int:
    return len(client.get("/v1/subgraph", params={"selection": "all"}).json()["edges"])


# -- a store that fails ------------------------------------------------------------------------

NEEDS_THE_STORE = (
    "/ready",
    "/v1/entities/BP%26C",
    "/v1/search?q=张江",
    "/v1/sources",
    "/v1/queries/funds",
    "/v1/paths?from=BP%26C&to=布鲁内尔大学",
    "/v1/subgraph?selection=all",
    "/view/all",
)


def refuses(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 503, (address, answer.text[:300])
    assert answer.headers["retry-after"] == "5"
    return problem_in(answer)


def test_a_missing_or_corrupt_store_is_told_when_the_application_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="there is no such file") as missing:
        create_app(settings=Settings(store=f"embedded:{tmp_path / 'none.kgl'}"))
    damaged = tmp_path / "damaged.kgl"
    damaged.write_bytes(b"no graph")
    with pytest.raises(StoreCorrupt, match="damaged") as corrupt:
        create_app(settings=Settings(store=f"embedded:{damaged}"))
    for found in (missing, corrupt):
        assert found.value.http_status == 503
    assert damaged.read_bytes() == b"no graph"
    assert not (tmp_path / "none.kgl").exists()


def test_a_store_that_is_damaged_while_served_is_told_by_every_route(bundled_copy: str) -> None:
    path = Path(bundled_copy.removeprefix("embedded:"))
    with pg.open(bundled_copy, readonly=True) as graph:
        client = client_of(graph)
        whole = path.read_bytes()
        path.write_bytes(b"damaged in the night")
        for address in NEEDS_THE_STORE * 2:
            assert refuses(client, address)["code"] == "store-corrupt"
        assert client.get("/health").status_code == 200
        path.write_bytes(whole)
        for address in NEEDS_THE_STORE:
            assert client.get(address).status_code == 200, address


def test_an_error_that_nobody_foresaw_is_a_sentence_and_the_log_has_the_rest(
    embedded_graph: pg.Graph, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(embedded_graph, Settings(store=embedded_graph.store.url))

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("the words of the engine")

    answer = TestClient(app, base_url=HOME).get("/fails")
    assert answer.status_code == 500
    problem = problem_in(answer)
    assert problem["code"] == "internal"
    assert "engine" not in answer.text
    assert "the words of the engine" in caplog.text


# -- a server as a process ---------------------------------------------------------------------


@contextlib.contextmanager
def serving(store: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`parkgraph serve` on a free port, with the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "parkgraph", "--store", store, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PARKGRAPH_")} | environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        if address is None:
            process.kill()
            pytest.fail(f"no address: {line!r} {process.communicate()[1]}")
        yield process, address[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_address_answers_and_stops_when_told(
    bundled_copy: str, stop: signal.Signals
) -> None:
    with serving(bundled_copy) as (process, address):
        assert httpx.get(f"{address}health", timeout=10).json()["status"] == "ok"
        page = httpx.get(address, timeout=10)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        head = httpx.head(f"{address}v1/subgraph", params={"selection": "all", "format": "gexf"}, timeout=20)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 100_000
        assert httpx.get(f"{address}health", headers={"Host": "evil.example"}, timeout=10).status_code == 400
        asked = time.monotonic()
        process.send_signal(stop)
        printed, complained = process.communicate(timeout=10)
        assert time.monotonic() - asked < 5
        assert "Traceback" not in printed + complained
        assert complained.strip() == ""
        assert process.returncode in (0, 130, -stop)


def test_serve_stops_though_a_client_keeps_its_connection(bundled_copy: str) -> None:
    with serving(bundled_copy) as (process, address), httpx.Client(base_url=address) as client:
        assert client.get("/health").status_code == 200
        process.send_signal(signal.SIGTERM)
        complained = process.communicate(timeout=10)[1]
        assert "Traceback" not in complained


LONG = """
import time
from parkgraph.cli import main
from parkgraph.queries.graph import Graph

Graph.facts_of = Graph.proven = lambda *_: time.sleep(90)
closing = Graph.close
Graph.close = lambda graph: (print("closed", flush=True), closing(graph))
main()
"""


@pytest.mark.parametrize(
    ("method", "address", "status", "times"),
    [
        ("GET", "v1/entities/park:x/facts", 503, 2),
        ("HEAD", "v1/entities/park:x/facts", 503, 1),
        ("GET", "v1/subgraph?selection=all&format=ndjson", None, 1),
    ],
)
def test_serve_stops_though_a_question_is_still_being_computed(
    bundled_copy: str, method: str, address: str, status: int | None, times: int
) -> None:
    command = [sys.executable, "-c", LONG, "--store", bundled_copy, "serve", "--port", "0"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        ThreadPoolExecutor() as caller,
    ):
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            base = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
            assert base is not None
            asked = caller.submit(httpx.request, method, base[0] + address, timeout=30)
            with pytest.raises(TimeoutError):
                asked.result(2)
            for _ in range(times):
                process.send_signal(signal.SIGINT)
                time.sleep(0.5)
            assert process.wait(20) == 0
            if status is None:
                # The stream had begun; it is cut off.
                with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message"):
                    asked.result(5)
            else:
                answer = asked.result(5)
                assert (answer.status_code, answer.headers["retry-after"]) == (status, "5")
                assert method == "HEAD" or problem_in(answer)["code"] == "stopping"
            assert process.stdout.read() == "closed\n"
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


INTERRUPTED = """
import os, signal, sys, threading, time
from parkgraph.graph.errors import StoreError
from parkgraph.graph.store import open_store

handled = []
signal.signal(signal.SIGINT, lambda *_: handled.append(True))
store = open_store(sys.argv[1], readonly=True)
ended = threading.Event()

def read():
    while not ended.is_set():
        try:
            store.read("MATCH (c:Claim)-[:ABOUT]->(e) MATCH (f:Fact {subject: e.id}) RETURN count(f) AS n")
        except StoreError:
            pass

reading = threading.Thread(target=read)
reading.start()
for sent in range(1, 21):
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(100):
        time.sleep(0.01)
        if len(handled) == sent:
            break
ended.set()
reading.join()
print(len(handled))
"""


def test_an_interrupt_reaches_the_process_though_the_engine_is_at_work(bundled_copy: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, bundled_copy],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "20", done.stderr


OF_THE_TERMINAL = """
import os, signal, sys, threading
import parkgraph as pg
from parkgraph.graph.errors import ParkGraphError

signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
with pg.open(sys.argv[1]) as graph:
    graph.cypher("RETURN 1")
    # As a terminal does: to the whole process group.
    threading.Timer(0.3, os.killpg, (os.getpgid(0), signal.SIGINT)).start()
    try:
        graph.cypher("MATCH (a), (b), (c) RETURN count(*) AS n", timeout=40)
    except ParkGraphError as error:
        print(error)
"""


def test_an_interrupt_of_the_terminal_is_not_taken_for_a_query_without_end(bundled_copy: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OF_THE_TERMINAL, bundled_copy],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
        start_new_session=True,
    )
    interrupted, said = done.stdout.splitlines()
    assert interrupted == "interrupted"
    assert "goes through more than 5,000,000 rows" in said


def test_serve_reads_its_key_from_the_environment_and_never_prints_it(bundled_copy: str) -> None:
    key = "a-key-of-the-house"
    with serving(bundled_copy, PARKGRAPH_API_KEY=key) as (process, address):
        assert httpx.get(f"{address}v1/sources", timeout=10).status_code == 401
        opened = httpx.get(f"{address}v1/sources", params={"key": key}, follow_redirects=False, timeout=10)
        assert (opened.status_code, opened.headers["location"]) == (303, "/v1/sources")
        assert httpx.get(f"{address}v1/sources", headers={"X-API-Key": key}, timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert key not in "".join(process.communicate(timeout=10))


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (["--host", "0.0.0.0"], {}, 2, ("PARKGRAPH_API_KEY",)),  # noqa: S104
        ([], {"PARKGRAPH_API_KEY": "short"}, 2, ("8 characters",)),
        (["--host", "256.0.0.1"], {"PARKGRAPH_API_KEY": "long-enough"}, 1, ("cannot listen on 256.0.0.1",)),
    ],
)
def test_serve_refuses_what_it_cannot_serve_safely(
    bundled_copy: str, arguments: list[str], environment: dict[str, str], code: int, words: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parkgraph", "--store", bundled_copy, "serve", "--port", "0", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("PARKGRAPH_")} | environment,
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_an_error_of_the_store_is_never_a_plain_500() -> None:
    """Every kind of store error that a read can raise has a status that tells what to do."""
    statuses = {kind.__name__: kind.http_status for kind in StoreError.__subclasses__()}
    assert statuses == {
        "StoreMissing": 503,
        "StoreLocked": 503,
        "StoreCorrupt": 503,
        "StoreUnreachable": 503,
        "ReadOnly": 403,
        "Conflict": 409,
        "TimedOut": 504,
    }
