"""What of Cypher somebody may send: reading, in words that mean the same to both engines.

A read session is no fence: in one, both engines read local files by `LOAD CSV`, the embedded one runs what
stands after a semicolon, and Neo4j lists users, drops its caches and decodes `\\u0027` before it knows what
a string is. So a text is taken apart here, everything is refused that is not known to read the graph, and
what the engine gets is written anew from the tokens: no comment, escape or odd space that it could
understand otherwise than this does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from parkgraph.graph.errors import BadRequest, RefusedCypher, UnknownName

DEFAULT_ROWS, MOST_ROWS = 1_000, 10_000
DEFAULT_SECONDS, MOST_SECONDS = 10.0, 60.0
LONGEST_TEXT = 20_000
"""Characters of a query."""
DEEPEST = 50
"""Brackets within brackets, in a query and in its parameters."""
MOST_VALUES = 100_000
"""Values, with those in lists and maps, and thousands of characters that parameters may hold."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


START = _words("MATCH OPTIONAL WITH UNWIND CALL RETURN")
"""What a query, and a subquery in braces, may begin with."""
FOLLOWING = _words(
    "MATCH OPTIONAL WITH UNWIND CALL RETURN WHERE ORDER SKIP LIMIT UNION YIELD AS ASC ASCENDING DESC "
    "DESCENDING AND OR XOR IN IS STARTS ENDS CONTAINS WHEN THEN ELSE END"
)
"""What may stand after a value or a pattern. A word of any other kind there begins a clause, which is
refused whether or not this knows it."""
KEYWORDS = FOLLOWING | _words("BY CASE DISTINCT NOT NULL TRUE FALSE")
_VALUES = _words("NULL TRUE FALSE END ASC ASCENDING DESC DESCENDING")
_BEFORE_PARENTHESIS = KEYWORDS - _VALUES - {"AS", "YIELD", "IS"}
_BEFORE_BRACE = _words("CALL EXISTS COUNT")
_BEFORE_PATTERN = {"(": "->=,([{", "[": "-"}
_WORDS_BEFORE_PATTERN = _words("MATCH WHERE AND OR XOR NOT")

FUNCTIONS = {
    name.casefold(): name
    for name in _words(
        "abs acos all allShortestPaths any asin atan atan2 avg btrim ceil coalesce collect cos cot count "
        "date date.truncate datetime datetime.truncate degrees duration duration.between duration.inDays "
        "duration.inMonths duration.inSeconds endNode exp floor haversin head keys labels last left "
        "length localdatetime localdatetime.truncate localtime log log10 ltrim max min nodes none pi "
        "properties radians rand range relationships replace reverse right round rtrim shortestPath sign "
        "sin single size split sqrt startNode substring sum tail tan time toBoolean toFloat toInteger "
        "toLower toString toUpper trim type valueType"
    )
}
"""The functions that both engines have, by their names in small letters. Without `reduce`, by which a line
of text asks for all memory there is."""
PROCEDURES = ("db.labels", "db.propertyKeys", "db.relationshipTypes")
PARTS = frozenset(
    name.casefold()
    for name in _words(
        "year quarter month week weekYear day dayOfQuarter quarterDay ordinalDay dayOfWeek weekDay hour "
        "minute second millisecond microsecond nanosecond timezone offset offsetMinutes offsetSeconds "
        "epochMillis epochSeconds years quarters months weeks days hours minutes seconds milliseconds "
        "microseconds nanoseconds quartersOfYear monthsOfQuarter monthsOfYear daysOfWeek minutesOfHour "
        "secondsOfMinute millisecondsOfSecond microsecondsOfSecond nanosecondsOfSecond "
        "labels propertyKeys relationshipTypes"
    )
)
"""What stands behind a dot and is no property, in small letters: of a date, a time or a duration, and in the
name of a procedure."""

