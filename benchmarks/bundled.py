"""What ParkGraph costs on the bundled dataset, as ratios taken side by side in one run.

- loading: reading, checking, projecting and recording, against the bare engine running the same writes;
- a path: the three shortest with filters, against networkx on the same filtered graph, k = 3 simple paths;
- an answer: a whole path with its proofs, against the search for the path alone.

Run: python benchmarks/bundled.py. Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import kglite
import networkx

import parkgraph as pg
from parkgraph.graph import statements
from parkgraph.graph.model import default_model
from parkgraph.graph.store import Statement
from parkgraph.graph.store_embedded import EmbeddedStore
from parkgraph.ingest.dataset import bundled
from parkgraph.queries.paths import find_paths
from parkgraph.queries.walk import PathFilter

ROUNDS = 7
ENDS = [
    ("company:bpc-group", "institution:brunel-university-london"),
    ("institution:brunel-university-london", "institution:tsinghua-university"),
    ("company:bpc-group", "institution:university-of-haifa"),
]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    pairs = [a / b for a, b in zip(ours, theirs, strict=True)]
    return f"{statistics.median(pairs):6.2f}  ({min(pairs):.2f} to {max(pairs):.2f})"


class Recorder(EmbeddedStore):
    """A store that remembers the writes it ran."""

    ran: list[list[Statement]]

    def write(self, batch: Iterable[Statement]) -> None:
        statements = list(batch)
        self.ran = [*getattr(self, "ran", []), statements]
        super().write(statements)


def loading(folder: Path) -> str:
    model = default_model()
    ours, bare = [], []
    for number in range(ROUNDS):
        store = Recorder(f"embedded:{folder / f'ours{number}.kgl'}")
        graph = pg.Graph(store, model)
        ours.append(seconds(lambda graph=graph: graph.load(bundled())))  # type: ignore[misc]
        session = kglite.open_session(str(folder / f"bare{number}.kgl"), durable="normal")
        for text in statements.schema(model):
            session.execute(text)

        def replay(store: Recorder = store, session: kglite.Session = session) -> None:
            for batch in store.ran:
                with session.begin() as transaction:
                    for statement in batch:
                        transaction.cypher(statement.cypher, params=dict(statement.parameters))
            session.save()

        bare.append(seconds(replay))
        session.close()
        store.close()
    return ratio(ours, bare)


def paths(graph: pg.Graph) -> tuple[str, str]:
    snapshot, arrays, model, rule = graph.snapshot, graph.arrays, graph.model, PathFilter()
    plain: networkx.Graph[str] = networkx.Graph()
    for edge in snapshot.edges.values():
        if model.relations[edge.relation].passable_to(snapshot.labels[edge.object]):
            plain.add_edge(edge.subject, edge.object)
    ours, theirs, whole = [], [], []
    for _ in range(ROUNDS * 5):
        ours.append(seconds(lambda: [find_paths(arrays, model, [a], [b], rule, 3) for a, b in ENDS]))
        theirs.append(
            seconds(
                lambda: [
                    list(itertools.islice(networkx.shortest_simple_paths(plain, a, b), 3)) for a, b in ENDS
                ]
            )
        )
        whole.append(seconds(lambda: [graph.paths(a, b, k=3) for a, b in ENDS]))
    return ratio(ours, theirs), ratio(whole, ours)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(f"load / bare engine, same writes          {loading(Path(folder))}")
        with pg.open(f"embedded:{folder}/graph.kgl") as graph:
            graph.load_bundled()
            search, proofs = paths(graph)
            print(f"3 paths, filtered / networkx, unfiltered {search}")
            print(f"3 paths with proofs / 3 paths            {proofs}")


if __name__ == "__main__":
    main()
