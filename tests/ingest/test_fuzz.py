"""Whatever is in a file, what comes of it is a report or a sentence: no other exception, and no hang.

PARKGRAPH_FUZZ=5000 reads so many mutants of each kind of file instead of a few.
"""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.model import Model, default_model
from parkgraph.ingest.load import Options, Report, check
from tests.ingest.making import ods, xls, xlsx

_MUTANTS = int(os.environ.get("PARKGRAPH_FUZZ", "0"))
_EXAMPLES = max(60, _MUTANTS // 10)
_SECONDS = 20
_TABLE = [
    ["id", "name_zh", "level", "valid_from", "alias", "source"],
    ["park:wujin", "武进高新区", "国家级", "2019年5月", "武进|常州武进", "source:a"],
    ["park:ningbo", "宁波高新区", "national", "2019-05-10", "", "source:a"],
]
_RECORDS = [
    {"record": "source", "id": "source:a", "name": "A", "kind": "editorial"},
    {"record": "claim", "subject": "park:wujin", "source": "source:a", "property": "kind", "value": "Park"},
    {
        "record": "claim",
        "subject": "park:wujin",
        "source": "source:a",
        "property": "name_zh",
        "value": "武进",
    },
]
_quiet = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise where it takes too long, and where anything but a ParkGraphError is raised."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError("is still being read")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_SECONDS)
    try:
        yield
    except ParkGraphError as error:
        if not str(error).strip():
            raise AssertionError("an error says nothing") from error
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _check(path: Path, model: Model) -> None:
    with _in_time():
        report = check([path], model, None, Options(accept=True, skip_refused=True))
        assert isinstance(report, Report)
        json.dumps(report.to_dict(), ensure_ascii=False).encode()


def _check_bytes(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        _check(path, default_model())


# -- generated files ---------------------------------------------------------------------------

_cells = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [*_TABLE[0], *_TABLE[1], *_TABLE[2], "", '"', "|", "#1", "-", "0", "1e999", "=1+1", "2019-13"]
    ),
)
_tables = st.lists(st.lists(_cells, max_size=8), max_size=8)
_columns = st.lists(
    st.sampled_from([*_TABLE[0], "name_en", "country", "count", "locator", "#row"]), max_size=8
)
_keys = ["id", "name", "subject", "source", "property", "value", "relation", "object", "valid_from", "note"]
_names = st.sampled_from(["parks.csv", "relations.csv", "sources.csv", "anything.tsv", "companies.txt"])
_encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030", "big5hkscs", "cp1252"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _cells,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_cells, inner, max_size=4),
    max_leaves=20,
)


@_quiet
@given(name=_names, content=st.binary(max_size=400))
def test_any_bytes_are_a_report_or_a_sentence(name: str, content: bytes) -> None:
    _check_bytes(name, content)


@_quiet
@given(name=_names, text=st.text(max_size=300), encoding=_encodings)
def test_any_text_is_a_report_or_a_sentence(name: str, text: str, encoding: str) -> None:
    _check_bytes(name, text.encode(encoding, "ignore"))


@_quiet
@given(name=_names, head=_columns, table=_tables, delimiter=st.sampled_from(",\t;|"), encoding=_encodings)
def test_any_table_is_a_report_or_a_sentence(
    name: str, head: list[str], table: list[list[str]], delimiter: str, encoding: str
) -> None:
    text = "\n".join(delimiter.join(row) for row in [head, *table])
    _check_bytes(name, text.encode(encoding, "ignore"))


@_quiet
@given(name=st.sampled_from(["parks.json", "parks.jsonl"]), value=_json)
def test_any_json_is_a_report_or_a_sentence(name: str, value: object) -> None:
    _check_bytes(name, json.dumps(value).encode())


