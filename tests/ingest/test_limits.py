"""Hostile and broken files: each is refused with a sentence, soon, and in little memory."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from parkgraph.graph.errors import BadRequest, ParkGraphError
from tests.ingest.making import PARKS, ods, ods_cell, ods_file, ods_row, only, replaced, xls, xlsx

_SECONDS = 10
"""Far more than any file takes, for machines that are busy."""
_MEMORY = 400
"""MiB of all processes together, with a margin for machines that hold more; none takes 300."""
_SHEET = "xl/worksheets/sheet1.xml"
_READ = """
import json, sys, time
from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.model import default_model
from parkgraph.ingest.limits import Limits
from parkgraph.ingest.load import Options, check
model = default_model()
path, limits = sys.argv[1], Limits(**json.loads(sys.argv[2]))
begun = time.monotonic()
try:
    said = [str(e) for e in check([path], model, None, Options(limits=limits)).errors][:3]
except ParkGraphError as error:
    said = [f"{type(error).__name__}: {error}"]
print(json.dumps([time.monotonic() - begun, said]))
"""


@dataclass(frozen=True)
class Read:
    """How a file was read in a process of its own: what was said, how long it took, the memory in MiB."""

    said: list[str]
    seconds: float
    memory: float


def _resident(process: int) -> float:
    """The most memory that a process had, with that of the processes that it has begun and that still run."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        begun = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
    return own + sum(_resident(int(child)) for child in begun)


def _read(path: Path | str, endless: bytes = b"", **limits: int) -> Read:
    command = [sys.executable, "-c", _READ, str(path), json.dumps(limits)]
    memory = 0.0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        deadline = time.monotonic() + 60
        while process.poll() is None:
            memory = max(memory, _resident(process.pid))
            try:
                process.stdin.write(endless)
            except BrokenPipeError:
                endless = b""
            if time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"{path} is still being read after a minute")
            if not endless:
                time.sleep(0.004)
        seconds, said = json.loads(process.stdout.read())
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    print(f"{Path(path).name}: {seconds:.2f} s, {memory:.0f} MiB: {said}")
    return Read(said, seconds, memory)


# -- hostile files -----------------------------------------------------------------------------


def _zip(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _bomb(folder: Path) -> Path:
    return _zip(folder / "bomb.zip", {"a.csv": b"a,b\n" + b"0" * (300 << 20)})


def _nested_bomb(folder: Path) -> Path:
    inner = _zip(folder / "inner.zip", {f"{i}.csv": b"0" * (20 << 20) for i in range(3)}).read_bytes()
    return _zip(folder / "nested.zip", {f"{i}.zip": inner for i in range(100)})


def _many(folder: Path) -> Path:
    return _zip(folder / "many.zip", {f"{i}.csv": b"" for i in range(20_000)})


def _overlapping(folder: Path) -> Path:
    path = folder / "overlap.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"a,b\n" * (1 << 20))
        archive.filelist += [copy.copy(archive.filelist[0]) for _ in range(1000)]
    return path


def _lying(folder: Path) -> Path:
    size = (20 << 20).to_bytes(4, "little")
    path = _zip(folder / "lying.zip", {"a.csv": b"a,b\n" * (5 << 20)})
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    return path


def _lying_workbook(folder: Path) -> Path:
    path = xlsx(folder / "lying.xlsx", {"a": PARKS})
    replaced(path, "docProps/app.xml", lambda _: b" " * (20 << 20))
    size = (20 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (20_000).to_bytes(4, "little")))
    return path


def _packed_sheet(folder: Path) -> Path:
    path = xlsx(folder / "packed.xlsx", {"a": PARKS})
    return replaced(
        path, _SHEET, lambda xml: xml.replace(b"</sheetData>", b" " * (200 << 20) + b"</sheetData>")
    )


def _far_cell(folder: Path) -> Path:
    path = xlsx(folder / "far.xlsx", {"a": PARKS})
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return replaced(path, _SHEET, lambda xml: xml.replace(b"</sheetData>", far))


