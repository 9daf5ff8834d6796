"""What checking a table costs column by column, against the same checks a row at a time with pydantic.

Run: python -m benchmarks.checks [ROWS]. Both are given the cells already read; both look at every cell for
type, vocabulary, form, length, control characters and real days, and at all rows for those that are there
twice and for values of one park that differ. Ratios matter, absolute times are the machine's.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from benchmarks.bundled import ratio, seconds
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import default_model
from parkgraph.ingest.chunks import Context
from parkgraph.ingest.columns import INVISIBLE
from parkgraph.ingest.files import files, workspace
from parkgraph.ingest.mapping import LoadMapping, parse_mapping
from parkgraph.ingest.readers import ROW, Sheet, read
from parkgraph.ingest.resolving import Resolver
from parkgraph.ingest.tables import Table

ROWS = 250_000
ROUNDS = 5
MAPPING = """
source: {id: "source:benchmark", name: benchmark}
tables:
- entities:
    park:
      kind: Park
      id: "{编号}"
      properties: {name_zh: 园区名称, country: 国家, level: 级别, status: 状态, zone_code: 代码}
    company: {kind: Company, id: "{企业}", properties: {name_zh: 企业名称}}
  relations:
  - {subject: park, relation: PARTNERS_WITH, object: company, claims: {valid_from: 签约时间}}
"""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def write(path: Path, rows: int) -> None:
    """A table in which every cell is right."""
    with path.open("w", encoding="utf-8") as out:
        out.write("编号,园区名称,国家,级别,状态,代码,企业,企业名称,签约时间\n")
        for i in range(rows):
            day = f"{2000 + i % 24}-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
            out.write(f"p{i},第{i}科技园,CN,national,signed,{100_000 + i},c{i % 50_000},")
            out.write(f"第{i % 50_000}软件有限公司,{day}\n")


def columns(sheet: Sheet, mapping: LoadMapping) -> int:
    """Check the sheet as the loader does; how many findings there are."""
    model = default_model()
    table = Table(sheet, mapping.tables[0], Context(model, Resolver(model, None), {}, mapping.source.id))
    return sum(1 for _ in table.cells()) + sum(1 for _ in table.references())


def _seen(text: str) -> str:
    if _UNSEEN.search(text):
        raise ValueError("holds a control or invisible character")
    return text


def _day(text: str) -> str:
    return parse_date(text).text


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,160}$")]
Text = Annotated[str, Field(min_length=1, max_length=32_767), AfterValidator(_seen)]
_MODEL = default_model()


class Row(BaseModel):
    """The same rules for one row."""

    model_config = ConfigDict(str_strip_whitespace=True)

    park: Id = Field(alias="编号")
    name: Text = Field(alias="园区名称")
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = Field(alias="国家")
    level: Literal["national", "provincial", "other"] = Field(alias="级别")
    status: Literal["proposed", "planned", "signed", "operating", "ended", "cancelled"] = Field(alias="状态")
    code: Annotated[str, Field(pattern="^[A-Z]?[0-9]{6,8}$")] = Field(alias="代码")
    company: Id = Field(alias="企业")
    company_name: Text = Field(alias="企业名称")
    day: Annotated[str, AfterValidator(_day)] = Field(alias="签约时间")


def rows_one_by_one(records: Sequence[Mapping[str, Any]]) -> int:
    """Check the same a row at a time; how many findings there are."""
    found = 0
    whole: set[tuple[Any, ...]] = set()
    said: dict[tuple[str, str], str] = {}
    for record in records:
        try:
            row = Row.model_validate(record)
        except ValidationError:
            found += 1
            continue
        values = tuple(record.values())
        found += values in whole
        whole.add(values)
        for name in ("country", "level", "status", "code"):
            value = getattr(row, name)
            found += said.setdefault((row.park, name), value) != value
    return found


def measure(rows: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, workspace() as space:
        path = Path(folder) / "table.csv"
        write(path, rows)
        (file,) = files(path, space)
        (sheet,) = read(file, space)
        whole = pl.concat(sheet.chunks()).drop(ROW)
        records: Sequence[Mapping[str, Any]] = whole.to_dicts()
        mapping = parse_mapping(MAPPING, default_model())  # as the class of a row is made before
        assert columns(sheet, mapping) == rows_one_by_one(records) == 0
        ours, theirs = zip(
            *(
                (seconds(lambda: columns(sheet, mapping)), seconds(lambda: rows_one_by_one(records)))
                for _ in range(ROUNDS)
            ),
            strict=True,
        )
    yield f"{rows:,} rows of 9 columns, every cell right; invisible characters are {INVISIBLE}"
    yield f"pydantic a row / columns at once  {ratio(theirs, ours)}"
    yield f"  {sorted(theirs)[ROUNDS // 2]:.2f} s / {sorted(ours)[ROUNDS // 2]:.2f} s"


def main() -> None:
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(line, flush=True)


if __name__ == "__main__":
    main()
