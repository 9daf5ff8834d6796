"""The encoding of a text file: UTF-8, UTF-16, GB18030, Big5 or Windows-1252, by what the bytes can be and how
common the characters are that they would stand for.
"""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import Path

from parkgraph.graph.errors import BadRequest

_BLOCK = 1 << 20
_SAMPLE = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_NAMES = {"gb18030": "GB18030", "big5hkscs": "Big5", "cp1252": "Windows-1252"}
_HIGH = bytes(range(0x80, 0x100))
_UNLIKELY = 0.4
"""A text whose characters are rarer than this is in no encoding that is known here."""
_CLOSE = 0.7
"""An encoding that fits this well, as a part of the best, is said with it."""
_SURELY_UTF8 = 20
"""Characters of several bytes that are UTF-8 one after another by no accident."""


def decode(path: Path, name: str) -> tuple[str, str]:
    """The encoding of a text file, and its name for people. Raises BadRequest where it is no text."""
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    for mark, encoding, named in _MARKS:
        if head.startswith(mark):
            return encoding, named
    fault = _fault(path)
    if fault is None:
        return "utf-8", "UTF-8"
    at, line = fault
    if b"\0" in head:
        if (wide := _utf16(head)) is not None:
            return wide, "UTF-16"
    elif len(head[:at].translate(None, delete=bytes(range(0x80)))) < 3 * _SURELY_UTF8:
        with path.open("rb") as stream:
            stream.seek(max(0, at - _SAMPLE // 2))
            sample = stream.read(_SAMPLE)
        if at > _SAMPLE // 2:
            sample = sample[sample.find(b"\n") + 1 :]
        scores = sorted(((_score(sample, encoding), encoding) for encoding in _NAMES), reverse=True)
        (best, encoding), (second, other), _ = scores
        if best >= _UNLIKELY:
            doubt = f" (or {_NAMES[other]})" if second >= _CLOSE * best else ""
            return encoding, _NAMES[encoding] + doubt
    raise BadRequest(
        f"{name}: is not UTF-8 text (line {line}), nor UTF-16, GB18030 or Big5; save it as UTF-8"
    )


def line_of(path: Path, encoding: str) -> int:
    """The line of the first byte that cannot be decoded, of the last line where all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            state = decoder.getstate()
            try:
                lines += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                decoder.setstate(state)
                good = block[: max(0, error.start - len(state[0]))]
                return lines + decoder.decode(good).count("\n")
    return lines


def _fault(path: Path) -> tuple[int, int] | None:
    """The place and the line of the first byte that is not UTF-8, or NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    at, line = 0, 1
    with path.open("rb") as stream:
        while True:
            block = stream.read(_BLOCK)
            waiting = len(decoder.getstate()[0])
            bad = block.find(b"\0")
            try:
                decoder.decode(block[:bad] if bad >= 0 else block, final=not block or bad >= 0)
            except UnicodeDecodeError as error:
                bad = error.start - waiting
                return at + bad, line + block[: max(bad, 0)].count(b"\n")
            if bad >= 0:
                return at + bad, line + block[:bad].count(b"\n")
            if not block:
                return None
            at += len(block)
            line += block.count(b"\n")


def _utf16(head: bytes) -> str | None:
    """Which UTF-16 a text without a mark is in: Latin letters, delimiters and line ends have a NUL after
    them, or before."""
    little = head[1::2].count(0) > head[::2].count(0)
    encoding = "utf-16-le" if little else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None
    usual = sum(times for char, times in Counter(text).items() if _is_usual(char))
    return encoding if usual >= 0.95 * len(text) else None


def _is_usual(char: str) -> bool:
    return (
        " " <= char < "\x7f"
        or char in "\t\r\n"
        or "\xa0" <= char < "\u0530"
        or "\u2010" <= char < "\u2200"
        or "\u3000" <= char < "\u3400"
        or "\u4e00" <= char < "\ua000"
        or "\uff00" <= char <= "\uffef"
    )


def _score(sample: bytes, encoding: str) -> float:
    """How common the characters are that the bytes beyond ASCII stand for, between 0 and 1; 0 where they
    stand for none."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    if encoding == "cp1252":
        return _western(sample)
    common = _in_gb18030 if encoding == "gb18030" else _in_big5
    counts = Counter(char for char in text if char > "\x7f")
    if not counts:
        return 0.0
    known = sum(common(char.encode(encoding)) * times for char, times in counts.items())
    return known / counts.total()


def _in_gb18030(code: bytes) -> float:
    """How common a character of GB18030 is: its first rows hold the characters of daily use."""
    if len(code) != 2 or code[1] < 0xA1:
        return 0.2 if len(code) == 2 else 0.0
    lead = code[0]
    if 0xB0 <= lead <= 0xD7 or lead == 0xA3 or (lead == 0xA1 and code[1] < 0xC0):
        return 1.0
    return 0.5 if 0xD8 <= lead <= 0xF7 or lead <= 0xA2 else 0.1


def _in_big5(code: bytes) -> float:
    """How common a character of Big5 is."""
    if len(code) != 2:
        return 0.0
    lead = code[0]
    if 0xA4 <= lead <= 0xC5 or (lead == 0xC6 and code[1] <= 0x7E) or (lead == 0xA1 and code[1] <= 0x7E):
        return 1.0
    if b"\xa2\xaf" <= code <= b"\xa3\x43":
        return 0.5
    return 0.3 if 0xC9 <= lead <= 0xF9 else 0.0


def _western(sample: bytes) -> float:
    """The share of the bytes beyond ASCII that are a letter or a mark by itself, as é in Société."""
    high = alone = 0
    padded = b" " + sample + b" "
    for i, byte in enumerate(padded):
        if byte < 0x80:
            continue
        high += 1
        letter = byte >= 0xC0 and byte not in (0xD7, 0xF7)
        if (
            padded[i - 1] < 0x80
            and padded[i + 1] < 0x80
            and (letter or byte in b"\x80\x92\x96\xa0\xab\xb0\xbb")
        ):
            alone += 1
    return 0.99 * alone / high if high else 0.0
