"""The network of a viewer: a token bucket through which the bytes of every segment go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab.clock import Clock

PIECE = 8 * 1024
BURST = 2


class Link:
    """Lets `kbits()` kilobits a second through, asked anew for each piece: a slider acts while a segment is on its way."""

    def __init__(self, clock: Clock, kbits: Callable[[], float]) -> None:
        self._clock, self._kbits = clock, kbits
        self._bucket = TokenBucket()
        self.used_at = clock.monotonic()

    async def pieces(self, content: bytes) -> AsyncIterator[bytes]:
        """The same bytes, as slowly as the network is."""
        for start in range(0, len(content), PIECE):
            while True:
                self.used_at = now = self._clock.monotonic()
                gap = PIECE * 8 / 1000 / max(1.0, self._kbits())
                verdict = self._bucket.check(now, Rule(limit=1, window=gap, burst=BURST))
                if verdict.allowed:
                    break
                await self._clock.sleep(verdict.retry_after)
            yield content[start : start + PIECE]
