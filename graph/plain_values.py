"""What an engine answers with as values that JSON can hold, the same from both.

A node is {"id", "labels", "properties"}, a relationship {"id", "type", "properties"}, a path {"nodes",
"relationships"}; dates and times are ISO 8601, a duration {"months", "days", "seconds"}; what is no finite
number is null.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import Any

from parkgraph.graph.errors import BadRequest

LARGEST_ANSWER = 20_000_000
"""Characters of an answer, where each value counts as eight at least."""
TOO_LARGE = f"the answer is larger than {LARGEST_ANSWER // 1_000_000} million characters; return less"
_DEEPEST = 200


def node(labels: Iterable[str], properties: Mapping[str, Any]) -> dict[str, Any]:
    """A node as a plain value."""
    return {"id": properties.get("id"), "labels": sorted(labels), "properties": dict(properties)}


def relationship(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A relationship as a plain value; `id` is that of its fact."""
    return {"id": properties.get("id"), "type": type_, "properties": dict(properties)}


class PlainValues:
    """Turns the values of one answer into plain ones, as long as they are not too many. `Engine` classes
    say what its own kinds of values are."""

    def __init__(self) -> None:
        self._left = LARGEST_ANSWER

    def row(self, columns: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
        """A row by column. Raises BadRequest where the answer becomes too large."""
        return {name: self._plain(value, 0) for name, value in zip(columns, values, strict=True)}

    def of_engine(self, value: Any) -> Any:
        """The value, where it is of a kind that only an engine has, in plain parts."""
        return value

    def _plain(self, value: Any, depth: int) -> Any:
        self._left -= 8
        if isinstance(value, str):
            self._left -= len(value)
        if self._left < 0:
            raise BadRequest(TOO_LARGE)
        if depth > _DEEPEST:
            raise BadRequest(f"a value holds more than {_DEEPEST} lists and maps within one another")
        value = self.of_engine(value)
        match value:
            case None | str() | bool() | int():
                return value
            case float():
                return value if math.isfinite(value) else None
            case datetime.date() | datetime.time():
                return value.isoformat()
            case Mapping():
                return {str(key): self._plain(item, depth + 1) for key, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._plain(item, depth + 1) for item in value]
            case _:
                return str(value)
