"""Reads a workbook or a Parquet file in a process of its own.

They are parsed by native code, which a broken or hostile file can make run for ever, ask for all memory, or
abort. So it runs apart, with limits that the operating system keeps. This file is run as a script and
imports nothing of ours.

Arguments: `workbook` or `parquet`, the file, the file to write, and the limits as JSON: `memory` and `output`
in bytes, `seconds`, `rows`, `columns` and `cells`. What is wrong with the file is printed as a sentence, for
status 1, or 4 where it is too large.

Of a workbook JSON lines are written: {"sheet", "column", "width", "merged", "hidden", "computed"} at the
start of each sheet (its rows begin in `column`, counted from 0, and end before `width`), then one list of
texts and nulls a row. Of a Parquet file an Arrow file of texts is written.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import mmap
import os
import sys
import zipfile
from typing import Any
from xml.parsers import expat

_DIGITS = 15
"""Significant digits that Excel keeps of a number."""
_MERGED = 100_000
_LOCKED = "is protected by a password; save it without"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"


class _TooLarge(Exception):
    """A file that goes beyond a limit."""


def text_of(value: Any) -> str | None:
    """A cell as text: dates in ISO 8601, numbers without what binary fractions add."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 10**_DIGITS:
            return str(int(value))
        return format(value, f".{_DIGITS}g")
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def limit(memory: int, output: int, seconds: float) -> None:
    """Have the operating system keep the limits; where it cannot, the parent's timeout remains."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for which, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))


def read_workbook(path: str, target: str, limits: dict[str, Any]) -> str | None:
    """Write the sheets; what is wrong with the workbook, or None."""
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

    limit(limits["memory"], limits["output"], limits["seconds"])
    with open(path, "rb") as file, open(target, "w", encoding="utf-8") as out:

        def put(value: Any) -> None:
            json.dump(value, out, ensure_ascii=False, separators=(",", ":"))
            out.write("\n")

        try:
            # First, as calamine reads for ever where the XML is not well-formed.
            described = _OdsCells.of(path)
            # By its content: a path would be opened by its suffix.
            with load_workbook(file) as book:
                for number, about in enumerate(book.sheets_metadata):
                    if about.typ != SheetTypeEnum.WorkSheet:
                        continue
                    sheet = book.get_sheet_by_index(number)
                    (top, left), (bottom, right) = sheet.start or (0, 0), sheet.end or (0, 0)
                    if (bottom - top + 1) * (right - left + 1) > limits["cells"]:
                        raise _TooLarge(
                            f"the sheet {about.name} has {bottom + 1:,} rows and {right + 1:,} columns; at "
                            f"most {limits['cells']:,} cells are read"
                        )
                    if described is None:
                        try:
                            merged = sheet.merged_cell_ranges or []
                        except CalamineError:
                            merged = []
                        computed = []
                    else:
                        merged, computed = described.merged[about.name], described.computed[about.name]
                    put(
                        {
                            "sheet": about.name,
                            "column": left,
                            "width": right + 1,
                            "merged": list(dict.fromkeys(merged))[:_MERGED],
                            "hidden": about.visible != SheetVisibleEnum.Visible,
                            "computed": computed,
                        }
                    )
                    for row in sheet.iter_rows():
                        texts = [text_of(cell) for cell in row]
                        while texts and texts[-1] is None:
                            texts.pop()
                        put(texts)
        except PasswordError:
            return _LOCKED
        except (CalamineError, ValueError, LookupError, expat.ExpatError, zipfile.BadZipFile) as error:
            if _is_encrypted(path):
                return _LOCKED
            said = str(error).strip().splitlines() or [type(error).__name__]
            return f"is broken or cut off ({said[0][:200]})"
    return None


def _is_encrypted(path: str) -> bool:
    """Whether a file is what Excel makes of an XLSX workbook with a password."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content[:4] == b"\xd0\xcf\x11\xe0" and content.find("EncryptedPackage".encode("utf-16-le")) > 0


