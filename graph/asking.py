"""Puts queries that somebody wrote to an embedded graph, in a process of their own.

The engine runs inside the process that asks it, and a line of Cypher can have it ask for all memory, which
ends the process. So such a query runs apart, in a process that holds the graph as it was saved, with limits
that the operating system keeps: of memory, and that it opens no file once it has the graph.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from parkgraph.graph.errors import BadRequest, StoreError, TimedOut
from parkgraph.graph.store import too_long

AT_ONCE = 2
"""Queries that run at the same time; others wait."""
ROOM = 2**30
"""Bytes that a query may take beside the graph."""
_SCRIPT = Path(__file__).with_name("asking_process.py")
_OPENING = 180.0
_GRACE = 3.0
"""Seconds that the process gets beyond the time of the query, in which the engine stops by itself."""


class _Process:
    """One process that answers one query after the other."""

    def __init__(self, path: Path) -> None:
        # It needs no keys and passwords.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARKGRAPH_")}
        self._process = subprocess.Popen(
            [sys.executable, str(_SCRIPT), str(path), str(ROOM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
            # An interrupt at the terminal is for us, and we end it.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout
        self._ended = weakref.finalize(self, _end, self._process)
        self._answer(_OPENING, "the graph cannot be opened to be asked")

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._to.write(json.dumps(asked).encode() + b"\n")
        self._to.flush()
        timeout = asked["milliseconds"] / 1000
        died = (
            f"the query needs more memory than {ROOM // 2**20} MiB, or more than the engine can do; ask for "
            "less at once"
        )
        return self._answer(timeout + _GRACE, died, timeout)

    def _answer(self, seconds: float, died: str, timeout: float | None = None) -> dict[str, Any]:
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        clock = threading.Timer(seconds, stop)
        clock.start()
        try:
            line = self._from.readline()
        finally:
            clock.cancel()
        if not line.endswith(b"\n"):
            self.close()
            raise TimedOut(too_long(timeout)) if late.is_set() else BadRequest(died)
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._ended()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue


class Asking:
    """The processes of one graph file; those that were started for an older state of it are ended."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._idle: list[tuple[Any, _Process]] = []

    def ask(self, path: Path, stamp: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What `asking_process.py` answers to a query on the file at `path`, whose state `stamp` tells from
        others. Raises TimedOut, BadRequest where the query brought the process down, StoreError."""
        if not self._free.acquire(timeout=asked["milliseconds"] / 1000):
            raise StoreError(f"{AT_ONCE} queries are running already; try again")
        try:
            process = self._take(stamp) or _Process(path)
            try:
                return process.ask(asked)
            except OSError as error:
                process.close()
                raise StoreError("the process that answers queries has ended; try again") from error
            finally:
                if process.runs:
                    with self._lock:
                        self._idle.append((stamp, process))
        finally:
            self._free.release()

    def _take(self, stamp: Any) -> _Process | None:
        with self._lock:
            while self._idle:
                of, process = self._idle.pop()
                if of == stamp and process.runs:
                    return process
                process.close()
        return None

    def close(self) -> None:
        """End the processes that are idle."""
        with self._lock:
            while self._idle:
                self._idle.pop()[1].close()
