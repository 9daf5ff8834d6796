"""From a file to its tables: rows of text with their row numbers, in chunks that fit into memory.

Libraries parse (csv, calamine, polars, json); here is what they leave open: the encoding and the delimiter,
the row that holds the header, merged cells, and what to say of a row that is no row.
"""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from parkgraph.graph.errors import BadRequest, TooLarge
from parkgraph.ingest import archives, json_text
from parkgraph.ingest.encodings import decode, line_of
from parkgraph.ingest.files import File, Workspace
from parkgraph.ingest.findings import Finding, Place
from parkgraph.ingest.limits import DEFAULT, Limits

ROW = "#row"
"""The column of a chunk that holds the number of each row."""
CHUNK = 50_000
_CHUNK_SIZE = 16 << 20
"""Bytes of text that a chunk has at most, more or less."""
_HELD = 64 << 20
"""Bytes of a sheet's chunks that stay in memory."""
_CELL_SIZE = 50
"""Bytes that a cell costs beside its text."""
_MERGED_COLUMNS = 2_000_000
"""Columns that all merged cells of a sheet span together, at most."""
_MERGED_TEXT = 16 << 20
"""Characters that merged cells repeat, at most."""
_LOOKED_AT = 50
_LOOKED_AT_SIZE = 1 << 16
_NESTED = 8
"""Objects inside objects that get names of their own."""
_DELIMITERS = (",", "\t", ";", "|", "，", "；")
_NUMBER = re.compile(r"[+-]?[\d,，.]+%?")

Row = Sequence[str | None]
Header = Callable[[str | None], int | None]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a mended table come from: the columns that a file of refused rows adds."""

    file: str = "_file"
    sheet: str = "_sheet"
    row: str = "_row"
    more: str = "_more"
    problem: str = "_problem"


ORIGIN = Origin()


@dataclass(slots=True)
class Sheet:
    """A table as it was read. `sheet` is the name of a sheet in a workbook, `table` what the table is called.

    `chunks` are frames of texts with the row's number in the column ROW, in memory or spooled. `findings`
    are what could not be read, of rows only so many as `limits` allows, the last standing for `more`;
    `header` is the row of the header; `mended` where the rows were refused before.
    """

    file: str
    sheet: str | None
    table: str
    columns: list[str] = field(default_factory=list)
    header: int = 1
    rows: int = 0
    spooled: list[pl.DataFrame | Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    read_as: str = ""
    mended: bool = False
    limits: Limits = DEFAULT
    ragged: dict[int, list[str | None]] = field(default_factory=dict, repr=False)
    _unlisted: int = field(default=0, repr=False)

    def lose(
        self,
        row: int,
        column: str,
        message: str,
        rule: str,
        expected: str | None = None,
        cells: list[str | None] | None = None,
    ) -> None:
        """Find a row that cannot be read. It is counted, and is in no chunk; `cells` is what stands in it."""
        self.rows += 1
        if len(self.findings) < self.limits.findings:
            if cells is not None:
                self.ragged[row] = cells
            self.findings.append(Finding(self.place(row), column, message, rule, expected=expected))
        else:
            self._unlisted += 1

    def settle(self) -> Sheet:
        """Say of the last finding how many more there were."""
        if self._unlisted:
            last = self.findings[-1]
            self.findings[-1] = replace(last, more=last.more + self._unlisted)
            self._unlisted = 0
        return self

    def break_off(self, row: int, message: str) -> None:
        """Find that nothing can be read from a row on."""
        self.findings.append(Finding(self.place(row), "", message, "unreadable"))

    def place(self, row: int) -> Place:
        return Place(self.file, row, self.sheet)

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows, a chunk at a time."""
        for chunk in self.spooled:
            yield chunk if isinstance(chunk, pl.DataFrame) else pl.read_ipc(chunk)

    def first(self, rows: int) -> pl.DataFrame:
        """The first rows."""
        return next(self.chunks(), pl.DataFrame(schema={ROW: pl.UInt32})).head(rows)


def read(file: File, space: Workspace, *, header: Header = lambda _: None) -> list[Sheet]:
    """The tables of a file; several where it is a workbook. `header` tells for a sheet the row that holds the
    names of the columns, None where it is to be found out.

    Raises BadRequest or TooLarge where nothing can be read; what is wrong with single rows is in `findings`.
    """
    match file.format:
        case "text":
            found = [_text(file, space, header(None))]
        case "json":
            found = [_json(file, space)]
        case "parquet":
            found = [_parquet(file, space)]
        case "workbook":
            found = list(_workbook(file, space, header))
    return [sheet.settle() for sheet in found]