class _OdsCells:
    """What calamine does not say of an ODS workbook: by sheet the cells that are merged, as ((top, left),
    (bottom, right)), and those that a formula computes, as (row, column, whether it is an error), counted
    from 0."""

    def __init__(self) -> None:
        self.merged: dict[str, list[Any]] = {}
        self.computed: dict[str, list[tuple[int, int, bool]]] = {}
        self._sheet = ""
        self._row = self._column = self._rows = 0

    @classmethod
    def of(cls, path: str) -> _OdsCells | None:
        """The cells of an ODS workbook; None of another one."""
        if not zipfile.is_zipfile(path):
            return None
        with zipfile.ZipFile(path) as archive:
            if "content.xml" not in archive.namelist():
                return None
            cells = cls()
            parser = expat.ParserCreate(namespace_separator=" ")
            parser.StartElementHandler = cells._start
            parser.EndElementHandler = cells._end
            with archive.open("content.xml") as content:
                parser.ParseFile(content)
            return cells

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not name.startswith(_TABLE):
            return
        name = name.removeprefix(_TABLE)
        if name == "table":
            self._sheet = attributes.get(f"{_TABLE}name", "")
            self.merged[self._sheet], self.computed[self._sheet] = [], []
            self._row = 0
        elif name == "table-row":
            self._column = 0
            self._rows = int(attributes.get(f"{_TABLE}number-rows-repeated", 1))
        elif name in ("table-cell", "covered-table-cell") and self._sheet in self.merged:
            wide = int(attributes.get(f"{_TABLE}number-columns-spanned", 1))
            high = int(attributes.get(f"{_TABLE}number-rows-spanned", 1))
            merged, computed = self.merged[self._sheet], self.computed[self._sheet]
            if (wide > 1 or high > 1) and len(merged) < _MERGED:
                start = (self._row, self._column)
                merged.append((start, (self._row + high - 1, self._column + wide - 1)))
            error = attributes.get(_TYPE) == "error"
            if (error or f"{_TABLE}formula" in attributes) and len(computed) < _MERGED:
                computed.append((self._row, self._column, error))
            self._column += int(attributes.get(f"{_TABLE}number-columns-repeated", 1))

    def _end(self, name: str) -> None:
        if name == f"{_TABLE}table-row":
            self._row += self._rows


def read_parquet(path: str, target: str, limits: dict[str, Any]) -> str | None:
    """Write the rows as texts; what is wrong with the file, or None."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as pl

    def as_text(name: str, kind: pl.DataType) -> pl.Expr:
        column = pl.col(name)
        if isinstance(kind, pl.List | pl.Array):
            items = column.list if isinstance(kind, pl.List) else column.arr.to_list().list
            return items.eval(pl.element().cast(pl.String)).list.join("|")
        if isinstance(kind, pl.Struct):
            return column.struct.json_encode()
        if kind == pl.Boolean:
            return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false")).otherwise(None)
        if kind == pl.Binary:
            return column.bin.encode("hex")
        if kind.is_float():
            whole = (column == column.round(0)) & (column.abs() < 10**_DIGITS)
            number = column.cast(pl.Int64, strict=False).cast(pl.String)
            return (
                pl.when(whole).then(number).when(column.is_nan()).then(None).otherwise(column.cast(pl.String))
            )
        if isinstance(kind, pl.Datetime):
            return column.dt.to_string("%Y-%m-%dT%H:%M:%S")
        if kind == pl.Null:
            return column.cast(pl.String)
        return column.cast(pl.String)

    limit(limits["memory"], limits["output"], limits["seconds"])
    try:
        scan = pl.scan_parquet(path, glob=False)
        schema = scan.collect_schema()
        rows = scan.select(pl.len()).collect().item()
        if rows > limits["rows"] or len(schema) > limits["columns"]:
            raise _TooLarge(
                f"has {rows:,} rows and {len(schema):,} columns; at most {limits['rows']:,} rows and "
                f"{limits['columns']:,} columns are read"
            )
        texts = [as_text(name, kind).alias(name) for name, kind in schema.items()]
        scan.select(texts).sink_ipc(target, compression="uncompressed", compat_level=pl.CompatLevel.oldest())
    except (pl.exceptions.PolarsError, OSError, ValueError, TypeError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        return f"is broken or cut off, and no Parquet ({said[0][:200]})"
    return None


def main() -> int:
    kind, path, target, limits = sys.argv[1:5]
    read = {"workbook": read_workbook, "parquet": read_parquet}[kind]
    try:
        said = read(path, target, json.loads(limits))
    except _TooLarge as error:
        print(error)
        return 4
    except MemoryError:
        return 3
    if said is not None:
        print(said)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
