"""Evidence: the words a claim rests on, where a person has the source's text.

ParkGraph ships locators, not sentences. Given a folder with the texts, a quote is cut from the file
whose SHA-256 is the source's; a file with another hash is not used.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from parkgraph.graph.claims import Claim, Source, parse_locator
from parkgraph.graph.errors import NotFound


class SourceTexts:
    """The texts in a folder, found by their hash."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise NotFound(f"{self.folder}: there is no such folder of source texts")

    @cached_property
    def _by_hash(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in sorted(self.folder.iterdir()):
            if path.is_file():
                data = path.read_bytes()
                try:
                    found[hashlib.sha256(data).hexdigest()] = data.decode("utf-8")
                except UnicodeDecodeError:
                    continue
        return found

    def text(self, source: Source) -> str | None:
        """The text of a source, or None where the folder does not hold it with the same hash."""
        return self._by_hash.get(source.sha256 or "")

    def quote(self, claim: Claim, source: Source) -> str | None:
        """The span of a claim, white space of hard line wraps joined; None without text or locator."""
        text = self.text(source)
        if text is None or claim.locator is None:
            return None
        start, end = parse_locator(claim.locator)
        return joined(text[start:end])


def joined(text: str) -> str:
    """Text without its hard line wraps and runs of white space; between two words of letters a wrap is
    a space, between Chinese characters it is nothing."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    out = ""
    for line in filter(None, lines):
        spaced = out and out[-1].isascii() and line[0].isascii() and not out[-1].isspace()
        out += f" {line}" if spaced else line
    return out
