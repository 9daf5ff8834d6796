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
from pathlib import Path
from typing import Any

from parkgraph.graph.claims import Attribute, Claim, Source, claim_from_dict, source_from_dict
from parkgraph.graph.errors import BadRequest, NotFound, Refused
from parkgraph.graph.model import Kind, Model, Property, read_value

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
    """Where a record was read: file and row (the header is row 1)."""

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
    """What a package says, with the place of every source and claim, and what could not be read."""

    sources: list[Source] = field(default_factory=list)
    source_places: list[Place] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0

    def add(self, claim: Claim, place: Place) -> None:
        self.claims.append(claim)
        self.places.append(place)


def read_path(path: str | Path, model: Model) -> Reading:
    """Read a folder, a `datapackage.json`, a single CSV table or a claims file (`.jsonl`).

    Raises NotFound and BadRequest when there is nothing to read; faults of single rows are findings.
    """
    path = Path(path)
    if not path.exists():
        raise NotFound(f"{path}: there is no such file or folder")
    reading = Reading()
    if path.suffix == ".jsonl":
        _read_claims(path, reading)
        return reading
    tables = _tables(path)
    for name, file in tables:
        _read_table(name, file, model, reading)
    if not reading.rows and not reading.findings:
        raise BadRequest(f"{path}: its tables hold no rows")
    return reading


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
    except (OSError, ValueError, KeyError, TypeError) as error:
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
    here = Place(file.name, 0)
    if kind is None and name not in ("sources", "relations"):
        tables = ", ".join(["sources", "relations", *(k.table for k in model.kinds.values())])
        reading.findings.append(Finding(here, "", f"there is no table {name!r}; expected one of {tables}"))
        return
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            header = reader.fieldnames or []
            known = _columns(name, kind, model)
            strange = [column for column in header if column not in known]
            missing = [column for column in _required(name) if column not in header]
            doubled = sorted({column for column in header if list(header).count(column) > 1})
            for column in strange:
                reading.findings.append(
                    Finding(Place(file.name, 1), column, f"unknown column; expected {', '.join(known)}")
                )
            for column in missing:
                reading.findings.append(Finding(Place(file.name, 1), column, "this column is missing"))
            for column in doubled:
                reading.findings.append(Finding(Place(file.name, 1), column, "this column is there twice"))
            if strange or missing or doubled:
                return
            for record in reader:
                reading.rows += 1
                place = Place(file.name, reader.line_num)
                if None in record or None in record.values():
                    reading.findings.append(
                        Finding(place, "", f"the row has not {len(header)} cells as the header has")
                    )
                    continue
                cells = {column: text.strip() for column, text in record.items() if text.strip()}
                if cells:
                    _read_row(name, kind, cells, place, model, reading)
    except UnicodeDecodeError as error:
        reading.findings.append(Finding(here, "", f"is not UTF-8 text (byte {error.start})"))
    except csv.Error as error:
        reading.findings.append(Finding(here, "", f"is not a CSV table: {error}"))


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
        reading.findings.append(Finding(place, column, "is empty"))
    if absent:
        return
    if name == "sources":
        _read_source(cells, place, reading)
        return
    try:
        shared = _shared(cells)
    except _CellError as error:
        reading.findings.append(Finding(place, error.column, str(error)))
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
    try:
        return of(cells[column])
    except ValueError:
        raise _CellError(column, f"{cells[column]!r} is not a number") from None


def _read_source(cells: dict[str, str], place: Place, reading: Reading) -> None:
    values: dict[str, Any] = dict(cells)
    try:
        values["published_inferred"] = _boolean(cells, "published_inferred")
        for column in ("article", "start", "end", "length"):
            if column in cells:
                values[column] = _number(cells, column, int, 0)
    except _CellError as error:
        reading.findings.append(Finding(place, error.column, str(error)))
        return
    reading.sources.append(Source(**values))
    reading.source_places.append(place)


def _read_entity(
    kind: Kind, cells: dict[str, str], shared: dict[str, Any], place: Place, model: Model, reading: Reading
) -> None:
    subject = cells["id"]
    reading.add(Claim(subject=subject, property="kind", value=kind.name, **shared), place)
    for column, relation in kind.links.items():
        if column in cells:
            reading.add(Claim(subject=subject, relation=relation, object=cells[column], **shared), place)
    for column, prop in model.properties_of(kind.name).items():
        for value in _values(prop, column, cells, place, model, reading):
            reading.add(Claim(subject=subject, property=column, value=value, **shared), place)


def _read_relation(
    cells: dict[str, str], shared: dict[str, Any], place: Place, model: Model, reading: Reading
) -> None:
    relation = cells["relation"]
    if relation not in model.relations:
        known = ", ".join(model.relations)
        reading.findings.append(
            Finding(place, "relation", f"there is no relation {relation!r}; known: {known}")
        )
        return
    properties = model.relation_properties(relation)
    attributes: dict[str, Attribute] = {}
    for column in cells:
        if column in RELATION_COLUMNS or column in CLAIM_COLUMNS:
            continue
        if column not in properties:
            reading.findings.append(
                Finding(place, column, f"{relation} has no {column}; it has {', '.join(properties)}")
            )
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
            reading.findings.append(Finding(place, column, str(error)))


def _read_claims(path: Path, reading: Reading) -> None:
    """A claims file: one JSON object a line with `record` source or claim, as `export` writes it."""
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                reading.rows += 1
                place = Place(path.name, number)
                try:
                    data = json.loads(line)
                    record = data.pop("record")
                    if record == "source":
                        reading.sources.append(source_from_dict(data))
                        reading.source_places.append(place)
                    elif record == "claim":
                        said = data.pop("id", None)
                        claim = claim_from_dict(data)
                        if said is not None and said != claim.id:
                            raise ValueError(f"its id is not the hash of what it says ({claim.id})")
                        reading.add(claim, place)
                    else:
                        raise ValueError(f"record {record!r} is neither source nor claim")
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
                    reading.findings.append(Finding(place, "", what))
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: is not UTF-8 text (byte {error.start})") from error
