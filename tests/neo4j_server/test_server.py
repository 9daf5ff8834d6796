"""The test server itself: what every other test against Neo4j relies on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from tests.neo4j_server import server as module
from tests.neo4j_server.server import (
    Neo4jAddress,
    Neo4jFailed,
    Neo4jMissing,
    Neo4jServer,
    require_neo4j,
    why_not,
)

# One process of pytest-xdist for all, which then share a server.
pytestmark = pytest.mark.xdist_group("neo4j_server")


@pytest.fixture(scope="module")
def server() -> Iterator[Neo4jServer]:
    require_neo4j()
    with Neo4jServer() as started:
        yield started


def ask(address: Neo4jAddress, cypher: LiteralString, password: str | None = None) -> list[object]:
    login = (address.user, password or address.password)
    with GraphDatabase.driver(address.uri, auth=login, max_transaction_retry_time=0) as driver:
        records, _, _ = driver.execute_query(cypher)
        return [value for record in records for value in record.values()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


def test_it_answers_statements_over_bolt_and_over_a_routing_address(server: Neo4jServer) -> None:
    address = server.address
    assert ask(address, "RETURN '张江' AS name") == ["张江"]
    routing = Neo4jAddress(
        address.uri.replace("bolt:", "neo4j:"), address.user, address.password, address.pid
    )
    assert ask(routing, "RETURN 1 AS one") == [1]


def test_it_listens_on_one_loopback_address_only(server: Neo4jServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5):
        pass
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", server.port), timeout=5):
        pass


@pytest.mark.parametrize("password", ["neo4j", "wrong-password"])
def test_it_refuses_the_first_login_and_a_wrong_password(server: Neo4jServer, password: str) -> None:
    with pytest.raises(AuthError):
        ask(server.address, "RETURN 1", password)


def test_it_reports_no_usage_to_its_makers(server: Neo4jServer) -> None:
    settings = "SHOW SETTINGS 'dbms.usage_report.enabled' YIELD value"
    assert ask(server.address, settings) == ["false"]


def test_a_second_server_on_the_same_port_says_why_it_did_not_start(server: Neo4jServer) -> None:
    with pytest.raises(Neo4jFailed, match="Address already in use"):
        Neo4jServer(port=server.port).__enter__()
    assert ask(server.address, "RETURN 1") == [1]


def test_without_a_home_nothing_remains_afterwards(server: Neo4jServer) -> None:
    """After the tests that share the server."""
    pid = server.address.pid
    assert server.home.is_dir()
    server.close()
    assert not is_alive(pid)
    assert not server.home.exists()


def test_the_server_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    require_neo4j()
    code = (
        "import sys, time; from pathlib import Path\n"
        "from tests.neo4j_server.server import Neo4jServer\n"
        "print(Neo4jServer(Path(sys.argv[1])).start().pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=module.HERE.parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    assert wait_until_gone(pid)


def test_the_script_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    require_neo4j()
    port = module._free_port()
    script = subprocess.Popen(
        [sys.executable, module.__file__, "--home", str(tmp_path), "--port", str(port)],
        env=os.environ | {"PARKGRAPH_NEO4J_PASSWORD": "from-the-environment"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with script:
        assert script.stdout is not None
        said = [script.stdout.readline() for _ in range(6)]
        url = f"bolt://neo4j:from-the-environment@127.0.0.1:{port}"
        assert f"  try       parkgraph --store {url} stats\n" in said
        script.send_signal(signal.SIGTERM)
    assert script.returncode == 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No Java, no Maven, no jars; a program put into the folder it gives is found."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(module, "CACHE", tmp_path / ".cache")
    why_not.cache_clear()
    yield programs
    why_not.cache_clear()


def program(path: Path, code: str) -> None:
    path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    path.chmod(0o755)


JDK = "print('java.base@17.0.15'); print('jdk.compiler@17.0.15')"
MAVEN = """
import sys, pathlib, time
folder = pathlib.Path(sys.argv[-1].removeprefix("-DoutputDirectory="))
folder.mkdir(parents=True)
(folder / "first.jar").touch()
with (pathlib.Path(__file__).parent / "runs").open("a") as runs:
    runs.write("run;")
"""


@pytest.mark.parametrize(
    ("java", "lacks"),
    [
        (None, "Neo4j needs a JDK 17 or newer, and no java is on PATH."),
        ("print('java.base@11.0.2')", "is 11."),
        ("raise SystemExit('Unrecognized option: --list-modules')", "is 8 or older."),
        ("print('java.base@17.0.15')", "belongs to a JRE without a compiler."),
        (JDK, "Neo4j's jars are not in .cache/neo4j-5.26.16/lib, and no mvn is on PATH to fetch them."),
    ],
    ids=["no java", "java 11", "java 8", "a JRE", "no maven"],
)
def test_it_says_what_a_machine_lacks(bare_machine: Path, java: str | None, lacks: str) -> None:
    if java:
        program(bare_machine / "java", java)
    sentence = why_not()
    assert sentence is not None
    assert sentence.endswith(lacks)


def test_what_is_lacking_is_a_skip_or_where_required_a_failure(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bare_machine.is_dir()
    monkeypatch.delenv("REQUIRE_NEO4J", raising=False)
    with pytest.raises(unittest.SkipTest, match="no java is on PATH"):
        require_neo4j()
    monkeypatch.setenv("REQUIRE_NEO4J", "1")
    with pytest.raises(Neo4jMissing, match="REQUIRE_NEO4J=1, but Neo4j needs a JDK"):
        require_neo4j()


def test_a_broken_download_is_told_and_never_taken_for_a_whole_one(bare_machine: Path) -> None:
    program(bare_machine / "java", JDK)
    program(bare_machine / "mvn", MAVEN + "print('[ERROR] no route'); sys.exit(1)")
    assert why_not() == "Maven could not fetch Neo4j's jars: [ERROR] no route"

    program(bare_machine / "mvn", MAVEN)
    (module.CACHE / "neo4j-5.26.16" / "partial-killed").mkdir()
    why_not.cache_clear()
    assert why_not() is None
    assert sorted(path.name for path in (module.CACHE / "neo4j-5.26.16").iterdir()) == ["lib", "lock"]


def test_test_runs_at_the_same_time_fetch_once(bare_machine: Path) -> None:
    program(bare_machine / "java", JDK)
    program(bare_machine / "mvn", MAVEN + "time.sleep(0.5)")
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: module._jars(), range(4)))
    assert len(folders) == 1
    assert (bare_machine / "runs").read_text() == "run;"
