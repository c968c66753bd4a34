"""Exact with delay: partitions of the log → counts per interval → files → one count → one ranking.

What is in memory here may die at any time: a partition is read again from where its last file ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import orjson
import sqlalchemy as sa

from designs.top_k.config import PARTITIONS, Config, aggregator_id
from designs.top_k.ledger import Ledger, width
from designs.top_k.models import RankRow
from designs.top_k.stores import WINDOWS, ExactStore, Ranking
from designs.top_k.viewlog import ViewLog
from sdlab.lab import LabError, Node, Room, Unavailable

GRACE = 0.25
READ_AT_ONCE = 2_000
TOP_STORED = 100
FILES_KEPT = 30
AT_MOST_PER_STEP = 20


@dataclass(slots=True)
class Aggregator:
    """Counts one partition of the log in memory, interval by interval.

    A view belongs to the interval of its time, or of the view before it if that is later: so the
    views of an interval lie one after another in the log, and a file says where its last one is.
    """

    partition: int
    position: str
    committed: str
    interval: int
    counts: dict[int, Counter[str]] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)
    read: int = 0
    committed_read: int = 0
    read_again: int = 0
    deaths: int = 0

    @property
    def held(self) -> int:
        """Views in memory, in no file yet."""
        return sum(counts.total() for counts in self.counts.values())

    def take(self, entry: str, video: str, interval: int) -> None:
        """Count one view."""
        newest = max(self.counts, default=self.interval)
        number = max(interval, newest, self.interval)
        self.counts.setdefault(number, Counter())[video] += 1
        self.ends[number] = entry
        self.position = entry
        self.read += 1

    def die(self) -> int:
        """Forget what is in no file; it will be read again. How many views."""
        lost = self.held
        self.deaths += 1
        self.counts.clear()
        self.ends.clear()
        self.position, self.read = self.committed, self.committed_read
        self.read_again += lost
        return lost

    def commit(self, interval: int) -> None:
        """The file of this interval is stored."""
        counts = self.counts.pop(interval, None)
        self.committed = self.ends.pop(interval, self.committed)
        self.committed_read += counts.total() if counts else 0
        self.interval = interval + 1


class Pipeline:
    """The stages, and what waits between them."""

    def __init__(
        self, config: Config, *, room: Room, log: ViewLog, ledger: Ledger, gate: Callable[[str], Node | None]
    ) -> None:
        self.config = config
        self._room, self._log, self._gate = room, log, gate
        self.store = ExactStore(slices=config.slices)
        now = room.clock.time()
        self.store.roll(now)
        for window in WINDOWS:
            for number, counts in ledger.live(window):
                begins = number * width(window, 60)
                self.store.fill(window, int((begins + 1e-6) // width(window, config.slices)), counts)
        first = int(now // config.flush_s)
        self.aggregators = [Aggregator(n, log.last[n], log.last[n], first) for n in range(PARTITIONS)]
        self.started_at = list(log.appended)
        self.begins = first
        self.files: dict[int, dict[int, int]] = {}
        self.counted = 0
        self.published = first * config.flush_s if ledger.seen else 0.0
        self.batches = 0
        self.batch_ms = 0.0
        self.merged_ms = 0.0
        self.files_written = 0
        self.known = 0
        self.seeded = False
        self._stepping = asyncio.Lock()

    # Stages

    async def step(self, now: float) -> None:
        """Let every stage do what it can; one step at a time."""
        async with self._stepping:
            await self._step(now)

    async def _step(self, now: float) -> None:
        if not self.seeded and self.published:
            await self._publish_now(self.published)
            self.seeded = True
        for one in self.aggregators:
            await self._aggregate(one, now)
        for _ in range(AT_MOST_PER_STEP):
            if not await self._batch():
                return

    def quiet(self) -> bool:
        """Whether there is no view, here or on its way: intervals without any need no files."""
        coming = any(self.unread(n) for n in range(PARTITIONS))
        return not (coming or self.waiting or self.held or self.store.total("1h"))

    def skip(self, now: float) -> None:
        """Nothing happens: the intervals until now need no files."""
        for one in self.aggregators:
            one.interval = max(one.interval, int(now // self.config.flush_s))

    def unread(self, partition: int) -> int:
        """Views in the log that its aggregator has not read."""
        one = self.aggregators[partition]
        return self._log.appended[partition] - self.started_at[partition] - one.read

    @property
    def waiting(self) -> int:
        """Views in files that are not counted yet."""
        return sum(sum(files.values()) for files in self.files.values())

    @property
    def held(self) -> int:
        """Views in the memory of aggregators."""
        return sum(one.held for one in self.aggregators)

    def late(self, now: float) -> float:
        """How old the published ranking is, seconds."""
        return max(0.0, now - self.published) if self.published else 0.0

    def committed(self, partition: int) -> str:
        """Where reading begins again should the aggregator die."""
        return self.aggregators[partition].committed

    async def _aggregate(self, one: Aggregator, now: float) -> None:
        gate = self._gate(aggregator_id(one.partition))
        if gate is None or gate.down:
            return
        try:
            if self.unread(one.partition) > 0:
                await gate.call("read", lambda: self._read(one), source="log")
            while (one.interval + 1) * self.config.flush_s + GRACE <= now and not self._behind(one):
                await gate.call("flush", lambda: self._flush(one), source="log")
        except LabError:
            return  # it goes on from there in the next step

    def _behind(self, one: Aggregator) -> bool:
        return self.unread(one.partition) > READ_AT_ONCE // 2

    async def _read(self, one: Aggregator) -> None:
        entries = await self._log.read(one.partition, after=one.position, limit=READ_AT_ONCE)
        for entry in entries:
            one.take(entry.id, entry.video, int(entry.t // self.config.flush_s))

    def _file(self, interval: int, partition: int) -> str:
        return f"{self._room.id}/{self._room.slug}/interval/{interval}/{partition}.json"

    async def _flush(self, one: Aggregator) -> None:
        interval, deaths = one.interval, one.deaths
        counts = dict(one.counts.get(interval, {}))
        await self._room.blobs.put(self._file(interval, one.partition), orjson.dumps(counts))
        if one.deaths != deaths:
            return  # it died meanwhile: the file will be written again, with the same views
        one.commit(interval)
        self.files.setdefault(interval, {})[one.partition] = sum(counts.values())
        self.files_written += 1

    async def _batch(self) -> bool:
        """Count the oldest interval of which all files are there; whether there was one."""
        interval = min(self.files, default=None)
        batch, job = self._gate("batch"), self._gate("merger")
        if interval is None or len(self.files[interval]) < PARTITIONS or batch is None or job is None:
            return False
        began = self._room.clock.monotonic()
        try:
            counts = await self._count(batch, interval)
            end = (interval + 1) * float(self.config.flush_s)
            await job.call("rank", lambda: self._publish(interval, counts, end), source="batch")
        except LabError:
            return False
        self.batch_ms = (self._room.clock.monotonic() - began) * 1000
        return True

    async def _count(self, batch: Node, interval: int) -> dict[str, int]:
        names = [self._file(interval, n) for n in range(PARTITIONS)]
        files = [
            await batch.call("read file", partial(self._room.blobs.get, name), source=aggregator_id(n))
            for n, name in enumerate(names)
        ]
        return await asyncio.to_thread(add_up, files)

    async def _publish(self, interval: int, counts: dict[str, int], end: float) -> None:
        if interval not in self.files:
            return
        del self.files[interval]
        self.store.roll(end)
        middle = end - self.config.flush_s / 2
        for window, ring in self.store.rings.items():
            self.store.fill(window, ring.number(middle), counts)
        self.counted += sum(counts.values())
        self.batches += 1
        await self._publish_now(end)
        for partition in range(PARTITIONS):
            await self._room.blobs.delete(self._file(interval - FILES_KEPT, partition))

    async def _publish_now(self, end: float) -> None:
        room = self._room.id
        rows = [
            {"room": room, "window": window, "place": place, "video_id": video, "views": views, "as_of": end}
            for window in WINDOWS
            for place, (video, views) in enumerate(self.store.top(window, TOP_STORED), start=1)
        ]
        table = RankRow.__table__  # type: ignore[attr-defined]

        def write(connection: sa.Connection) -> None:
            connection.execute(sa.delete(table).where(table.c.room == room))
            if rows:
                connection.execute(sa.insert(table), rows)

        await self._room.sql.write(write)
        self.published = end

    # Asking

    async def ranking(self, window: str, k: int) -> tuple[Ranking, float]:
        """What was published for a window, and when its last interval ended."""
        gate = self._gate("merger")
        if gate is None:
            raise Unavailable("nothing is published yet", retry_after=self.config.flush_s)

        async def work() -> tuple[Ranking, float]:
            table = RankRow.__table__  # type: ignore[attr-defined]
            wanted = (
                sa.select(table.c.video_id, table.c.views, table.c.as_of)
                .where(table.c.room == self._room.id, table.c.window == window, table.c.place <= k)
                .order_by(table.c.place)
            )
            rows = await self._room.sql.read(lambda connection: connection.execute(wanted).all())
            return [(row.video_id, row.views) for row in rows], self.published

        return await gate.call("read ranking", work, source="gateway")


def add_up(files: list[bytes]) -> dict[str, int]:
    """The views per video of all files together.

    >>> add_up([b'{"a": 2}', b'{"a": 1, "b": 4}'])
    {'a': 3, 'b': 4}
    """
    counts: Counter[str] = Counter()
    for one in files:
        counts.update(orjson.loads(one))
    return dict(counts)
