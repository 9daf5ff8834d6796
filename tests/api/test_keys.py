"""Keys with roles: the file that holds only hashes, the commands that change it, and what each role may."""

from __future__ import annotations

import json
import re
import shlex
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.api import keys as keys_module
from parkgraph.api.access import ROLE_NEEDED, role_needed
from parkgraph.api.app import create_app
from parkgraph.api.keys import ROLES, Caller, KeyFile, KeyRing, KeysUnreadable
from parkgraph.api.settings import Settings
from parkgraph.cli import main
from parkgraph.graph.errors import BadRequest, UnknownName
from tests.api.answers import client_of, problem_in


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "keys.json")


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(keys_module, "_now", lambda: moment)


def opens(client: TestClient, key: str, address: str = "/v1/sources") -> int:
    answer: httpx.Response = client.get(address, headers={"X-API-Key": key})
    return answer.status_code


# -- the file ----------------------------------------------------------------------------------


def test_the_file_tells_no_key_and_only_its_owner_reads_it(file: KeyFile) -> None:
    secret = file.create("dashboard", "analyst")
    text = file.path.read_text()
    assert len(secret) > 40
    assert secret not in text
    assert keys_module.ticket(secret) not in text  # else whoever reads the file could make the cookie
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["keys.json"]


def test_what_is_wrong_with_a_new_key_is_a_sentence_and_changes_nothing(file: KeyFile) -> None:
    file.create("dashboard", "reader")
    before = file.path.read_bytes()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(BadRequest, match="there is one already"):
        file.create("dashboard", "admin")
    with pytest.raises(UnknownName, match="did you mean reader"):
        file.create("other", "readr")
    with pytest.raises(BadRequest, match="letters, digits"):
        file.create("a b", "reader")
    with pytest.raises(BadRequest, match="is over"):
        file.create("other", "reader", expires=yesterday)
    with pytest.raises(UnknownName, match="did you mean dashboard"):
        file.revoke("dashbord")
    with pytest.raises(UnknownName):
        file.rotate("nobody")
    assert file.path.read_bytes() == before


def test_two_commands_at_once_do_not_lose_a_key(file: KeyFile) -> None:
    file.create("first", "reader")
    file.path.with_name("keys.json.new").touch()
    with pytest.raises(BadRequest, match="another command is changing the keys"):
        file.create("second", "reader")
    assert [key.name for key in file.read()] == ["first"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "is no file of keys"),
        ('{"keys": [{"name": "x"}]}', "keys.0.role"),
        ('{"keys": [], "more": 1}', "more"),
    ],
)
def test_a_file_that_is_none_of_keys_says_where(file: KeyFile, text: str, words: str) -> None:
    file.path.write_text(text)
    with pytest.raises(KeysUnreadable, match="is no file of keys") as found:
        file.read()
    assert words in found.value.message


def test_a_file_that_others_may_write_to_is_refused(file: KeyFile) -> None:
    file.create("dashboard", "reader")
    file.path.chmod(0o620)
    with pytest.raises(KeysUnreadable, match="chmod 600"):
        KeyRing(path=file.path)


# -- a server with keys ------------------------------------------------------------------------


def test_a_running_server_follows_the_file(file: KeyFile, embedded_graph: pg.Graph) -> None:
    secret = file.create("dashboard", "reader")
    client = client_of(embedded_graph, keys=file.path)
    assert client.get("/v1/sources").status_code == 401
    assert opens(client, secret) == 200
    other = file.create("other", "reader")
    assert opens(client, other) == 200
    new = file.rotate("dashboard")
    assert (opens(client, secret), opens(client, new), opens(client, other)) == (401, 200, 200)
    file.revoke("dashboard")
    assert (opens(client, new), opens(client, other)) == (401, 200)