def _wide_and_deep(folder: Path) -> Path:
    """A sheet of 16 million empty cells between two filled ones."""
    path = xlsx(folder / "wide.xlsx", {"a": PARKS})
    far = b'<row r="1000"><c r="XFD1000"><v>1</v></c></row></sheetData>'
    return replaced(path, _SHEET, lambda xml: xml.replace(b"</sheetData>", far))


def _shared(folder: Path) -> Path:
    path = xlsx(folder / "shared.xlsx", {"a": [["x" * 30_000]]})
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(2, 1_000_001))
    return replaced(path, _SHEET, lambda xml: xml.replace(b"</sheetData>", cells + b"</sheetData>"))


_LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
)


def _laughs(folder: Path) -> Path:
    path = xlsx(folder / "laughs.xlsx", {"a": PARKS})

    def laugh(xml: bytes) -> bytes:
        head, body = xml.split(b"?>", 1)
        return head + b"?>" + _LAUGHS.encode() + body.replace(b"park:wujin", b"&a9;")

    return replaced(path, "xl/sharedStrings.xml", laugh)


def _laughs_in_the_workbook(folder: Path) -> Path:
    path = xlsx(folder / "laughs16.xlsx", {"a": PARKS})

    def laugh(xml: bytes) -> bytes:
        body = xml.decode().split("?>", 1)[1].replace('name="a"', 'name="&a9;"')
        return ('<?xml version="1.0" encoding="UTF-16"?>' + _LAUGHS + body).encode("utf-16")

    return replaced(path, "xl/workbook.xml", laugh)


def _laughs_in_ods(folder: Path) -> Path:
    table = {"a": ods_row(*(ods_cell(c) for c in PARKS[0])) + ods_row(ods_cell("LAUGH"))}
    path = ods_file(folder / "laughs.ods", table, prolog=_LAUGHS)
    return replaced(path, "content.xml", lambda xml: xml.replace(b"LAUGH", b"&a9;"))


def _wide_ods(folder: Path) -> Path:
    cell = ods_cell("x", 'table:number-columns-repeated="1000000000"')
    return ods_file(folder / "wide.ods", {"a": ods_row(cell) + ods_row(ods_cell("y"))})


def _long_ods(folder: Path) -> Path:
    row = ods_row(ods_cell("x"), attributes='table:number-rows-repeated="1000000000"')
    return ods_file(folder / "long.ods", {"a": row + ods_row(ods_cell("y"))})


def _unclosed_ods(folder: Path) -> Path:
    """calamine reads such a table for ever."""
    path = ods(folder / "unclosed.ods", {"a": PARKS})
    return replaced(path, "content.xml", lambda xml: xml.replace(b"</table:table></", b"</table:tabletr/"))


def _empty_then_far_ods(folder: Path) -> Path:
    gap = ods_row(attributes='table:number-rows-repeated="1000000000"')
    far = ods_row('<table:table-cell table:number-columns-repeated="1000000000"/>', ods_cell("y"))
    return ods_file(folder / "far.ods", {"a": ods_row(ods_cell("x")) + gap + far})


def _merged(folder: Path) -> Path:
    """A hundred thousand merged ranges that all cover the sheet."""
    path = xlsx(folder / "merged.xlsx", {"a": [PARKS[0]] + [["a", "b", "c"]] * 20_000})
    ranges = b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 100_000 + b"</mergeCells>"
    return replaced(path, _SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + ranges))


def _merged_text(folder: Path) -> Path:
    """One long text, merged over a large area."""
    rows = [["x" * 30_000] + [None] * 899] + [[None] * 900] * 198 + [[None] * 899 + ["y"]]
    path = xlsx(folder / "text.xlsx", {"a": rows})
    ranges = b'<mergeCells><mergeCell ref="A1:AHP200"/></mergeCells>'
    return replaced(path, _SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + ranges))


def _merged_width(folder: Path) -> Path:
    """Hundreds of merged cells as wide as a sheet may be."""
    path = xlsx(folder / "wide.xlsx", {"a": [["a"] + [None] * 16_382 + ["b"]]})
    cells = b"".join(b'<mergeCell ref="A%d:XFD%d"/>' % (n, n) for n in range(1, 200))
    ranges = b"<mergeCells>" + cells + b"</mergeCells>"
    return replaced(path, _SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + ranges))


