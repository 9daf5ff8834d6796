"""What loading a large table costs, as ratios taken side by side in one run.

- store: the load of a real table from its file, against the bare engine running the same writes, on each
  engine at hand. The table is the beginning of the largest in ../shared/data (ROR's organisations) where
  that is there, else one made here;
- memory: the peak of what Python holds as the claims grow, with a store that keeps nothing;
- file: time and the process's peak as a foreign CSV grows whose rows name a new company each, from the file
  to a store that keeps nothing.

Run: python -m benchmarks.load [ROWS], or python -m benchmarks.load --file ROWS for one such file. Ratios
matter, absolute times are the machine's.
"""

from __future__ import annotations

import itertools
import resource
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import kglite
from neo4j import Driver, GraphDatabase

from benchmarks.bundled import ratio, seconds
from parkgraph.graph import statements
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import ReadOnly
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.recording import record
from parkgraph.graph.store import DEFAULT_MAX_ROWS, DEFAULT_TIMEOUT, Rows, Statement, Store, open_store
from parkgraph.graph.store import Table as Answer
from parkgraph.ingest.load import Options, check, load
from parkgraph.ingest.mapping import parse_mapping, read_mapping
from tests.neo4j_server.server import Neo4jAddress, require_neo4j, running

ROR = Path(__file__).resolve().parents[2] / "shared" / "data" / "ror-organizations" / "organizations.csv"
ROR_MAPPING = Path(__file__).resolve().parents[1] / "tests" / "mappings" / "ror-organizations.yaml"
ROWS = 2_500
ROUNDS = 3
MEMORY_ROWS = 5_000
FILE_ROWS = 25_000
FILE_PARKS = 5_000
FILE_MAPPING = """
source: {id: "source:benchmark", name: benchmark}
tables:
- entities:
    park: {kind: Park, properties: {name_zh: 园区名称, country: 国家, level: 级别}}
    company: {kind: Company, properties: {name_zh: 企业名称}}
  relations:
  - {subject: park, relation: PARTNERS_WITH, object: company, status: 状态, claims: {valid_from: 签约时间}}
"""
Batches = Sequence[Sequence[Statement]]


