"""A selection names a part of the graph, written the same on the command line, in addresses and in
Python:

    all
    entity:ID
    neighbours:ID?depth=2&relations=SIGNED,MEMBER_OF
    path:FROM..TO?k=3&as_of=2019
    query:funds?place=成都

IDs may be names where only one entity bears them. Every form takes the moment that it is asked for:
`as_of` a day, `certain=true` for what surely held then, `known_at` a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from parkgraph.graph.errors import BadRequest, UnknownName

MOMENT_PARAMETERS = ("as_of", "known_at", "certain")
FORMS = ("all", "entity", "neighbours", "path", "query")
PATH_PARAMETERS = (
    "k",
    "relations",
    "layers",
    "kinds",
    "status",
    "inferred",
    "confidence",
    "via",
    "avoid",
    "max_hops",
    "max_degree",
    "all_shortest",
)
NEIGHBOUR_PARAMETERS = ("depth", "relations", "status", "inferred")


def split_moment(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters without those of the moment, and those of the moment."""
    rest = {key: value for key, value in given.items() if key not in MOMENT_PARAMETERS}
    return rest, {key: value for key, value in given.items() if key in MOMENT_PARAMETERS}


def is_given(moment: Mapping[str, Any]) -> bool:
    """Whether parameters of a moment ask for one."""
    return any(value not in (None, "", False) for value in moment.values())


@dataclass(frozen=True, slots=True)
class Selection:
    """A parsed selection: its form, what it names, and its parameters as texts."""

    form: str
    names: tuple[str, ...]
    parameters: Mapping[str, str]

    def __str__(self) -> str:
        rest = "&".join(
            f"{_escaped(key, '%&=#')}={_escaped(value, '%&#')}" for key, value in self.parameters.items()
        )
        body = f":{'..'.join(_escaped(name, '%?#') for name in self.names)}" if self.names else ""
        return f"{self.form}{body}{f'?{rest}' if rest else ''}"


def _escaped(text: str, special: str) -> str:
    """A text with only those characters percent-encoded that have a meaning at its place."""
    for char in special:
        text = text.replace(char, f"%{ord(char):02X}")
    return text.replace("..", "%2E%2E")


def parse_selection(text: str) -> Selection:
    """Raises BadRequest or UnknownName with a sentence."""
    text = text.strip()
    head, _, rest = text.partition("?")
    form, _, body = head.partition(":")
    if form not in FORMS:
        raise UnknownName("selection", form or text, FORMS)
    parameters: dict[str, str] = {}
    for pair in rest.split("&") if rest else []:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise BadRequest(f"selection {text!r}: {pair!r} is no parameter; expected name=value")
        if unquote(key) in parameters:
            raise BadRequest(f"selection {text!r}: {unquote(key)} is given twice")
        parameters[unquote(key)] = unquote(value)
    if form == "all":
        if body or not parameters.keys() <= set(MOMENT_PARAMETERS):
            raise BadRequest(f"selection {text!r}: all takes only {', '.join(MOMENT_PARAMETERS)} after it")
        return Selection(form, (), parameters)
    if not body:
        raise BadRequest(f"selection {text!r}: names nothing; expected {form}:…")
    if form == "path":
        start, dots, end = body.partition("..")
        if not dots or not start or not end:
            raise BadRequest(f"selection {text!r}: expected path:FROM..TO")
        names: tuple[str, ...] = (unquote(start), unquote(end))
    else:
        names = (unquote(body),)
    allowed = {"path": PATH_PARAMETERS, "neighbours": NEIGHBOUR_PARAMETERS, "entity": ()}.get(form)
    for key in parameters:
        if allowed is not None and key not in (*allowed, *MOMENT_PARAMETERS):
            known = (*allowed, *MOMENT_PARAMETERS)
            raise UnknownName("parameter", key, known, where=f"selection {form}")
    return Selection(form, names, parameters)


def boolean(name: str, text: Any) -> bool:
    """`true` or `false`; raises BadRequest."""
    if isinstance(text, bool):
        return text
    if str(text).casefold() not in ("true", "false"):
        raise BadRequest(f"{name}: {text!r} is neither true nor false")
    return str(text).casefold() == "true"


def whole(name: str, text: Any, low: int, high: int) -> int:
    """A whole number within bounds; raises BadRequest."""
    try:
        value = int(str(text))
    except ValueError:
        raise BadRequest(f"{name}: {text!r} is not a whole number") from None
    if not low <= value <= high:
        raise BadRequest(f"{name}: {value} is out of bounds; expected {low} to {high}")
    return value


def listed(text: Any) -> list[str]:
    """The items of a comma-separated text or of a list."""
    if text is None:
        return []
    items = text.split(",") if isinstance(text, str) else list(text)
    return [str(item).strip() for item in items if str(item).strip()]
