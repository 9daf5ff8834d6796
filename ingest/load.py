"""Checking and loading: from files to claims in a store. A refused load changes nothing, and one that was
interrupted is finished by loading the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import polars as pl

from parkgraph.graph import recording
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.differences import Contradiction, Difference, Summary, differences
from parkgraph.graph.errors import BadRequest, Conflict, Refused
from parkgraph.graph.model import Model
from parkgraph.graph.store import Store
from parkgraph.graph.validation import source_problems
from parkgraph.ingest import recognising
from parkgraph.ingest.chunks import Context
from parkgraph.ingest.claims_file import ClaimsFile, counts_of, is_claims_file
from parkgraph.ingest.columns import CellFault, whole_number
from parkgraph.ingest.files import File, Workspace, files, workspace
from parkgraph.ingest.findings import Finding, Place, Severity
from parkgraph.ingest.limits import DEFAULT, Limits
from parkgraph.ingest.mapping import LoadMapping, TableMapping
from parkgraph.ingest.own_tables import OwnTable, own_columns, own_faults, own_kind, required_columns
from parkgraph.ingest.readers import CHUNK, ORIGIN, ROW, Sheet, read
from parkgraph.ingest.resolving import Meant, Resolver
from parkgraph.ingest.tables import Table

Stand = tuple[Table | ClaimsFile, int]
"""Where a claim stands: in which table or file, and in which row."""
SOURCE_COLUMNS = tuple(item.name for item in fields(Source))
_ALL_ROWS = 50_000_000
_READ_SECONDS = 600.0
_WARNINGS = 100
_COLUMNS_SAID = 30
"""So many warnings of one rule and column are listed, the others counted."""
_LOST = frozenset(
    (
        "unreadable",
        "unknown-table",
        "not-mapped",
        "unknown-column",
        "missing-column",
        "doubled-column",
        "ragged-row",
        "too-long",
        "empty",
        "bad-record",
    )
)
"""After one of these what other rows refer to may stand in what was not read."""
_WHOLE = _LOST - {"ragged-row", "empty"}
"""What cannot be mended in a file of refused rows."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file under another name than it has, such as one that was uploaded."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Options:
    """How a load goes about it: `mapping` for foreign tables, or `accept` to take the one that is proposed
    for each; `queue` to keep an ambiguous name apart until it is judged, instead of refusing its row;
    `skip_refused` to load what is right and leave the rest; `kind` is what an unnamed table is about."""

    mapping: LoadMapping | None = None
    accept: bool = False
    queue: bool = False
    skip_refused: bool = False
    kind: str | None = None
    limits: Limits = DEFAULT


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, or what a check found. `claims` is None where a check left them uncounted, for there
    are many rows. `refused` counts rows; `tables` say how each was read;
    `proposal` is the mapping that its columns' names make likely, where none was given."""

    rows: int
    claims: int | None
    sources: int
    findings: tuple[Finding, ...]
    outcome: recording.Outcome | None = None
    refused: int = 0
    tables: tuple[Mapping[str, Any], ...] = ()
    unlisted: int = 0
    proposal: recognising.Proposal | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep rows from being loaded."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity, those behind `more` among them."""
        listed = sum(1 + f.more for f in self.findings if f.severity == severity)
        return listed + (self.unlisted if severity == "error" else 0)

    def to_dict(self) -> dict[str, Any]:
        outcome = self.outcome
        return {
            **({"proposal": self.proposal.to_dict()} if self.proposal is not None else {}),
            "rows": self.rows,
            "claims": self.claims,
            "sources": self.sources,
            "added": outcome.added if outcome else 0,
            "unchanged": outcome.unchanged if outcome else 0,
            "refused": self.refused,
            "version": outcome.version if outcome else None,
            "tables": [dict(table) for table in self.tables],
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "unlisted": self.unlisted,
            "findings": [finding.to_dict() for finding in self.findings],
        }