def test_while_the_file_cannot_be_read_nobody_is_let_in(file: KeyFile, embedded_graph: pg.Graph) -> None:
    secret = file.create("dashboard", "reader")
    client = client_of(embedded_graph, keys=file.path)
    whole = file.path.read_bytes()
    for damage in (lambda: file.path.write_text("{"), file.path.unlink):
        damage()
        answer = client.get("/v1/sources", headers={"X-API-Key": secret})
        assert (answer.status_code, problem_in(answer)["code"]) == (503, "keys-unreadable")
        assert client.get("/health").status_code == 200
    file.path.write_bytes(whole)
    assert opens(client, secret) == 200


def test_a_key_ends_on_its_day_and_a_rotated_one_after_its_grace(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    at(monkeypatch, start)
    old = file.create("dashboard", "analyst", expires=start + timedelta(days=30))
    new = file.rotate("dashboard", grace=timedelta(hours=24))
    newest = file.rotate("dashboard", grace=timedelta(hours=1))
    ring = KeyRing(path=file.path)
    caller = Caller("dashboard", "analyst")
    assert [ring.caller(key) for key in (old, new, newest)] == [caller] * 3
    at(monkeypatch, start + timedelta(hours=1))
    assert [ring.caller(key) for key in (old, new, newest)] == [caller, None, caller]
    at(monkeypatch, start + timedelta(hours=24))
    assert [ring.caller(key) for key in (old, new, newest)] == [None, None, caller]
    at(monkeypatch, start + timedelta(days=30) - timedelta(seconds=1))
    assert ring.caller(newest) == caller
    at(monkeypatch, start + timedelta(days=30))
    assert ring.caller(newest) is None


def test_the_cookie_of_a_key_ends_with_the_key(file: KeyFile, embedded_graph: pg.Graph) -> None:
    secret = file.create("wall", "reader")
    client = client_of(embedded_graph, keys=file.path)
    opened = client.get("/", params={"key": secret})
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert secret not in opened.headers["set-cookie"]
    assert client.get("/v1/sources").status_code == 200
    file.rotate("wall")
    assert client.get("/v1/sources").status_code == 401


def test_the_key_of_the_environment_stands_beside_the_file_and_is_admin(file: KeyFile) -> None:
    secret = file.create("dashboard", "reader")
    ring = KeyRing("the key of the house", file.path)
    assert ring.caller("the key of the house") == Caller("PARKGRAPH_API_KEY", "admin")
    assert ring.caller(secret) == Caller("dashboard", "reader")
    assert [ring.caller(key) for key in ("", None, "other")] == [None] * 3


def test_a_file_of_keys_is_enough_to_serve_others_and_a_missing_one_is_told(
    file: KeyFile, embedded_graph: pg.Graph
) -> None:
    chosen: dict[str, Any] = {"api_key": None, "host": "0.0.0.0", "store": embedded_graph.store.url}  # noqa: S104
    with pytest.raises(BadRequest, match="PARKGRAPH_KEYS"):
        create_app(embedded_graph, Settings(**chosen))
    with pytest.raises(KeysUnreadable, match="parkgraph token create"):
        create_app(embedded_graph, Settings(keys=file.path, **chosen))
    file.create("dashboard", "reader")
    create_app(embedded_graph, Settings(keys=file.path, **chosen))


# -- roles -------------------------------------------------------------------------------------

ASKED = (
    ("GET", "/v1/sources", "reader"),
    ("GET", "/", "reader"),
    ("HEAD", "/v1/sources", "reader"),
    ("POST", "/v1/cypher", "analyst"),
    ("GET", "/v1/loads", "editor"),
    ("POST", "/v1/loads", "editor"),
    ("DELETE", "/v1/loads/x", "editor"),
    ("POST", "/v1/identity/judgements", "editor"),
    ("DELETE", "/v1/identity/judgements/x", "editor"),
    ("GET", "/metrics", "admin"),
    ("POST", "/v1/sources", "admin"),
    ("PUT", "/v1/loads", "admin"),
)


def test_each_role_may_what_the_table_says_and_nothing_more(file: KeyFile, embedded_graph: pg.Graph) -> None:
    secrets = {role: file.create(role, role) for role in ROLES}
    client = client_of(embedded_graph, keys=file.path)
    for method, path, needed in ASKED:
        for role in ROLES:
            answer = client.request(method, path, headers={"X-API-Key": secrets[role], "Content-Length": "0"})
            if ROLES.index(role) >= ROLES.index(needed):
                # What it may not here, as the server only reads or there is no such thing, is another matter.
                assert answer.status_code != 401, (method, path, role)
                assert answer.status_code != 403 or problem_in(answer)["code"] == "read-only"
                continue
            assert answer.status_code == 403, (method, path, role)
            if method != "HEAD":
                problem = problem_in(answer)
                assert problem["code"] == "forbidden"
                assert f"{method} {path} needs a key of the role {needed};" in problem["detail"]


def test_every_route_has_the_role_that_fits_what_it_does(embedded_graph: pg.Graph) -> None:
    document = client_of(embedded_graph).get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method in operations:
            needed = role_needed(method.upper(), path)
            if method == "get":
                usual = "editor" if path.startswith("/v1/loads") else "reader"
                expected = {"/metrics": "admin", "/v1/cypher": "analyst"}.get(path, usual)
                assert needed == expected, path
            else:
                assert needed in ("analyst", "editor") or path.startswith("/v1/reconcile"), (method, path)


def test_a_path_that_only_begins_like_another_is_not_taken_for_it() -> None:
    assert role_needed("GET", "/metricsx") == "reader"
    assert role_needed("POST", "/v1/cypherx") == "admin"
    assert role_needed("POST", "//v1/loads") == "admin"
    assert all(role in ROLES for _, _, role in ROLE_NEEDED)


# -- the commands ------------------------------------------------------------------------------


Token = Callable[..., tuple[int, str, str]]


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: KeyFile) -> Token:
    """Run `parkgraph token` in this process, where the file is: exit code, what it printed, and what it said
    beside."""
    monkeypatch.chdir(file.path.parent)

    def call(*arguments: str) -> tuple[int, str, str]:
        given = arguments if "--keys" in arguments else (*arguments, "--keys", file.path.name)
        monkeypatch.setattr(sys, "argv", ["parkgraph", "token", *given])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


