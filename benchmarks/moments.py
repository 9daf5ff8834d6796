"""What time and identity cost on a synthetic graph, as ratios taken side by side in one run.

- a view: the graph as of a day, and as known at a time, made for the first time, against loading the graph;
- a view again: the same question of a view that is kept, against the same question of the graph itself;
- a merge of the entity with most facts, and its undo, against loading the graph.

Run: python -m benchmarks.moments [ENTITIES]. Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import parkgraph as pg
from benchmarks.bundled import ratio, seconds
from benchmarks.synthetic import synthetic
from parkgraph.graph.recording import record

ROUNDS = 3
ENTITIES = 1_000


def measure(entities: int, folder: Path) -> Mapping[str, Sequence[float]]:
    """Seconds of each step, a round each."""
    took: dict[str, list[float]] = {name: [] for name in ("load", "as_of", "known_at", "merge", "undo")}
    took |= {"asked": [], "asked_again": []}
    for number in range(ROUNDS):
        sources, claims = synthetic(entities, seed=number)
        with pg.open(f"embedded:{folder / f'{number}.kgl'}") as graph:
            said = list(claims)
            took["load"].append(seconds(lambda: record(graph.store, graph.model, sources, said)))  # noqa: B023
            took["as_of"].append(seconds(lambda: graph.at(as_of="2015")))
            took["known_at"].append(seconds(lambda: graph.at(known_at="2100-01-01")))
            then = graph.at(as_of="2015")
            took["asked"].append(seconds(lambda: [graph.query("agreements") for _ in range(20)]))
            took["asked_again"].append(seconds(lambda: [then.query("agreements") for _ in range(20)]))  # noqa: B023
            incident = graph.snapshot.incident
            hub = max(incident, key=lambda node: len(incident[node]))
            kind = graph.snapshot.nodes[hub].kind
            other = next(i for i, n in graph.snapshot.nodes.items() if n.kind == kind and i != hub)
            made: list[str] = []
            took["merge"].append(
                seconds(lambda: made.append(graph.identity.merge(other, hub, by="benchmark").id))  # noqa: B023
            )
            took["undo"].append(seconds(lambda: graph.identity.undo(made[0], by="benchmark")))  # noqa: B023
    return took


def main() -> None:
    entities = int(sys.argv[1]) if len(sys.argv) > 1 else ENTITIES
    with tempfile.TemporaryDirectory() as folder:
        took = measure(entities, Path(folder))
    print(f"{entities} entities, loaded in {statistics.median(took['load']):.1f} s")
    print(f"first view as of a day / load            {ratio(took['as_of'], took['load'])}")
    print(f"first view as known at a time / load     {ratio(took['known_at'], took['load'])}")
    print(f"a question of a kept view / of the graph {ratio(took['asked_again'], took['asked'])}")
    print(f"merge into the largest hub / load        {ratio(took['merge'], took['load'])}")
    print(f"its undo / load                          {ratio(took['undo'], took['load'])}")


if __name__ == "__main__":
    main()
