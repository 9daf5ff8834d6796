"""The rows that were refused, as a table to mend and load again: as they were written, with the place that
each came from and what is wrong with it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import xlsxwriter

from parkgraph.graph.errors import BadRequest, ParkGraphError
from parkgraph.ingest.load import Loading
from parkgraph.ingest.readers import ORIGIN

_OWN = (ORIGIN.more, ORIGIN.file, ORIGIN.sheet, ORIGIN.row, ORIGIN.problem)


def refused_rows(loading: Loading) -> tuple[list[str], list[dict[str, str | None]]]:
    """The columns and the refused rows; the columns of where each stood come last."""
    rows = list(loading.refused_rows())
    columns = dict.fromkeys(column for row in rows for column in row if column not in _OWN)
    return [*columns, *_OWN], rows


def write_refused(loading: Loading, target: str | Path) -> int:
    """Write the refused rows, cell by cell as they were written, and say how many they are; the suffix
    decides, .csv or .xlsx. Where there are none (a whole table is refused) no file is made. Raises BadRequest
    for another suffix, ParkGraphError where the file is there already or cannot be written."""
    target = Path(target)
    if target.suffix not in (".csv", ".xlsx"):
        raise BadRequest(f"{target}: expected a file that ends in .csv or .xlsx")
    if target.exists():
        raise ParkGraphError(f"{target}: is there already; nothing was written")
    columns, rows = refused_rows(loading)
    if not rows:
        return 0
    try:
        if target.suffix == ".csv":
            with target.open("w", encoding="utf-8-sig", newline="") as out:
                writer = csv.DictWriter(out, columns, lineterminator="\r\n")
                writer.writeheader()
                writer.writerows(rows)
            return len(rows)
        with xlsxwriter.Workbook(
            str(target), {"strings_to_formulas": False, "strings_to_urls": False}
        ) as book:
            sheet = book.add_worksheet("refused")
            text = book.add_format({"num_format": "@"})
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns) - 1, 20, text)
            sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
            for number, row in enumerate(rows, start=1):
                for position, column in enumerate(columns):
                    if row.get(column) is not None:
                        sheet.write_string(number, position, str(row[column]), text)
        return len(rows)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise ParkGraphError(f"{target}: cannot be written: {error}") from error
