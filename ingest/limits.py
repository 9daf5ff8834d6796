"""What a file may be at most, so that a hostile or broken one is refused with a sentence and not by a dead
process. Every limit is a setting; the defaults fit real tables of a million rows.
"""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, lengths in characters, time in seconds.

    `unpacked` bounds what a zip or a workbook may hold once unpacked, `ratio` how many times smaller it may
    be packed (beyond the first 10 MiB), `cells` the area of a sheet from its first to its last cell, `row` a
    row of a text with its line breaks, or one JSON record. Of `findings` of one kind only so many are listed.
    """

    file: int = 1024 * _MIB
    unpacked: int = 2048 * _MIB
    ratio: int = 200
    members: int = 2_000
    rows: int = 5_000_000
    columns: int = 1_000
    cells: int = 50_000_000
    cell: int = 32_767
    row: int = 4 * _MIB
    seconds: float = 300.0
    findings: int = 10_000


DEFAULT = Limits()


def megabytes(size: int) -> str:
    """A size as people say it."""
    return f"{size / _MIB:.0f} MiB" if size >= 10 * _MIB else f"{size / _MIB:.1f} MiB"
