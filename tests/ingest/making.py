"""Makes the files that the tests of the readers read, and reads them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
import xlwt

from parkgraph.ingest.files import files, workspace
from parkgraph.ingest.limits import DEFAULT, Limits
from parkgraph.ingest.readers import ROW, Sheet, read

PARKS = [
    ["id", "name_zh", "source"],
    ["park:wujin", "武进高新区", "source:a"],
    ["park:ningbo", "宁波高新区", "source:a"],
]


@contextmanager
def sheets(
    path: Path, limits: Limits = DEFAULT, header: Callable[[str | None], int | None] = lambda _: None
) -> Iterator[list[Sheet]]:
    """The tables of a file, as long as they are there."""
    with workspace(limits) as space:
        yield [sheet for file in files(path, space) for sheet in read(file, space, header=header)]


def only(path: Path, limits: Limits = DEFAULT) -> tuple[Sheet, list[tuple[Any, ...]]]:
    """The only table of a file, and its rows with their numbers."""
    with sheets(path, limits) as found:
        (sheet,) = found
        return sheet, rows(sheet)


def rows(sheet: Sheet) -> list[tuple[Any, ...]]:
    """The rows of a table with their numbers."""
    return [row for chunk in sheet.chunks() for row in chunk.select(ROW, *sheet.columns).iter_rows()]


def xlsx(path: Path, tables: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook of texts, numbers and formulas, one sheet a table."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table):
                sheet.write_row(number, 0, row)
    return path


def xls(path: Path, tables: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook of Excel 97, one sheet a table."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, table in tables.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(table):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
    book.save(str(path))
    return path


_OFFICE = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:automatic-styles><style:style style:name="hidden" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)
_MANIFEST = (
    '<?xml version="1.0"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.'
    'spreadsheet"/></manifest:manifest>'
)


def ods_cell(value: object, attributes: str = "") -> str:
    """A cell of an ODS table."""
    if value is None:
        return f"<table:table-cell {attributes}/>"
    kind = "string"
    if isinstance(value, int | float):
        kind, attributes = "float", f'office:value="{value}" {attributes}'
    return (
        f'<table:table-cell office:value-type="{kind}" {attributes}><text:p>{escape(str(value))}</text:p>'
        "</table:table-cell>"
    )


def ods_row(*cells: str, attributes: str = "") -> str:
    """A row of an ODS table."""
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_file(path: Path, tables: Mapping[str, str], *, prolog: str = "", hidden: Sequence[str] = ()) -> Path:
    """An ODS workbook of tables that are written in XML."""
    body = ""
    for name, xml in tables.items():
        style = ' table:style-name="hidden"' if name in hidden else ""
        body += f"<table:table table:name={quoteattr(name)}{style}>{xml}</table:table>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", f'<?xml version="1.0"?>{prolog}{_OFFICE.format(body)}')
    return path


def ods(path: Path, tables: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """An ODS workbook, one sheet a table."""
    written = {
        name: "".join(ods_row(*(ods_cell(value) for value in row)) for row in table)
        for name, table in tables.items()
    }
    return ods_file(path, written)


def replaced(path: Path, member: str, change: Callable[[bytes], bytes], to: Path | None = None) -> Path:
    """A zip with one of its members changed."""
    held = io.BytesIO(path.read_bytes())
    target = to or path
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item.filename, change(data) if item.filename == member else data)
    return target


def encrypted(path: Path) -> Path:
    """What Excel makes of a workbook with a password: a container of Excel 97 whose stream is encrypted."""
    data = bytearray(xls(path, {"a": PARKS}).read_bytes())
    at = data.find("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    data[at : at + 64] = name.ljust(64, b"\0")
    data[at + 64 : at + 66] = struct.pack("<H", len(name) + 2)
    path.write_bytes(data)
    return path
