"""The table of export formats: what each is called, what it writes, and what it cannot hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from parkgraph.export import claims_lines, csv_tables, gexf, graphml, json_graph
from parkgraph.graph.errors import BadRequest, ParkGraphError, UnknownName
from parkgraph.graph.store import Store
from parkgraph.graph.subgraph import Subgraph

Writer = Callable[[Subgraph, Store], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """`parts` maps the ending of each file to what writes it; most formats have one."""

    name: str
    media_type: str
    parts: Mapping[str, Writer]
    loses: str

    @property
    def suffix(self) -> str:
        """What a file name of this format ends with."""
        return next(iter(self.parts)) if len(self.parts) == 1 else f".{self.name}"

    def files(self, sub: Subgraph, store: Store, stem: str) -> dict[str, bytes]:
        """File name to content."""
        return {f"{stem}{ending}": writer(sub, store) for ending, writer in self.parts.items()}

    def body(self, sub: Subgraph, store: Store) -> tuple[bytes, str, str]:
        """One body with its media type and the ending of its file name; several files become a zip."""
        files = self.files(sub, store, "parkgraph")
        if len(files) == 1:
            return next(iter(files.values())), self.media_type, self.suffix
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        return out.getvalue(), "application/zip", f"{self.suffix}.zip"


def _plain(writer: Callable[[Subgraph], bytes]) -> Writer:
    return lambda sub, _: writer(sub)


_FLAT = (
    "lists are joined by “ | ”; of claims only ids, sources and locators are kept; "
    "characters that XML forbids become U+FFFD"
)
FORMATS: Mapping[str, Format] = {
    f.name: f
    for f in (
        Format("gexf", "application/gexf+xml", {".gexf": _plain(gexf.write)}, _FLAT),
        Format("graphml", "application/graphml+xml", {".graphml": _plain(graphml.write)}, _FLAT),
        Format("json", "application/json", {".json": _plain(json_graph.write)}, "nothing"),
        Format(
            "csv",
            "text/csv; charset=utf-8",
            {".nodes.csv": _plain(csv_tables.nodes), ".edges.csv": _plain(csv_tables.edges)},
            f"{_FLAT}; a text that a spreadsheet would take for a formula has an apostrophe before it",
        ),
        Format(
            "claims",
            "application/x-ndjson",
            {".claims.jsonl": claims_lines.write},
            "nothing; facts are made again from the claims",
        ),
    )
}


def format_named(name: str) -> Format:
    """Raises UnknownName with what was probably meant."""
    found = FORMATS.get(name)
    if found is None:
        raise UnknownName("format", name, FORMATS)
    return found


def format_of(path: Path) -> Format:
    """The format that a file name's ending stands for. Raises BadRequest."""
    for found in FORMATS.values():
        if path.name.endswith(found.suffix) or path.name.endswith(tuple(found.parts)):
            return found
    if path.suffix == ".jsonl":
        return FORMATS["claims"]
    known = ", ".join(f.suffix for f in FORMATS.values())
    raise BadRequest(f"{path}: no format ends so; expected {known}, or name one with --format")


def save(sub: Subgraph, store: Store, path: str | Path, name: str | None = None) -> list[Path]:
    """Write a subgraph to a file, or to the pair of files that the format has; gives what was written."""
    path = Path(path)
    found = format_named(name) if name is not None else format_of(path)
    if len(found.parts) == 1:
        contents = {path: found.files(sub, store, "")[found.suffix]}
    else:
        stem = path.name
        for ending in (*found.parts, found.suffix):
            stem = stem.removesuffix(ending)
        contents = {path.with_name(n): c for n, c in found.files(sub, store, stem).items()}
    for file, content in contents.items():
        try:
            file.write_bytes(content)
        except OSError as error:
            raise ParkGraphError(f"{file}: cannot be written: {error.strerror}") from error
    return list(contents)
