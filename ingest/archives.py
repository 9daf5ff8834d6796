"""Zip files, and what is packed as one: checked before anything opens them, unpacked under limits."""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from parkgraph.graph.errors import BadRequest, TooLarge
from parkgraph.ingest.limits import Limits, megabytes

_BLOCK = 1 << 20
_OVERLAP = 1 << 12
_UNSUSPICIOUS = 10 * 2**20
_SMALL = 8 * 2**20
_OPENED = 50
_LINK = 0o12
"""The kind of a file that is a symbolic link, as zip files from Unix say it."""
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SHARED = "xl/sharedStrings.xml"
_REPEATED = 16
"""How many times the size of a workbook its texts may be, each as often as cells have it."""
_SHORT = 100
"""Bytes of a text that a cell costs anyway."""
_TEXT_END = re.compile(rb"<(?:\w+:)?si\s*/>|</(?:\w+:)?si>")
_TEXT = re.compile(rb't="s"[^<>]*>\s*<(?:\w+:)?v>([0-9]{1,9})<')
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>\s*(<(?:\w+:)?f[\s/>])?")
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


@dataclass(slots=True)
class Computed:
    """The cells of a sheet that a formula computes, by column counted from 0: the first rows of them,
    counted from 1, and how many there are; and the cells (row, column) that hold an error."""

    first: dict[int, list[int]] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)
    errors: dict[tuple[int, int], None] = field(default_factory=dict)

    def add(self, row: int, column: int, *, error: bool) -> None:
        """Count a cell."""
        if error:
            self.errors[row, column] = None
            return
        self.times[column] = self.times.get(column, 0) + 1
        rows = self.first.setdefault(column, [])
        if len(rows) < _OPENED:
            rows.append(row)


def open_zip(path: Path, name: str) -> zipfile.ZipFile:
    """Open a zip file. Raises BadRequest with a sentence."""
    try:
        return zipfile.ZipFile(path)
    except _BROKEN as error:
        raise BadRequest(f"{name}: is broken or cut off: {error}") from error


def survey(path: Path, name: str, limits: Limits) -> tuple[int, Mapping[str, Computed]]:
    """Check a workbook that is packed as a zip against the limits, reading its XML once: its size unpacked,
    with every text as often as cells have it, and the cells of each sheet that a formula computes.

    Raises TooLarge or BadRequest.
    """
    with open_zip(path, name) as archive:
        members = _members(archive, path, name, limits)
        size = sum(member.file_size for member in members)
        sheets = _sheets(archive, name)
        texts = _Texts(_UNSUSPICIOUS * 6 + _REPEATED * size)
        computed: dict[str, Computed] = {}
        # The texts that the cells of all sheets refer to come first.
        for member in sorted(members, key=lambda member: member.filename != _SHARED):
            if not member.filename.lower().endswith((".xml", ".rels")):
                continue
            blocks = _without_entities(_blocks(archive, member, name), f"{name}: {member.filename}")
            if member.filename == _SHARED:
                texts.learn(blocks)
            elif member.filename in sheets:
                computed[sheets[member.filename]] = _computed(texts.counted(blocks, name), name, limits)
            else:
                for _ in blocks:
                    pass
        return size + texts.size, computed


