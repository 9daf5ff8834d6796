"""A real Neo4j server for tests and for trying things out: no Docker, no installation.

Maven fetches the jars of Neo4j Community once into `.cache/`; `Neo4jServer.java` runs them with
Bolt on one loopback port and a login. Only the standard library is used here.

    with running() as neo4j:                   # a fresh, empty graph, gone afterwards
        driver = GraphDatabase.driver(neo4j.uri, auth=(neo4j.user, neo4j.password))

    with Neo4jServer(home) as server:          # keeps its data; can be stopped in between
        server.stop()
        server.start()                         # same home, port and password

As a script it serves in the foreground: `python tests/neo4j_server/server.py --help`.
"""

from __future__ import annotations

import argparse
import fcntl
import functools
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

HERE = Path(__file__).resolve().parent
POM = HERE / "pom.xml"
VERSION = re.findall(r"<artifactId>neo4j</artifactId>\s*<version>(.+)</version>", POM.read_text())[0]
CACHE = HERE.parents[1] / ".cache"

JAVA_VERSION = 17
# A server of tests lives for minutes: the second compiler and the parallel collector take more than they give
# (starting and loading the bundled dataset cost half the CPU seconds without them).
JAVA_OPTIONS = ("-Xms256m", "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
FETCH_SECONDS = 900
START_SECONDS = 180
STOP_SECONDS = 60
TAIL_LINES = 30


class Neo4jMissing(RuntimeError):
    """This machine lacks what the server needs; the message says what."""


class Neo4jFailed(RuntimeError):
    """The server did not start; the message ends with the tail of its log."""


@dataclass(frozen=True)
class Neo4jAddress:
    """Where a running server answers, and the login it takes."""

    uri: str
    user: str
    password: str
    pid: int

    @property
    def store(self) -> str:
        """The address with its login, as `parkgraph --store` takes it."""
        scheme, host = self.uri.split("://")
        return f"{scheme}://{self.user}:{self.password}@{host}"


@functools.cache
def why_not() -> str | None:
    """The sentence saying what this machine lacks for a server, or None.

    Fetches the jars where they are not there yet, so call it in a test or a fixture and not while
    tests are collected.
    """
    try:
        _java()
        _jars()
    except Neo4jMissing as missing:
        return str(missing)
    return None


def require_neo4j() -> None:
    """Skip the calling test, visibly, where there can be no server; fail it if REQUIRE_NEO4J=1."""
    if reason := why_not():
        if os.environ.get("REQUIRE_NEO4J") == "1":
            raise Neo4jMissing(f"REQUIRE_NEO4J=1, but {reason}")
        raise unittest.SkipTest(reason)


class Neo4jServer:
    """One Neo4j home on one loopback port, started and stopped at will.

    Without a home it gets a new, empty one that goes with `close()`; without a port, a free one
    that it keeps; without a password, a random one. A home keeps its data; its password is set
    anew at every start.
    """

    user = "neo4j"

    def __init__(
        self, home: Path | None = None, port: int | None = None, password: str | None = None
    ) -> None:
        self._temporary = home is None
        self.home = Path(tempfile.mkdtemp(prefix="neo4j-")) if home is None else home.resolve()
        self.port = _free_port() if port is None else port
        self.password = secrets.token_hex(8) if password is None else password
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the server printed; Neo4j's own logs are in the folder `logs` beside it."""
        return self.home / "server.log"

    @property
    def address(self) -> Neo4jAddress:
        if self._process is None:
            raise Neo4jFailed(f"Neo4j in {self.home} is not running.")
        return Neo4jAddress(self.uri, self.user, self.password, self._process.pid)

    def start(self) -> Neo4jAddress:
        """Start and wait until it takes statements; does nothing where it runs already."""
        if self._process is not None and self._process.poll() is not None:
            self.kill()  # it ended by itself
        if self._process is None:
            java, jars = _java(), _jars()
            self.home.mkdir(parents=True, exist_ok=True)
            program = [str(HERE / "Neo4jServer.java"), str(self.home), str(self.port)]
            with self.log.open("ab") as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    [java, *JAVA_OPTIONS, "-cp", f"{jars}/*", *program],
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is for the parent, which then stops it
                )
            try:
                self._wait_until_ready(self._process)
            except BaseException:
                self.kill()
                raise
        return self.address

    def stop(self) -> None:
        """Shut down in order, as an administrator would; the data stays."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            self.kill()  # where that took too long: the next start recovers what was written

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def restart(self) -> Neo4jAddress:
        self.stop()
        return self.start()

    def wait(self) -> int:
        """Wait until the server ends by itself; its exit status."""
        return 0 if self._process is None else self._process.wait()

    def close(self) -> None:
        """Stop, and remove the home if it was not given."""
        self.stop()
        if self._temporary:
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended; its log says why
            process.stdin.write(f"{self.password}\n".encode())
        while time.monotonic() < deadline:
            ended = process.poll() is not None  # asked before the log is read
            if f"ready {self.uri}\n" in self._read_log():
                return
            if ended:
                break
            time.sleep(0.05)
        tail = "\n".join(self._read_log().splitlines()[-TAIL_LINES:])
        how = "ended" if process.poll() is not None else f"was not ready after {START_SECONDS} s"
        raise Neo4jFailed(
            f"Neo4j on port {self.port} with home {self.home} {how}. The end of its log:\n{tail}"
        )

    def _read_log(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", errors="replace")


@contextmanager
def running(
    home: Path | None = None, port: int | None = None, password: str | None = None
) -> Iterator[Neo4jAddress]:
    """A server for as long as the block lasts; see Neo4jServer for what is left out."""
    with Neo4jServer(home, port, password) as server:
        yield server.address


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _java() -> str:
    """A Java that can run a source file: a JDK, as the single-file launcher compiles it."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None:
        where = f"JAVA_HOME ({home})" if home else "PATH"
        raise Neo4jMissing(f"Neo4j needs a JDK {JAVA_VERSION} or newer, and no java is on {where}.")
    modules = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"^java\.base@(\d+)", modules, re.MULTILINE)
    if found is None or int(found[1]) < JAVA_VERSION:
        version = found[1] if found else "8 or older"
        raise Neo4jMissing(f"Neo4j needs a JDK {JAVA_VERSION} or newer, and {java} is {version}.")
    if not re.search(r"^jdk\.compiler@", modules, re.MULTILINE):
        raise Neo4jMissing(f"Neo4j needs a JDK, and {java} belongs to a JRE without a compiler.")
    return java


