"""The commands that make, rotate and revoke the keys of the server."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from parkgraph.api.keys import ROLES, Key, KeyFile
from parkgraph.graph.errors import BadRequest
from parkgraph.printing import as_json, err, options, show_table

token = typer.Typer(
    help="Keys of the server, each with a name and a role: "
    f"{', '.join(ROLES[:-1])} or {ROLES[-1]}, where each may do what those before it may. Only hashes are "
    "kept, in the file that PARKGRAPH_KEYS names; a running server follows it.\n\n"
    "Example: parkgraph token create --keys keys.json --name dashboard --role reader"
)
Keys = Annotated[
    Path, typer.Option("--keys", envvar="PARKGRAPH_KEYS", help="The file of keys.", dir_okay=False)
]
Name = Annotated[str, typer.Argument(help="Name of a key.")]


@token.command("create")
def token_create(
    keys: Keys,
    name: Annotated[str, typer.Option(help="What the key is for; it is in the log, beside each request.")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = ROLES[0],
    expires: Annotated[
        str | None, typer.Option(help="The first day on which it opens no more, as 2030-01-01 (UTC).")
    ] = None,
) -> None:
    """Make a key and print it. It is shown this once.

    Example: parkgraph token create --keys keys.json --name dashboard --role analyst
    """
    _show(name, KeyFile(keys).create(name, role, expires=_day(expires)))


@token.command("list")
def token_list(keys: Keys) -> None:
    """The keys by name, role and how long they open. The keys themselves are nowhere kept.

    Example: parkgraph token list --keys keys.json
    """
    found = KeyFile(keys).read()
    now = datetime.now(UTC)
    if options.json:
        print(as_json({"items": [_described(key, now) for key in found]}))
        return
    rows = [tuple(str(value or "") for value in _described(key, now).values()) for key in found]
    show_table(("name", "role", "state", "created", "expires", "old one until"), rows)


@token.command("rotate")
def token_rotate(
    keys: Keys,
    name: Name,
    grace: Annotated[
        float, typer.Option(min=0, max=8760, help="Hours for which the old key still opens; 0 is not at all.")
    ] = 0,
) -> None:
    """Replace a key by a new one of the same name, role and end, and print it.

    Example: parkgraph token rotate dashboard --keys keys.json --grace 24
    """
    _show(name, KeyFile(keys).rotate(name, grace=timedelta(hours=grace)))


@token.command("revoke")
def token_revoke(keys: Keys, name: Name) -> None:
    """Take a key away. It opens nothing from the next request on.

    Example: parkgraph token revoke dashboard --keys keys.json
    """
    KeyFile(keys).revoke(name)
    if options.json:
        print(as_json({"revoked": name}))
    elif not options.quiet:
        err.print(f"{name} opens nothing from now on")


def _show(name: str, key: str) -> None:
    """The key alone on stdout, so that it can be piped into where secrets are kept."""
    if options.json:
        print(as_json({"name": name, "key": key}))
        return
    if not options.quiet:
        err.print(f"the key of {name}; it is shown this once:")
    print(key)


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise BadRequest(f"--expires: {text!r} is no day; expected one as 2030-01-01") from None


def _described(key: Key, now: datetime) -> dict[str, str | None]:
    """What may be told of a key: everything but its hashes."""
    over = key.expires is not None and key.expires <= now
    until = max((former.until for former in key.former if former.until > now), default=None)
    return {
        "name": key.name,
        "role": key.role,
        "state": "expired" if over else "valid",
        "created": key.created.date().isoformat(),
        "expires": key.expires.date().isoformat() if key.expires is not None else None,
        "old_until": until.isoformat(timespec="seconds") if until is not None and not over else None,
    }