class _Spool:
    """Collects rows into the chunks of a sheet; of a large one all but the first go to the disk."""

    _held = 0

    def __init__(self, sheet: Sheet, space: Workspace) -> None:
        self._sheet = sheet
        self._space = space
        self._rows: list[Row] = []
        self._numbers: list[int] = []
        self._size = 0

    def add(self, number: int, row: Row) -> None:
        """Add a row, unless it has a cell that is too long."""
        longest = self._space.limits.cell
        size = sum([len(cell) for cell in row if cell is not None])
        if size > longest:
            for column, cell in zip(self._sheet.columns, row, strict=True):
                if cell is not None and len(cell) > longest:
                    said = f"the cell has {len(cell):,} characters; at most {longest:,} are read"
                    self._sheet.lose(number, column, said, "too-long", f"≤ {longest}")
                    return
        self._rows.append(row)
        self._numbers.append(number)
        self._size += size + _CELL_SIZE * len(row)
        if len(self._rows) == CHUNK or self._size > _CHUNK_SIZE:
            self.flush()

    def flush(self) -> None:
        """Make a chunk of what was added."""
        if not self._rows:
            return
        data: dict[str, Any] = {ROW: pl.Series(self._numbers, dtype=pl.UInt32)}
        columns = zip(*self._rows, strict=True)
        for name, values in zip(self._sheet.columns, columns, strict=True):
            data[name] = pl.Series(values, dtype=pl.String)
        self.put(pl.DataFrame(data))
        self._rows, self._numbers, self._size = [], [], 0

    def put(self, frame: pl.DataFrame) -> None:
        """Add a chunk."""
        sheet = self._sheet
        sheet.rows += len(frame)
        if sheet.rows > self._space.limits.rows:
            raise TooLarge(f"{sheet.place(0)}: has more than {self._space.limits.rows:,} rows")
        self._held += int(frame.estimated_size())
        if self._held <= _HELD or not sheet.spooled:
            sheet.spooled.append(frame)
            return
        path = self._space.new(".arrow")
        frame.write_ipc(path, compression="lz4")
        sheet.spooled.append(path)


