"""Reads a Data Package, or a folder of CSV tables, into sources and claims.

One table a kind (`parks.csv`), one for relations and one for sources. A row of a kind's table is what
one source says of one entity at one place: every filled cell is a claim with the row's source and
locator. Cells of properties that take several values separate them by `|`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from io import StringIO
from pathlib import Path
from typing import Any

from parkgraph.graph.claims import (
    Attribute,
    Claim,
    Source,
    canonical_json,
    claim_from_dict,
    source_from_dict,
)
from parkgraph.graph.errors import BadRequest, NotFound
from parkgraph.graph.model import Kind, Model, Property, read_value
from parkgraph.graph.quantities import LARGEST

CLAIM_COLUMNS = (
    "valid_from",
    "valid_to",
    "as_of",
    "modality",
    "inferred",
    "basis",
    "confidence",
    "rank",
    "source",
    "locator",
    "context",
    "note",
)
RELATION_COLUMNS = ("subject", "relation", "object", "disc", "status")
SOURCE_COLUMNS = tuple(item.name for item in fields(Source))
CONFIDENCE_OF_INFERRED = 0.5
"""Where a row that is marked as inferred gives no confidence of its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record was read: file and row, counted as a spreadsheet counts (the header is row 1).

    A cell with line breaks lies in one row; in a file of claims a row is a line. 0 is the whole file.
    """

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps a row from being loaded: where, what, and what was expected."""

    place: Place
    column: str
    message: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        row = f" row {self.place.row}" if self.place.row else ""
        return f"{self.place.file}{row}{column}: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.place.file,
            "row": self.place.row,
            "column": self.column,
            "message": self.message,
        }