_REFUSED = {
    word: why
    for words, why in (
        (
            "CREATE MERGE SET DELETE DETACH NODETACH REMOVE DROP FOREACH INSERT COMMIT TRANSACTIONS "
            "CONCURRENT",
            "writes, and queries only read",
        ),
        ("LOAD", "reads files, and queries only read the graph"),
        ("USE USING", "chooses how or where a query runs, and that is not up to the query"),
        (
            "ALTER GRANT DENY REVOKE RENAME SHOW TERMINATE START STOP ENABLE DRYRUN DEALLOCATE REALLOCATE",
            "administers the store, and queries only read the graph",
        ),
        ("EXPLAIN PROFILE CYPHER", "is about how a query runs; send the query without it"),
        ("FORMAT FOR", "is of one engine's dialect; as_of and known_at ask as of a day or a time"),
    )
    for word in words.split()
}
_ANYWHERE = frozenset(word for word, why in _REFUSED.items() if "writ" in why or "files" in why) | {
    "USE",
    "USING",
    "PROFILE",
    "EXPLAIN",
}
"""Refused also where a name could stand, lest an engine takes for a clause what this takes for a name."""

_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>`(?:[^`]|``)+`)
    |(?P<parameter>\$(?:[^\W\d]\w*|\d+)(?!\w))
    |(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>\.\.|[()\[\]{},.:;|&!+\-*/%^=<>~])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(r"\\(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<sign>.))", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_UNENDED = {"'": "a string", '"': "a string", "`": "a name in backticks", "/": "a comment"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query as it was written; `start` counts characters from 0."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A query that only reads: the text for the engine, and the names of the parameters that it uses."""

    text: str
    parameters: frozenset[str]
    names: frozenset[str] = frozenset()
    """Labels and types of relationships that it names."""
    properties: frozenset[str] = frozenset()
    """What it reads of nodes and relationships, so far as it does not make a map with such a key itself."""
    columns: tuple[str | None, ...] = ()
    """What the last columns are called, where engines call them differently; None is what the engine says."""

    def called(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns of an answer as every engine calls them, in the same order."""
        own = [None] * (len(columns) - len(self.columns)) + [*self.columns]
        named = tuple(name if name is not None else column for name, column in zip(own, columns, strict=True))
        return named if len(set(named)) == len(named) else tuple(columns)


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text, which together are the text. Raises RefusedCypher for what is none."""
    at = 0
    while at < len(text):
        found = _TOKENS.match(text, at)
        if found is None:
            raise _refused(text, at, _strange(text[at:]))
        yield Token(str(found.lastgroup), found.group(), at)
        at = found.end()


def _strange(rest: str) -> str:
    sign = rest[0]
    if sign in _UNENDED and (sign != "/" or rest.startswith("/*")):
        return f"{_UNENDED[sign]} begins and does not end"
    if sign == "\\":
        return "a backslash stands outside a string; escapes are taken only in strings"
    if sign == "$":
        return "$ is not followed by the name of a parameter"
    shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
    return f"{shown!r} ({unicodedata.name(sign, 'a character without a name').lower()}) is no part of Cypher"


def _refused(text: str, at: int, why: str, word: str | None = None) -> RefusedCypher:
    before = text[:at]
    line, column = before.count("\n") + 1, at - before.rfind("\n")
    return RefusedCypher(
        f"line {line}, column {column}: {why}", line=line, column=column, **({"word": word} if word else {})
    )


def reading(text: str) -> Reading:
    """The query, where it only reads. Raises RefusedCypher with the word that does not, and where it is."""
    if len(text) > LONGEST_TEXT:
        raise BadRequest(f"the query has {len(text):,} characters; at most {LONGEST_TEXT:,} are taken")
    found = list(tokens(text))
    checked = _Check(text, [token for token in found if token.kind not in ("space", "comment")])
    checked.run()
    last = checked.last
    return Reading(
        "".join(_written(text, token) for token in found if token.start <= last),
        frozenset(token.text[1:] for token in found if token.kind == "parameter"),
        frozenset(_labels(checked.tokens)),
        _properties(checked.tokens),
        tuple(_columns(text, found, checked)),
    )


def _columns(text: str, found: list[Token], checked: _Check) -> Iterator[str | None]:
    """What the columns of the last RETURN are called that stand after its star, if there is one. The engines
    differ where an item without AS begins with a name in backticks or is a variable with a map of it."""
    returned = checked.tokens[checked.returned + 1 : checked.returned_to]
    if not returned:
        return
    if returned[0].text.upper() == "DISTINCT":
        del returned[0]
    item: list[Token] = []
    depth, of_star = 0, returned[0].text == "*"
    for token in [*returned, Token("sign", ",", len(text))]:
        if token.kind == "sign":
            depth += (token.text in _CLOSING) - (token.text in _CLOSING.values())
        if depth or token.kind != "sign" or token.text != ",":
            item.append(token)
            continue
        if not of_star:
            yield _column(text, found, item, checked.aliases)
        item, of_star = [], False


def _column(text: str, found: list[Token], item: list[Token], aliases: set[int]) -> str | None:
    if any(token.start in aliases for token in item):
        return None
    first = item[0]
    of_variable = first.kind in ("word", "name") and [token.text for token in item[1:2]] == ["{"]
    if of_variable and item[-1].text == "}" and first.text.upper() not in _BEFORE_BRACE:
        return _name_of(first)
    if first.kind != "name":
        return None
    if len(item) == 1:
        return _name_of(first)
    written = (token for token in found if first.start <= token.start <= item[-1].start)
    return "".join(_written(text, token) for token in written)


def _labels(found: list[Token]) -> Iterator[str]:
    """What stands after a colon outside of maps, and what is joined to it by | or &."""
    open_brackets: list[str] = []
    before = ""
    labelled = False
    for token in found:
        if token.text in _CLOSING and token.kind == "sign":
            open_brackets.append(token.text)
        elif token.kind == "sign" and token.text in _CLOSING.values() and open_brackets:
            open_brackets.pop()
        named = token.kind in ("word", "name")
        joined = before == ":" or (labelled and before in ("|", "&"))
        if named and joined and (not open_brackets or open_brackets[-1] != "{"):
            yield _name_of(token)
            labelled = True
        elif not (token.kind == "sign" and token.text in ("|", "&")):
            labelled = False
        before = token.text if token.kind == "sign" else ""


def _begins_pattern(before: Token, bracket: str) -> bool:
    """Whether a bracket after this token may be that of a node or a relationship."""
    if before.kind == "sign":
        return before.text in _BEFORE_PATTERN[bracket]
    return before.kind == "word" and bracket == "(" and before.text.upper() in _WORDS_BEFORE_PATTERN


def _may_be_described(before: Token) -> bool:
    """Whether a map after this token may hold the properties of a node or a relationship: after a variable,
    a label or a number of hops."""
    if before.kind == "word":
        return before.text.upper() not in KEYWORDS | _BEFORE_BRACE
    return before.kind in ("name", "number") or before.text == "*"


def _properties(found: list[Token]) -> frozenset[str]:
    """What stands behind a dot or is a key in a pattern, less the keys of maps that the query makes, and of
    those that it may make, as in `({name: $n})`."""
    read: set[str] = set()
    made: set[str] = set()
    keys: list[set[str]] = []
    """For each open bracket where the keys of a map in it go."""
    nothing = Token("", "", 0)
    for before, token, after in zip([nothing, *found], found, [*found[1:], nothing], strict=False):
        sign = token.text if token.kind == "sign" else ""
        named = token.kind in ("word", "name")
        if sign in ("(", "["):
            keys.append(read if _begins_pattern(before, sign) else made)
        elif sign == "{":
            in_pattern = bool(keys) and keys[-1] is read
            keys.append(read if in_pattern and _may_be_described(before) else made)
        elif sign in _CLOSING.values() and keys:
            keys.pop()
        elif named and before.text == "." and after.text != "(":
            read.add(_name_of(token))
        elif named and before.text in ("{", ",") and after.text == ":" and keys:
            keys[-1].add(_name_of(token))
    return frozenset(name for name in read - made if name.casefold() not in PARTS)


def _written(text: str, token: Token) -> str:
    """A token as the engine gets it."""
    match token.kind:
        case "space" | "comment":
            return "\n" if "\n" in token.text and token.kind == "space" else " "
        case "string":
            return _string(text, token)
        case "name" if "\\" in token.text or not token.text.isprintable():
            # Neo4j decodes escapes first, so that one could end the name.
            raise _refused(text, token.start, "a name in backticks holds a backslash or a control character")
        case _:
            return token.text


def _string(text: str, token: Token) -> str:
    """A string in single quotes, in which only the quote and the backslash are escaped."""

    def plain(found: re.Match[str]) -> str:
        if found["code"]:
            return chr(int(found["code"], 16))
        if found["sign"] not in _ESCAPES:
            raise _refused(
                text,
                token.start + 1 + found.start(),
                f"\\{found['sign']} is no escape in a string; a backslash itself is written \\\\",
            )
        return _ESCAPES[found["sign"]]

    value = _ESCAPE.sub(plain, token.text[1:-1])
    if re.search(r"\\u", value, re.IGNORECASE):
        # Neo4j decodes it, and a quote that it stands for would end the string.
        raise _refused(text, token.start, "a string holds a backslash before u; give it as a parameter")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused(text, token.start, "a string holds half a character (a lone surrogate)") from None
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _spellings(word: str) -> frozenset[str]:
    """Which words an engine might take a word for: case, width and look-alikes of letters do not count."""
    plain = unicodedata.normalize("NFKC", word)
    return frozenset((plain.upper(), plain.casefold().upper(), word.upper()))


class _Check:
    """One walk over the tokens that count, which raises where one is not known to read."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self.text, self.tokens = text, found
        self.at = 0
        self.begins = True
        """Whether a query or a subquery begins here."""
        self.valued = False
        """Whether a value or a pattern has just ended."""
        self.after_call = False
        """Whether the last word is the keyword CALL, or the parentheses that ended belong to one."""
        self.brackets: list[tuple[str, bool, int]] = []
        """Those that are open: the sign, whether it belongs to CALL or holds a query, and where."""
        self.last = -1
        self.returned = self.returned_to = len(found)
        """The place of the last RETURN that is not in a subquery, and where its columns end."""
        self.aliases: set[int] = set()
        """Where an AS begins that names one of its columns."""

    def run(self) -> None:
        if not self.tokens:
            raise BadRequest("the query is empty")
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self._adjacent(token)
            called, self.after_call = self.after_call, False
            if token.kind == "sign":
                self._sign(token, called)
            elif token.kind in ("word", "name"):
                self._word(token, called)
            elif self.begins or called:
                raise self._no_start(token)
            else:
                self.valued = True
            if self.at < len(self.tokens) and self.tokens[self.at].text != ";":
                self.last = self.tokens[self.at].start
            self.at += 1
        if self.brackets:
            sign, _, start = self.brackets[-1]
            raise _refused(self.text, start, f"{sign} is opened and not closed")

    def _beside(self, step: int) -> Token:
        """A token near this one; an empty one beyond the ends."""
        at = self.at + step
        return self.tokens[at] if 0 <= at < len(self.tokens) else Token("", "", len(self.text))

    def _adjacent(self, token: Token) -> None:
        """What runs into one another may be cut differently elsewhere."""
        before = self._beside(-1)
        touching = before.kind and before.start + len(before.text) == token.start
        if not touching:
            return
        joined = before.kind in ("number", "parameter") and token.kind in ("word", "name", "number", "string")
        joined = joined or (before.kind == "string" and token.kind == "string")
        decimal = before.kind == "number" and token.text == "."
        if joined or decimal:
            raise _refused(self.text, token.start, f"{before.text} runs into {token.text[:20]}")

    def _sign(self, token: Token, called: bool) -> None:
        sign = token.text
        before = self._beside(-1)
        if self.begins and sign != "(":
            raise self._no_start(token)
        self.begins = False
        if sign == "~":
            raise _refused(
                self.text,
                token.start,
                "=~ matches a pattern, which no time limit may end; use CONTAINS, STARTS WITH or ENDS WITH",
            )
        if sign == ";":
            if self._beside(1).kind:
                after = self._beside(1)
                raise _refused(self.text, after.start, f"{after.text[:40]} begins a second query; send one")
            return
        if sign in _CLOSING:
            query = sign == "{" and (called or self._is_keyword(before, _BEFORE_BRACE))
            self.brackets.append((sign, query or (sign == "(" and called), token.start))
            if len(self.brackets) > DEEPEST:
                raise _refused(self.text, token.start, f"more than {DEEPEST} brackets within one another")
            self.begins, self.valued = query, False
        elif sign in _CLOSING.values():
            opened, of_call, _ = self.brackets.pop() if self.brackets else ("", False, 0)
            if _CLOSING.get(opened) != sign:
                raise _refused(self.text, token.start, f"{sign} closes nothing")
            self.valued = True
            self.after_call = opened == "(" and of_call
        elif sign == "*":
            keyword = before.kind == "word" and not self.valued
            self.valued = keyword or before.text in ("(", ".")
        else:
            self.valued = False

    def _is_keyword(self, token: Token, words: frozenset[str]) -> bool:
        # As `begins` and `valued` say, and not the name of a property or label.
        return (
            token.kind == "word" and token.text.upper() in words and self._beside(-2).text not in (".", ":")
        )

    def _word(self, token: Token, called: bool) -> None:
        before, after = self._beside(-1), self._beside(1)
        words = _spellings(token.text) if token.kind == "word" else frozenset()
        inside = self.brackets[-1] if self.brackets else ("", False, 0)
        in_map = inside[0] == "{" and not inside[1]
        if called:
            self._procedure()
            return
        if self.begins:
            if not words & START:
                raise self._no_start(token)
            self.begins = False
            self._keyword(token)
            return
        if before.text == "." or (before.text in (":", "|", "&", "!") and not in_map):
            # The name of a property, a label or a type; in a comprehension a value, as any.
            if after.text == "(":
                self._function()
            self.valued = True
            if before.text == "|" and token.kind == "word" and words & (KEYWORDS - _VALUES):
                self.valued = False
            return
        if in_map and after.text == ":" and before.text in ("{", ","):
            self.valued = True
            return
        if words & _ANYWHERE and (self.valued or after.text != ":"):
            raise self._refusal(token, words)
        if self.valued:
            if not words & FOLLOWING:
                raise self._refusal(token, words)
            self._keyword(token)
        elif after.text == "(" and not words & _BEFORE_PARENTHESIS:
            self._function()
            self.valued = True
        elif words & KEYWORDS:
            self._keyword(token)
        else:
            self.valued = True

    def _keyword(self, token: Token) -> None:
        word = token.text.upper()
        if word not in KEYWORDS or not token.text.isascii():
            raise _refused(
                self.text, token.start, f"{token.text} is not written in plain letters", token.text
            )
        self.valued = word in _VALUES
        self.after_call = word == "CALL"
        if not self.brackets:
            self._column(word, token)
        if word == "AS" and self._beside(1).kind in ("word", "name"):
            self.at += 1
            alias = self.tokens[self.at]
            if alias.kind == "word" and _spellings(alias.text) & _ANYWHERE:
                raise self._refusal(alias, _spellings(alias.text))
            self.valued = True
        elif word == "UNION":
            if self._beside(1).text.upper() in ("ALL", "DISTINCT"):
                self.at += 1
            self.begins = True

    def _column(self, word: str, token: Token) -> None:
        if word == "RETURN":
            self.returned, self.returned_to = self.at, len(self.tokens)
        elif word in ("ORDER", "SKIP", "LIMIT"):
            self.returned_to = min(self.returned_to, self.at)
        elif word == "AS":
            self.aliases.add(token.start)

    def _ending_here(self) -> str:
        """The dotted name that ends with this token."""
        at, parts = self.at, [_name_of(self.tokens[self.at])]
        while at >= 2 and self.tokens[at - 1].text == "." and self.tokens[at - 2].kind in ("word", "name"):
            at -= 2
            parts.append(_name_of(self.tokens[at]))
        return ".".join(reversed(parts))

    def _beginning_here(self) -> str:
        """The dotted name that begins with this token; its last one becomes the current."""
        parts = [_name_of(self.tokens[self.at])]
        while self._beside(1).text == "." and self._beside(2).kind in ("word", "name"):
            self.at += 2
            parts.append(_name_of(self.tokens[self.at]))
        return ".".join(parts)

    def _function(self) -> None:
        start = self.tokens[self.at].start
        name = self._ending_here()
        words = _spellings(name)
        if words & _REFUSED.keys():
            raise self._refusal(self.tokens[self.at], words)
        if name.casefold() in FUNCTIONS and name.isascii():
            return
        close = get_close_matches(name.casefold(), FUNCTIONS, n=1, cutoff=0.75)
        hint = f"did you mean {FUNCTIONS[close[0]]}?" if close else "docs/queries.md lists those that are"
        raise _refused(self.text, start, f"the function {name[:60]} is not taken; {hint}", name)

    def _procedure(self) -> None:
        start = self.tokens[self.at].start
        name = self._beginning_here()
        self.valued = True
        if name not in PROCEDURES:
            raise _refused(
                self.text,
                start,
                f"the procedure {name[:60]} is not taken; CALL takes subqueries and {', '.join(PROCEDURES)}",
                name,
            )

    def _no_start(self, token: Token) -> RefusedCypher:
        words = _spellings(token.text) if token.kind == "word" else frozenset()
        if words & _REFUSED.keys():
            return self._refusal(token, words)
        return _refused(
            self.text,
            token.start,
            f"{token.text[:40]} begins no reading query; expected {', '.join(sorted(START))}",
            token.text[:40],
        )

    def _refusal(self, token: Token, words: frozenset[str]) -> RefusedCypher:
        why = next(
            (_REFUSED[word] for word in sorted(words & _REFUSED.keys())), "is no reading clause that is known"
        )
        named = token.text if len(token.text) <= 40 else f"{token.text[:40]}…"
        hint = "" if token.kind == "name" else "; write it in backticks if it is a name"
        return _refused(self.text, token.start, f"{named} {why}{hint}", named)


