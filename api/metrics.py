"""What Prometheus reads at `/metrics`: requests by the template of their route, and the state of the store.
No label holds what a caller chose, so there are only as many series as routes, methods and statuses.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from parkgraph.graph.errors import ParkGraphError
from parkgraph.queries.graph import Graph

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self, graph: Graph, version: str) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "parkgraph_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "parkgraph_http_request_seconds",
            "Time to the last byte of an answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self.in_flight = Gauge("parkgraph_http_requests_in_flight", "Requests under way", registry=registry)
        self.rate_limited = Counter(
            "parkgraph_http_rate_limited", "Requests refused for their number", registry=registry
        )
        registry.register(_OfTheStore(graph, version))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus's text format; asks the store."""
        return generate_latest(self._registry)


class _OfTheStore(Collector):
    """Figures of the store, asked for when they are collected; counts only when the graph has changed."""

    def __init__(self, graph: Graph, version: str) -> None:
        self._graph, self._product = graph, version
        self._counted: tuple[str | None, dict[str, int]] = (None, {})

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering does not ask the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("parkgraph", "The product", {"version": self._product})
        try:
            version, counts = self._graph.store.version, self._counts()
        except ParkGraphError:
            yield GaugeMetricFamily("parkgraph_store_up", "Whether the store answers", 0)
            return
        yield GaugeMetricFamily("parkgraph_store_up", "Whether the store answers", 1)
        yield GaugeMetricFamily("parkgraph_graph_version", "The version of the graph", version)
        for label, count in counts.items():
            yield GaugeMetricFamily(f"parkgraph_{label}", f"How many {label} the graph has", count)

    def _counts(self) -> dict[str, int]:
        store = self._graph.store
        edition = store.edition()
        if edition != self._counted[0]:
            counts = {
                name: int(store.read(f"MATCH (n:{label}) RETURN count(n) AS n")[0]["n"])
                for name, label in (("entities", "Entity"), ("facts", "Fact"))
            }
            self._counted = edition, counts
        return self._counted[1]