_Thrift = tuple[int, Any]


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _thrift(value: _Thrift) -> bytes:
    """A value in Thrift's compact protocol: (5 or 6, integer), (8, text), (9, list) or (12, fields)."""
    kind, said = value
    if kind in (5, 6):
        return _varint(said << 1)
    if kind == 8:
        return _varint(len(said)) + bytes(said, "utf-8")
    if kind == 9:
        items: bytes = b"".join(_thrift(item) for item in said)
        return bytes([len(said) << 4 | said[0][0]]) + items
    out, last = b"", 0
    for number, field in said.items():
        out += bytes([number - last << 4 | field[0]]) + _thrift(field)
        last = number
    return out + b"\0"


def _nulls(path: Path, rows: int, said: int) -> Path:
    """A Parquet file with a page of so many nulls, which says that it has `said` rows."""
    levels = _varint(rows << 1) + b"\0"
    page = len(levels).to_bytes(4, "little") + levels
    about = {1: (5, rows), 2: (5, 0), 3: (5, 3), 4: (5, 3)}
    head = _thrift((12, {1: (5, 0), 2: (5, len(page)), 3: (5, len(page)), 5: (12, about)}))
    size = len(head) + len(page)
    column = {1: (5, 1), 2: (9, [(5, 3)]), 3: (9, [(8, "a")]), 4: (5, 0), 5: (6, rows)}
    column |= {6: (6, size), 7: (6, size), 9: (6, 4)}
    group = {1: (9, [(12, {2: (6, 4), 3: (12, column)})]), 2: (6, size), 3: (6, said)}
    schema = [(12, {4: (8, "s"), 5: (5, 1)}), (12, {1: (5, 1), 3: (5, 1), 4: (8, "a")})]
    footer = _thrift((12, {1: (5, 1), 2: (9, schema), 3: (6, said), 4: (9, [(12, group)])}))
    path.write_bytes(b"PAR1" + head + page + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    return path


def _many_nulls(folder: Path) -> Path:
    return _nulls(folder / "nulls.parquet", 10**9, 10**9)


def _lying_nulls(folder: Path) -> Path:
    return _nulls(folder / "lying.parquet", 10**9, 5)


def _repeated_text(folder: Path) -> Path:
    path = folder / "repeated.parquet"
    pl.DataFrame({"a": pl.repeat("x" * 30_000, 200_000, eager=True)}).write_parquet(path)
    return path


def _deep(folder: Path, piece: str = "[") -> Path:
    path = folder / "deep.json"
    path.write_text(piece * (50 << 20))
    return path


def _many_objects(folder: Path) -> Path:
    path = folder / "objects.json"
    path.write_text("[" + "{}," * (6 << 20) + "{}]")
    return path


def _long_string(folder: Path) -> Path:
    path = folder / "string.json"
    path.write_text('[{"a": "' + "x" * (100 << 20) + '"}]')
    return path


def _huge_integer(folder: Path) -> Path:
    path = folder / "integer.json"
    path.write_text('[{"a": ' + "9" * 1_000_000 + "}]")
    return path


def _one_line(folder: Path) -> Path:
    path = folder / "line.csv"
    path.write_text("x" * (100 << 20))
    return path


def _commas(folder: Path) -> Path:
    path = folder / "commas.csv"
    path.write_text("a,b\n" + "," * (100 << 20))
    return path


def _endless_row(folder: Path) -> Path:
    path = folder / "row.csv"
    path.write_text('a,b\n"x\n"' + ',"x\n"' * (10 << 20))
    return path


def _wide_rows(folder: Path) -> Path:
    path = folder / "wide.csv"
    row = ",".join(["x" * 1000] * 1000) + "\n"
    path.write_text(",".join(f"c{i}" for i in range(1000)) + "\n" + row * 100 + "1\n")
    return path


def _ragged(folder: Path) -> Path:
    path = folder / "ragged.csv"
    path.write_text("a,b\n" + "1,2,3\n" * 500_000)
    return path


def _nul(folder: Path) -> Path:
    path = folder / "nul.csv"
    path.write_bytes(b"a,b\n" + b"\0" * (100 << 20))
    return path


def _claims_line(folder: Path) -> Path:
    path = folder / "claims.jsonl"
    path.write_text('{"record": "source", "id": "source:a", "name": "x"}\n' + "[" * (100 << 20))
    return path


_HOSTILE: dict[Callable[[Path], Path], str] = {
    _bomb: "times its size",
    _nested_bomb: "holds no file that is read",
    _many: "holds 20000 files",
    _overlapping: "would unpack to|times its size",
    _lying: "larger than it says",
    _lying_workbook: "broken or cut off",
    _packed_sheet: "times its size",
    _far_cell: "would need more memory",
    _wide_and_deep: "would need more memory|columns; at most",
    _shared: "repeats its texts to",
    _laughs: "declares XML entities",
    _laughs_in_the_workbook: "is broken or cut off|declares XML entities",
    _laughs_in_ods: "declares XML entities",
    _wide_ods: "would need more memory|has 16,384 columns",
    _long_ods: "would need more memory",
    _unclosed_ods: "is broken or cut off",
    _empty_then_far_ods: "",
    _merged: "",
    _merged_text: "its merged cells repeat more than a table does",
    _merged_width: "its merged cells repeat more than a table does",
    _many_nulls: "has 1,000,000,000 rows",
    _lying_nulls: "",
    _repeated_text: "holds more than|would need more memory",
    _deep: "nested too deeply",
    _many_objects: "has more than 10,000 empty records",
    _long_string: "a record has more than the 4,194,304 characters",
    _huge_integer: "no table 'integer'|has 1,000,000 characters",
    _one_line: "has more than the 4,194,304 characters",
    _commas: "has more than the 4,194,304 characters",
    _endless_row: "has more than the 4,194,304 characters",
    _wide_rows: "",
    _ragged: "the row has 3 cells",
    _nul: r"is not UTF-8 text \(line 2\)",
    _claims_line: "has more than the 4,194,304 characters",
}


@pytest.mark.parametrize("make", _HOSTILE, ids=lambda make: make.__name__.strip("_"))
def test_a_hostile_file_is_refused_soon_and_in_little_memory(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    read = _read(make(tmp_path))
    assert read.said, "a hostile file is never passed over in silence"
    assert re.search(_HOSTILE[make], read.said[0]), read.said
    assert read.seconds < _SECONDS
    assert read.memory < _MEMORY


def test_endless_standard_input_is_refused() -> None:
    read = _read("-", endless=b"a,b\n" * 16_384, file=200 << 20)
    assert read.said == ["TooLarge: standard input: at most 200 MiB are read"]
    assert read.seconds < _SECONDS
    assert read.memory < _MEMORY


@pytest.mark.parametrize("name", ["../out.csv", "/out/out.csv", "..\\out.csv", "a/../../out.csv", "link.csv"])
def test_a_zip_with_a_name_or_a_link_that_leads_out_of_it_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "inner" / "a.zip"
    path.parent.mkdir()
    (tmp_path / "secret.csv").write_text("id\nsecret\n")
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = (0o120777 if name == "link.csv" else 0o100644) << 16
        archive.writestr(member, "../secret.csv")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(BadRequest, match=r"a\.zip: '.*out\.csv|link\.csv' inside it leads out of it"):
        only(path)
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods", "parquet", "zip"])
def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        pl.DataFrame(PARKS[1:], schema=PARKS[0], orient="row").write_parquet(path)
    elif suffix == "zip":
        _zip(path, {"a.csv": b"a,b\n1,2\n" * 1000})
    else:
        {"xlsx": xlsx, "xls": xls, "ods": ods}[suffix](path, {"a": PARKS})
    whole = path.read_bytes()
    for part in range(1, 16):
        path.write_bytes(whole[: len(whole) * part // 16])
        with pytest.raises(ParkGraphError, match=rf"a\.{suffix}: is (broken|something else|empty)"):
            only(path)
