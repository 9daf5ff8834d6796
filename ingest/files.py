"""From what a user names to files that can be read: a file, a folder, a Data Package, a zip, or standard
input. What a file is follows from its content, not from its name.
"""

from __future__ import annotations

import codecs
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal

from parkgraph.graph.errors import BadRequest, NotFound, TooLarge
from parkgraph.ingest.archives import open_zip, unpack
from parkgraph.ingest.limits import DEFAULT, Limits, megabytes

Format = Literal["text", "json", "workbook", "parquet"]
SUFFIXES: dict[str, str] = {
    ".csv": "text",
    ".tsv": "text",
    ".tab": "text",
    ".txt": "text",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xls": "workbook",
    ".ods": "workbook",
    ".parquet": "parquet",
}
EXPECTED = "a folder, datapackage.json, a zip, or a file that ends in " + ", ".join(SUFFIXES)
STANDARD_INPUT = "-"
PACKAGE = "datapackage.json"
_BLOCK = 1 << 20
_HEAD = 1 << 12
_DESCRIBED = 4 * 2**20
"""Bytes that a datapackage.json may have at most."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes({*range(0x20)} - {*b"\t\r\n\f\x1a"})


@dataclass(frozen=True, slots=True)
class File:
    """A file to read: the name that the user knows it by, where it lies, and the table that it is called
    (the name of its resource, else its stem)."""

    name: str
    path: Path
    table: str
    format: Format


@dataclass(slots=True)
class Workspace:
    """A temporary folder for what is unpacked and spooled, and the limits that hold."""

    folder: Path
    limits: Limits = DEFAULT
    _made: int = field(default=0)

    def new(self, suffix: str = "") -> Path:
        """A path for a new file."""
        self._made += 1
        return self.folder / f"{self._made}{suffix}"


@contextmanager
def workspace(limits: Limits = DEFAULT) -> Iterator[Workspace]:
    """A workspace that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="parkgraph-") as folder:
        yield Workspace(Path(folder), limits)


def files(path: str | Path, space: Workspace, *, name: str | None = None) -> list[File]:
    """The files that a path stands for; `-` is standard input. `name` is what the user knows it by, by
    default the last part of the path.

    Raises NotFound, BadRequest or TooLarge with a sentence.
    """
    if str(path) == STANDARD_INPUT:
        return [_standard_input(space)]
    path = Path(path)
    try:
        if not path.exists():
            raise NotFound(f"{path}: there is no such file or folder")
        if path.is_dir():
            return _folder(path, space)
        if path.name == PACKAGE or (path.suffix == ".json" and _is_package(path)):
            return _package(path, space)
        return _one(path, name or path.name, name or path.name, space, shown=str(path))
    except OSError as error:
        raise BadRequest(f"{error.filename or path}: cannot be read: {error.strerror}") from error


def _folder(path: Path, space: Workspace) -> list[File]:
    package = path / PACKAGE
    if package.is_file():
        return _package(package, space)
    found = sorted(
        file
        for file in path.iterdir()
        if file.is_file() and file.suffix.lower() in SUFFIXES and not file.name.startswith((".", "~$"))
    )
    if not found:
        raise BadRequest(
            f"{path}: holds neither datapackage.json nor a .csv table, nor another file that is read"
        )
    return [one for file in found for one in _one(file, file.name, file.name, space, shown=str(file))]


