"""The encoding of a text file: UTF-8, UTF-16, GB18030, Big5 or Windows-1252, by what the bytes can be and how
common the characters are that they would stand for.
"""

from __future__ import annotations

import codecs
from pathlib import Path

import charset_normalizer

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
_NAMES = {
    "gb18030": "GB18030",
    "big5hkscs": "Big5",
    "utf_16_le": "UTF-16",
    "utf_16_be": "UTF-16",
    "cp1252": "Windows-1252",
}
_CHAOS = 0.2
"""How much disorder charset_normalizer may find in a text; with more it is no text."""
_TIE = 0.02
"""Encodings whose disorder differs by no more fit equally well; the commoner characters decide."""
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
        found = _likely(head[: len(head) // 2 * 2], [name for name in _NAMES if name.startswith("utf_16")])
    elif len(head[:at].translate(None, delete=bytes(range(0x80)))) < 3 * _SURELY_UTF8:
        found = _likely(_around(path, at), [name for name in _NAMES if not name.startswith("utf_16")])
    else:
        found = []
    if found:
        best, *others = [_NAMES[encoding] for encoding in found]
        return found[0], f"{best} (or {', '.join(others)})" if others else best
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


def _around(path: Path, at: int) -> bytes:
    """The whole lines around a place."""
    start = max(0, at - _SAMPLE // 2)
    with path.open("rb") as stream:
        stream.seek(start)
        sample = stream.read(_SAMPLE)
    if start:
        sample = sample[sample.find(b"\n") + 1 :]
    return sample[: sample.rfind(b"\n") + 1] if len(sample) + start > at + _SAMPLE // 4 else sample


def _likely(sample: bytes, encodings: list[str]) -> list[str]:
    """The encodings that a text may be in, the likeliest first; none where it is no text."""
    matches = charset_normalizer.from_bytes(sample, cp_isolation=encodings, threshold=_CHAOS)
    # Bytes that only happen to be characters make none of those that a table is cut by.
    texts = [one for one in matches if "\0" not in str(one) and set(str(one)) & set("\n\t,;|")]
    least = min((one.chaos for one in texts), default=0.0)
    fit = {one.encoding: _common(str(one), one.encoding) for one in texts if one.chaos <= least + _TIE}
    ordered = sorted(fit, key=lambda encoding: (-fit[encoding], encodings.index(encoding)))
    return [encoding for encoding in ordered if fit[encoding] >= _CLOSE * fit[ordered[0]]]


def _common(text: str, encoding: str) -> float:
    """The share of the characters beyond ASCII that are of daily use, as the rows tell that the two Chinese
    character sets put them in."""
    codes = [char.encode(encoding) for char in text if char > "\x7f"]
    used = {"gb18030": (b"\xb0\xa1", b"\xd7\xfe"), "big5hkscs": (b"\xa4\x40", b"\xc6\x7e")}.get(encoding)
    if used is None:
        return 0.5
    return sum(used[0] <= code <= used[1] for code in codes) / len(codes) if codes else 0.0