def table(rows: int) -> tuple[list[Source], Iterator[Claim]]:
    """One table: for each row a company with four properties, and a partner in another row."""
    source = Source("source:table", "登记表", kind="table", published="2020")

    def claims() -> Iterator[Claim]:
        for row in range(rows):
            for name, value in (
                ("kind", "Company"),
                ("name_zh", f"第{row}科技有限公司"),
                ("name_en", f"Technology {row} Co., Ltd."),
                ("description", f"登记表第{row}行"),
            ):
                yield Claim(_company(row), source.id, property=name, value=value, locator=f"row={row + 2}")
            yield Claim(
                _company(row),
                source.id,
                relation="PARTNERS_WITH",
                object=_company((row + rows // 2 + 1) % rows),
                status="operating",
                valid_from=str(2000 + row % 20),
                locator=f"row={row + 2}",
            )

    return [source], claims()


def _company(row: int) -> str:
    return f"company:benchmark-{row}"


class Recorder:
    """A store that keeps the batches that it writes; without a store underneath it holds nothing, keeps
    nothing and takes everything."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self.url = store.url if store is not None else "nowhere:"
        self.engine = store.engine if store is not None else "embedded"
        self.ran: list[Sequence[Statement]] = []

    @property
    def version(self) -> int:
        return self._store.version if self._store is not None else 0

    def edition(self, *, wait: bool = True) -> str | None:
        return self._store.edition(wait=wait) if self._store is not None else "0"

    def read(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_rows: int = DEFAULT_MAX_ROWS,
    ) -> Rows:
        if self._store is None:
            return Rows()
        return self._store.read(cypher, parameters, timeout=timeout, max_rows=max_rows)

    def ask(self, cypher: str, parameters: Mapping[str, Any], *, timeout: float, max_rows: int) -> Answer:
        del cypher, parameters, timeout, max_rows
        raise ReadOnly("a load asks no queries of somebody's own")

    def write(self, batch: Iterable[Statement]) -> None:
        ran: list[Statement] = []
        if self._store is not None:
            self.ran.append(ran)
            self._store.write(kept(batch, ran))
        else:
            ran.extend(batch)

    def ensure_schema(self, model: Model) -> None:
        if self._store is not None:
            self._store.ensure_schema(model)

    def checkpoint(self) -> None:
        if self._store is not None:
            self._store.checkpoint()

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


def kept(batch: Iterable[Statement], ran: list[Statement]) -> Iterator[Statement]:
    for statement in batch:
        ran.append(statement)
        yield statement


class Table(NamedTuple):
    """A file, how to load it, and what it is."""

    path: Path
    options: Options
    about: str


def real_table(folder: Path, rows: int, model: Model) -> Table:
    path = folder / "organizations.csv"
    if not ROR.is_file():
        write_file(path, rows)
        return Table(
            path, Options(parse_mapping(FILE_MAPPING, model)), "made here: ../shared/data is not there"
        )
    with ROR.open(encoding="utf-8") as lines:
        path.write_text("".join(itertools.islice(lines, rows + 1)), encoding="utf-8")
    return Table(path, Options(read_mapping(ROR_MAPPING, model)), "of ROR's organisations")


def loaded(store: Store, model: Model, table: Table) -> tuple[float, Batches]:
    """Seconds that loading the table takes, and the writes that it comes to."""
    store.ensure_schema(model)
    recorder = Recorder(store)
    spent = seconds(lambda: load(recorder, [table.path], model, options=table.options))
    return spent, recorder.ran


# -- the engines ---------------------------------------------------------------------------------------


def embedded(model: Model, table: Table) -> tuple[float, float]:
    """Seconds of one load, and of the bare engine with the same writes."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"embedded:{Path(folder) / 'ours.kgl'}")
        ours, batches = loaded(store, model, table)
        store.close()
        session = kglite.open_session(str(Path(folder) / "bare.kgl"), durable="normal")
        for text in statements.schema(model):
            session.execute(text)
        session.execute(statements.META.cypher)

        def replay() -> None:
            for batch in batches:
                with session.begin() as transaction:
                    for statement in batch:
                        transaction.cypher(statement.cypher, params=dict(statement.parameters))
            session.save()

        bare = seconds(replay)
        session.close()
    return ours, bare


def neo4j(driver: Driver, address: Neo4jAddress, model: Model, table: Table) -> tuple[float, float]:
    """Seconds of one load, and of the bare driver with the same writes."""
    _empty(driver)
    store = open_store(address.store)
    ours, batches = loaded(store, model, table)
    store.close()
    _empty(driver)
    driver.execute_query(statements.META.cypher)

    def replay() -> None:
        with driver.session() as session:
            for batch in batches:
                with session.begin_transaction() as transaction:
                    for statement in batch:
                        transaction.run(statement.cypher, dict(statement.parameters)).consume()
                    transaction.commit()

    return ours, seconds(replay)


def _empty(driver: Driver) -> None:
    with driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()


# -- what is printed -----------------------------------------------------------------------------------


def compared(name: str, load: Callable[[], tuple[float, float]]) -> str:
    ours, bare = zip(*(load() for _ in range(ROUNDS)), strict=True)
    return f"{name} {ratio(ours, bare)}   {statistics.median(ours):.1f} s / {statistics.median(bare):.1f} s"


def store_part(rows: int) -> Iterator[str]:
    model = default_model()
    with tempfile.TemporaryDirectory() as folder:
        table = real_table(Path(folder), rows, model)
        claims = check([table.path], model, options=table.options).claims
        yield f"a table of {rows:,} rows {table.about}, {claims:,} claims"
        yield compared("embedded load / bare engine, same writes", lambda: embedded(model, table))
        try:
            require_neo4j()
        except unittest.SkipTest as why:
            yield f"Neo4j load / bare driver, same writes    skipped: {why}"
            return
        with running() as address:
            login = (address.user, address.password)
            with GraphDatabase.driver(address.uri, auth=login, notifications_min_severity="OFF") as driver:
                neo4j(driver, address, model, table)  # the server compiles what it runs often
                yield compared(
                    "Neo4j load / bare driver, same writes   ", lambda: neo4j(driver, address, model, table)
                )


def peak(rows: int) -> int:
    """The most bytes that Python held at a time, by tracemalloc, while a table streamed into nothing."""
    sources, claims = table(rows)
    tracemalloc.start()
    record(Recorder(None), default_model(), sources, claims)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def memory_part() -> Iterator[str]:
    peak(10)  # what is made once
    peaks = [peak(MEMORY_ROWS * times) for times in (1, 2, 4)]
    told = ", ".join(f"{size / peaks[0]:.2f}" for size in peaks)
    yield f"peak of Python at 1x, 2x, 4x the claims  {told}   ({peaks[0] / 2**20:.0f} MiB, tracemalloc)"


def write_file(path: Path, rows: int) -> None:
    """A foreign table: each row names one of some parks and a company of its own."""
    with path.open("w", encoding="utf-8") as out:
        out.write("园区名称,国家,级别,企业名称,签约时间,状态\n")
        for i in range(rows):
            day = f"{2000 + i % 24}-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
            out.write(f"第{i % FILE_PARKS}科技园,中国,国家级,第{i}软件有限公司,{day},已签\n")


def load_file(rows: int) -> tuple[float, float]:
    """Seconds that loading such a file takes, and the most MiB that this process has ever held."""
    model = default_model()
    options = Options(parse_mapping(FILE_MAPPING, model))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_file(path, rows)
        spent = seconds(lambda: load(Recorder(None), [path], model, options=options))
    return spent, held()


def held() -> float:
    """The most MiB that this process has held. On Linux `getrusage` begins at what its parent held."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def file_part() -> Iterator[str]:
    told = []
    for times in (1, 2, 4):
        command = [sys.executable, "-m", "benchmarks.load", "--file", str(FILE_ROWS * times)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        told.append([float(number) for number in answer.split()])
    (spent, most), *_ = told
    growth = ", ".join(f"{s / spent:.2f}" for s, _ in told)
    yield f"file by names at 1x, 2x, 4x the rows     {growth}   ({spent:.1f} s for {FILE_ROWS:,} rows)"
    growth = ", ".join(f"{m / most:.2f}" for _, m in told)
    yield f"peak of the process, the same            {growth}   ({most:.0f} MiB)"


def main() -> None:
    if sys.argv[1:2] == ["--file"]:
        print(*load_file(int(sys.argv[2])))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for part in (store_part(rows), memory_part(), file_part()):
        for line in part:
            print(line, flush=True)


if __name__ == "__main__":
    main()
