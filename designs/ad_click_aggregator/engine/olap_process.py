"""The OLAP store: the one process that owns the DuckDB file. Others ask it, or read the Parquet that it exports."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import orjson

from designs.ad_click_aggregator.engine.aggregator_process import DAY_S, WINDOW_S
from sdlab.parts.event_log import START, order_of
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer

PAGE = 5_000
LOCKED_TURNS, LOCKED_S = 50, 0.02
SHOWN_WINDOWS = 30
RECOUNTED = 5_000  # newest clicks of a partition that a batch counts again
SCHEMA = """
CREATE TABLE IF NOT EXISTS totals (
  kind VARCHAR, start BIGINT, ad INTEGER, part INTEGER, clicks BIGINT, closed BOOLEAN, PRIMARY KEY (kind, start, ad, part)
);
CREATE TABLE IF NOT EXISTS positions (part INTEGER PRIMARY KEY, position VARCHAR, watermark DOUBLE);
"""
UPSERT = """
INSERT INTO totals SELECT * FROM batch
ON CONFLICT DO UPDATE SET clicks = {how}, closed = totals.closed OR excluded.closed
"""


def opened(file: str) -> duckdb.DuckDBPyConnection:
    """The store in that file, or in memory, with one thread and little memory."""
    for turn in range(LOCKED_TURNS):
        try:
            base = duckdb.connect(file, config={"threads": 1, "memory_limit": "256MB"})
            break
        except duckdb.IOException:  # the lock of an owner that is about to be gone
            if turn == LOCKED_TURNS - 1:
                raise
            time.sleep(LOCKED_S)
    base.execute(SCHEMA)
    return base


def write(
    base: duckdb.DuckDBPyConnection, rows: list[tuple[str, int, int, int, int, bool]], *, add: bool = False
) -> None:
    """Set totals, or add to them; columns at once, since a statement per row takes a thousand times as long."""
    if not rows:
        return
    kind, start, ad, part, clicks, closed = zip(*rows, strict=True)
    columns = {
        "kind": np.array(kind, dtype=object),
        "start": np.array(start, dtype=np.int64), "ad": np.array(ad, dtype=np.int32),
        "part": np.array(part, dtype=np.int32), "clicks": np.array(clicks, dtype=np.int64),
        "closed": np.array(closed, dtype=bool),
    }  # fmt: skip
    base.register("batch", columns)
    base.execute(UPSERT.format(how="totals.clicks + excluded.clicks" if add else "excluded.clicks"))
    base.unregister("batch")


@contextmanager
def transaction(base: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or nothing of it."""
    base.execute("BEGIN")
    try:
        yield
    except BaseException:
        base.execute("ROLLBACK")
        raise
    base.execute("COMMIT")


