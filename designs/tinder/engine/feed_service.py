"""A refill from beginning to end: the feed's way, who was swiped, and whether the cards still fit."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from designs.tinder.config import MOST_CARDS, Config
from designs.tinder.engine.claims import Auditor, HandOut
from designs.tinder.engine.feed_builder import FEED_WAYS, Kitchen
from designs.tinder.engine.feed_cache import Prepared
from designs.tinder.engine.ranking import Viewer, fits
from designs.tinder.engine.seen_history import AGAIN, Told
from sdlab.blocks.histogram import LogHistogram
from sdlab.lab import EvidenceView, Monitor

GRACE_S = 2.0
MOST_KEYS = 5000


@dataclass(frozen=True, slots=True)
class Handed:
    """A refill: who, with which mark, for whom, and whether there was nobody else."""

    numbers: tuple[int, ...]
    card: str
    viewer: Viewer
    complete: bool
    source: str


class Serving:
    """Answers GET /feed, and remembers since when each viewer's filters are in force."""

    def __init__(
        self,
        kitchen: Kitchen,
        auditor: Auditor,
        monitors: Mapping[str, Monitor],
        config: Callable[[], Config],
        decide: Callable[[str], None],
    ) -> None:
        self._kitchen = kitchen
        self._auditor = auditor
        self._monitors = monitors
        self._config = config
        self._decide = decide
        self._clock = kitchen.clock
        self._keys: OrderedDict[int, tuple[str, float]] = OrderedDict()
        self._marks = itertools.count(1)
        self._born = int(self._clock.time() * 1000) % 1_000_000
        self.ms = {name: LogHistogram() for name in FEED_WAYS}

    async def refill(self, viewer: Viewer, held: set[int]) -> Handed:
        """The next cards for these filters, without those in hand."""
        began, config = self._clock.monotonic(), self._config()
        since = self.since(viewer)
        prepared = await FEED_WAYS[config.feed]().serve(self._kitchen, viewer, config.batch + len(held))
        rest = [one for one in prepared.numbers if one not in held][: config.batch + MOST_CARDS]
        told = await self._told(viewer, rest)
        fresh = tuple(one for one in rest if one not in told.swiped)[: config.batch]
        card = f"h{self._born}-{next(self._marks)}"
        self._auditor.handed_out(card, HandOut(self._clock.time(), began, told.replica or prepared.source))
        self._judge(viewer, fresh, prepared, since)
        self.ms[config.feed].add((self._clock.monotonic() - began) * 1000)
        complete = prepared.complete and len(fresh) < config.batch
        return Handed(fresh, card, viewer, complete, prepared.source)

    def since(self, viewer: Viewer) -> float:
        """Since when these filters are in force."""
        known = self._keys.get(viewer.number)
        if known is None or known[0] != viewer.key:
            known = (viewer.key, self._clock.time() if known else viewer.changed)
            self._keys[viewer.number] = known
            while len(self._keys) > MOST_KEYS:
                self._keys.popitem(last=False)
        return known[1]

    async def _told(self, viewer: Viewer, rows: list[int]) -> Told:
        """Ask once more about those who are to be sent: the feed may be older than the last swipes."""
        if not rows:
            return Told(frozenset())
        asked = self._clock.monotonic()
        told = await AGAIN[self._config().again]().told(self._kitchen.memory, viewer.number, rows)
        self._kitchen.filtered(viewer, rows, told, asked)
        if told.swiped:
            self._decide(f"{len(told.swiped)} were swiped already, says {told.replica}")
        return told

    def _judge(self, viewer: Viewer, fresh: tuple[int, ...], prepared: Prepared, since: float) -> None:
        """Hold the cards against the truth about everybody."""
        counts = self._auditor.counts
        counts.refills += 1
        counts.handed_out += len(fresh)
        counts.dry += not fresh
        if not fresh:
            return
        rows = np.array(fresh)
        fine = fits(self._auditor.people.columns, rows, viewer)
        self._monitors["fits"].hold(int(fine.sum()))
        for number in rows[~fine].tolist():
            self._stale(viewer, number, since, prepared)

    def _stale(self, viewer: Viewer, number: int, since: float, prepared: Prepared) -> None:
        self._auditor.counts.stale_shown += 1
        people, now = self._auditor.people, self._clock.time()
        changed = max(since, float(people.columns.of["changed"][number]))
        if now - changed <= self._config().ttl_s + GRACE_S:
            self._monitors["fits"].hold()
            return
        me, them = people.id(viewer.number), people.id(number)
        self._monitors["fits"].broke(
            [
                EvidenceView(changed, them, f"no longer passes the filters of {me}"),
                EvidenceView(
                    prepared.built, "feed", f"was made from the {prepared.source}, which did not know"
                ),
                EvidenceView(now, "feed", f"sent {them} to {me} {now - changed:.0f} s after the change"),
            ]
        )