def _name_of(token: Token) -> str:
    return token.text[1:-1].replace("``", "`") if token.kind == "name" else token.text


def checked_parameters(used: frozenset[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, where they are those that a query uses and hold what JSON can hold. Raises UnknownName
    or BadRequest."""
    for name in sorted(set(given) - used):
        raise UnknownName("parameter", name, used, where="the query")
    for name in sorted(used - set(given)):
        raise BadRequest(f"the query uses ${name}, and no parameter {name} is given")
    left = [MOST_VALUES]
    for name, value in given.items():
        _check_value(f"parameter {name}", value, left, 0)
    return dict(given)


def seconds(name: str, given: Any, most: float) -> float:
    """A number of seconds above 0, at most so many. Raises BadRequest."""
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = 0.0
    if isinstance(given, bool) or not 0 < value <= most:
        raise BadRequest(
            f"{name}: {given!r} is out of bounds; expected more than 0 seconds, at most {most:g}"
        )
    return value


def _check_value(where: str, value: Any, left: list[int], depth: int) -> None:
    left[0] -= 1
    if depth > DEEPEST:
        raise BadRequest(f"{where}: holds more than {DEEPEST} lists and maps within one another")
    match value:
        case None | bool():
            pass
        case int():
            if not -(2**63) <= value < 2**63:
                raise BadRequest(f"{where}: {str(value)[:30]} is out of bounds; expected 64 bits at most")
        case float():
            if value != value or value in (float("inf"), float("-inf")):
                raise BadRequest(f"{where}: {value} is no number of JSON")
        case str():
            left[0] -= len(value) // 1000
            try:
                value.encode()
            except UnicodeEncodeError:
                raise BadRequest(f"{where}: holds half a character (a lone surrogate)") from None
        case list() | tuple():
            for item in value:
                _check_value(where, item, left, depth + 1)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise BadRequest(f"{where}: a map has the key {key!r}; expected a text")
                _check_value(where, key, left, depth + 1)
                _check_value(where, item, left, depth + 1)
        case _:
            raise BadRequest(
                f"{where}: is a {type(value).__name__}; expected a text, a number, true, false, null, a list "
                "or a map"
            )
    if left[0] < 0:
        raise BadRequest(f"{where}: the parameters hold too much; at most {MOST_VALUES:,} values are taken")
