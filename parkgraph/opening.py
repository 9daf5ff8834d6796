"""Opening the graph that the options of the command line name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import parkgraph as pg
from parkgraph.graph.errors import BadRequest, NotFound, StoreMissing
from parkgraph.graph.model import Model
from parkgraph.graph.store import Store, empty_store, open_store
from parkgraph.printing import options


@contextmanager
def open_graph(*, readonly: bool = True) -> Iterator[pg.Graph]:
    """The graph at the moment that the options name. Raises NotFound for an empty one that is only read."""
    if options.moment and not readonly:
        raise BadRequest("--as-of and --known-at are for reading; what is written is written now")
    opened = pg.open(options.store, readonly=readonly, model=options.model, texts=options.texts)
    try:
        if readonly and opened.version == 0:
            raise NotFound(
                f"store {opened.store.url}: is empty; parkgraph load data/ or parkgraph demo fills it"
            )
        yield opened.at(**options.moment.to_dict())
    finally:
        opened.close()


@contextmanager
def open_for_a_look(model: Model) -> Iterator[Store]:
    """The store to read, an empty one in memory where there is none yet."""
    try:
        store = open_store(options.store, readonly=True)
    except StoreMissing:
        store = empty_store(model)
    try:
        yield store
    finally:
        store.close()


def store_exists() -> bool:
    """Whether there is a store at the address that the options name."""
    try:
        open_store(options.store, readonly=True).close()
    except StoreMissing:
        return False
    return True


def named_values(where: str, pairs: Iterable[str]) -> dict[str, str]:
    """Parameters that are written `name=value`. Raises BadRequest, also for an empty value: as of a variable
    that is not set it would ask for something else unnoticed."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadRequest(f"{where}: {pair!r} is no parameter; expected name=value")
        if not value.strip():
            raise BadRequest(f"{where}: {name} is empty; expected a value, or leave it out")
        given[name] = value
    return given
