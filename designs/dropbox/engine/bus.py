"""Notifications: tells whoever waits that something changed, and keeps nothing for who does not hear it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from contextlib import suppress

from designs.dropbox.config import Config
from designs.dropbox.engine.counters import Counters
from designs.dropbox.engine.nodes import API, BUS
from sdlab.lab import EngineContext, TooMany

MOST_LISTENING = 500
MOST_TOLD = 1000


class Subscription:
    """Who listens: wakes by an event, and finds the files that were told of."""

    def __init__(self, device: str, node: str) -> None:
        self.device, self.node = device, node
        self.rang = asyncio.Event()
        self.files: deque[str] = deque(maxlen=MOST_TOLD)

    def take(self) -> list[str]:
        """What was told since the last time."""
        found = list(dict.fromkeys(self.files))
        self.files.clear()
        self.rang.clear()
        return found


class Bus:
    """`losing` is how many of the next notifications are lost for everybody; the fault loses a share of them."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._context, self._counters = context, counters
        self._listening: list[Subscription] = []
        self.head = 0  # the newest entry of the change log that was told of
        self.losing = 0
        self.lost: OrderedDict[tuple[str, str], float] = (
            OrderedDict()
        )  # device and file; when nobody told it of that

    def subscribe(self, device: str, node: str = "") -> Subscription:
        """From now on it is told. `TooMany` listeners."""
        if len(self._listening) >= MOST_LISTENING:
            raise TooMany(f"{MOST_LISTENING} questions wait already", retry_after=5)
        made = Subscription(device, node)
        self._listening.append(made)
        return made

    def leave(self, subscription: Subscription) -> None:
        """It is told nothing more."""
        if subscription in self._listening:
            self._listening.remove(subscription)

    def publish(self, seq: int, file: str, by: str) -> None:
        """Tell everybody but the device that did it."""
        self.head = max(self.head, seq)
        bus = self._context.node(BUS)
        share = next((one.value for one in bus.faults() if one.kind == "loses"), 0.0)
        lost = self.losing > 0 or bool(share and self._context.rng.random() * 100 < share)
        self.losing = max(0, self.losing - 1)
        bus.touch("publish", "miss" if lost else "ok", source=API)
        for one in list(self._listening):
            if by and one.device == by:
                continue
            if lost:
                self._counters.untold += 1
                self._note_lost(one.device, file)
                continue
            one.files.append(file)
            one.rang.set()
            self._counters.told += 1
            if one.node:
                self._context.node(one.node).touch("something changed", "ok", source=BUS)

    def _note_lost(self, device: str, file: str) -> None:
        self.lost[device, file] = self._context.clock.time()
        self.lost.move_to_end((device, file))
        while len(self.lost) > MOST_TOLD:
            self.lost.popitem(last=False)

    def ring(self, subscription: Subscription) -> None:
        """Tell one again, who seems not to have heard."""
        subscription.rang.set()

    async def wait(self, subscription: Subscription, seconds: float) -> bool:
        """Whether it was told within that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await subscription.rang.wait()
        rang = subscription.rang.is_set()
        subscription.rang.clear()
        return rang
