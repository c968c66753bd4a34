"""What riders and drivers are told as it happens: a short log for each of them, which a stream of events follows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sdlab.parts.connections import ResumableLog

KEPT_NEWS = 40
MOST_CHANNELS = 500


@dataclass(frozen=True, slots=True)
class News:
    """Something that a rider or a driver is told; `mark` names it for those who come back."""

    mark: str
    data: dict[str, Any]


class NewsRoom:
    """Channels by name ("ride r1", "driver you"); of too many the one that was told of longest ago is closed."""

    def __init__(self) -> None:
        self._channels: OrderedDict[str, ResumableLog[News]] = OrderedDict()
        self.told = self.streams = 0

    def _channel(self, name: str) -> ResumableLog[News]:
        channel = self._channels.pop(name, None) or ResumableLog(KEPT_NEWS)
        self._channels[name] = channel
        while len(self._channels) > MOST_CHANNELS:
            self._channels.popitem(last=False)[1].close()
        return channel

    def tell(self, name: str, **data: Any) -> None:
        """Say that on the channel."""
        channel = self._channel(name)
        channel.append(News(f"{channel.epoch}-{channel.last + 1}", data))
        self.told += 1

    async def follow(self, name: str, mark: str = "") -> AsyncIterator[News]:
        """What was said behind `mark` (from the beginning, where that is not known), and all that will be."""
        channel = self._channel(name)
        position = channel.position_of(mark)
        if position is None or not channel.reaches(position):
            position = 0
        self.streams += 1
        try:
            while True:
                news = channel.since(position)
                position = channel.last
                for one in news:
                    yield one
                if not await channel.beyond(position):
                    return
        finally:
            self.streams -= 1

    def close(self) -> None:
        """Nothing is said any more."""
        for channel in self._channels.values():
            channel.close()
