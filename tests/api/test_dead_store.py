"""A Neo4j server that freezes, dies and comes back in the middle of traffic: every request is answered in
bounded time, and the server recovers by itself.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from parkgraph.api.app import create_app
from parkgraph.api.settings import Settings
from parkgraph.graph.errors import StoreUnreachable
from parkgraph.graph.model import Model
from parkgraph.graph.store import open_store
from parkgraph.ingest.dataset import bundled
from parkgraph.ingest.load import load
from tests.api.answers import problem_in
from tests.api.test_serving import NEEDS_THE_STORE, serving
from tests.neo4j_server.server import Neo4jServer, require_neo4j

BOUND = 10.0
"""Seconds within which a request is answered whatever the store does; docs/serving.md says so."""
QUICK = 3.0
"""Seconds for an answer once the server knows that the store is down; the machine may be busy."""
CLIENTS = 6
PAUSE = 0.02
"""Seconds between two requests of a client: a refusal takes so little that they would fill the machine."""


@dataclass(frozen=True)
class Answered:
    address: str
    asked: float
    seconds: float
    answer: httpx.Response


class Traffic:
    """Clients that ask at the same time, what is cheap to answer."""

    asked = tuple(address for address in NEEDS_THE_STORE if "all" not in address and address != "/ready")

    def __init__(self, base: str) -> None:
        self.base = base
        self.answers: list[Answered] = []
        self.faults: list[BaseException] = []
        self._over = threading.Event()

    def _ask(self, turn: int) -> None:
        with httpx.Client(base_url=self.base, timeout=3 * BOUND) as client:
            while not self._over.is_set():
                address = self.asked[turn % len(self.asked)]
                turn += 1
                asked = time.monotonic()
                try:
                    answer = client.get(address)
                except httpx.HTTPError as error:
                    self.faults.append(error)
                    return
                self.answers.append(Answered(address, asked, time.monotonic() - asked, answer))
                time.sleep(PAUSE)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(turn,)) for turn in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(4 * BOUND)
        assert not any(thread.is_alive() for thread in threads)

    def is_flowing(self) -> bool:
        assert self.faults == []
        return len(self.answers) >= 2 * CLIENTS

    def since(self, moment: float) -> list[Answered]:
        assert self.faults == []
        return [found for found in self.answers if found.asked >= moment]


def wait_for(what: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.1)


def test_requests_are_answered_while_the_store_is_frozen_or_dead_and_after_it_is_back(
    tmp_path: Path, model: Model
) -> None:
    require_neo4j()
    with Neo4jServer(tmp_path / "neo4j") as server:
        address = server.address
        store = open_store(address.store)
        load(store, [bundled()], model)
        store.close()
        # A line of the log for every refusal would fill the pipe that nobody reads meanwhile.
        with serving(address.store, PARKGRAPH_LOG_LEVEL="error") as (process, base):
            with httpx.Client(base_url=base, timeout=3 * BOUND) as client:
                for asked in NEEDS_THE_STORE:
                    assert client.get(asked).status_code == 200, asked

                traffic = Traffic(base)
                with traffic.flowing():
                    wait_for(traffic.is_flowing, 3 * BOUND)
                    os.kill(address.pid, signal.SIGSTOP)
                    _is_down_for_everybody(client, traffic)
                    os.kill(address.pid, signal.SIGCONT)
                    _is_back(client)
                _were_answered(traffic)

                traffic = Traffic(base)
                with traffic.flowing():
                    wait_for(traffic.is_flowing, 3 * BOUND)
                    server.kill()
                    _is_down_for_everybody(client, traffic)
                    with pytest.raises(StoreUnreachable, match="no server answers"):
                        create_app(settings=Settings(store=address.store))
                    server.start()
                    _is_back(client)
                _were_answered(traffic)
                assert server.password not in "".join(found.answer.text for found in traffic.answers)
            process.send_signal(signal.SIGTERM)
            printed, complained = process.communicate(timeout=10)
            assert server.password not in printed + complained
            assert "Traceback" not in complained


def _is_down_for_everybody(client: httpx.Client, traffic: Traffic) -> None:
    """Within the bound the server knows; from then on everybody is told at once, and what needs no store is
    answered as ever."""
    wait_for(lambda: client.get("/ready").status_code == 503, BOUND)
    for quick in ("/health", "/v1/model", "/static/viz/view.js"):
        asked = time.monotonic()
        assert client.get(quick).status_code == 200, quick
        assert time.monotonic() - asked < QUICK, quick
    wait_for(lambda: _is_refused_at_once(client), BOUND)
    known = time.monotonic()
    for address in NEEDS_THE_STORE:
        asked = time.monotonic()
        answer = client.get(address)
        assert time.monotonic() - asked < QUICK, address
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert problem_in(answer)["code"] == "store-unreachable"
    assert "parkgraph_store_up 0.0" in client.get("/metrics").text
    wait_for(lambda: len(traffic.since(known)) >= 2 * CLIENTS, BOUND)
    told = traffic.since(known)
    assert {found.answer.status_code for found in told} == {503}
    assert max(found.seconds for found in told) < QUICK


def _is_refused_at_once(client: httpx.Client) -> bool:
    asked = time.monotonic()
    return client.get("/v1/sources").status_code == 503 and time.monotonic() - asked < 1


def _is_back(client: httpx.Client) -> None:
    wait_for(lambda: client.get("/ready").status_code == 200, BOUND)
    for address in NEEDS_THE_STORE:
        assert client.get(address).status_code == 200, address


def _were_answered(traffic: Traffic) -> None:
    """Every request of the traffic, also those that were under way when it happened."""
    assert traffic.faults == []
    refused = [found for found in traffic.answers if found.answer.status_code != 200]
    assert max(found.seconds for found in refused) < BOUND
    for found in refused:
        assert (found.answer.status_code, found.answer.headers["retry-after"]) == (503, "5"), found
        assert problem_in(found.answer)["code"] == "store-unreachable"