@dataclass(slots=True)
class Reading:
    """What a package says, with the place of every source and claim, and what could not be read.

    `columns` gives for every claim the columns of those of its fields that its table names otherwise.
    `lost` says that a row or a table could not be read at all, so that what refers to it is unknown.
    """

    sources: list[Source] = field(default_factory=list)
    source_places: list[Place] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    columns: list[Mapping[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    lost: bool = False

    def find(self, place: Place, column: str, message: str) -> None:
        self.findings.append(Finding(place, column, message))

    def lose(self, place: Place, column: str, message: str) -> None:
        """A finding about a row or table of which nothing could be read."""
        self.find(place, column, message)
        self.lost = True

    def add(self, claim: Claim, place: Place, columns: Mapping[str, str] | None = None) -> None:
        self.claims.append(claim)
        self.places.append(place)
        self.columns.append(columns or {})

    def join(self, other: Reading) -> None:
        """Add what another package says."""
        for name in ("sources", "source_places", "claims", "places", "columns", "findings"):
            getattr(self, name).extend(getattr(other, name))
        self.rows += other.rows
        self.lost |= other.lost


def read_path(path: str | Path, model: Model) -> Reading:
    """Read a folder, a `datapackage.json`, a single CSV table or a claims file (`.jsonl`).

    Raises NotFound and BadRequest when there is nothing to read; faults of single rows are findings.
    """
    path = Path(path)
    reading = Reading()
    try:
        if not path.exists():
            raise NotFound(f"{path}: there is no such file or folder")
        if path.suffix == ".jsonl" and path.is_file():
            _read_claims(path, reading)
        else:
            for name, file in _tables(path):
                _read_table(name, file, model, reading)
    except OSError as error:
        raise BadRequest(f"{error.filename or path}: cannot be read: {error.strerror}") from error
    if not reading.rows and not reading.findings:
        raise BadRequest(f"{path}: holds no rows")
    return reading


def _text(file: Path, reading: Reading) -> str | None:
    """The text of a file; a finding where it is not UTF-8."""
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reading.lose(Place(file.name, 0), "", f"is not UTF-8 text (line {line}); save it as UTF-8")
        return None


def _tables(path: Path) -> list[tuple[str, Path]]:
    if path.is_dir():
        package = path / "datapackage.json"
        if package.is_file():
            return _package_tables(package)
        found = sorted(path.glob("*.csv"))
        if not found:
            raise BadRequest(f"{path}: holds neither datapackage.json nor a .csv table")
        return [(file.stem, file) for file in found]
    if path.suffix == ".json":
        return _package_tables(path)
    if path.suffix == ".csv":
        return [(path.stem, path)]
    raise BadRequest(f"{path}: expected a folder, datapackage.json, a .csv table or a .jsonl file of claims")


def _package_tables(package: Path) -> list[tuple[str, Path]]:
    try:
        described = json.loads(package.read_text(encoding="utf-8"))
        resources = [(str(r["name"]), str(r["path"])) for r in described["resources"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRequest(f"{package}: is not a Data Package with named resources ({error})") from error
    tables = []
    for name, relative in resources:
        file = package.parent / relative
        if Path(relative).is_absolute() or ".." in Path(relative).parts:
            raise BadRequest(f"{package}: resource {name}: {relative!r} leaves the package")
        if not file.is_file():
            raise NotFound(f"{package}: resource {name}: there is no file {relative!r}")
        tables.append((name, file))
    return tables


def _read_table(name: str, file: Path, model: Model, reading: Reading) -> None:
    kind = next((k for k in model.kinds.values() if k.table == name), None)
    if kind is None and name not in ("sources", "relations"):
        tables = ", ".join(["sources", "relations", *(k.table for k in model.kinds.values())])
        reading.lose(Place(file.name, 0), "", f"there is no table {name!r}; expected one of {tables}")
        return
    text = _text(file, reading)
    if text is None:
        return
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    row = 0
    try:
        header = next(rows, [])
        row = 1
        if not _header_holds(header, _columns(name, kind, model), _required(name), file, reading):
            return
        for row, record in enumerate(rows, start=2):
            if not record:
                continue
            reading.rows += 1
            place = Place(file.name, row)
            if len(record) != len(header):
                reading.lose(place, "", f"the row has {len(record)} cells, the header {len(header)}")
                continue
            cells = {c: cell.strip() for c, cell in zip(header, record, strict=True) if cell.strip()}
            if cells:
                _read_row(name, kind, cells, place, model, reading)
    except csv.Error as error:
        # The row after the last one that was read.
        reading.lose(Place(file.name, row + 1), "", f"is not CSV: {error}")


def _header_holds(
    header: list[str], known: list[str], required: tuple[str, ...], file: Path, reading: Reading
) -> bool:
    """Whether every column is known and there once; a finding for each that is not."""
    faults = [(c, f"there is no column {c!r}; expected {', '.join(known)}") for c in header if c not in known]
    faults += [(c, "this column is missing") for c in required if c not in header]
    faults += [(c, "this column is there twice") for c in known if header.count(c) > 1]
    for column, message in dict.fromkeys(faults):
        reading.lose(Place(file.name, 1), column, message)
    return not faults


def _columns(name: str, kind: Kind | None, model: Model) -> list[str]:
    if name == "sources":
        return list(SOURCE_COLUMNS)
    if kind is None:
        attributes = {p: None for r in model.relations for p in model.relation_properties(r)}
        return [*RELATION_COLUMNS, *attributes, *CLAIM_COLUMNS]
    return ["id", *kind.links, *model.properties_of(kind.name), *CLAIM_COLUMNS]


def columns(table: str, model: Model) -> list[str]:
    """The columns of a table, in the order of the blank template."""
    kind = next((k for k in model.kinds.values() if k.table == table), None)
    return _columns(table, kind, model)


def _required(name: str) -> tuple[str, ...]:
    if name == "sources":
        return ("id", "name")
    return ("subject", "relation", "object", "source") if name == "relations" else ("id", "source")


def _read_row(
    name: str, kind: Kind | None, cells: dict[str, str], place: Place, model: Model, reading: Reading
) -> None:
    absent = [column for column in _required(name) if column not in cells]
    for column in absent:
        reading.lose(place, column, "is empty")
    if absent:
        return
    if name == "sources":
        _read_source(cells, place, reading)
        return
    try:
        shared = _shared(cells)
    except _CellError as error:
        reading.lose(place, error.column, str(error))
        return
    if kind is not None:
        _read_entity(kind, cells, shared, place, model, reading)
    else:
        _read_relation(cells, shared, place, model, reading)


class _CellError(ValueError):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def _shared(cells: Mapping[str, str]) -> dict[str, Any]:
    """The claim columns of a row."""
    out: dict[str, Any] = {
        column: cells[column]
        for column in (
            "valid_from",
            "valid_to",
            "as_of",
            "modality",
            "basis",
            "source",
            "locator",
            "context",
            "note",
        )
        if column in cells
    }
    inferred = _boolean(cells, "inferred")
    out["inferred"] = inferred
    out["confidence"] = _number(cells, "confidence", float, CONFIDENCE_OF_INFERRED if inferred else 1.0)
    out["rank"] = _number(cells, "rank", int, 0)
    return out


def _boolean(cells: Mapping[str, str], column: str) -> bool:
    text = cells.get(column, "false").casefold()
    if text not in ("true", "false"):
        raise _CellError(column, f"{cells[column]!r} is neither true nor false")
    return text == "true"


def _number(
    cells: Mapping[str, str], column: str, of: type[int] | type[float], default: float
) -> int | float:
    if column not in cells:
        return default
    text = cells[column]
    try:
        return _whole(text) if of is int else of(text)
    except ValueError:
        raise _CellError(column, f"{text!r} is not a number, or too large") from None


def _whole(text: str) -> int:
    """A whole number that a store can hold. Raises ValueError."""
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError(f"{text} is larger than a number can be ({LARGEST})")
    return value


def _read_source(cells: dict[str, str], place: Place, reading: Reading) -> None:
    values: dict[str, Any] = dict(cells)
    try:
        values["published_inferred"] = _boolean(cells, "published_inferred")
        for column in ("article", "start", "end", "length"):
            if column in cells:
                values[column] = _number(cells, column, int, 0)
    except _CellError as error:
        reading.lose(place, error.column, str(error))
        return
    reading.sources.append(Source(**values))
    reading.source_places.append(place)


def _read_entity(
    kind: Kind, cells: dict[str, str], shared: dict[str, Any], place: Place, model: Model, reading: Reading
) -> None:
    subject = cells["id"]
    own = {"subject": "id"}
    reading.add(Claim(subject=subject, property="kind", value=kind.name, **shared), place, own)
    for column, relation in kind.links.items():
        if column in cells:
            claim = Claim(subject=subject, relation=relation, object=cells[column], **shared)
            reading.add(claim, place, own | {"object": column, "relation": column})
    for column, prop in model.properties_of(kind.name).items():
        for value in _values(prop, column, cells, place, model, reading):
            reading.add(Claim(subject=subject, property=column, value=value, **shared), place, own)


def _read_relation(
    cells: dict[str, str], shared: dict[str, Any], place: Place, model: Model, reading: Reading
) -> None:
    relation = cells["relation"]
    if relation not in model.relations:
        known = ", ".join(model.relations)
        reading.find(place, "relation", f"there is no relation {relation!r}; known: {known}")
        return
    properties = model.relation_properties(relation)
    attributes: dict[str, Attribute] = {}
    for column in cells:
        if column in RELATION_COLUMNS or column in CLAIM_COLUMNS:
            continue
        if column not in properties:
            reading.find(place, column, f"{relation} has no {column}; it has {', '.join(properties)}")
            continue
        values = list(_values(properties[column], column, cells, place, model, reading))
        if values:
            attributes[column] = tuple(values) if properties[column].multiple else values[0]
    reading.add(
        Claim(
            subject=cells["subject"],
            relation=relation,
            object=cells["object"],
            disc=cells.get("disc"),
            status=cells.get("status"),
            attributes=attributes,
            **shared,
        ),
        place,
    )


def _values(
    prop: Property, column: str, cells: Mapping[str, str], place: Place, model: Model, reading: Reading
) -> Iterator[Any]:
    """The values of a cell; what cannot be read becomes a finding."""
    if column not in cells:
        return
    parts = [part for part in cells[column].split("|") if part.strip()] if prop.multiple else [cells[column]]
    for part in parts:
        try:
            yield read_value(prop, part, model)
        except ValueError as error:
            reading.find(place, column, str(error))


def _read_claims(path: Path, reading: Reading) -> None:
    """A claims file: one JSON object a line with `record` source or claim, as `export` writes it."""
    text = _text(path, reading)
    for number, line in enumerate((text or "").split("\n"), start=1):
        if not line.strip():
            continue
        reading.rows += 1
        place = Place(path.name, number)
        try:
            _read_record(line, place, reading)
        except json.JSONDecodeError as error:
            reading.lose(place, "", f"is not JSON: {error.msg} at character {error.colno}")
        except (ValueError, RecursionError) as error:
            reading.lose(place, "", str(error))


def _read_record(line: str, place: Place, reading: Reading) -> None:
    """Raises ValueError with what is wrong with the line."""
    data = json.loads(line, parse_int=_whole)
    if not isinstance(data, dict):
        raise ValueError("is not a JSON object with record, source or claim")
    # Null says nothing, as an absent key does.
    data = {key: value for key, value in data.items() if value is not None}
    try:
        canonical_json(data).encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair, which is no character") from None
    record = data.pop("record", None)
    required = {"source": ("id", "name"), "claim": ("subject", "source")}.get(str(record))
    if required is None:
        raise ValueError(f"record {record!r} is neither source nor claim")
    for name in required:
        if name not in data:
            raise ValueError(f"{name} is missing")
    if record == "source":
        reading.sources.append(source_from_dict(data))
        reading.source_places.append(place)
        return
    said = data.pop("id", None)
    claim = claim_from_dict(data)
    if said is not None and said != claim.id:
        raise ValueError(f"its id is not the hash of what it says ({claim.id})")
    reading.add(claim, place)
