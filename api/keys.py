"""Keys and their roles: a file that holds only hashes, followed while the server runs, and the one key of
PARKGRAPH_API_KEY by the same mechanism.

A key is 256 random bits, so one SHA-256 is enough: a slow hash such as scrypt protects what people choose and
attackers guess, which nobody can here, and would cost every request tens of milliseconds. What is hashed is
the key's ticket, which the cookie holds: neither the key nor a ticket can be told from the file.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from parkgraph.graph.errors import BadRequest, ParkGraphError, UnknownName

COOKIE = "parkgraph_key"
PREFIX = "parkgraph_"
THE_ONE_KEY = "PARKGRAPH_API_KEY"
"""The name of the key that the environment gives."""
Role = Literal["reader", "analyst", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""
_RANK = {role: rank for rank, role in enumerate(ROLES)}


class KeysUnreadable(ParkGraphError):
    """The file of keys cannot be read; nobody is let in by it."""

    code = "keys-unreadable"
    http_status = 503


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of a key, or nobody in particular on a loopback server without keys."""

    name: str | None
    role: Role

    def may(self, role: Role) -> bool:
        """Whether what this role may do is allowed."""
        return _RANK[self.role] >= _RANK[role]


def ticket(key: str) -> str:
    """What the cookie holds: it opens the server as the key does, and does not tell the key."""
    return hmac.new(key.encode(), COOKIE.encode(), "sha256").hexdigest()


def hashed(ticket_of_key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(ticket_of_key.encode()).hexdigest()


def _is_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise ValueError("a key's name is 1 to 64 letters, digits, - and _")
    if name == THE_ONE_KEY:
        raise ValueError(f"{THE_ONE_KEY} is the name of the key that the environment gives")
    return name


_Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Former(_Part):
    """A key that was replaced, and until when it still opens."""

    sha256: _Hash
    until: AwareDatetime


class Key(_Part):
    """One key as the file holds it; `expires` is the moment from which it no longer opens."""

    name: Annotated[str, AfterValidator(_is_name)]
    role: Role
    created: AwareDatetime
    sha256: _Hash
    expires: AwareDatetime | None = None
    former: tuple[Former, ...] = ()

    def hashes(self, now: datetime) -> Iterator[str]:
        """The hashes that open at this moment."""
        if self.expires is None or now < self.expires:
            yield self.sha256
            yield from (old.sha256 for old in self.former if now < old.until)


class _File(_Part):
    keys: tuple[Key, ...]


class KeyFile:
    """The file of keys, as the commands read and write it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Key, ...]:
        """All keys. Raises KeysUnreadable with a sentence."""
        try:
            if os.name == "posix" and self.path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise KeysUnreadable(f"{self.path}: others may write to it; chmod 600 it")
            return _File.model_validate_json(self.path.read_bytes()).keys
        except OSError as error:
            raise KeysUnreadable(f"{self.path}: the file of keys cannot be read: {error.strerror}") from error
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"])
            raise KeysUnreadable(
                f"{self.path}: is no file of keys{f', at {where}' if where else ''}: {fault['msg']}"
            ) from error

    def create(self, name: str, role: str, *, expires: datetime | None = None) -> str:
        """Add a key and return it: this is the only time that it can be seen."""
        if role not in ROLES:
            raise UnknownName("role", role, ROLES)
        secret, now = _new_secret(), _now()
        if expires is not None and expires <= now:
            raise BadRequest(f"key {name!r}: {expires:%Y-%m-%d} is over; expected a day to come")
        try:
            made = Key(name=name, role=role, created=now, sha256=hashed(ticket(secret)), expires=expires)
        except ValidationError as error:
            sentence = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise BadRequest(f"key {name!r}: {sentence}") from error
        with self._changing() as keys:
            if any(key.name == name for key in keys):
                raise BadRequest(f"key {name!r}: there is one already; rotate or revoke it, or choose a name")
            keys.append(made)
        return secret

    def rotate(self, name: str, *, grace: timedelta = timedelta(0)) -> str:
        """Replace a key and return the new one. The old one opens as long as `grace` says."""
        secret, now = _new_secret(), _now()
        with self._changing() as keys:
            at = self._position(keys, name)
            key = keys[at]
            old = (*key.former, Former(sha256=key.sha256, until=now + grace))
            keys[at] = key.model_copy(
                update={
                    "sha256": hashed(ticket(secret)),
                    "created": now,
                    "former": tuple(former for former in old if former.until > now),
                }
            )
        return secret

    def revoke(self, name: str) -> None:
        """Take a key away; it opens nothing from now on."""
        with self._changing() as keys:
            del keys[self._position(keys, name)]

    def _position(self, keys: Sequence[Key], name: str) -> int:
        names = [key.name for key in keys]
        if name not in names:
            raise UnknownName("key", name, names, where=str(self.path))
        return names.index(name)

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """The keys to change; what is left is written whole or not at all. The new file also keeps out a
        second command, whose key would be lost."""
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise BadRequest(
                f"{new}: another command is changing the keys; if none is, remove this file"
            ) from None
        try:
            with os.fdopen(descriptor, "wb") as out:
                keys = list(self.read()) if self.path.exists() else []
                yield keys
                text = _File(keys=tuple(keys)).model_dump_json(indent=1, exclude_defaults=True)
                out.write(f"{text}\n".encode())
                out.flush()
                os.fsync(out.fileno())
            new.replace(self.path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


class KeyRing:
    """What opens the server now. The file is looked at on every request (one `stat`) and read when it has
    changed; while it cannot be read, it lets nobody in."""

    def __init__(self, api_key: str | None = None, path: Path | None = None) -> None:
        self._one = hashed(ticket(api_key)) if api_key is not None else None
        self._file = KeyFile(path) if path is not None else None
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()
        if self._file is not None:
            self._follow(self._file)

    def __bool__(self) -> bool:
        """Whether a key is asked for."""
        return self._one is not None or self._file is not None

    def caller(self, key: str | None = None, *, cookie: str | None = None) -> Caller | None:
        """Who a key, or the ticket in a cookie, belongs to. Raises KeysUnreadable."""
        given = cookie if key is None else ticket(key)
        if not given:
            return None
        digest = hashed(given)
        found: Caller | None = None
        if self._one is not None and hmac.compare_digest(digest, self._one):
            found = Caller(THE_ONE_KEY, "admin")
        if self._file is not None and found is None:
            self._follow(self._file)
            now = _now()
            for held in self._keys:
                for one in held.hashes(now):
                    if hmac.compare_digest(digest, one):
                        found = Caller(held.name, held.role)
        return found

    def _follow(self, file: KeyFile) -> None:
        try:
            found = file.path.stat()
        except OSError as error:
            self._seen, self._keys = None, ()
            raise KeysUnreadable(
                f"{file.path}: the file of keys cannot be read: {error.strerror}; "
                "parkgraph token create makes one"
            ) from error
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._seen:
            self._seen, self._keys = None, ()
            self._keys = file.read()
            self._seen = stamp


def _new_secret() -> str:
    # The prefix lets scanners of repositories and logs know one when they see it.
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def _now() -> datetime:
    return datetime.now(UTC)
