"""Reads JSON a record at a time, however long the text is: objects in a list, in the only list of objects
inside an object, a single object, or one object a line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from parkgraph.graph.errors import BadRequest, TooLarge

_BLOCK = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
_DIGITS = 400
"""Longer whole numbers are kept as they are written."""
_EXACT = 16
"""Characters of a number whose binary fraction is written as it was."""


class NotJson(BadRequest):
    """A text that is no JSON, or none that can be read."""


def value_of(text: str) -> Any:
    """The value of a JSON text. Raises ValueError with what is wrong with it."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("is not JSON that can be read: it is nested too deeply") from None


def is_lines(path: Path, encoding: str, most: int, *, named: bool) -> bool:
    """Whether a file holds one object a line. An object alone on one line is a line where the file is
    `named` so, else the whole of the file."""
    with path.open(encoding=encoding) as stream:
        first = _filled_line(stream, most)
        if not first.startswith("{") or len(first) > most:
            return False
        try:
            value_of(first)
        except ValueError:
            return named
        return named or bool(_filled_line(stream, most))


def records(path: Path, encoding: str, name: str, most: int) -> Iterator[dict[str, Any]]:
    """The objects that a JSON text is about; `most` characters may be in one.

    Raises NotJson or TooLarge.
    """
    with path.open(encoding=encoding) as stream:
        text = _Text(stream, name, most)
        if text.peek() == "[":
            yield from (_object(value, name) for value in text.items())
            text.end()
            return
        if text.peek() != "{":
            raise NotJson(f"{name}: expected a list of JSON objects, or one object a line")
    lists = {}
    with path.open(encoding=encoding) as stream:
        text = _Text(stream, name, most)
        for key, values in text.members():
            held = list({type(value) for value in values})
            lists[key] = held == [dict]
        text.end()
    wanted = [key for key, of_objects in lists.items() if of_objects]
    with path.open(encoding=encoding) as stream:
        text = _Text(stream, name, most)
        if len(wanted) != 1:
            yield _object(text.value(), name)
            return
        for key, values in text.members():
            if key == wanted[0]:
                yield from values


class _Alone:
    """A value that is no list."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _Text:
    """A JSON text of which only what is being read is in memory."""

    def __init__(self, stream: TextIO, name: str, most: int) -> None:
        self._stream = stream
        self._name = name
        self._most = most
        self._text = ""
        self._at = 0
        self._line = 1

    def _more(self) -> bool:
        """Read on; what is behind is forgotten. The text that is held doubles, so that a long value is not
        begun too often."""
        rest = self._text[self._at :]
        if len(rest) > self._most:
            raise TooLarge(
                f"{self._name}: a record has more than the {self._most:,} characters that are read"
            )
        self._line += self._text.count("\n", 0, self._at)
        block = self._stream.read(max(_BLOCK, len(rest)))
        self._text, self._at = rest + block, 0
        return bool(block)

    def _wrong(self, said: str, at: int) -> NotJson:
        line = self._line + self._text.count("\n", 0, at)
        return NotJson(f"{self._name}: is not JSON: {said} (line {line})")

    def peek(self) -> str:
        """The next character that is no space; an empty text at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, *expected: str) -> str:
        """Take one of the characters."""
        char = self.peek()
        if char not in expected:
            raise self._wrong(f"expected {' or '.join(expected)}, found {char or 'the end'}", self._at)
        self._at += 1
        return char

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise self._wrong("something follows after its end", self._at)

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            start = self._at
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise self._wrong(error.msg, error.pos) from None
            except RecursionError:
                raise self._wrong("it is nested too deeply", self._at) from None
            else:
                # A number that reaches the end of what is held may go on.
                if end < len(self._text) or not self._more():
                    self._at += end - start
                    return value

    def items(self) -> Iterator[Any]:
        """The items of a list, which begins here."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    def members(self) -> Iterator[tuple[str, Iterator[Any]]]:
        """The members of an object, which begins here: each key with the items of its list, or with its
        value as _Alone where that is no list."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            if self.peek() != '"':
                raise self._wrong("expected the name of a field", self._at)
            key = self.value()
            self.take(":")
            items = self.items() if self.peek() == "[" else iter([_Alone(self.value())])
            yield key, items
            for _ in items:
                pass
            if self.take(",", "}") == "}":
                return


def _filled_line(stream: TextIO, most: int) -> str:
    """The next line that is not empty, or as much of it as is more than `most`."""
    while line := stream.readline(most + 1):
        if line.strip():
            return line.strip()
    return ""


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotJson(f"{name}: expected a list of JSON objects, or one object a line")
    return value


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _DIGITS else text


def _fraction(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) and len(text) <= _EXACT else text


def _constant(text: str) -> str | None:
    return None if text == "NaN" else text


_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_fraction, parse_constant=_constant)
