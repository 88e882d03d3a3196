"""Prometheus metrics of requests, commands, notifications and admissions, without names or addresses."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST


class PrometheusMetrics:
    """`bot.ports.Metrics` and HTTP metrics of this process. Labels are names from our code, never from requests."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._commands = Counter("htg_asks", "Asks answered", ["command", "outcome"], registry=self._registry)
        self._notifications = Counter("htg_notices", "Notices settled", ["kind", "receipt"], registry=self._registry)
        self._admissions = Counter("htg_admissions", "Times somebody was let in", ["way"], registry=self._registry)
        self._requests = Counter(
            "htg_http_requests", "HTTP requests", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram("htg_http_seconds", "Seconds to answer a request", ["route"], registry=self._registry)
        self._worker_at_work = Gauge(
            "htg_worker_at_work_timestamp_seconds",
            "When a worker, of whatever process, last told all that was due",
            registry=self._registry,
        )

    def asked(self, command: str, outcome: str) -> None:
        self._commands.labels(command, outcome).inc()

    def settled(self, kind: str, receipt: str) -> None:
        self._notifications.labels(kind, receipt).inc()

    def admitted(self, way: str) -> None:
        self._admissions.labels(way).inc()

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def at_work(self, at: str | None) -> None:
        """`at`: an ISO 8601 instant; None where no worker has run yet."""
        self._worker_at_work.set(datetime.fromisoformat(at).timestamp() if at else 0)

    def exposition(self) -> bytes:
        return generate_latest(self._registry)
