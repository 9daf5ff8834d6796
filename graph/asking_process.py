"""Answers queries on an embedded graph in a process of its own, which `asking.py` starts.

This file is run as a script and imports nothing of ours, which would take longer than most queries.
Arguments: the graph file, and the bytes that queries may take beside it. A line asks with {"cypher",
"parameters", "milliseconds", "rows", "work", "characters"}; a line answers with {"columns", "rows",
"version"} in the engine's own values, one row more than asked for where there are more, or with {"error",
"message"} of the engine, "TooLarge" for more characters than asked for. The first line says that the graph is
open. It ends with its input.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import kglite

VERSION = "MATCH (m:Meta {id: 'graph'}) RETURN m.version AS version"


def confine(room: int) -> None:
    """Have the operating system keep the limits; where it cannot, the parent's timeout remains."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 0)]
    with contextlib.suppress(OSError, ValueError, StopIteration):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        taken = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData:"))
        limits.append((resource.RLIMIT_DATA, taken * 1024 + room))
    for which, most in limits:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (most, most))


def answer(snapshot: Any, asked: dict[str, Any]) -> str:
    """What is sent back for one query."""
    try:
        view = snapshot.cypher(
            asked["cypher"],
            params=asked["parameters"],
            timeout_ms=asked["milliseconds"],
            row_limit=asked["rows"] + 1,
            max_work_units=asked["work"],
        )
        said = {
            "columns": view.columns,
            "rows": [list(row.values()) for row in islice(view, asked["rows"] + 1)],
            "version": next((row["version"] for row in snapshot.cypher(VERSION)), 0),
        }
        text = json.dumps(said, default=lambda value: value.isoformat())
        if len(text) > asked["characters"]:
            return json.dumps({"error": "TooLarge", "message": ""})
        return text
    except (kglite.KgError, MemoryError, RecursionError) as error:
        return json.dumps({"error": type(error).__name__, "message": str(error)})


def main() -> int:
    warnings.simplefilter("ignore")
    kglite.set_query_warning_policy("silent")
    snapshot = kglite.open_session(sys.argv[1]).snapshot()
    # Whatever is loaded when it is first needed is so before no file can be opened any more.
    for cypher in ("MATCH (n) RETURN n, date(), datetime() LIMIT 1", "RETURN nothing("):
        first = {"parameters": {}, "milliseconds": 1000, "rows": 1, "work": 1000, "characters": 1000}
        answer(snapshot, {"cypher": cypher, **first})
    confine(int(sys.argv[2]))
    print("{}", flush=True)
    for line in sys.stdin:
        print(answer(snapshot, json.loads(line)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