# ---------------------------------------------------------------------- text


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that cuts most lines into the same number of cells, more cells before fewer; it cuts at
    least every second line."""
    best, chosen = (0.0, 0), ","
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            continue
        rows = widths.total()
        del widths[1]
        if widths.total() * 2 < rows or not widths:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        if (score := (round(times / rows, 2), width)) > best:
            best, chosen = score, delimiter
    return chosen


def _text(file: File, space: Workspace, header: int | None) -> Sheet:
    sheet = Sheet(file.name, None, file.table, limits=space.limits)
    encoding, named = decode(file.path, file.name)
    with file.path.open(encoding=encoding, newline="") as stream:
        try:
            sample = stream.read(_LOOKED_AT_SIZE).splitlines(keepends=True)
            delimiter = delimiter_of(sample[:_LOOKED_AT])
            stream.seek(0)
            _fill(sheet, _csv_rows(stream, delimiter, sheet), space, header)
            sheet.read_as = f"{named}, delimiter {delimiter}".replace("\t", "tab")
        except UnicodeDecodeError as error:
            sheet.spooled.clear()
            sheet.read_as = named
            line = line_of(file.path, encoding)
            sheet.break_off(0, f"is not {named} text (line {line}): {error.reason}; save it as UTF-8")
    return sheet


class _Lines:
    """The lines of a text, none of which, nor a row of them, is longer than a row may be."""

    def __init__(self, stream: TextIO, sheet: Sheet) -> None:
        self._stream = stream
        self._sheet = sheet
        self.row = 0
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        most = self._sheet.limits.row
        while line := self._stream.readline(most + 1):
            self.taken += len(line)
            if self.taken > most:
                raise TooLarge(
                    f"{self._sheet.place(self.row + 1)}: has more than the {most:,} characters that are read "
                    "of a row; it is no table, or a quote is not closed"
                )
            yield line


def _csv_rows(stream: TextIO, delimiter: str, sheet: Sheet) -> Iterator[tuple[int, Row]]:
    """The rows of a text with their numbers; what is no CSV ends them with a finding."""
    csv.field_size_limit(max(sheet.limits.cell * 4, 1 << 17))
    lines = _Lines(stream, sheet)
    most = sheet.limits.columns
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in rows:
            lines.row += 1
            lines.taken = 0
            cells = [cell or None for cell in row]
            if len(cells) > most:
                while cells and cells[-1] is None:
                    cells.pop()
                if len(cells) > most:
                    raise TooLarge(
                        f"{sheet.place(lines.row)}: has {len(cells):,} columns; at most {most:,} are read"
                    )
            yield lines.row, cells
    except csv.Error as error:
        said = str(error)
        if "field larger" in said:
            said = "a cell is longer than a cell may be, or a quote is not closed"
        # The row after the last one that was read.
        sheet.break_off(lines.row + 1, f"is not CSV: {said}")


# ---------------------------------------------------------------------- rows to sheets


def _fill(
    sheet: Sheet, rows: Iterator[tuple[int, Row]], space: Workspace, header: int | None, *, deep: bool = False
) -> None:
    """Find the header, then spool what follows it. `deep` where a header may have two rows."""
    limits = space.limits
    first, size = [], 0
    for number, row in rows:
        first.append((number, row))
        size += len(row) + sum([len(cell) for cell in row if cell is not None])
        if len(first) == max(_LOOKED_AT, header or 0) or size > _CHUNK_SIZE:
            break
    if not first:
        return
    at = _header_at(first, header)
    if at is None:
        sheet.break_off(header or 0, "has no row with the names of columns")
        return
    sheet.header, names = first[at][0], [_clean(cell) for cell in first[at][1]]
    body = first[at + 1 :]
    if deep and body and _is_second_header(names, body[0][1]):
        names = _joined(names, [_clean(cell) for cell in body[0][1]])
        sheet.header, body = body[0][0], body[1:]
        sheet.read_as += ", header of two rows"
    while (
        len(names) > 1
        and not names[-1]
        and all(len(row) < len(names) or row[len(names) - 1] is None for _, row in body)
    ):
        names.pop()
    if len(names) > limits.columns:
        raise TooLarge(f"{sheet.place(0)}: has {len(names):,} columns; at most {limits.columns:,} are read")
    sheet.columns = _named(names, sheet)
    width = len(sheet.columns)
    spool = _Spool(sheet, space)
    for number, row in chain(body, rows):
        cells = list(row)
        while len(cells) > width and cells[-1] is None:
            cells.pop()
        if not any(cell is not None and not cell.isspace() for cell in cells):
            continue
        if len(cells) > width or (len(cells) < width and not deep):
            said = f"the row has {len(row)} cells, the header {width}"
            sheet.lose(number, "", said, "ragged-row", str(width), cells)
            continue
        spool.add(number, [*cells, *[None] * (width - len(cells))])
    spool.flush()


def _clean(cell: str | None) -> str:
    """The name of a column without line breaks and spaces around it."""
    return " ".join((cell or "").replace("\ufeff", "").split())


def _header_at(rows: Sequence[tuple[int, Row]], wanted: int | None) -> int | None:
    """The place of the header: the row that is wanted, else the first of at least two thirds of the widest
    row's cells whose filled cells are words, not numbers; else the first row that is filled."""
    filled = [
        (i, [cell for cell in row if cell is not None and cell.strip()]) for i, (_, row) in enumerate(rows)
    ]
    if wanted is not None:
        return next((i for i, (number, _) in enumerate(rows) if number == wanted), None)
    width = max((len(cells) for _, cells in filled), default=0)
    if width == 0:
        return None
    for i, cells in filled:
        words = [cell.strip() for cell in cells if not _NUMBER.fullmatch(cell.strip())]
        # A title merged over all columns repeats one text.
        if len(cells) * 3 >= width * 2 and len(words) == len(cells) and len(set(words)) >= min(2, width):
            return i
    return next(i for i, cells in filled if cells)


def _is_second_header(names: Sequence[str], below: Row) -> bool:
    """Whether a header goes on in the row below: it repeats names, as a merged cell does, and there the
    row below tells them apart."""
    repeated = {name for name, times in Counter(filter(None, names)).items() if times > 1}
    cells = [_clean(cell) for cell in below]
    under = [cell for name, cell in zip(names, cells, strict=False) if name in repeated]
    return (
        bool(repeated)
        and len(set(under)) == len(under)
        and all(cell and not _NUMBER.fullmatch(cell) for cell in under)
        and len([cell for cell in cells if cell]) * 3 >= len([name for name in names if name]) * 2
    )


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    width = max(len(above), len(below))
    tops = [*above, *[""] * (width - len(above))]
    subs = [*below, *[""] * (width - len(below))]
    return [
        top if top == sub or not sub else sub if not top else f"{top}/{sub}"
        for top, sub in zip(tops, subs, strict=True)
    ]


