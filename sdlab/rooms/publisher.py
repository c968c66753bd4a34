"""Who watches a lab, and the frames that they get."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from weakref import WeakMethod

from sdlab.lab import Frame, Signal, TooMany
from sdlab.metrics import FRAME_BYTES, FRAMES
from sdlab.rooms.frames import FrameWriter, Sent
from sdlab.rooms.pace import FRAMES_PER_SECOND, PACE

SOONEST = 0.03
KEPT_FRAMES = 300
AGAIN_AFTER = 1.0  # seconds after a picture that could not be drawn


class Closed(Exception):
    """The lab is at work no more; whoever watches may open it again."""


class Publisher:
    """Writes each frame once for all who watch, when something changed, and rests while nobody does.

    Viewers wait for `next_sent`; one that is slow gets the newest frame, not every one. `draw` makes the
    frame of now, with the number after `seq`; what it raises is told to `failed`. Both are bound methods,
    and kept by weak references. `came` and `left` tell of whoever watches or listens.
    """

    def __init__(
        self, draw: Callable[[], Awaitable[Frame]], failed: Callable[[Exception], None], *, most: int
    ) -> None:
        self._draw, self._failed = WeakMethod(draw), WeakMethod(failed)
        self._most = most
        self.seq = 0
        self.sent: Sent | None = None
        self.closed = asyncio.Event()
        self.came, self.left = Signal(), Signal()
        self._viewers = self._listeners = 0
        self._frames = FrameWriter()
        self._history: deque[tuple[int, bytes]] | None = None
        self._fresh = asyncio.Event()
        self._wake = asyncio.Event()
        self._publishing: asyncio.Task[None] | None = None

    # Who watches

    @property
    def watched(self) -> bool:
        """Whether anybody watches or listens to the lab's API."""
        return self._viewers + self._listeners > 0

    @property
    def viewers(self) -> int:
        """How many tabs watch."""
        return self._viewers

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Somebody holds a stream of the lab's API open: the lab is in use, and no frames are made for that."""
        self._listeners += 1
        self.came()
        try:
            yield
        finally:
            self._listeners -= 1
            self.left()

    def join(self) -> None:
        """One more viewer. `TooMany` when the lab is full."""
        if self._viewers >= self._most:
            raise TooMany(f"{self._most} viewers watch this lab already")
        self._viewers += 1
        self.came()
        if self._publishing is None or self._publishing.done():
            self._publishing = asyncio.create_task(self._publish(), name="publisher of frames")

    def leave(self) -> None:
        """One viewer less."""
        self._viewers -= 1
        if self._viewers == 0:
            self.stop()
            self.sent, self._frames = None, FrameWriter()
        self.left()

    def stop(self) -> None:
        """Write no more frames until somebody joins."""
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None

    def hang_up(self) -> None:
        """Let go of whoever watches or listens."""
        self.closed.set()
        self._fresh.set()

    # What they get

    def nudge(self) -> None:
        """Something changed: the next frame comes soon."""
        self._wake.set()

    def keep_history(self) -> None:
        """From now on remember the last frames, so that whoever joins can be shown a past one."""
        if self._history is None:
            self._history = deque(maxlen=KEPT_FRAMES)

    def past(self, seq: int) -> bytes | None:
        """The remembered frame of that number, as it travelled."""
        return next((payload for number, payload in self._history or () if number == seq), None)

    async def next_payload(self) -> bytes:
        """The next frame that is published, whole. `Closed` when there will be none."""
        return (await self.next_sent(self.seq)).whole

    async def next_sent(self, after: int) -> Sent:
        """The newest frame, as soon as its number is above `after`. `Closed` when there will be none."""
        while self.sent is None or self.sent.seq <= after:
            await self._fresh.wait()
            if self.closed.is_set():
                raise Closed
        return self.sent

    async def _publish(self) -> None:
        loop = asyncio.get_running_loop()
        while (draw := self._draw()) is not None:
            try:
                sent = self._frames.write(await draw(), now=loop.time())
                if sent is None:
                    self.seq -= 1  # its number is that of the next one
            except Exception as error:
                if (failed := self._failed()) is not None:
                    failed(error)
                await asyncio.sleep(AGAIN_AFTER)
                continue
            finally:
                del draw  # a lab that is forgotten while nothing happens goes
            if sent is not None:
                self._tell(sent)
            self._wake.clear()
            slept = loop.time()
            await asyncio.sleep(SOONEST)
            PACE.slept(SOONEST, loop.time() - slept)
            if PACE.interval > 1 / FRAMES_PER_SECOND:  # late: not even news hurries a frame
                await asyncio.sleep(PACE.interval - SOONEST)
                continue
            try:
                async with asyncio.timeout(1 / FRAMES_PER_SECOND - SOONEST):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _tell(self, sent: Sent) -> None:
        self.seq, self.sent = sent.seq, sent
        FRAMES.inc()
        FRAME_BYTES.inc(len(sent.whole))
        if self._history is not None:
            self._history.append((sent.seq, sent.whole))
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()