def _jars() -> Path:
    """The folder with Neo4j's jars, fetched by Maven at the first call.

    The folder gets its name only when it is complete, and one process at a time fetches, so
    neither a broken download nor two test runs at once leave half of it.
    """
    lib = CACHE / f"neo4j-{VERSION}" / "lib"
    if lib.is_dir():
        return lib
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jMissing(
            f"Neo4j's jars are not in {lib.relative_to(CACHE.parent)}, and no mvn is on PATH to fetch them."
        )
    lib.parent.mkdir(parents=True, exist_ok=True)
    with (lib.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lib.is_dir():
            for left_over in lib.parent.glob("partial-*"):
                shutil.rmtree(left_over)
            with tempfile.TemporaryDirectory(prefix="partial-", dir=lib.parent) as partial:
                _fetch(maven, Path(partial) / "lib").rename(lib)
    return lib


def _fetch(maven: str, folder: Path) -> Path:
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(
            [maven, "--quiet", "--batch-mode", "--strict-checksums", "--file", str(POM), *goal],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Neo4jMissing(f"Maven did not fetch Neo4j's jars within {FETCH_SECONDS} s.") from None
    if done.returncode != 0 or not any(folder.glob("*.jar")):
        errors = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["no output"]
        raise Neo4jMissing(f"Maven could not fetch Neo4j's jars: {errors[0]}")
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(
        description=f"Serve Neo4j {VERSION} on a loopback port, in the foreground, until Ctrl-C.",
        epilog="The password is $PARKGRAPH_NEO4J_PASSWORD (at least 8 characters), or a new one.",
    )
    parser.add_argument("--home", type=Path, default=CACHE / "neo4j-home", help="keeps the data")
    parser.add_argument("--port", type=int, default=7687, help="default: %(default)s")
    arguments = parser.parse_args()
    password = os.environ.get("PARKGRAPH_NEO4J_PASSWORD") or None

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        with Neo4jServer(arguments.home, arguments.port, password) as server:
            address = server.address
            print(f"Neo4j {VERSION} is ready; its data is in {server.home}")
            print(f"  uri       {address.uri}")
            print(f"  user      {address.user}")
            print(f"  password  {address.password}")
            print(f"  try       parkgraph --store {address.store} stats")
            print("Ctrl-C stops it; the data stays.", flush=True)
            status = server.wait()
            print(f"Neo4j ended by itself with status {status}; see {server.log}", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        return 0
    except (Neo4jMissing, Neo4jFailed) as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
