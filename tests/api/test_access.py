"""Who may ask, what an answer may load, and what a hostile address can reach."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.api.app import create_app
from parkgraph.api.pages import POLICY
from parkgraph.api.settings import Settings
from parkgraph.graph.errors import BadRequest
from tests.api.answers import HOME, client_of, problem_in

KEY = "correct-horse-battery"
PAGES = (
    "/",
    "/?lang=zh",
    "/?lang=en",
    "/load",
    "/load?lang=zh",
    "/docs",
    "/view/all",
    "/view/path:BP&C..布鲁内尔大学?lang=en",
)
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Loaded(HTMLParser):
    """The addresses that a page loads or links to, and what would run inside it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.addresses += [
            given[n] for n in ("src", "href", "action", "data", "poster", "srcset") if given.get(n)
        ]
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on")]
        self._script = tag == "script" and "json" not in given.get("type", "")

    def handle_endtag(self, tag: str) -> None:
        self._script = self._script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline.append(data.strip()[:80])


@pytest.fixture
def locked(embedded_graph: pg.Graph) -> TestClient:
    """A server that asks for a key."""
    return client_of(embedded_graph, api_key=KEY)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_strict_policy_and_loads_only_from_here(embedded: TestClient, address: str) -> None:
    page = embedded.get(address)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert "http" not in page.headers["content-security-policy"]
    assert "*" not in page.headers["content-security-policy"]
    loaded = Loaded(page.text)
    assert loaded.inline == []
    assert loaded.addresses
    for found in loaded.addresses:
        assert re.match(r"/(?!/)|[?#]|data:,", found), found
        if found.startswith("/static/"):
            assert embedded.get(found).status_code == 200, found


@pytest.mark.parametrize("address", ["/", "/load"])
def test_the_explorer_runs_no_inline_style(embedded: TestClient, address: str) -> None:
    policy = embedded.get(address).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert " style=" not in embedded.get(address).text


def test_our_own_scripts_and_styles_name_no_other_host(embedded: TestClient) -> None:
    files = {found for page in PAGES for found in Loaded(embedded.get(page).text).addresses}
    scripts = {found for found in files if re.match(r"/static/(viz|explorer)/", found)}
    assert len(scripts) >= 4
    for found in scripts:
        answer = embedded.get(found)
        assert answer.headers["x-content-type-options"] == "nosniff"
        hosts = set(re.findall(r"https?://([\w.-]+)", answer.text)) - {"www.w3.org"}
        assert hosts == set(), found


def test_what_is_no_page_may_load_nothing(embedded: TestClient) -> None:
    for address in ("/health", "/v1/model", "/v1/subgraph?selection=all&format=gexf", "/nothing"):
        policy = embedded.get(address).headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "address",
    [
        "/static/viz/../../x",
        "/static/viz/../page.py",
        "/static/viz/%2e%2e/page.py",
        "/static/viz/..%2fpage.py",
        "/static/viz/..%2f..%2fpyproject.toml",
        "/static/viz/%252e%252e%252fpage.py",
        "/static/viz/..%5cpage.py",
        "/static/viz/..",
        "/static/viz/.",
        "/static/viz/",
        "/static/viz//etc/passwd",
        "/static/viz/%2fetc%2fpasswd",
        "/static/%2fetc/passwd",
        "/static/vendor/../../setup.py",
        "/static/explorer/..%2fapp.py",
        "/static/templates/explorer.html",
        "/static/..%2ftemplates/docs.html",
        "/static/viz/view.js%00",
        "/static/viz",
        "/static",
    ],
)
def test_static_files_come_from_the_known_folders_only(embedded: TestClient, address: str) -> None:
    answer = embedded.get(address)
    assert answer.status_code == 404
    assert problem_in(answer)["code"] == "not-found"
    assert embedded.get("/static/viz/view.js").status_code == 200