def _named(names: Sequence[str], sheet: Sheet) -> list[str]:
    """Names of columns, each there once; a doubled one is found, and kept under a number."""
    out: dict[str, None] = {}
    for name in [name for name, times in Counter(filter(None, names)).items() if times > 1]:
        said = "this column is there twice"
        sheet.findings.append(Finding(sheet.place(sheet.header), name, said, "doubled-column"))
    for position, name in enumerate(names, start=1):
        shown = name or f"#{position}"
        # polars takes * and ^…$ for patterns of names.
        while shown in out or shown in (ROW, "*") or (shown.startswith("^") and shown.endswith("$")):
            shown = f"{shown} ({position})"
        out[shown] = None
    return list(out)


# ---------------------------------------------------------------------- JSON and Parquet


def _json(file: File, space: Workspace) -> Sheet:
    """Objects in a list, in the only list of objects of an object, or one a line; nested ones get dotted
    names, and the items of a list are separated by `|`."""
    sheet = Sheet(file.name, None, file.table, header=0, limits=space.limits)
    encoding, named = decode(file.path, file.name)
    most = space.limits.row
    # By column whether any record fills it.
    columns: dict[str, bool] = {}
    waiting: list[tuple[int, dict[str, str | None]]] = []
    size = 0
    empty = 0
    spool: _Spool | None = None

    def start() -> _Spool:
        if len(columns) > space.limits.columns:
            raise TooLarge(
                f"{file.name}: has {len(columns):,} columns; at most {space.limits.columns:,} are read"
            )
        sheet.columns = [column for column, is_filled in columns.items() if is_filled]
        begun = _Spool(sheet, space)
        for number, cells in waiting:
            begun.add(number, [cells.get(column) for column in sheet.columns])
        waiting.clear()
        return begun

    try:
        lines = json_text.is_lines(
            file.path, encoding, most, named=file.path.suffix.lower() in (".jsonl", ".ndjson")
        )
        sheet.read_as = f"{named}, {'JSON lines' if lines else 'JSON'}"
        records = (
            _json_lines(file.path, encoding, sheet)
            if lines
            else enumerate(json_text.records(file.path, encoding, file.name, most), start=1)
        )
        for number, record in records:
            cells = _flattened(record, space.limits.columns)
            if not cells:
                empty += 1
                if empty > space.limits.findings:
                    raise TooLarge(f"{file.name}: has more than {empty - 1:,} empty records")
            elif not _is_text(cells):
                said = "holds half of a surrogate pair, which is no character"
                sheet.lose(number, "", said, "bad-record")
            elif spool is None:
                for column, cell in cells.items():
                    columns[column] = columns.get(column, False) or cell is not None
                    size += len(column) + len(cell or "") + _CELL_SIZE
                waiting.append((number, cells))
                if len(waiting) == CHUNK or size > _CHUNK_SIZE or len(columns) > space.limits.columns:
                    spool = start()
            elif strange := next((key for key, cell in cells.items() if cell and not columns.get(key)), None):
                said = f"the field {strange!r} is in none of the first records"
                sheet.lose(number, strange, said, "unknown-column")
            else:
                spool.add(number, [cells.get(column) for column in sheet.columns])
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"{file.name}: is not {named} text (line {line_of(file.path, encoding)}): {error.reason}"
        ) from error
    spool = spool or start()
    spool.flush()
    return sheet


def _json_lines(path: Path, encoding: str, sheet: Sheet) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding=encoding) as stream:
        lines = _Lines(stream, sheet)
        for number, line in enumerate(lines, start=1):
            lines.row, lines.taken = number, 0
            if not line.strip():
                continue
            try:
                record = json_text.value_of(line.strip())
            except ValueError as error:
                sheet.lose(number, "", str(error), "bad-record")
                continue
            if isinstance(record, dict):
                yield number, record
            else:
                sheet.lose(number, "", "is not a JSON object", "bad-record", "{…}")


