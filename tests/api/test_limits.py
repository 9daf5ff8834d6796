"""How much one caller may ask, exactly; what is too large; and which pages elsewhere may ask."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import parkgraph as pg
from parkgraph.api import limits
from parkgraph.api.limits import Rate, RateLimiter, address_of
from parkgraph.api.settings import Settings
from tests.api.answers import HOME, client_of, problem_in

SECOND = 1_000_000_000
PAGE = "https://dash.example"


# -- requests in a time ------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 12_345

    def __call__(self) -> int:
        return self.now


@given(
    requests=st.integers(1, 7),
    steps=st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=60),
)
@settings(max_examples=60, deadline=None)
def test_the_bucket_is_exactly_that_of_the_definition(requests: int, steps: list[int]) -> None:
    """Against tokens counted as fractions, which lose nothing."""
    clock = Clock()
    limiter = RateLimiter(Rate(requests, 1), clock=clock)
    tokens, filled = Fraction(requests), clock.now
    for step in steps:
        clock.now += step
        tokens = min(Fraction(requests), tokens + Fraction((clock.now - filled) * requests, SECOND))
        filled = clock.now
        found = limiter.ask("somebody")
        assert found.allowed == (tokens >= 1)
        tokens -= found.allowed
        assert found.remaining == int(tokens)
        if not found.allowed:
            wait = (1 - tokens) / requests
            assert found.retry_after - 1 < wait <= found.retry_after
        assert found.reset - 1 < (requests - tokens) / requests <= found.reset


def test_callers_do_not_share_and_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CALLERS", 3)
    limiter = RateLimiter(Rate(1, 3600), clock=Clock())
    assert [limiter.ask(who).allowed for who in "aabbcc"] == [True, False] * 3
    limiter.ask("d")  # a has not asked for longest
    assert [limiter.ask(who).allowed for who in "bcd"] == [False] * 3
    assert limiter.ask("a").allowed


@pytest.mark.parametrize("text", ["", "600", "600/day", "0/minute", "-1/minute", "1.5/second", "x/minute"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(ValidationError, match="600/minute"):
        Settings(rate_limit=text)


def test_a_rate_holds_by_default_where_others_reach_the_server() -> None:
    assert Settings(host="127.0.0.1", rate_limit=None).rate is None
    assert Settings(host="0.0.0.0", rate_limit=None).rate == Rate(600, 60)  # noqa: S104
    assert Settings(host="0.0.0.0", rate_limit="off").rate is None  # noqa: S104
    assert Settings(host="127.0.0.1", rate_limit="10/second").rate == Rate(10, 1)


def test_addresses_of_one_network_of_ipv6_are_one_caller() -> None:
    assert address_of("2001:db8::1") == address_of("2001:db8::ffff:1")
    assert address_of("2001:db8::1") != address_of("2001:db8:0:1::1")
    assert address_of("192.0.2.1") != address_of("192.0.2.2")
    assert address_of("testclient") == "testclient"
    assert address_of(None) == ""


def test_who_asks_too_often_is_told_when_to_ask_again(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, api_key="the key of the house", rate_limit="3/hour")
    key = {"X-API-Key": "the key of the house"}
    for left in (2, 1, 0):
        answer = client.get("/v1/model", headers=key)
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"requests";q=3;w=3600'
        assert answer.headers["ratelimit"].startswith(f'"requests";r={left};t=')
    refused = client.get("/v1/model", headers=key)
    assert (refused.status_code, problem_in(refused)["code"]) == (429, "too-many-requests")
    assert 1190 < int(refused.headers["retry-after"]) <= 1200
    assert refused.headers["ratelimit"] == '"requests";r=0;t=3600'
    # Somebody without a key has an own account, so that guessing keys is slow too; health is always told.
    statuses = [client.get("/v1/model").status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert client.get("/health").status_code == 200
    assert "ratelimit" not in client.get("/health").headers


def test_without_a_limit_nothing_is_said_of_one(embedded: TestClient) -> None:
    assert "ratelimit" not in embedded.get("/v1/model").headers


# -- sizes -------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_before_it_is_read(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, max_body=1000, max_upload=2000, editable=False)

    def endless() -> Iterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    for path, most in (("/v1/identity/judgements", 1000), ("/v1/loads", 2000), ("/nothing", 1000)):
        for length in (most + 1, 10**30):
            answer = client.post(path, content=endless(), headers={"Content-Length": str(length)})
            problem = problem_in(answer)
            assert (answer.status_code, problem["code"]) == (413, "too-large"), path
            assert f"at most {most:,} are taken" in problem["detail"]
        answer = client.post(path, content=endless())  # in chunks, without a length
        assert (answer.status_code, problem_in(answer)["code"]) == (411, "length-required"), path
    assert client.get("/v1/model", headers={"Content-Length": "1001"}).status_code == 413


def test_an_address_that_is_too_long_is_refused(embedded: TestClient) -> None:
    assert embedded.get("/v1/search", params={"q": "x" * 150}).status_code == 200
    answer = embedded.get("/v1/search", params={"q": "张" * 2000})
    assert (answer.status_code, problem_in(answer)["code"]) == (414, "uri-too-long")
    assert embedded.get(f"/{'x' * 17_000}").status_code == 414


# -- pages elsewhere ---------------------------------------------------------------------------


def preflight(client: TestClient, origin: str, **headers: str) -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET", **headers}
    return client.options("/v1/sources", headers=asked)


def test_by_default_no_page_elsewhere_reads_an_answer(embedded: TestClient) -> None:
    answer = embedded.get("/v1/sources", headers={"Origin": PAGE})
    assert "access-control-allow-origin" not in answer.headers
    assert preflight(embedded, PAGE).status_code == 405


def test_a_page_that_is_named_asks_with_a_key_and_others_do_not(embedded_graph: pg.Graph) -> None:
    client = client_of(
        embedded_graph, api_key="the key of the house", cors_origins=f"{PAGE}, http://other:81"
    )
    allowed = preflight(client, PAGE, **{"Access-Control-Request-Headers": "x-api-key"})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert "X-API-Key" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed.headers
    key = {"X-API-Key": "the key of the house", "Origin": PAGE}
    answer = client.get("/v1/sources", headers=key)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "Origin" in answer.headers["vary"]
    assert "ETag" in answer.headers["access-control-expose-headers"]
    # A refusal too, so that the page's script can tell it from a server that is down.
    assert client.get("/v1/sources", headers={"Origin": PAGE}).headers["access-control-allow-origin"] == PAGE
    for stranger in ("https://evil.example", f"{PAGE}.evil.example", "null", f"{PAGE}:444"):
        assert preflight(client, stranger).status_code == 400
        answer = client.get("/v1/sources", headers=key | {"Origin": stranger})
        assert "access-control-allow-origin" not in answer.headers


def test_only_a_page_that_is_named_may_write(embedded_graph: pg.Graph) -> None:
    client = client_of(embedded_graph, cors_origins=PAGE)
    codes = [
        problem_in(client.post("/v1/identity/judgements", json={}, headers={"Origin": origin}))["code"]
        for origin in (PAGE, HOME, "https://evil.example")
    ]
    assert codes[2] == "bad-origin"
    assert "bad-origin" not in codes[:2]


@pytest.mark.parametrize(
    "text", ["*", "dash.example", "https://dash.example/", "https://a.b, *", "file:///x"]
)
def test_what_is_no_origin_is_told(text: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=text)
