"""The table that loading is measured with: valid under the model, and shown whole once it is loaded."""

from __future__ import annotations

from pathlib import Path

from benchmarks.load import FILE_MAPPING, Recorder, table, write_file
from parkgraph.graph.model import Model
from parkgraph.graph.recording import record
from parkgraph.graph.store import open_store
from parkgraph.graph.validation import claim_problems, source_problems
from parkgraph.ingest.load import Options, load
from parkgraph.ingest.mapping import parse_mapping


def test_the_table_keeps_to_the_model_and_every_row_is_shown(tmp_path: Path, model: Model) -> None:
    sources, claims = table(20)
    said = list(claims)
    known = {source.id: source for source in sources}
    assert not [p for source in sources for p in source_problems(source, model)]
    kinds = {claim.subject: frozenset(["Company"]) for claim in said}
    assert not [p for claim in said for p in claim_problems(claim, model, kinds, known[claim.source])]
    store = Recorder(open_store(f"embedded:{tmp_path / 'graph.kgl'}"))
    record(store, model, sources, said)
    assert store.read("MATCH (n:Company) RETURN count(n) AS n") == [{"n": 20}]
    assert store.read("MATCH (f:Fact) RETURN count(f) AS n") == [{"n": 100}]
    assert len(store.ran) == store.version
    store.close()


def test_the_file_loads_with_its_mapping(tmp_path: Path, model: Model) -> None:
    write_file(tmp_path / "table.csv", 20)
    options = Options(parse_mapping(FILE_MAPPING, model))
    report = load(Recorder(None), [tmp_path / "table.csv"], model, options=options)
    assert (report.rows, report.refused, report.claims) == (20, 0, 20 * (4 + 2 + 1))


def test_what_holds_nothing_takes_everything(model: Model) -> None:
    store = Recorder(None)
    assert record(store, model, *table(20)).added == 100
    assert store.ran == []