class _Texts:
    """The texts of an XLSX workbook that its cells refer to, by their lengths."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lengths = array("Q")
        self.size = 0

    def learn(self, blocks: Iterable[bytes]) -> None:
        """Measure the texts."""
        rest, before = b"", 0
        for block in blocks:
            seen, last = rest + block, 0
            for match in _TEXT_END.finditer(seen):
                self._lengths.append(before + match.end() - last)
                last, before = match.end(), 0
            rest = seen[max(last, len(seen) - _OVERLAP) :]
            before += len(seen) - last - len(rest)

    def counted(self, blocks: Iterable[bytes], name: str) -> Iterator[bytes]:
        """The blocks of a sheet, whose texts are counted. Raises TooLarge where they are many times the size
        of the workbook."""
        longest = max(self._lengths, default=0)
        before = b""
        for block in blocks:
            yield block
            if longest <= _SHORT:
                self.size += block.count(b't="s"') * longest
                continue
            seen = before + block
            for match in _TEXT.finditer(seen):
                number = int(match[1])
                if match.end() > len(before) and number < len(self._lengths):
                    self.size += self._lengths[number]
            if self.size > self._most:
                raise TooLarge(f"{name}: repeats its texts to {megabytes(self.size)}; it is refused")
            before = block[-_OVERLAP:]


def unpack(
    path: Path, name: str, folder: Path, wanted: Iterable[str], limits: Limits
) -> list[tuple[str, Path]]:
    """The members whose names end as wanted, unpacked into a folder under names of our own, each with the
    name it has. Raises TooLarge or BadRequest."""
    taken: list[tuple[str, Path]] = []
    wanted = tuple(wanted)
    with open_zip(path, name) as archive:
        for member in _members(archive, path, name, limits):
            shown = _decoded(member)
            parts = PurePosixPath(shown.replace("\\", "/")).parts
            if ".." in parts or "/" in parts or member.external_attr >> 28 == _LINK:
                raise BadRequest(f"{name}: {shown!r} inside it leads out of it; it is refused")
            hidden = any(part.startswith((".", "__MACOSX", "~$")) for part in parts)
            suffix = PurePosixPath(shown).suffix.lower()
            if member.is_dir() or hidden or suffix not in wanted:
                continue
            target = folder / f"{len(taken)}{suffix}"
            with target.open("wb") as out:
                out.writelines(_blocks(archive, member, name))
            taken.append((shown, target))
    return taken


def _members(archive: zipfile.ZipFile, path: Path, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    """The members, after a look at what they say of their sizes. No more than that is ever unpacked of one,
    so what lies about its size is broken."""
    members = archive.infolist()
    if len(members) > limits.members:
        raise TooLarge(f"{name}: holds {len(members)} files; at most {limits.members} are read")
    size = sum(member.file_size for member in members)
    packed = path.stat().st_size
    if size > limits.unpacked:
        raise TooLarge(
            f"{name}: would unpack to {megabytes(size)}; at most {megabytes(limits.unpacked)} are read"
        )
    if size > _UNSUSPICIOUS and size > limits.ratio * packed:
        raise TooLarge(f"{name}: unpacks to {size // packed} times its size, as no table does; it is refused")
    for member in members:
        # Deflate adds five bytes to a block of what it cannot make smaller.
        if member.compress_size > member.file_size + member.file_size // 64 + 1024:
            raise BadRequest(f"{name}: {member.filename} inside it is larger than it says; it is refused")
    return members


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The content of a member. Raises BadRequest where it is broken."""
    if member.flag_bits & 1:
        raise BadRequest(f"{name}: {member.filename} is protected by a password")
    try:
        with archive.open(member) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except _BROKEN as error:
        raise BadRequest(f"{name}: {member.filename} inside it is broken or cut off: {error}") from error


def _without_entities(blocks: Iterable[bytes], shown: str) -> Iterator[bytes]:
    """The blocks of an XML text. Raises BadRequest where it declares entities."""
    end = b""
    for block in blocks:
        if b"<!ENTITY" in end + block:
            raise BadRequest(f"{shown} declares XML entities, as no workbook does; it is refused")
        end = block[-16:]
        yield block


def _computed(blocks: Iterable[bytes], name: str, limits: Limits) -> Computed:
    """The cells of a sheet of an XLSX workbook that a formula computes. Raises TooLarge where there are more
    errors among them than are listed."""
    computed = Computed()
    before = b""
    for block in blocks:
        # A cell may begin in the block before; what ended there was counted there.
        seen = before + block
        if b"<f" in seen or b":f" in seen or b't="e"' in seen:
            for match in _CELL.finditer(seen):
                error = b't="e"' in match[1]
                reference = _REFERENCE.search(match[1])
                if reference is not None and (error or match[2]) and match.end() > len(before):
                    computed.add(int(reference[2]), _column_number(reference[1]), error=error)
            if len(computed.errors) > limits.findings:
                raise TooLarge(
                    f"{name}: holds more than {limits.findings:,} cells with an error such as #N/A"
                )
        before = block[-_OVERLAP:]
    return computed


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheets(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The member of each sheet of an XLSX workbook with the sheet's name; empty for any other zip."""
    try:
        book = _xml(archive, "xl/workbook.xml", name)
        relations = _xml(archive, "xl/_rels/workbook.xml.rels", name)
    except KeyError:
        return {}
    targets = {item.get("Id"): str(item.get("Target")) for item in relations}
    named = {
        str(item.get("name")): targets.get(item.get(_RELATIONSHIP), "")
        for item in book.iter()
        if item.tag.endswith("}sheet")
    }
    return {
        str(PurePosixPath("xl") / target.removeprefix("/xl/")): sheet
        for sheet, target in named.items()
        if target
    }


def _xml(archive: zipfile.ZipFile, member: str, name: str) -> ElementTree.Element:
    """A member that is small in any real workbook. Raises KeyError where there is none."""
    blocks = _blocks(archive, archive.getinfo(member), name)
    data = b"".join(block for _, block in zip(range(_SMALL // _BLOCK), blocks, strict=False))
    for _ in _without_entities([data], f"{name}: {member}"):
        pass
    try:
        # As text, whatever encoding it says it has: entities in another one would not have been seen.
        return ElementTree.fromstring(data.decode("utf-8-sig"))  # noqa: S314
    except (ElementTree.ParseError, ValueError) as error:
        raise BadRequest(f"{name}: {member} inside it is broken or cut off: {error}") from error


def _decoded(member: zipfile.ZipInfo) -> str:
    """A member's name; one that does not say its encoding is in UTF-8 or, out of Windows in China, in
    GB18030."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        written = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename
