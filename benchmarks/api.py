"""What an answer over HTTP costs beside an empty route of the framework alone, in the same run.

Two servers run on loopback: a FastAPI application with one route that answers `{}`, and ParkGraph over the
bundled dataset. Requests go to them in turn over a connection each that stays open; ratios are medians of
(ours / the empty route), so 1.6 means that the answer takes 1.6 times as long.

Run: python -m benchmarks.api. Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import parkgraph as pg

ROUNDS = 600
EMPTY = """
import fastapi, uvicorn
app = fastapi.FastAPI()

@app.get("/")
def empty():
    return {}

uvicorn.run(app, host="127.0.0.1", port=0, log_level="info", access_log=False)
"""
OURS = """
import sys, uvicorn
from parkgraph.api.app import create_app
from parkgraph.api.settings import Settings

app = create_app(settings=Settings(_env_file=None, store=sys.argv[1]))
uvicorn.run(app, host="127.0.0.1", port=0, log_level="info", access_log=False)
"""
ASKED = {
    "20 entities": "/v1/entities?limit=20",
    "20 entities, two fields": "/v1/entities?limit=20&fields=name,kind",
    "20 neighbours with their claims": f"/v1/neighbours/{quote('成都高新区')}?limit=20",
    "suggestions": "/v1/suggest?q=zhang",
    "a path with its proof": f"/v1/paths?from={quote('成都高新区')}&to={quote('BP&C')}&k=1",
    "the model": "/v1/model",
}


@contextmanager
def serving(script: str, *arguments: str) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server that a script starts, which says its port on stderr."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "running on http" in line)
            port = int(line.split("http://127.0.0.1:")[1].split()[0])
            yield http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        finally:
            process.terminate()


def asked(connection: http.client.HTTPConnection, address: str, tag: str | None = None) -> tuple[float, str]:
    """Seconds of one answer, and its ETag."""
    headers = {"If-None-Match": tag} if tag is not None else {}
    start = time.perf_counter()
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - start
    assert answer.status == (304 if tag is not None else 200), (address, answer.status)
    return took, answer.headers.get("ETag", "")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = f"embedded:{folder}/graph.kgl"
        with pg.open(store) as graph:
            graph.load_bundled()
        with serving(EMPTY) as empty, serving(OURS, store) as ours:
            for _ in range(100):
                asked(empty, "/")
            for name, address in ASKED.items():
                tag = [asked(ours, address)[1] for _ in range(20)][-1]
                whole, again, nothing = [], [], []
                for _ in range(ROUNDS):
                    nothing.append(asked(empty, "/")[0])
                    whole.append(asked(ours, address)[0])
                    again.append(asked(ours, address, tag)[0])
                base = statistics.median(nothing)
                print(
                    f"{name:32} / empty route {statistics.median(whole) / base:5.2f}   "
                    f"asked again (304) {statistics.median(again) / base:5.2f}   "
                    f"p95 {statistics.quantiles(whole, n=20)[18] * 1000:6.2f} ms"
                )


if __name__ == "__main__":
    main()
