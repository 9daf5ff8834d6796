"""ParkGraph: a knowledge graph of science-park cooperation.

import parkgraph as pg

g = pg.open("embedded:parkgraph.kgl")
g.load_bundled()
for path in g.paths("BP&C", "布鲁内尔大学"):
    for hop in path:
        print(hop.start.label(), hop.fact.relation, hop.end.label(), hop.claims)
g.subgraph("neighbours:成都高新区").save("chengdu.gexf")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib.metadata import version as _version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parkgraph.export import formats
from parkgraph.graph import recording
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.evidence import SourceTexts
from parkgraph.graph.model import Model, load_model
from parkgraph.graph.store import DEFAULT_URL, open_store
from parkgraph.graph.subgraph import Edge, Node
from parkgraph.graph.subgraph import Subgraph as _Subgraph
from parkgraph.ingest.dataset import bundled
from parkgraph.queries.answers import PathAnswer, PathHop, Proof
from parkgraph.queries.graph import Graph as _Graph
from parkgraph.queries.selection import Selection
from parkgraph.queries.totals import Total

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from parkgraph.ingest import load as _load
    from parkgraph.ingest.plan import Plan

__version__ = _version("parkgraph")
__all__ = [
    "Claim",
    "Edge",
    "Graph",
    "Node",
    "ParkGraphError",
    "PathAnswer",
    "PathHop",
    "Proof",
    "Source",
    "Subgraph",
    "Total",
    "__version__",
    "open",
]


@dataclass(frozen=True, slots=True)
class Subgraph(_Subgraph):
    """Nodes, edges, sources and meta, with the ways out of ParkGraph."""

    graph: Graph | None = None

    def to_networkx(self) -> MultiDiGraph[Any]:
        """A directed multigraph, one edge a fact, keyed by the fact's id."""
        from parkgraph.export.networkx_graph import to_networkx

        return to_networkx(self)

    def to_igraph(self) -> Any:
        """A directed igraph graph; needs `pip install parkgraph[igraph]` (igraph is under the GPL)."""
        from parkgraph.export.igraph_graph import to_igraph

        return to_igraph(self)

    def to_py2neo(self) -> Any:
        """A py2neo subgraph, to `create` or `merge` elsewhere; needs `pip install parkgraph[py2neo]`."""
        from parkgraph.export.py2neo_graph import to_py2neo

        return to_py2neo(self)

    def save(self, path: str | Path, format: str | None = None) -> list[Path]:
        """Write it as .gexf, .graphml, .json, .csv (two tables), .claims.jsonl, or draw it as .html,
        .png or .svg. Gives the files written."""
        path = Path(path)
        if format is None and path.suffix in (".html", ".png", ".svg"):
            return [self.draw(path)]
        if self.graph is None:
            raise ParkGraphError("this subgraph has no graph behind it; take it from graph.subgraph(…)")
        return formats.save(self, self.graph.store, path, format)

    def draw(self, path: str | Path, *, lang: str = "zh") -> Path:
        """Draw it: .html is a page that works by itself and calls nobody, .png and .svg are pictures."""
        path = Path(path)
        model = self.graph.model if self.graph is not None else load_model()
        # The drawing libraries take longer to import than most questions to answer.
        if path.suffix == ".html":
            from parkgraph.viz.page import render_page

            quotes = self.graph.quotes(self) if self.graph is not None else {}
            path.write_text(
                render_page(self, model, lang=lang, self_contained=True, quotes=quotes), encoding="utf-8"
            )
        else:
            from parkgraph.viz.picture import render_picture

            render_picture(self, model, path, lang=lang)
        return path

    def show(self, *, lang: str = "zh") -> Path:
        """Draw it into a temporary page and open that in the browser."""
        import tempfile
        import webbrowser

        path = self.draw(Path(tempfile.mkdtemp(prefix="parkgraph-")) / "view.html", lang=lang)
        webbrowser.open(path.as_uri())
        return path


class Graph(_Graph):
    """A graph to ask and to load into. Opened with `parkgraph.open`."""

    def load(
        self,
        *paths: str | Path,
        mapping: str | Path | None = None,
        accept: bool = False,
        queue: bool = False,
        skip_refused: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> _load.Report:
        """Load tables (CSV, XLSX, XLS, ODS, JSON, Parquet, a zip or folder of them), Data Packages, claims
        files or plans. Loading the same again adds nothing.

        `mapping` is a file that says what the columns of foreign tables are; `accept` takes the one that is
        proposed; `queue` keeps an ambiguous name apart until it is judged; `skip_refused` loads what is
        right. Raises Refused with the findings otherwise; nothing is then loaded.
        """
        # The table libraries take longer to import than most questions to answer.
        from parkgraph.ingest.load import load

        options = self._how(mapping, accept, queue, skip_refused)
        return load(self.store, paths, self.model, options=options, progress=progress)

    def load_bundled(self) -> _load.Report:
        """Load the dataset that ships with ParkGraph."""
        return self.load(bundled())

    def check(
        self, *paths: str | Path, mapping: str | Path | None = None, accept: bool = False, queue: bool = False
    ) -> _load.Report:
        """What loading would find wrong, without loading; also the mapping that is proposed for foreign
        tables (`.proposal`)."""
        from parkgraph.ingest.load import check

        return check(paths, self.model, self.store, self._how(mapping, accept, queue, False))

    def plan(
        self,
        *paths: str | Path,
        mapping: str | Path | None = None,
        accept: bool = False,
        queue: bool = False,
        target: str | Path | None = None,
    ) -> Plan:
        """What loading would change, without loading; with a target the plan is written there, and loading
        that file does exactly this. Raises Refused with the findings."""
        from parkgraph.ingest.load import prepared
        from parkgraph.ingest.plan import plan

        options = self._how(mapping, accept, queue, False)
        with prepared(paths, self.model, self.store, options) as loading:
            loading.refuse()
            return plan(loading, self.store, self.model, target)

    def _how(
        self, mapping: str | Path | None, accept: bool, queue: bool, skip_refused: bool
    ) -> _load.Options:
        from parkgraph.ingest.load import Options
        from parkgraph.ingest.mapping import read_mapping

        read = read_mapping(mapping, self.model) if mapping is not None else None
        return Options(read, accept, queue, skip_refused)

    def retract(self, source: str) -> recording.Outcome:
        """Take back everything a source says; the graph is then as if it had never been loaded."""
        return recording.retract(self.store, self.model, source)

    def subgraph(self, selection: str | Selection) -> Subgraph:
        """The part of the graph that a selection names, such as `neighbours:成都高新区?depth=1`."""
        seen, chosen = self.selected(selection)
        part = seen._part(chosen)
        return Subgraph(**{item.name: getattr(part, item.name) for item in fields(_Subgraph)}, graph=seen)


def open(
    url: str = DEFAULT_URL,
    *,
    readonly: bool = False,
    model: str | Path | Model | None = None,
    texts: str | Path | None = None,
) -> Graph:
    """Open `embedded:PATH` or a Neo4j address.

    `model` is a YAML file of your own that extends the default one; `texts` a folder with the sources'
    texts, out of which proofs are quoted. Raises StoreError or ModelError with a sentence.
    """
    return Graph(
        open_store(url, readonly=readonly),
        model if isinstance(model, Model) else load_model(model),
        texts=SourceTexts(texts) if texts is not None else None,
    )