def _flattened(record: Mapping[str, Any], most: int) -> dict[str, str | None]:
    """A record without nesting: names with dots, lists as one text; at most one column more than `most`."""
    out: dict[str, str | None] = {}

    def put(prefix: str, value: Any, depth: int) -> None:
        if len(out) > most:
            return
        if isinstance(value, dict) and depth < _NESTED:
            for key, inner in value.items():
                put(f"{prefix}.{key}" if prefix else key, inner, depth + 1)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for key in dict.fromkeys(key for item in value for key in item):
                put(f"{prefix}.{key}", [item.get(key) for item in value], _NESTED)
        elif isinstance(value, list):
            out[prefix] = "|".join(_scalar(item) for item in value if item is not None) or None
        else:
            out[prefix] = _scalar(value) or None

    put("", record, 0)
    return out


def _is_text(cells: Mapping[str, str | None]) -> bool:
    try:
        "".join(chain(cells, filter(None, cells.values()))).encode()
    except UnicodeEncodeError:
        return False
    return True


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _parquet(file: File, space: Workspace) -> Sheet:
    sheet = Sheet(file.name, None, file.table, header=0, read_as="Parquet", limits=space.limits)
    target = space.new(".arrow")
    _read_apart("parquet", file, target, file.path.stat().st_size, space)
    frame = pl.scan_ipc(target)
    names = frame.collect_schema().names()
    rows = frame.select(pl.len()).collect().item() if names else 0
    sheet.columns = _named([_clean(name) for name in names], sheet)
    # As many rows at once as have the size of a chunk.
    step = max(1, min(CHUNK, rows * _CHUNK_SIZE // max(1, target.stat().st_size)))
    spool = _Spool(sheet, space)
    for start in range(0, rows, step):
        part = frame.slice(start, step).collect()
        part.columns = sheet.columns
        numbers = pl.Series(ROW, range(start + 1, start + 1 + len(part)), dtype=pl.UInt32)
        spool.put(_within(part.insert_column(0, numbers), sheet))
    target.unlink()
    return sheet


def _within(frame: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
    """The rows without those that have a cell that is too long, which are found."""
    longest = sheet.limits.cell
    for name in sheet.columns:
        long = pl.col(name).str.len_chars().fill_null(0) > longest
        for number in frame.filter(long)[ROW]:
            said = f"the cell is longer than the {longest:,} characters that are read"
            sheet.lose(number, name, said, "too-long", f"≤ {longest}")
        frame = frame.filter(~long)
    return frame


# ---------------------------------------------------------------------- workbooks


def _workbook(file: File, space: Workspace, header: Header) -> Iterator[Sheet]:
    size = file.path.stat().st_size
    computed: Mapping[str, archives.Computed] = {}
    with file.path.open("rb") as stream:
        packed = stream.read(2) == b"PK"
    if packed:
        size, computed = archives.survey(file.path, file.name, space.limits)
    target = space.new(".jsonl")
    _read_apart("workbook", file, target, size, space)
    with target.open(encoding="utf-8") as lines:
        told: dict[str, Any] | None = json.loads(next(lines, "null"))
        while told is not None:
            name = told["sheet"]
            hidden = ", hidden sheet" if told["hidden"] else ""
            sheet = Sheet(file.name, name, name, read_as=f"workbook{hidden}", limits=space.limits)
            cells = computed.get(name, archives.Computed())
            for row, column, error in told["computed"]:
                cells.add(row + 1, column, error=error)
            rows = _Rows(lines, told, sheet)
            _fill(sheet, iter(rows), space, header(name), deep=True)
            told = rows.next_sheet()
            _say_computed(sheet, cells)
            if sheet.columns or sheet.findings:
                yield sheet
    target.unlink()


class _Rows:
    """The rows of one sheet out of the lines that the reading process wrote; merged cells all have the
    value of the first."""

    def __init__(self, lines: Iterator[str], about: Mapping[str, Any], sheet: Sheet) -> None:
        self._lines = lines
        self._sheet = sheet
        self._column: int = about["column"]
        self._width: int = about["width"]
        self._next: dict[str, Any] | None = None
        self._merged: dict[int, list[tuple[int, int, int]]] = {}
        for (top, left), (bottom, right) in about["merged"]:
            self._merged.setdefault(top, []).append((left, min(right, self._width - 1), bottom))
        wide = sum(right - left + 1 for ranges in self._merged.values() for left, right, _ in ranges)
        if wide > _MERGED_COLUMNS:
            raise self._too_much()

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        # By column: the last row that a merged cell fills, and its value.
        filled: dict[int, tuple[int, str | None]] = {}
        repeated = 0
        for index, line in enumerate(self._lines):
            told = json.loads(line)
            if isinstance(told, dict):
                self._next = told
                return
            cells: list[str | None] = [None] * self._column + told if told else []
            for left, right, bottom in self._merged.get(index, ()):
                value = cells[left] if left < len(cells) else None
                for column in range(left, right + 1):
                    filled[column] = (bottom, value)
            for column in [column for column, (bottom, _) in filled.items() if bottom < index]:
                del filled[column]
            repeated += sum([len(value) for _, value in filled.values() if value is not None])
            if repeated > _MERGED_TEXT:
                raise self._too_much()
            if filled:
                cells += [None] * (max(filled) + 1 - len(cells))
                for column, (_, value) in filled.items():
                    cells[column] = value
            yield index + 1, cells

    def _too_much(self) -> TooLarge:
        return TooLarge(
            f"{self._sheet.place(0)}: its merged cells repeat more than a table does; undo the merging"
        )

    def next_sheet(self) -> dict[str, Any] | None:
        """What the process wrote after the rows of this sheet."""
        for line in self._lines if self._next is None else ():
            told = json.loads(line)
            if isinstance(told, dict):
                return told
        return self._next


def _read_apart(kind: str, file: File, target: Path, size: int, space: Workspace) -> None:
    """Read a workbook or a Parquet file of `size` bytes (unpacked) in a process of its own. Raises BadRequest
    or TooLarge."""
    limits = space.limits
    parquet = kind == "parquet"
    # Of the processor. A workbook takes a tenth of that, a Parquet file what its rows take, however packed.
    seconds = min(limits.seconds, (10 if parquet else 2) + size / (1 << 20))
    given = {
        "memory": (208 << 20) + 40 * size if parquet else (112 << 20) + 3 * size,
        "output": min(limits.unpacked, (64 << 20) + (limits.ratio if parquet else 8) * size),
        "seconds": seconds,
        "rows": limits.rows,
        "columns": limits.columns,
        "cells": limits.cells,
    }
    script = Path(__file__).with_name("reading_process.py")
    command = [sys.executable, "-I", str(script), kind, str(file.path), str(target), json.dumps(given)]
    quiet = {k: v for k, v in os.environ.items() if not k.startswith("RUST")} | {"RUST_BACKTRACE": "0"}
    overdue = TooLarge(f"{file.name}: could not be read within {seconds:.0f} seconds; it is refused")
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=4 * seconds + 10,
            env=quiet,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise overdue from None
    if done.returncode == 0:
        return
    if done.returncode in (1, 4):
        refusal = TooLarge if done.returncode == 4 else BadRequest
        if said := done.stdout.strip():
            raise refusal(f"{file.name}: {said}")
    if done.returncode in (-_signal("SIGXCPU"), -_signal("SIGKILL")):
        raise overdue
    if done.returncode == 3 or "memory allocation" in done.stderr or "MemoryError" in done.stderr:
        said = "cells far apart from the others do that: delete them, or save the sheet as .csv"
        raise TooLarge(
            f"{file.name}: would need more memory than a file of its size{'' if parquet else f'; {said}'}"
        )
    if "File too large" in done.stderr or done.returncode == -_signal("SIGXFSZ"):
        raise TooLarge(f"{file.name}: holds more than a file of its size; it is refused")
    raise BadRequest(f"{file.name}: is broken, and cannot be read")


def _signal(name: str) -> int:
    """The number of a signal; of one that this system lacks a number that is none."""
    return int(getattr(signal, name, 1_000))


def _say_computed(sheet: Sheet, cells: archives.Computed) -> None:
    """Findings for the cells below the header that a formula computes."""
    for column, name in enumerate(sheet.columns):
        first = cells.first.get(column, [])
        rows = [row for row in first if row > sheet.header]
        if rows:
            said = "the cell is computed by a formula; its last result is read"
            more = cells.times[column] - len(first) + len(rows) - 1
            sheet.findings.append(Finding(sheet.place(rows[0]), name, said, "formula", more=more))
    for row, column in cells.errors:
        if row > sheet.header and column < len(sheet.columns):
            said = "the cell holds an error such as #N/A or #DIV/0!; write the value"
            sheet.findings.append(Finding(sheet.place(row), sheet.columns[column], said, "formula-error"))