class _Findings:
    """Collects findings: every error up to a limit; of each rule and column so many warnings, and one note,
    the last with the number of the rest; and the rows that are refused."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._listed: list[Finding] = []
        self._last: dict[tuple[Any, ...], list[int]] = {}
        self._errors = self._asked = 0
        self._rules: set[str] = set()
        self.unlisted = 0
        self.lost = False
        self.rows: dict[tuple[str, str | None], set[int]] = {}

    def add(self, found: Iterable[Finding]) -> None:
        for finding in found:
            place = finding.place
            if finding.severity == "error":
                self.rows.setdefault((place.file, place.sheet), set()).add(place.row)
                self.lost |= finding.rule in _LOST
                self._rules.add(finding.rule)
                self._errors += 1
                if self._errors > self._most:
                    self.unlisted += 1
                else:
                    self._listed.append(finding)
                continue
            key = (place.file, place.sheet, finding.column, finding.rule)
            at = self._last.setdefault(key, [])
            if len(at) < (_WARNINGS if finding.severity == "warning" else 1):
                at.append(len(self._listed))
                self._listed.append(finding)
            else:
                held = self._listed[at[-1]]
                self._listed[at[-1]] = replace(held, more=held.more + 1 + finding.more)

    @property
    def rules(self) -> set[str]:
        """The rules that errors break."""
        return self._rules

    def grew(self) -> bool:
        """Whether rows were refused since this was asked last."""
        now = sum(len(rows) for rows in self.rows.values())
        before, self._asked = self._asked, now
        return now != before

    @property
    def any_error(self) -> bool:
        return self._errors > 0

    def is_refused(self, file: str, sheet: str | None) -> Callable[[int], bool]:
        rows = self.rows.get((file, sheet), set())
        if 0 in rows:
            return lambda _: True
        return rows.__contains__

    def listed(self, order: Mapping[tuple[str, str | None], tuple[int, list[str]]]) -> tuple[Finding, ...]:
        """In the order of tables, rows and columns."""

        def key(finding: Finding) -> tuple[int, int, int]:
            at, columns = order.get((finding.place.file, finding.place.sheet), (len(order), []))
            column = columns.index(finding.column) if finding.column in columns else len(columns)
            return at, finding.place.row, column

        return tuple(sorted(dict.fromkeys(self._listed), key=key))


class Loading:
    """Files as read and checked, with what they say. Made by `prepared`."""

    def __init__(
        self,
        paths: Sequence[str | Path | Input],
        model: Model,
        store: Store | None,
        options: Options,
        space: Workspace,
    ) -> None:
        self._model = model
        self._store = store
        self._options = options
        self._found = _Findings(options.limits.findings)
        self._context = Context(
            model, Resolver(model, store, queue=options.queue), {}, skip_refused=options.skip_refused
        )
        self._parts: list[Table | ClaimsFile] = []
        self._sources: list[tuple[Source, Place]] = []
        self._order: dict[tuple[str, str | None], tuple[int, list[str]]] = {}
        self._tables: list[dict[str, Any]] = []
        self._comments = 0
        self._unknown: list[Sheet] = []
        self._sheets: list[Sheet] = []
        self._own_files: set[str] = set()
        self.proposal: recognising.Proposal | None = None
        for path in paths:
            self._read(path, space)
        nothing = not self._parts and not self._sources and not self._found.any_error
        if options.mapping is not None and nothing:
            fits = "; ".join(f"{t.file or '*'} {t.sheet or ''}".strip() for t in options.mapping.tables)
            there = ", ".join(" sheet ".join(filter(None, (t["file"], t["sheet"]))) for t in self._tables)
            raise BadRequest(f"{options.mapping.where}: is for {fits}, and for none of {there}")
        self._take_proposal()
        self._check()

    # -- reading -------------------------------------------------------------------------------

    def _read(self, path: str | Path | Input, space: Workspace) -> None:
        where, name = (path.path, path.name) if isinstance(path, Input) else (path, None)
        found = 0
        before = self._found.any_error
        for file in files(where, space, name=name):
            if file.format == "json" and is_claims_file(file.path):
                part = ClaimsFile(file, self._context)
                self._parts.append(part)
                self._order[file.name, None] = (len(self._order), [])
                self._found.add(part.cells())
                self._tables.append(
                    {"file": file.name, "sheet": None, "read_as": part.read_as, "rows": part.rows}
                )
                self._sources += part.sources
                found += part.rows
                continue
            for sheet in read(file, space, header=self._header(file)):
                for one in _restored(sheet):
                    found += one.rows
                    self._place(one)
        if not found and self._found.any_error == before and not self._unknown:
            raise BadRequest(f"{name or where}: holds no rows")

    def _header(self, file: File) -> Callable[[str | None], int | None]:
        mapping = self._options.mapping

        def header(sheet: str | None) -> int | None:
            table = mapping.for_table(file.name, sheet) if mapping is not None else None
            return table.header if table is not None else None

        return header

    def _place(self, sheet: Sheet) -> None:
        """Decide what a sheet is: mapped, one of ParkGraph's own tables, or unknown."""
        self._sheets.append(sheet)
        key = (sheet.file, sheet.sheet)
        self._order[key] = (len(self._order), sheet.columns)
        self._tables.append(
            {
                "file": sheet.file,
                "sheet": sheet.sheet,
                "read_as": sheet.read_as,
                "header": sheet.header,
                "rows": sheet.rows,
                "columns": list(sheet.columns),
            }
        )
        mapping = self._options.mapping
        table = mapping.for_table(sheet.file, sheet.sheet) if mapping is not None else None
        if mapping is not None and table is not None:
            self._take(sheet, table, mapping)
        elif sheet.table == "sources" or sheet.table == "relations" or own_kind(sheet.table, self._model):
            self._own_files.add(sheet.file)
            self._found.add(sheet.findings)
            self._own(sheet)
        elif mapping is not None:
            said = "no table of the mapping is for it; it is left out"
            zh = "映射中没有与它对应的表，未载入"
            self._leave_out(sheet, said, zh)
        else:
            self._unknown.append(sheet)

    def _leave_out(self, sheet: Sheet, said: str, zh: str) -> None:
        """Say that a sheet is not loaded; its rows do not count."""
        self._sheets.remove(sheet)
        self._found.add([Finding(sheet.place(0), "", said, "left-out", zh=zh)])

    def _take(self, sheet: Sheet, table: TableMapping, mapping: LoadMapping) -> None:
        """Read a foreign table by its mapping."""
        self._found.add(sheet.findings)
        self._describe(mapping.source.source(), Place(mapping.where, 0))
        self._context.source = self._context.resolver.source = mapping.source.id
        wanted = table.columns
        missing = sorted(wanted - set(sheet.columns))
        if missing:
            self._found.add(
                Finding(
                    sheet.place(sheet.header),
                    column,
                    f"this column is missing; the table has {', '.join(sheet.columns)}",
                    "missing-column",
                    expected=", ".join(sheet.columns),
                )
                for column in missing
            )
            return
        unused = [column for column in sheet.columns if column not in wanted]
        if unused:
            listed = ", ".join(unused)
            said = f"{len(unused)} column{'s are' if len(unused) > 1 else ' is'} not read by the mapping"
            zh = f"映射未读取这 {len(unused)} 列"
            self._found.add([Finding(sheet.place(sheet.header), listed, said, "column-unused", zh=zh)])
        self._parts.append(Table(sheet, table, self._context))

    def _describe(self, source: Source, place: Place) -> None:
        if not any(known == source for known, _ in self._sources):
            self._sources.append((source, place))

    def _own(self, sheet: Sheet) -> None:
        """Read one of ParkGraph's own tables."""
        model = self._model
        if not sheet.columns:
            return
        if sheet.mended:
            _drop_empty(sheet)
        known = list(SOURCE_COLUMNS) if sheet.table == "sources" else own_columns(sheet.table, model)
        header = sheet.place(sheet.header)
        faults = [
            Finding(
                header, shown, f"there is no column {shown!r}; expected {', '.join(known)}", "unknown-column"
            )
            for column in sheet.columns
            if (shown := "" if column.startswith("#") else column) not in known
            and not _is_again(column, known)
        ]
        faults += [
            Finding(header, c, "this column is missing", "missing-column")
            for c in required_columns(sheet.table)
            if c not in sheet.columns
        ]
        self._found.add(dict.fromkeys(faults))
        if faults or any(f.rule == "doubled-column" for f in sheet.findings):
            return
        if sheet.table == "sources":
            self._read_sources(sheet)
            return
        self._found.add(own_faults(sheet, model))
        self._parts.append(OwnTable(sheet, self._context))

    def _read_sources(self, sheet: Sheet) -> None:
        for frame in sheet.chunks():
            for record in frame.iter_rows(named=True):
                place = sheet.place(record.pop(ROW))
                cells = {c: cell.strip() for c, cell in record.items() if cell is not None and cell.strip()}
                if cells.get("id", "").startswith("#"):
                    self._comments += 1
                    continue
                absent = [column for column in required_columns("sources") if column not in cells]
                if absent:
                    self._found.add(
                        Finding(place, column, "is empty", "empty", zh="未填写") for column in absent
                    )
                    continue
                try:
                    self._sources.append((_source(cells), place))
                except _SourceFault as fault:
                    self._found.add(
                        [Finding(place, fault.column, str(fault), "bad-source", cells[fault.column])]
                    )
                    self._found.lost = True

    def _take_proposal(self) -> None:
        """For tables that nobody knows: what their columns' names make likely."""
        if not self._unknown:
            return
        model = self._model
        self.proposal = recognising.propose(self._unknown, model, kind=self._options.kind)
        proposed = self.proposal.mapping
        several = len(self._unknown) > 1
        for sheet in self._unknown:
            table = proposed.for_table(sheet.file, sheet.sheet) if proposed is not None else None
            if table is not None and proposed is not None and self._options.accept:
                self._take(sheet, table, proposed)
            elif table is not None:
                said = (
                    "its columns are recognised, but nobody has said that they are meant so; accept the "
                    "mapping that is proposed, or write one"
                )
                zh = "已识别各列，但尚无人确认；请采用所推测的映射，或自行编写"
                self._found.add([Finding(sheet.place(0), "", said, "not-mapped", zh=zh)])
            elif proposed is not None or sheet.file in self._own_files or (not sheet.rows and several):
                said, zh = "its columns are not recognised; it is left out", "未能识别其各列，未载入"
                self._leave_out(sheet, said, zh)
            else:
                known = ", ".join(["sources", "relations", *(k.table for k in model.kinds.values())])
                self._found.add(sheet.findings)
                said = (
                    f"there is no table {sheet.table!r}; expected one of {known}, or columns whose names say "
                    f"what they hold, or a mapping; its columns are {_listed(sheet.columns, ', ')}"
                )
                zh = (
                    f"没有名为“{sheet.table}”的表，列名也未能识别；请提供映射。其各列为："
                    f"{_listed(sheet.columns, '、')}"
                )
                if not sheet.columns:
                    said, zh = "is empty", "是空的"
                self._found.add([Finding(sheet.place(0), "", said, "unknown-table", expected=known, zh=zh)])

    # -- checking ------------------------------------------------------------------------------

    def _check(self) -> None:
        options = self._options
        for source, place in self._sources:
            for column, message in source_problems(source, self._model):
                self._found.add([Finding(place, column, message, "bad-source")])
            if self._context.sources.setdefault(source.id, source) != source:
                said = f"{source.id} is described twice, differently"
                self._found.add([Finding(place, "id", said, "bad-source")])
        if self._store is not None:
            self._found.add(_described_otherwise(self._sources, self._store))
        tables = [part for part in self._parts if isinstance(part, Table)]
        if any(part.by_name for part in tables):
            for table in tables:
                table.names()
        for table in tables:
            self._found.add(table.cells())
        if self._store is not None:
            named = {source for part in self._parts for source in part.named_sources()}
            missing = named - set(self._context.sources)
            self._context.sources |= recording.read_sources(self._store, missing)
        if self._found.lost and not options.skip_refused:
            # What other rows refer to may stand in what was lost; the rest is checked once that is mended.
            return
        for part in self._parts:
            self._found.add(part.references())
        while options.skip_refused and self._found.grew():
            # What a row refers to may have been described in one that is refused only now.
            self._context.resolver.forget()
            for part in self._parts:
                part.define(self._found.is_refused(*part.place))
            for part in self._parts:
                self._found.add(part.references())

    # -- what came of it -----------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """How many rows there are, those of sources among them."""
        of_claims = sum(part.rows for part in self._parts if isinstance(part, ClaimsFile))
        comments = self._comments + sum(part.left_out for part in self._parts if isinstance(part, OwnTable))
        return of_claims + sum(sheet.rows for sheet in self._sheets) - comments

    @property
    def sources(self) -> list[Source]:
        """The sources that are described."""
        return list({source.id: source for source, _ in self._sources}.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._found.listed(self._order)

    @property
    def refused(self) -> int:
        """How many rows are refused; of a table whose header or encoding is at fault every one."""
        sheets = {(sheet.file, sheet.sheet): sheet for sheet in self._sheets}
        refused = 0
        for key, rows in self._found.rows.items():
            sheet = sheets.get(key)
            whole = 0 in rows or (sheet is not None and sheet.header in rows)
            refused += max(1, sheet.rows) if whole and sheet is not None else len(rows)
        return refused

    @property
    def queued(self) -> Mapping[str, Meant]:
        """The entities that are kept apart until somebody judges whom their names mean."""
        return self._context.queued

    @property
    def has_errors(self) -> bool:
        """Whether any row is refused."""
        return self._found.any_error

    @property
    def plans(self) -> list[ClaimsFile]:
        """The plans that were given to be loaded."""
        return [part for part in self._parts if isinstance(part, ClaimsFile) and part.plan is not None]

    @property
    def tables(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._tables)

    def claims(self) -> Iterator[Claim]:
        """What the rows say that are not refused."""
        return (claim for _, claim in self._told())

    def _told(self) -> Iterator[tuple[Stand, Claim]]:
        """The claims, each with where it stands."""
        for part in self._parts:
            for row, claim in part.claims(self._found.is_refused(*part.place)):
                yield (part, row), claim

    def differences(
        self, store: Store, summary: Summary, each: Callable[[Claim], None] = lambda _: None
    ) -> Iterator[Difference[Stand]]:
        """What loading would change in a store; a claim that contradicts one that is there is found. `each`
        is told every claim."""

        def told() -> Iterator[tuple[Stand, Claim]]:
            for stand, claim in self._told():
                each(claim)
                yield stand, claim

        for difference in differences(store, self._model, self.sources, told(), summary):
            self._found.add(map(_contradiction, difference.conflicts))
            yield difference

    def refused_rows(self) -> Iterator[dict[str, str | None]]:
        """The rows that are refused, as they were written, with where they stood and what is wrong."""
        problems: dict[tuple[str, str | None, int], list[str]] = {}
        for finding in self.findings:
            if finding.severity == "error":
                place = finding.place
                said = f"{finding.column}: {finding.message}" if finding.column else finding.message
                problems.setdefault((place.file, place.sheet, place.row), []).append(said)
        for sheet in self._sheets:
            rows = self._found.rows.get((sheet.file, sheet.sheet), set()) - {0}
            for frame in _of_rows(sheet, rows):
                for record in frame.iter_rows(named=True):
                    row = record.pop(ROW)
                    what = problems.get((sheet.file, sheet.sheet, row), [])
                    yield {
                        **record,
                        ORIGIN.file: sheet.file,
                        ORIGIN.sheet: sheet.sheet,
                        ORIGIN.row: str(row),
                        ORIGIN.problem: "; ".join(what),
                    }

    def report(self, claims: int | None = 0, outcome: recording.Outcome | None = None) -> Report:
        return Report(
            self.rows,
            claims,
            len(self.sources),
            self.findings,
            outcome,
            self.refused,
            self.tables,
            self._found.unlisted,
            self.proposal,
        )

    def say_not_compared(self) -> None:
        """Say that what contradicts the store was not looked for."""
        said = f"conflicts with the store are not looked for in more than {CHUNK:,} rows; --dry-run does"
        zh = f"超过 {CHUNK:,} 行，未查找与库中的矛盾；--dry-run 会查找"
        file, sheet = self._parts[0].place if self._parts else ("", None)
        self._found.add([Finding(Place(file, 0, sheet), "", said, "not-compared", zh=zh)])

    def refuse(self) -> None:
        """Raise Refused where anything keeps the load from being done: any error, or with `skip_refused` one
        that is not of a row that could be mended by itself."""
        if self.has_errors and (not self._options.skip_refused or self._found.rules & _WHOLE):
            raise refusal(self.report())


@contextmanager
def prepared(
    paths: Sequence[str | Path | Input],
    model: Model,
    store: Store | None = None,
    options: Options | None = None,
) -> Iterator[Loading]:
    """Read and check; what is spooled is gone afterwards. With a store, what is there counts."""
    options = options if options is not None else Options()
    with workspace(options.limits) as space:
        yield Loading(paths, model, store, options, space)


def check(
    paths: Sequence[str | Path | Input],
    model: Model,
    store: Store | None = None,
    options: Options | None = None,
) -> Report:
    """Read and check without loading. With a store, ends and sources that are there count, and what
    contradicts it is found, unless there are many rows."""
    with prepared(paths, model, store, options) as loading:
        if loading.rows > CHUNK:
            if store is not None:
                loading.say_not_compared()
            return loading.report(None)
        if store is None:
            return loading.report(sum(1 for _ in loading.claims()))
        summary = Summary()
        for _ in loading.differences(store, summary):
            pass
        return loading.report(summary.claims.total())


def load(
    store: Store,
    paths: Sequence[str | Path | Input],
    model: Model,
    *,
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Load files into a store. Loading the same again adds nothing.

    Raises Refused with every finding when any row breaks the model; nothing is then loaded. `progress`
    is told how many claims are done, and of how many (a guess until the end where there are many rows).
    """
    with prepared(paths, model, store, options) as loading:
        loading.refuse()
        return apply(store, loading, model, progress=progress)


def apply(
    store: Store, loading: Loading, model: Model, *, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Record what a load says. Raises Conflict where it is a plan for another state of the store."""
    for plan in loading.plans:
        _check_plan(plan, store, model)
    counted = _Counted(loading.claims())
    said: Iterable[Claim] = counted
    total = 0
    if loading.rows <= CHUNK:
        with recording.uncollected():
            said = list(counted)
        total = counted.number

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, max(total, counted.number))

    outcome = recording.record(store, model, loading.sources, said, progress=tell)
    return loading.report(counted.number, outcome)


def _check_plan(file: ClaimsFile, store: Store, model: Model) -> None:
    """Raise Conflict where a plan was made for another state of the store. What it has itself done before it
    was interrupted is no other state."""
    head = file.plan or {}
    again = "make it again (parkgraph load --dry-run --plan)"
    if head.get("model") != model.digest:
        raise Conflict(f"the plan was made with another model; {again}")
    if head.get("version") == store.version and head.get("counts") == counts_of(store):
        return
    made = {"at": head.get("made", 0), "v": head.get("version")}
    said = store.read(
        "MATCH (f:Fact) WHERE f.changed > $v MATCH (c:Claim {fact: f.id}) "
        "WHERE c.retracted IS NULL AND c.recorded >= $at RETURN c.id AS id",
        made,
        timeout=_READ_SECONDS,
        max_rows=_ALL_ROWS,
    )
    retracted = store.read("MATCH (c:Claim) WHERE c.retracted >= $at RETURN c.id AS id LIMIT 1", made)
    begun = any(row["id"] in file.plan_claims for row in said)
    if retracted or not begun or any(row["id"] not in file.plan_claims for row in said):
        raise Conflict(
            f"the plan was made for version {head.get('version')} of the graph, which others have changed "
            f"since (it is now at {store.version}), or which is another; {again}"
        )


def _listed(columns: Sequence[str], mark: str) -> str:
    return mark.join(columns[:_COLUMNS_SAID]) + (f"{mark}…" if len(columns) > _COLUMNS_SAID else "")


def _contradiction(found: Contradiction[Stand]) -> Finding:
    """A claim that the store, or another row, contradicts, as a finding."""
    part, row = found.where
    name = found.names[0]
    place, column = Place(part.place[0], row, part.place[1]), part.column(found.claim, name)
    if found.beside is None:
        rule = "conflict-with-store"
        message = f"says {found.said!r}, and the store {found.held!r} by {found.source}; both are kept"
        zh = f"此处为“{found.said}”，库中据 {found.source} 为“{found.held}”，均予保留"
    else:
        other, other_row = found.beside
        beside = Place(other.place[0], other_row, other.place[1]) if other is not part else None
        where = str(beside) if beside else f"row {other_row}"
        where_zh = beside.in_words("zh") if beside else f"第 {other_row} 行"
        rule = "conflict-in-file"
        message = (
            f"says {found.said!r}, and {where} {found.held!r} of the same relation; both are kept (disc "
            "tells two relations between the same two apart)"
        )
        zh = (
            f"此处为“{found.said}”，{where_zh}对同一关系为“{found.held}”，均予保留"
            "（两者之间若有两项关系，以 disc 区分）"
        )
    return Finding(place, column, message, rule, found.said, zh=zh)


class _Counted:
    """Passes claims on and counts them."""

    def __init__(self, claims: Iterator[Claim]) -> None:
        self._claims = claims
        self.number = 0

    def __iter__(self) -> Iterator[Claim]:
        for claim in self._claims:
            self.number += 1
            yield claim


@dataclass(frozen=True, slots=True)
class Reading:
    """What files say, whole in memory."""

    sources: tuple[Source, ...]
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    rows: int = field(compare=False, default=0)


def read_path(path: str | Path, model: Model, options: Options | None = None) -> Reading:
    """What a file, a folder or a package says by itself, without a store; for a look into it."""
    with prepared([path], model, None, options) as loading:
        every = tuple(claim for part in loading._parts for _, claim in part.claims(lambda _: False))
        found = tuple(f for f in loading.findings if f.rule not in _ABOUT_OTHERS)
        return Reading(tuple(loading.sources), every, found, loading.rows)


_ABOUT_OTHERS = frozenset(
    ("unknown-entity", "unknown-source", "bad-locator", "outside-domain", "outside-range")
)


def table_columns(table: str, model: Model) -> list[str]:
    """The columns of a table of ParkGraph's own, in the order of the blank template."""
    return list(SOURCE_COLUMNS) if table == "sources" else own_columns(table, model)


def refusal(report: Report) -> Refused:
    """The error that says what a report found."""
    first, *others = report.errors
    more = len(others) + report.unlisted
    refused = "1 row was" if report.refused == 1 else f"{report.refused} rows were"
    return Refused(
        f"nothing was loaded: {refused} refused; {first}{f' (and {more} more)' if more else ''}",
        report.errors,
    )


# ---------------------------------------------------------------------- sources


class _SourceFault(ValueError):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def _source(cells: Mapping[str, str]) -> Source:
    """A source from its row. Raises _SourceFault."""
    values: dict[str, Any] = dict(cells)
    flag = cells.get("published_inferred", "false")
    if flag.casefold() not in ("true", "false"):
        raise _SourceFault("published_inferred", f"{flag!r} is neither true nor false")
    values["published_inferred"] = flag.casefold() == "true"
    for column in ("article", "start", "end", "length"):
        if column in cells:
            try:
                values[column] = whole_number(cells[column])
            except CellFault as fault:
                raise _SourceFault(column, str(fault)) from None
    return Source(**values)


def _described_otherwise(sources: Sequence[tuple[Source, Place]], store: Store) -> Iterator[Finding]:
    """Sources that the store knows with other particulars, while something they said still stands."""
    there = recording.read_sources(store, {source.id for source, _ in sources})
    for source, place in sources:
        before = there.get(source.id, source)
        differing = [key for key in SOURCE_COLUMNS if getattr(source, key) != getattr(before, key)]
        if differing and recording.says_something(store, source.id):
            yield Finding(
                place,
                differing[0],
                f"source {source.id} is already recorded with another {', '.join(differing)}; "
                "give the new text an id of its own, or retract the old one",
                "bad-source",
            )


# ---------------------------------------------------------------------- mended rows


def _of_rows(sheet: Sheet, rows: set[int]) -> Iterator[pl.DataFrame]:
    """Some rows of a sheet; those of another length than the header come last, what is too much in a column
    of its own."""
    if not rows:
        return
    for frame in sheet.chunks():
        yield frame.filter(pl.col(ROW).is_in(sorted(rows)))
    width = len(sheet.columns)
    for row in sorted(rows & sheet.ragged.keys()):
        cells = sheet.ragged[row]
        told = {ROW: row, **dict(zip(sheet.columns, [*cells, *[None] * width][:width], strict=True))}
        too_much = " | ".join(cell or "" for cell in cells[width:]) or None
        yield pl.DataFrame({name: [value] for name, value in {**told, ORIGIN.more: too_much}.items()})


def _restored(sheet: Sheet) -> Iterator[Sheet]:
    """A file of refused rows that was mended: its rows under the places that they came from."""
    if ORIGIN.file not in sheet.columns or ORIGIN.row not in sheet.columns:
        yield sheet
        return
    own = (ORIGIN.file, ORIGIN.sheet, ORIGIN.row, ORIGIN.problem, ORIGIN.more)
    columns = [column for column in sheet.columns if column not in own]
    findings = sheet.findings
    for frame in sheet.chunks():
        keys = [ORIGIN.file, *([ORIGIN.sheet] if ORIGIN.sheet in frame.columns else [])]
        for (file, *of), part in frame.partition_by(keys, as_dict=True, maintain_order=True).items():
            name = of[0] if of else None
            numbers = part[ORIGIN.row].cast(pl.UInt32, strict=False)
            rows = part.with_columns(pl.coalesce(numbers, pl.col(ROW)).cast(pl.UInt32).alias(ROW))
            made = Sheet(
                str(file or sheet.file),
                str(name) if name else None,
                str(name) if name else Path(str(file or sheet.file)).stem,
                columns,
                mended=True,
                read_as=f"{sheet.read_as}, mended rows in {sheet.file}",
            )
            # What could not be read of the file itself is said with the first of its tables.
            made.findings, findings = findings, []
            if ORIGIN.more in rows.columns:
                for row in rows.filter(pl.col(ORIGIN.more).is_not_null()).iter_rows(named=True):
                    said = f"the column {ORIGIN.more} is filled; put its text where it belongs, and empty it"
                    cells = [*(row[column] for column in columns), row[ORIGIN.more]]
                    made.lose(row[ROW], ORIGIN.more, said, "ragged-row", cells=cells)
                rows = rows.filter(pl.col(ORIGIN.more).is_null())
            made.spooled = [rows.select(ROW, *columns)]
            made.rows += len(rows)
            yield made


def _drop_empty(sheet: Sheet) -> None:
    """Of refused rows of several tables each has the columns of all; those without a cell are not its own."""
    frames = list(sheet.chunks())
    sheet.columns = [c for c in sheet.columns if any(f[c].null_count() < len(f) for f in frames)]
    sheet.spooled = [frame.select(ROW, *sheet.columns) for frame in frames]


def _is_again(column: str, known: Sequence[str]) -> bool:
    """Whether a column is the second of its name, which was found before."""
    return any(column.startswith(f"{name} (") for name in known)


__all__ = [
    "Input",
    "Loading",
    "Options",
    "Reading",
    "Report",
    "apply",
    "check",
    "load",
    "prepared",
    "read_path",
    "refusal",
]