def test_a_link_out_of_a_static_folder_is_not_followed_by_name(embedded: TestClient) -> None:
    absolute = Path(pg.__file__).resolve()
    assert embedded.get(f"/static/viz/{absolute}").status_code == 404
    assert embedded.get(f"/static/vendor/{str(absolute).replace('/', '%2f')}").status_code == 404


# -- the key -----------------------------------------------------------------------------------


ASKED = (
    "/",
    "/load",
    "/v1/loads",
    "/docs",
    "/openapi.json",
    "/ready",
    "/v1/model",
    "/view/all",
    "/static/viz/view.js",
    "/nothing",
)


@pytest.mark.parametrize("address", ASKED)
def test_without_the_key_only_health_answers(locked: TestClient, address: str) -> None:
    for headers in (
        {},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": ""},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Cookie": f"parkgraph_key={KEY}"},
        {"Cookie": "parkgraph_key="},
    ):
        refused = locked.get(address, headers=headers)
        assert refused.status_code == 401, headers
        assert refused.headers["www-authenticate"] == "Bearer"
        assert problem_in(refused)["code"] == "unauthorized"
    assert locked.get(f"{address}?key=wrong").status_code == 401
    assert locked.post(f"{address}?key={KEY}").status_code == 401
    assert locked.get("/health").status_code == 200


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    "address",
    ["/", "/load?x=1&lang=", "/view/path:BP%26C..张江?k=2", "/view/entity:a%3Fb%23c", "/v1/sources"],
)
def test_a_browser_without_the_key_gets_a_form_that_leads_to_what_it_opened(
    locked: TestClient, address: str
) -> None:
    chinese = locked.get(address, headers=BROWSER | {"Accept-Language": "zh-CN,zh;q=0.9"})
    english = locked.get(address, headers=BROWSER | {"Accept-Language": "de,en;q=0.8"})
    for answer, sentence in ((chinese, "需要密钥"), (english, "A key is needed")):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"] == POLICY
        assert sentence in answer.text
        page = Loaded(answer.text)
        assert page.inline == []
        assert {"/key", "/static/explorer/explorer.css"} <= set(page.addresses)
        assert all(not found or found[0] == "/" or found == "data:," for found in page.addresses)
    assert locked.get("/static/explorer/explorer.css").status_code == 200
    towards = html.unescape(re.findall(r'name="towards" value="([^"]*)"', english.text)[0])
    opened = locked.post("/key", data={"key": f"{KEY}\n", "towards": towards}, headers=BROWSER)
    assert opened.status_code == 303
    assert opened.headers["location"] == quote(address.replace("%26", "&"), safe="/:?=.&%")
    assert KEY not in f"{opened.headers!r}"
    assert "HttpOnly" in opened.headers["set-cookie"]
    assert "samesite=lax" in opened.headers["set-cookie"].lower()
    assert locked.get("/").status_code == 200


def test_the_language_of_the_form_is_the_one_chosen_in_the_address(locked: TestClient) -> None:
    given = BROWSER | {"Accept-Language": "zh"}
    answer = locked.get("/?entity=a&lang=en", headers=given)
    assert "A key is needed" in answer.text
    assert 'href="/?entity=a&amp;lang=zh"' in answer.text
    wrong = locked.post("/key", data={"key": "x", "towards": "/?entity=a&lang=en"}, headers=given)
    assert "This key opens nothing" in wrong.text


def test_a_wrong_key_is_told_with_the_form_and_sets_nothing(locked: TestClient) -> None:
    for answer in (
        locked.post("/key", data={"key": "wrong", "towards": "/load"}, headers=BROWSER),
        locked.get("/load?key=wrong", headers=BROWSER),
    ):
        assert answer.status_code == 401
        assert "This key opens nothing" in answer.text
        assert 'name="towards" value="/load"' in answer.text
        assert "wrong" not in re.sub(r"id(=|by=)\"wrong\"|describedby=\"wrong\"", "", answer.text)
        assert "set-cookie" not in answer.headers
    assert locked.get("/", headers=BROWSER).status_code == 401