class OlapStore:
    """Totals by window, ad and partition, and up to which click of each partition they stand.

    Of what changes totals one thing is done at a time: between reading the log and writing what follows from it
    nothing else is written.
    """

    def __init__(self, redis: str, file: str, *, streams: dict[str, str], read: str) -> None:
        self._store, self._base = connected(redis), opened(file)
        self._file, self._streams, self._read = file, streams, read
        self._changing = asyncio.Lock()

    def positions(self) -> dict[str, str]:
        return {
            str(part): at
            for part, at in self._base.execute("SELECT part, position FROM positions").fetchall()
        }

    def watermark(self) -> float | None:
        found = self._base.execute("SELECT min(watermark) FROM positions").fetchone()
        return found[0] if found else None

    async def upsert(self, *, flushes: list[dict[str, Any]], corrupt: float) -> dict[str, Any]:
        """Totals and the position that they stand for, in one transaction; late clicks are added once."""
        began = time.perf_counter()
        written = sum(len(one["rows"]) + len(one["deltas"]) for one in flushes)
        async with self._changing:
            with transaction(self._base):
                self._take(flushes, self.positions(), corrupt)
        return {"rows": written, "ms": (time.perf_counter() - began) * 1000}

    def _take(self, flushes: list[dict[str, Any]], known: dict[str, str], corrupt: float) -> None:
        for one in flushes:
            part, rows = one["part"], [(k, s, ad, one["part"], n, c) for k, s, ad, n, c in one["rows"]]
            if corrupt:
                share = max(1, round(100 / corrupt))
                rows = [
                    (*r[:4], r[4] + 3 * (r[0] == "w" and r[5] and not i % share), r[5])
                    for i, r in enumerate(rows)
                ]
            write(self._base, rows)
            if order_of(one["position"]) > order_of(known.get(str(part), START)):
                write(self._base, [("w", s, ad, part, n, True) for s, ad, n in one["deltas"]], add=True)
            self._base.execute(
                "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", [part, one["position"], one["watermark"]]
            )

    async def catch_up(self, *, lateness: float) -> dict[str, Any]:
        """Count everything behind the positions, as a batch does, and add it."""
        async with self._changing:
            many = written = 0
            for number, position in {**dict.fromkeys(self._streams, START), **self.positions()}.items():
                read, rows = await self._catch_up(number, position, lateness)
                many, written = many + read, written + rows
            return {"read": many, "rows": written}

    async def _catch_up(self, number: str, position: str, lateness: float) -> tuple[int, int]:
        """Clicks that were read of one partition, and rows that were written for them."""
        counts, newest, many, taken = Counter[tuple[str, int, int]](), 0.0, 0, "0"
        while found := await self._store.xrange(self._streams[number], f"({position}", "+", count=PAGE):
            for _, fields in found:
                at, ad = float(fields["t"]), int(fields["k"])
                counts["w", int(at // WINDOW_S) * WINDOW_S, ad] += 1
                counts["d", int(at // DAY_S) * DAY_S, ad] += 1
                newest = max(newest, at)
            position, taken, many = found[-1][0], found[-1][1].get("n", "0"), many + len(found)
        if not counts:
            return 0, 0
        with transaction(self._base):
            write(
                self._base, [(k, s, ad, int(number), n, False) for (k, s, ad), n in counts.items()], add=True
            )
            self._base.execute(
                "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)",
                [int(number), position, newest - lateness],
            )
        await self._store.hset(self._read, number, f"{position}/{taken}")
        return many, len(counts)

    async def seeds(self, *, lateness: float) -> dict[str, str]:
        """A checkpoint for each partition, as an aggregator would have written it where this store stands."""
        found = {}
        for part, position, mark in self._base.execute(
            "SELECT part, position, watermark FROM positions"
        ).fetchall():
            rows = self._base.execute(
                "SELECT kind, start, ad, clicks FROM totals WHERE part = ?", [part]
            ).fetchall()
            taken = (await self._store.hget(self._read, str(part)) or "").partition("/")[2]
            state = {
                "position": position, "taken": int(taken or 0), "watermark": mark,
                "newest": (mark + lateness) if mark is not None else None,
                "open": [[s, ad, n] for kind, s, ad, n in rows if kind == "w" and s + WINDOW_S > (mark or 0)],
                "days": [[s, ad, n] for kind, s, ad, n in rows if kind == "d"],
            }  # fmt: skip
            found[str(part)] = orjson.dumps(state).decode()
        return found

    async def totals(self, *, since: int) -> dict[str, Any]:
        """Totals of the windows from there on, and up to which positions they stand for the log."""
        rows = self._base.execute(
            "SELECT start, ad, sum(clicks)::BIGINT FROM totals WHERE kind = 'w' AND start >= ? GROUP BY ALL",
            [since],
        ).fetchall()
        days = self._base.execute(
            "SELECT start, ad, sum(clicks)::BIGINT FROM totals WHERE kind = 'd' GROUP BY ALL"
        ).fetchall()
        return {"rows": rows, "days": days, "positions": self.positions(), "watermark": self.watermark()}

    async def query(self, *, ads: list[int], since: int, until: int, step: int) -> dict[str, Any]:
        """Clicks per `step` seconds and ad."""
        began = time.perf_counter()
        rows = self._base.execute(
            "SELECT (start // ?) * ? AS at, ad, sum(clicks)::BIGINT FROM totals WHERE kind = ? AND start >= ? AND start < ? "
            "AND list_contains(?, ad) GROUP BY ALL ORDER BY ALL",
            [step, step, "d" if step == DAY_S else "w", since, until, ads],
        ).fetchall()
        return {"rows": rows, "ms": (time.perf_counter() - began) * 1000}

    async def reconcile(self, *, since: int) -> dict[str, Any]:
        """Count the raw log once more, up to the positions, and override the closed windows that differ."""
        async with self._changing:
            return await self._reconcile(since)

    async def _reconcile(self, since: int) -> dict[str, Any]:
        raw, oldest = Counter[tuple[int, int, int]](), float(since)
        for number, position in self.positions().items():
            found = await self._store.xrevrange(self._streams[number], position, "-", count=RECOUNTED)
            for _, fields in found:
                raw[int(float(fields["t"]) // WINDOW_S) * WINDOW_S, int(fields["k"]), int(number)] += 1
            if found and (
                len(found) == RECOUNTED or int(found[-1][1].get("n", 1)) > 1
            ):  # older ones are not counted
                oldest = max(oldest, float(found[-1][1]["a"]) + WINDOW_S)
        mark = self.watermark() or 0.0
        diffs = self._diffs(raw, int(oldest), mark)
        write(self._base, [("w", s, ad, part, right, True) for s, ad, part, _, right in diffs])
        return {"diffs": diffs[-50:], "repaired": len(diffs), "compared": len(raw), "upto": mark}

    def _diffs(self, raw: Counter[tuple[int, int, int]], oldest: int, mark: float) -> list[Any]:
        """Closed windows whose totals are not those."""
        self._base.execute(
            "CREATE OR REPLACE TEMP TABLE recount (start BIGINT, ad INTEGER, part INTEGER, clicks BIGINT)"
        )
        if rows := [(*key, n) for key, n in raw.items()]:
            start, ad, part, clicks = (np.array(one, dtype=np.int64) for one in zip(*rows, strict=True))
            self._base.register("raw", {"start": start, "ad": ad, "part": part, "clicks": clicks})
            self._base.execute("INSERT INTO recount SELECT start, ad, part, clicks FROM raw")
            self._base.unregister("raw")
        found: list[Any] = self._base.execute(
            """
            SELECT start, ad, part, coalesce(t.clicks, 0), coalesce(r.clicks, 0)
            FROM (SELECT * FROM totals WHERE kind = 'w') t FULL OUTER JOIN recount r USING (start, ad, part)
            WHERE start >= ? AND start + ? <= ? AND coalesce(t.clicks, 0) <> coalesce(r.clicks, 0) ORDER BY start, ad, part
            """,
            [oldest, WINDOW_S, mark],
        ).fetchall()
        return found

    async def export(self, *, to: str) -> dict[str, Any]:
        """Everything as Parquet, for whoever may not open the file."""
        self._base.execute(f"COPY (SELECT * FROM totals ORDER BY ALL) TO '{Path(to)}' (FORMAT parquet)")
        return {"bytes": Path(to).stat().st_size}

    def _one(self, statement: str) -> tuple[Any, ...]:
        found = self._base.execute(statement).fetchone()
        assert found is not None
        return found

    async def panel(self, *, ads: list[int]) -> dict[str, Any]:
        """What is shown of it: windows by ad, how many rows there are, and the size of the file."""
        newest = self._one("SELECT coalesce(max(start), 0) FROM totals WHERE kind = 'w'")[0]
        bars = self._base.execute(
            "SELECT start, ad, sum(clicks)::BIGINT FROM totals WHERE kind = 'w' AND start > ? AND list_contains(?, ad) "
            "GROUP BY ALL ORDER BY ALL",
            [newest - SHOWN_WINDOWS * WINDOW_S, ads],
        ).fetchall()
        windows = self._base.execute(
            "SELECT start, sum(clicks)::BIGINT, bool_and(closed) FROM totals WHERE kind = 'w' AND start > ? GROUP BY start "
            "ORDER BY start DESC LIMIT 12",
            [newest - SHOWN_WINDOWS * WINDOW_S],
        ).fetchall()
        rows, clicks, day = self._one(
            "SELECT count(*), coalesce(sum(clicks) FILTER (kind = 'w'), 0)::BIGINT, "
            "coalesce(sum(clicks) FILTER (kind = 'd'), 0)::BIGINT FROM totals"
        )
        found = [one for one in (Path(self._file), Path(f"{self._file}.wal")) if one.exists()]
        return {
            "bars": bars, "windows": windows, "rows": rows, "clicks": clicks, "day": day, "newest": newest,
            "bytes": sum(one.stat().st_size for one in found), "positions": self.positions(), "watermark": self.watermark(),
        }  # fmt: skip

    async def known(self) -> dict[str, str]:
        return self.positions()


async def make(
    parent: Peer, *, redis: str, file: str, streams: dict[str, str], read: str
) -> dict[str, Handler]:
    """Makes the store of a room."""
    one = OlapStore(redis, file, streams=streams, read=read)
    return {
        "upsert": one.upsert, "catch_up": one.catch_up, "seeds": one.seeds, "totals": one.totals, "query": one.query,
        "reconcile": one.reconcile, "panel": one.panel, "export": one.export, "positions": one.known,
    }  # fmt: skip