def _one(path: Path, name: str, table: str, space: Workspace, *, shown: str) -> list[File]:
    """The file, or what a zip holds."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES and suffix != ".zip":
        raise BadRequest(f"{shown}: expected {EXPECTED}")
    if not path.is_file():
        raise BadRequest(f"{shown}: is no file")
    size = path.stat().st_size
    if size > space.limits.file:
        raise TooLarge(f"{shown}: has {megabytes(size)}; at most {megabytes(space.limits.file)} are read")
    with path.open("rb") as stream:
        kind = format_of(stream.read(_HEAD), suffix, shown)
    if kind == "zip":
        if _is_workbook(path, shown):
            kind = "workbook"
        elif suffix != ".zip":
            raise BadRequest(f"{shown}: is a zip file, and no workbook")
        else:
            return _zip(path, name, space, shown)
    return [File(name, path, Path(table).stem, kind)]


def _zip(path: Path, name: str, space: Workspace, shown: str) -> list[File]:
    """What a zip holds: the tables that its Data Packages name, where it has any, else all."""
    folder = space.new()
    folder.mkdir()
    unpacked = unpack(path, shown, folder, SUFFIXES, space.limits)
    members = dict(unpacked)
    if not members:
        raise BadRequest(f"{shown}: holds no file that is read; expected {EXPECTED}")
    if len(members) < len(unpacked):
        twice = next(name for name, times in Counter(name for name, _ in unpacked).items() if times > 1)
        raise BadRequest(f"{shown}: holds two files called {twice!r}; give each a name of its own")
    packages = sorted(member for member in members if PurePosixPath(member).name == PACKAGE)
    tables = {} if packages else {member: PurePosixPath(member).name for member in members}
    for package in packages:
        for table, relative in _resources(members[package], f"{shown}/{package}"):
            member = str(PurePosixPath(package).parent / relative)
            if member not in members:
                raise NotFound(f"{shown}/{package}: resource {table}: there is no file {relative!r}")
            tables[member] = f"{table}{PurePosixPath(member).suffix}"
    return [
        one
        for member, table in sorted(tables.items())
        for one in _one(members[member], f"{name}/{member}", table, space, shown=f"{shown}/{member}")
    ]


def format_of(head: bytes, suffix: str, shown: str) -> Format | Literal["zip"]:
    """What a file is by its first bytes. Raises BadRequest for what is no table."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    expected = SUFFIXES.get(suffix)
    if expected == "json":
        return "json"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if expected == "text" and start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise BadRequest(f"{shown}: is a web page or XML, and no table; save it as .xlsx or .csv")
    if expected == "text" and head.startswith((b"%PDF", b"{\\rtf")):
        raise BadRequest(f"{shown}: is a document, and no table; save its table as .xlsx or .csv")
    # Many programs save text under the name of a workbook.
    if expected == "text" or (expected == "workbook" and _is_plain(head, start)):
        return "text"
    said = "empty" if not head else "a web page or XML" if start.startswith(b"<") else "something else"
    raise BadRequest(
        f"{shown}: is {said} and no {suffix} file; open it where it came from and save it as .xlsx or .csv"
    )


def _is_plain(head: bytes, start: bytes) -> bool:
    """Whether a file begins as a text of lines does, and not as a web page or something broken."""
    if start.startswith((b"<", b"%pdf", b"{\\rtf")) or not start:
        return False
    return head.startswith(_MARKS) or (b"\n" in head and head == head.translate(None, delete=_CONTROLS))


def _is_workbook(path: Path, shown: str) -> bool:
    with open_zip(path, shown) as archive:
        names = set(archive.namelist())
    return "xl/workbook.xml" in names or {"content.xml", "mimetype"} <= names


def _described(package: Path, shown: str) -> Any:
    """What a small JSON file says. Raises BadRequest."""
    if package.stat().st_size > _DESCRIBED:
        raise TooLarge(f"{shown}: has more than the {megabytes(_DESCRIBED)} that are read of a Data Package")
    try:
        return json.loads(package.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{shown}: is not a Data Package with named resources ({error})") from error


def _is_package(path: Path) -> bool:
    try:
        described = _described(path, path.name)
    except BadRequest:
        return False
    return isinstance(described, dict) and isinstance(described.get("resources"), list)


def _resources(package: Path, shown: str) -> list[tuple[str, str]]:
    """The name and the path of each resource of a Data Package. Raises BadRequest."""
    described = _described(package, shown)
    try:
        resources = [(str(r["name"]), str(r["path"])) for r in described["resources"]]
    except (KeyError, TypeError) as error:
        raise BadRequest(f"{shown}: is not a Data Package with named resources ({error})") from error
    for name, relative in resources:
        if Path(relative).is_absolute() or ".." in Path(relative).parts:
            raise BadRequest(f"{shown}: resource {name}: {relative!r} leaves the package")
        if "\0" in relative:
            raise BadRequest(f"{shown}: resource {name}: {relative!r} is no path")
    return resources


def _package(package: Path, space: Workspace) -> list[File]:
    found = []
    for name, relative in _resources(package, str(package)):
        file = package.parent / relative
        if not file.is_file():
            raise NotFound(f"{package}: resource {name}: there is no file {relative!r}")
        found += _one(file, file.name, f"{name}{file.suffix}", space, shown=str(file))
    return found


def _standard_input(space: Workspace, stream: BinaryIO | None = None) -> File:
    """What comes through standard input, kept in a file."""
    target = space.new()
    taken = 0
    source = stream if stream is not None else sys.stdin.buffer
    with target.open("wb") as out:
        while block := source.read(_BLOCK):
            taken += len(block)
            if taken > space.limits.file:
                raise TooLarge(f"standard input: at most {megabytes(space.limits.file)} are read")
            out.write(block)
    with target.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise BadRequest("standard input: is empty")
    suffix = ".json" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) else ".csv"
    kind = format_of(head, suffix, "standard input")
    if kind == "zip":
        (one, *others) = _one(target, "stdin.zip", "stdin", space, shown="standard input")
        if others:
            raise BadRequest("standard input: is a zip of several files; give its path instead")
        return one
    return File("stdin", target, "stdin", kind)