@pytest.mark.parametrize(
    "towards",
    [
        "//evil.example/",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "evil",
        "",
        "/\r\nX: y",
    ],
)
def test_the_form_leads_nowhere_but_to_this_server(locked: TestClient, towards: str) -> None:
    opened = locked.post("/key", data={"key": KEY, "towards": towards})
    assert (opened.status_code, opened.headers["location"]) == (303, "/")


def test_the_form_is_taken_from_our_page_only_and_in_bounds(locked: TestClient) -> None:
    form = {"key": KEY, "towards": "/"}
    elsewhere = {"Origin": "https://evil.example"}
    assert problem_in(locked.post("/key", data=form, headers=elsewhere))["code"] == "bad-origin"
    for origin in ({"Origin": HOME}, {"Origin": "https://proxied.example", "Sec-Fetch-Site": "same-origin"}):
        assert locked.post("/key", data=form, headers=origin).status_code == 303
    assert locked.post("/key", data={"key": "x" * 100_000}).status_code == 413
    assert locked.get("/key").status_code == 200
    assert problem_in(locked.get("/keys"))["code"] == "not-found"


def test_guessing_at_the_form_counts_as_any_request(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, api_key=KEY, rate_limit="3/hour")
    said = [client.post("/key", data={"key": "x"}).status_code for _ in range(4)]
    assert said == [401, 401, 401, 429]


def test_what_problems_mean_is_told_without_a_key(locked: TestClient) -> None:
    for address in ("/problems", "/problems/unauthorized"):
        assert locked.get(address).status_code == 200
    assert locked.get("/problemsx").status_code == 401
    open_to_all = [
        path
        for path, found in locked.get("/openapi.json", headers={"X-API-Key": KEY}).json()["paths"].items()
        if found.get("get", {}).get("security") == []
    ]
    assert open_to_all == ["/health", "/problems", "/problems/{code}"]


def test_a_server_without_keys_has_no_form(embedded: TestClient) -> None:
    assert embedded.get("/key").status_code == embedded.post("/key", data={"key": "x"}).status_code == 404


def test_the_key_opens_by_header_and_by_bearer_token(locked: TestClient) -> None:
    for headers in (
        {"X-API-Key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer {KEY}"},
        {"X-API-Key": "stale", "Authorization": f"Bearer {KEY}"},
    ):
        assert locked.get("/v1/sources", headers=headers).status_code == 200
    assert locked.get("/v1/sources").status_code == 401


def test_a_page_opened_with_the_key_keeps_a_cookie_and_loses_the_key(locked: TestClient) -> None:
    opened = locked.get("/view/path:BP%26C..张江", params={"k": "2", "via": "BP&C", "key": KEY})
    assert opened.status_code == 303
    assert opened.headers["location"] == "/view/path:BP&C..%E5%BC%A0%E6%B1%9F?k=2&via=BP%26C"
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert locked.get("/v1/sources").status_code == 200
    assert locked.get("/").status_code == 200
    # The bookmark with the key still works while the cookie lives.
    again = locked.get("/v1/sources", params={"key": KEY})
    assert (again.status_code, again.headers["location"]) == (303, "/v1/sources")


def test_the_redirect_never_leaves_this_server(locked: TestClient) -> None:
    for address in ("//evil.example/", "///evil.example", "/%5cevil.example", "/\\evil.example"):
        target = locked.get(f"{HOME}{address}?key={KEY}").headers["location"]
        assert re.match(r"/(?![/\\])", target), (address, target)


