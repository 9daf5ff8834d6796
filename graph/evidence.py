"""Evidence: the words a claim rests on, where a person has the source's text.

ParkGraph ships locators, not sentences. Given a folder with the texts, a quote is cut from the file
whose SHA-256 is the source's; a file with another hash is not used.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from os import PathLike
from pathlib import Path

from parkgraph.graph.claims import ROW_LOCATOR, Claim, Source, parse_locator
from parkgraph.graph.errors import NotFound


class SourceTexts:
    """The texts in a folder, found by their hash."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise NotFound(f"{self.folder}: there is no such folder of source texts")

    @cached_property
    def _files(self) -> dict[str, tuple[str, str | None]]:
        """Name of each file to the SHA-256 of its bytes, and its text where it is UTF-8."""
        found: dict[str, tuple[str, str | None]] = {}
        for path in sorted(self.folder.iterdir()):
            if path.is_file():
                data = path.read_bytes()
                try:
                    text = data.decode("utf-8")
                except UnicodeDecodeError:
                    text = None
                found[path.name] = hashlib.sha256(data).hexdigest(), text
        return found

    @cached_property
    def digest(self) -> str:
        """Another one where another text could be quoted."""
        return hashlib.sha256("".join(sorted(self._by_hash)).encode()).hexdigest()

    @cached_property
    def _by_hash(self) -> dict[str, str]:
        return {digest: text for digest, text in self._files.values() if text is not None}

    def text(self, source: Source) -> str | None:
        """The text of a source, or None where the folder does not hold it with the same hash."""
        return self._by_hash.get(source.sha256 or "")

    def namesake(self, source: Source) -> tuple[Path, str] | None:
        """The file that bears the name of the source's file, with its SHA-256, whatever it holds."""
        found = self._files.get(source.file or "")
        return (self.folder / str(source.file), found[0]) if found is not None else None

    def span(self, locator: str, source: Source) -> str | None:
        """What stands at a locator, white space of hard line wraps joined; None without the text."""
        text = self.text(source)
        if text is None or ROW_LOCATOR.fullmatch(locator):
            return None
        start, end = parse_locator(locator)
        return joined(text[start:end])

    def quote(self, claim: Claim, source: Source) -> str | None:
        """The span of a claim; None without text or locator."""
        return self.span(claim.locator, source) if claim.locator is not None else None


def joined(text: str) -> str:
    """Text without its hard line wraps and runs of white space; between two words of letters a wrap is
    a space, between Chinese characters it is nothing."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    out = ""
    for line in filter(None, lines):
        spaced = out and out[-1].isascii() and line[0].isascii() and not out[-1].isspace()
        out += f" {line}" if spaced else line
    return out