@_quiet
@given(
    records=st.lists(st.dictionaries(st.sampled_from(_keys), _json, max_size=6), max_size=4),
    kind=st.sampled_from(["source", "claim", "plan", "difference", "end"]),
)
def test_any_claims_are_a_report_or_a_sentence(records: list[dict[str, object]], kind: str) -> None:
    lines = [json.dumps(record | {"record": kind}) for record in records]
    _check_bytes("a.claims.jsonl", "\n".join([json.dumps(_RECORDS[0]), *lines]).encode())


# -- mutated files -----------------------------------------------------------------------------


def _mutant(data: bytes, chance: random.Random) -> bytes:
    """A file with bytes flipped, inserted, deleted, or moved."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(out) or 1)
        length = chance.choice((1, 1, 2, 8, 64))
        match chance.randrange(6):
            case 0:
                out[at : at + 1] = bytes([chance.randrange(256)])
            case 1 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 2:
                out[at:at] = chance.randbytes(length)
            case 3:
                del out[at : at + length]
            case 4:
                out[at : at + length] = chance.choice((b"\xff", b"\0", b"\x7f")) * length
            case _:
                other = chance.randrange(len(out) or 1)
                out[at : at + length] = out[other : other + length]
    return bytes(out)


def _seed(kind: str, folder: Path) -> Path:
    """A small real file."""
    path = folder / f"parks.{kind}"
    if kind == "xlsx" or kind == "inner.xlsx":
        return xlsx(path, {"parks": _TABLE})
    if kind == "xls":
        return xls(path, {"parks": _TABLE})
    if kind in ("ods", "inner.ods"):
        return ods(path, {"parks": _TABLE})
    if kind == "parquet":
        pl.DataFrame(_TABLE[1:], schema=_TABLE[0], orient="row").write_parquet(path)
    elif kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("园区/parks.csv", "\n".join(",".join(row) for row in _TABLE))
            archive.writestr(
                "datapackage.json", '{"resources": [{"name": "parks", "path": "园区/parks.csv"}]}'
            )
    elif kind == "json":
        path.write_text(json.dumps([dict(zip(_TABLE[0], row, strict=True)) for row in _TABLE[1:]]))
    elif kind == "claims.jsonl":
        path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in _RECORDS))
    else:
        encoding = {"csv": "utf-8", "tsv": "gb18030", "txt": "utf-16"}[kind]
        path.write_text("\n".join(",".join(row) for row in _TABLE), encoding=encoding)
    return path


def _inside(data: bytes, chance: random.Random) -> bytes:
    """A zip with a member mutated, so that what is in it is read at all."""
    with tempfile.TemporaryFile() as old, tempfile.TemporaryFile() as new:
        old.write(data)
        with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as target:
            wanted = chance.choice([m for m in source.namelist() if m.endswith((".xml", ".rels"))])
            for member in source.namelist():
                content = source.read(member)
                target.writestr(member, _mutant(content, chance) if member == wanted else content)
        new.seek(0)
        return new.read()


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("csv", 150),
        ("tsv", 100),
        ("txt", 100),
        ("json", 100),
        ("claims.jsonl", 100),
        ("zip", 100),
        ("xlsx", 40),
        ("inner.xlsx", 60),
        ("xls", 40),
        ("ods", 20),
        ("inner.ods", 40),
        ("parquet", 15),
    ],
)
def test_a_mutated_file_is_a_report_or_a_sentence(
    kind: str, times: int, tmp_path: Path, model: Model
) -> None:
    chance = random.Random(f"{kind} {_MUTANTS}")  # noqa: S311
    seed = _seed(kind, tmp_path).read_bytes()
    path = tmp_path / f"mutant.{kind}"
    for number in range(_MUTANTS or times):
        mutant = _inside(seed, chance) if kind.startswith("inner") else _mutant(seed, chance)
        path.write_bytes(mutant)
        try:
            _check(path, model)
        except Exception as error:
            kept = Path(tempfile.gettempdir()) / f"parkgraph-mutant-{number}.{kind}"
            kept.write_bytes(mutant)
            raise AssertionError(f"mutant {number}, kept as {kept}: {error!r}") from error