def test_the_key_never_appears_in_an_answer(locked: TestClient) -> None:
    def answers() -> Iterator[str]:
        for headers in ({}, {"X-API-Key": KEY}):
            for address in (*ASKED, "/view/nothing", "/v1/paths", "/v1/entities/x"):
                yield _everything(locked, address, headers)
                yield _everything(locked, f"{address}?key={KEY}", headers)
                locked.cookies.clear()
        yield _everything(locked, f"/v1/search?q=x&key={KEY}&key=wrong", {"X-API-Key": KEY})
        yield _everything(locked, f"/v1/search?q=x&key=wrong&key={KEY}", {})

    assert [text[:200] for text in answers() if KEY in text] == []


def _everything(client: TestClient, address: str, headers: dict[str, str]) -> str:
    answer = client.get(address, headers=headers)
    return f"{answer.headers!r} {answer.text}"


def test_a_server_that_others_reach_is_not_made_without_a_key(embedded_graph: pg.Graph) -> None:
    with pytest.raises(BadRequest, match="PARKGRAPH_API_KEY"):
        create_app(embedded_graph, Settings(store=embedded_graph.store.url, host="0.0.0.0"))  # noqa: S104
    opened = client_of(embedded_graph, host="0.0.0.0", api_key=KEY)  # noqa: S104
    answer = opened.get("/v1/sources", headers={"Host": "graph.example", "X-API-Key": KEY})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "[::1",
        "testserver",
        "",
    ],
)
def test_on_loopback_another_name_of_the_host_is_refused(embedded: TestClient, host: str) -> None:
    for address in ("/", "/health", "/v1/sources"):
        answer = embedded.get(address, headers={"Host": host})
        assert answer.status_code == 400
        assert problem_in(answer)["code"] == "bad-host"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_on_loopback_its_own_names_are_taken(embedded: TestClient, host: str) -> None:
    assert embedded.get("/v1/sources", headers={"Host": host}).status_code == 200


# -- what a user typed -------------------------------------------------------------------------


def test_what_was_typed_never_reaches_a_page_as_markup(embedded: TestClient) -> None:
    """The selection is shown on the page of a view, and in the sentence of a problem."""
    for address in (
        f"/view/query:facts_of_source?source={MARKUP}",
        f"/view/query:facts_of_source%3Fsource={MARKUP}",
        f"/view/path:BP&C..布鲁内尔大学?via={MARKUP}",
        f"/view/{MARKUP}",
        f"/view/entity:{MARKUP}",
        f"/view/all?lang={MARKUP}",
        f"/?lang={MARKUP}",
        f"/load?lang={MARKUP}",
        f"/?from={MARKUP}&to={MARKUP}",
        f"/docs?url={MARKUP}",
        f"/static/viz/{MARKUP}",
    ):
        answer = embedded.get(address)
        if answer.headers["content-type"].startswith("text/html"):
            assert "<script>alert" not in answer.text, address
            assert "<img src=x" not in answer.text, address
        else:
            problem_in(answer)  # JSON that a browser may not take for anything else


def test_a_view_of_a_hostile_selection_is_still_a_page_that_names_it(embedded: TestClient) -> None:
    page = embedded.get("/view/query:facts_of_source", params={"source": MARKUP})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "alert(1)" in page.text  # as text, so that what was asked can be read
    assert Loaded(page.text).inline == []


def test_a_view_takes_its_parameters_beside_the_selection(embedded: TestClient) -> None:
    """A name with & in a parameter of the address is one value, and a repeated parameter is a list."""
    part = embedded.get(
        "/view/path:成都高新区..布鲁内尔大学", params={"avoid": "BP&C", "k": "1", "lang": "en"}
    )
    assert part.status_code == 200
    both = embedded.get(
        "/view/neighbours:BP&C", params={"relations": ["SIGNED", "ESTABLISHED"], "lang": "en"}
    )
    one = embedded.get("/view/neighbours:BP&C?relations=SIGNED&lang=en")
    assert "chengdu-israel-innovation-centre" in both.text
    assert "chengdu-israel-innovation-centre" not in one.text
    assert "chengdu-bpc-zhongsheng-mou-2018" in one.text
