"""What this process measures of itself, in Prometheus's terms.

Names and units follow Prometheus's conventions: seconds, bytes, `_total` for what only grows. No label
ever holds what a visitor sent: labs are known names, outcomes are three.
"""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

HTTP = Histogram(
    "sdlab_http_seconds",
    "Answers of the API and the pages, by lab or part",
    ["part", "status"],
    buckets=SECONDS,
    registry=REGISTRY,
)
VERBS = Histogram(
    "sdlab_verb_seconds",
    "Verbs of the products, as a page asked for them",
    ["lab", "outcome"],
    buckets=SECONDS,
    registry=REGISTRY,
)
STORES = Histogram(
    "sdlab_store_seconds",
    "Calls of stores, from asking to answer",
    ["store"],
    buckets=SECONDS,
    registry=REGISTRY,
)
FRAMES = Counter("sdlab_frames", "Frames written, each once for all who watch", registry=REGISTRY)
FRAME_BYTES = Counter("sdlab_frame_bytes", "Bytes of those frames, whole", registry=REGISTRY)
SENT_BYTES = Counter("sdlab_sent_bytes", "Bytes sent to viewers on live sockets", registry=REGISTRY)
LOGGED = Counter(
    "sdlab_logged", "Warnings and errors, also those that the log counts only", ["level"], registry=REGISTRY
)

XAPI = Counter(
    "sdlab_xapi_statements",
    "Statements for a learning record store, by what became of them",
    ["outcome"],
    registry=REGISTRY,
)

_VALKEY = STORES.labels("valkey")
_SQL = {"read": STORES.labels("sql read"), "write": STORES.labels("sql write")}


def valkey_call() -> AbstractContextManager[None]:
    """Times one call, or one pipeline, of Redis or Valkey."""
    return _Timed(_VALKEY)


def sql_call(kind: Literal["read", "write"]) -> AbstractContextManager[None]:
    """Times one call of a database, with what it waited for its turn."""
    return _Timed(_SQL[kind])


class _Timed(AbstractContextManager[None]):
    """Times the block. A class, because every call of a store goes through one."""

    __slots__ = ("_began", "_store")

    def __init__(self, store: Histogram) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._store.observe(time.perf_counter() - self._began)


class CountsLines(logging.Handler):
    """Counts what is logged, by level."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._counts = {level: LOGGED.labels(level.lower()) for level in ("WARNING", "ERROR", "CRITICAL")}

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        count = self._counts.get(record.levelname)
        if count is not None:
            count.inc()


def count_lines() -> None:
    """From now on count what this process logs, once however often this is asked."""
    root = logging.getLogger()
    if not any(isinstance(handler, CountsLines) for handler in root.handlers):
        root.addHandler(CountsLines())