def test_a_key_is_made_listed_rotated_and_revoked_by_command(file: KeyFile, token: Token) -> None:
    code, printed, said = token(
        "create", "--name", "dashboard", "--role", "analyst", "--expires", "2099-01-01"
    )
    assert (code, said) == (0, "the key of dashboard; it is shown this once:\n")
    key = printed.strip()
    ring = KeyRing(path=file.path)
    assert ring.caller(key) == Caller("dashboard", "analyst")
    rotated = json.loads(token("rotate", "dashboard", "--grace", "2", "--json")[1])
    assert ring.caller(key) == ring.caller(rotated["key"]) == Caller("dashboard", "analyst")
    [listed] = json.loads(token("list", "--json")[1])["items"]
    until = datetime.fromisoformat(listed.pop("old_until")) - datetime.now(UTC)
    assert timedelta(hours=1) < until < timedelta(hours=2)
    assert listed == {
        "name": "dashboard",
        "role": "analyst",
        "state": "valid",
        "created": f"{datetime.now(UTC):%Y-%m-%d}",
        "expires": "2099-01-01",
    }
    assert "dashboard  analyst  valid" in token("list")[1]
    assert token("revoke", "dashboard")[0] == 0
    assert ring.caller(rotated["key"]) is None
    code, printed, said = token("revoke", "dashboard")
    assert (code, printed) == (2, "")
    assert "unknown key 'dashboard'" in said
    assert "is no day" in token("create", "--name", "x", "--expires", "soon")[2]


def test_the_page_on_serving_shows_what_its_commands_print(token: Token) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    commands = re.findall(r"^\$ parkgraph token (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    assert len(commands) == 5
    for command, shown in commands:
        code, printed, said = token(*shlex.split(command))
        assert code == 0, said
        words = " ".join(f"{said} {printed}".split())
        pattern = re.escape(" ".join(shown.split())).replace("…", ".*")
        assert re.fullmatch(pattern, words), (command, words)
