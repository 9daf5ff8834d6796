"""Loads over HTTP: a file waits to be checked, its plan waits to be applied. One at a time, in a thread.

A load keeps its files and its plan in a temporary folder until it is applied or discarded.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from parkgraph.graph.errors import BadRequest, NotFound, ParkGraphError, Refused
from parkgraph.graph.identity import in_utc
from parkgraph.graph.store import Store
from parkgraph.ingest.load import Input, Options, Report, prepared
from parkgraph.ingest.load import load as load_files
from parkgraph.ingest.mapping import parse_mapping
from parkgraph.ingest.plan import Plan, plan
from parkgraph.ingest.recognising import Proposal
from parkgraph.ingest.refused import write_refused
from parkgraph.queries.graph import Graph

State = Literal["waiting", "checking", "refused", "planned", "applying", "applied", "failed", "discarded"]
DONE: frozenset[State] = frozenset(("refused", "planned", "applied", "failed", "discarded"))
"""States in which nothing happens until somebody asks for it."""
MOST = 50
"""How many loads are kept; the oldest finished ones go first."""
LISTED = 100
"""How many findings the state of a load lists."""
_NAME = 200

_log = logging.getLogger("parkgraph")


@dataclass(slots=True)
class Load:
    """One load: its files, how it goes about it, how far it is, and what came of it. The mapping that was
    first proposed stays, also when another is used; `refused_rows` counts those of the file of refused rows.
    """

    id: str
    folder: Path
    files: list[Input]
    options: Options
    mapping: str | None = None
    state: State = "waiting"
    created: int = field(default_factory=lambda: int(time.time()))
    done: int = 0
    total: int = 0
    report: Report | None = None
    proposal: Proposal | None = None
    plan: Plan | None = None
    sources: list[str] = field(default_factory=list)
    refused_rows: int = 0
    error: dict[str, str] | None = None
    changes: int = 0

    @property
    def plan_file(self) -> Path:
        return self.folder / "plan.jsonl"

    @property
    def refused_file(self) -> Path:
        return self.folder / "refused.csv"

    def to_dict(self) -> dict[str, Any]:
        report, proposal = self.report, self.proposal
        return {
            "id": self.id,
            "state": self.state,
            "created": in_utc(self.created),
            "files": [item.name for item in self.files],
            "mapping": self.mapping,
            "accept": self.options.accept,
            "queue": self.options.queue,
            "skip_refused": self.options.skip_refused,
            "kind": self.options.kind,
            "progress": {"done": self.done, "total": self.total},
            "sources": self.sources,
            "refused_rows": self.refused_rows,
            "report": _in_short(report) if report is not None else None,
            "proposal": proposal.to_dict() if proposal is not None else None,
            "plan": self.plan.to_dict() if self.plan is not None else None,
            "error": self.error,
        }


def _in_short(report: Report) -> dict[str, Any]:
    """A report with its first findings; all of them are at /report."""
    told = report.to_dict()
    listed = told["findings"]
    return told | {"notes": report.count("note"), "listed": len(listed), "findings": listed[:LISTED]}


class Loads:
    """The loads of a server. `graph` is written to by one thread."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._loads: dict[str, Load] = {}
        self._lock = threading.Lock()
        self._uploads: tempfile.TemporaryDirectory[str] | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parkgraph-load")

    def close(self) -> None:
        """Stop waiting loads, let a running one end its batch, and remove what was uploaded."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        if self._uploads is not None:
            self._uploads.cleanup()

    def folder(self) -> Path:
        """A folder for the files of a new load."""
        with self._lock:
            if self._uploads is None:
                self._uploads = tempfile.TemporaryDirectory(prefix="parkgraph-loads-")
        made = Path(self._uploads.name) / secrets.token_hex(8)
        made.mkdir()
        return made

    def begin(
        self, folder: Path, files: Sequence[tuple[Path, str]], options: Options, mapping: str | None
    ) -> Load:
        """Check files and make their plan, soon. Raises BadRequest for a mapping that cannot be used."""
        inputs = [Input(path, _safe_name(name)) for path, name in files]
        names = [item.name for item in inputs]
        for name in names:
            if names.count(name) > 1:
                raise BadRequest(f"file: two are called {name}; what is found in them would be confused")
        load = Load(folder.name, folder, inputs, self._with_mapping(options, mapping), mapping)
        with self._lock:
            self._loads[load.id] = load
            finished = [one for one in self._loads.values() if one.state in DONE]
            for old in sorted(finished, key=lambda one: one.created)[: max(0, len(self._loads) - MOST)]:
                del self._loads[old.id]
                shutil.rmtree(old.folder, ignore_errors=True)
        self._submit(load, self._check)
        return load

    def again(self, identifier: str, options: Options, mapping: str | None) -> Load:
        """Check a load anew with other options. Raises NotFound or Refused."""
        load = self.get(identifier)
        given = self._with_mapping(options, mapping)
        with self._lock:
            self._must_rest(load, "refused", "planned", "failed")
            load.options, load.mapping, load.state = given, mapping, "waiting"
        self._submit(load, self._check)
        return load

    def apply(self, identifier: str) -> Load:
        """Do what the plan of a load says. Raises NotFound or Refused."""
        load = self.get(identifier)
        with self._lock:
            self._must_rest(load, "planned", "failed")
            if not load.plan_file.is_file():
                raise Refused("there is no plan to apply; check the load again")
            load.state = "waiting"
        self._submit(load, self._apply)
        return load

    def discard(self, identifier: str) -> Load:
        """Forget a load and its files. Raises NotFound or Refused."""
        load = self.get(identifier)
        with self._lock:
            self._must_rest(load, *DONE)
            if load.state != "applied":
                load.state = "discarded"
            load.changes += 1
            self._loads.pop(identifier, None)
        shutil.rmtree(load.folder, ignore_errors=True)
        return load

    def get(self, identifier: str) -> Load:
        """A load. Raises NotFound."""
        found = self._loads.get(identifier)
        if found is None:
            raise NotFound(f"there is no load {identifier!r}; GET /v1/loads lists them")
        return found

    def listed(self) -> list[Load]:
        """Every load, the newest first."""
        return sorted(self._loads.values(), key=lambda load: (-load.created, load.id))

    # -- the work ------------------------------------------------------------------------------

    def _with_mapping(self, options: Options, mapping: str | None) -> Options:
        if mapping is None or not mapping.strip():
            return replace(options, mapping=None)
        return replace(options, mapping=parse_mapping(mapping, self._graph.model))

    def _must_rest(self, load: Load, *states: State) -> None:
        if load.state not in states:
            mend = (
                "; mend its rows and send it again, or check it with skip_refused=true to leave them out"
                if load.state == "refused"
                else ""
            )
            raise Refused(
                f"load {load.id} is {load.state}; expected one that is {' or '.join(sorted(states))}{mend}"
            )

    def _submit(self, load: Load, step: Any) -> None:
        load.changes += 1

        def run() -> None:
            try:
                step(load)
            except ParkGraphError as error:
                load.error, load.state = _told(error, load), "failed"
            except Exception:
                _log.exception("load %s failed", load.id)
                said = "something went wrong on the server; it has been logged"
                load.error, load.state = {"code": "internal", "detail": said}, "failed"
            finally:
                load.changes += 1

        self._worker.submit(run)

    def _check(self, load: Load) -> None:
        load.state, load.error, load.plan, load.report = "checking", None, None, None
        load.sources, load.refused_rows = [], 0
        load.changes += 1
        for file in (load.plan_file, load.refused_file):
            file.unlink(missing_ok=True)
        graph = self._graph
        with prepared(load.files, graph.model, graph.store, load.options) as loading:
            load.report = loading.report()
            load.sources = sorted(source.id for source in loading.sources)
            if load.options.mapping is None:
                proposed = loading.proposal
                load.proposal = proposed if proposed is not None and proposed.mapping is not None else None
            if loading.has_errors:
                load.refused_rows = write_refused(loading, load.refused_file)
            if loading.has_errors and not load.options.skip_refused:
                load.state = "refused"
                return
            load.plan = plan(loading, graph.store, graph.model, load.plan_file)
            load.report = loading.report(load.plan.claims)
        load.state = "planned"

    def _apply(self, load: Load) -> None:
        load.state, load.error = "applying", None
        load.changes += 1

        def tell(done: int, total: int) -> None:
            load.done, load.total = done, total
            load.changes += 1

        store: Store = self._graph.store
        done = load_files(store, [Input(load.plan_file, "plan.jsonl")], self._graph.model, progress=tell)
        assert load.report is not None
        load.report = replace(load.report, outcome=done.outcome)
        load.state = "applied"
        for item in load.files:
            item.path.unlink(missing_ok=True)


def _told(error: ParkGraphError, load: Load) -> dict[str, str]:
    """A problem in the names that the files were uploaded under, whatever they are called here."""
    detail = error.message
    for item in load.files:
        detail = detail.replace(str(item.path), item.name)
    return {"code": error.code, "detail": detail.replace(f"{load.folder}/", "")}


def _safe_name(name: str) -> str:
    """The last part of an uploaded file's name, without what no name has. Raises BadRequest."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    kept = "".join(char for char in last if char.isprintable())[-_NAME:]
    if not kept or kept in (".", ".."):
        raise BadRequest("file: has no name; expected one that ends as .csv, .xlsx or another that is read")
    return kept
