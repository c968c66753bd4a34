"""Where a panel has what it shows from, in words: a store that was asked, a structure in memory, arithmetic, a counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["read", "in memory", "computed", "counted"]
Store = Literal["valkey", "postgres", "sqlite", "disk", "index", "duckdb"]

STORES: dict[Store, str] = {
    "valkey": "Valkey",
    "postgres": "PostgreSQL",
    "sqlite": "SQLite",
    "disk": "disk",
    "index": "the index",
    "duckdb": "DuckDB",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a panel. `what` names the structure, the formula or the time that is counted."""

    kind: Kind
    what: str
    store: Store | None = None

    @property
    def text(self) -> str:
        """How the panel says it."""
        if self.store is not None:
            return f"Read from {STORES[self.store]}: {self.what}"
        if self.kind == "in memory":
            return f"In memory: {self.what}"
        return f"{self.kind.capitalize()} {self.what}"


def read(store: Store, what: str) -> Source:
    """The last look at that store, not older than a second: `read("valkey", "HGETALL of the bucket")`."""
    return Source("read", what, store)


def in_memory(what: str) -> Source:
    """A structure that lives in the process and nowhere else: `in_memory("the ring's own table")`.

    What a store keeps is not said so: the panel reads the store.
    """
    return Source("in memory", what)


def computed(what: str) -> Source:
    """Follows from other figures: `computed("from the estimate")`."""
    return Source("computed", what)


def counted(when: str) -> Source:
    """Counts of what happened: `counted("since opened")`, `counted("in the last 30 s")`."""
    return Source("counted", when)
