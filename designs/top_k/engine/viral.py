"""Videos that go viral: for some seconds many viewers watch one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from designs.top_k.config import Config
from sdlab.lab import EngineContext, LabError, TooMany, acting_as

VIEWS = 240
EVERY = 0.03
AT_ONCE = 3
VIEWERS = 40


class ViralSpikes:
    """`views_left` is how many views are still to come, by video."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.views_left: dict[str, int] = {}

    def start(self, video: str) -> bool:
        """Begin a spike, or the one of this video anew; whether it is a new one, to be `run`.

        `TooMany` while others are under way.
        """
        new = video not in self.views_left
        if new and len(self.views_left) >= AT_ONCE:
            raise TooMany(f"{AT_ONCE} videos are going viral already; wait for one to end")
        self._context.decide(f"{len(self.views_left)} of at most {AT_ONCE} videos are going viral")
        self.views_left[video] = VIEWS
        return new

    async def run(self, video: str, view: Callable[[str], Awaitable[object]]) -> None:
        """View the video until no views are left."""
        try:
            number = 0
            while self.views_left.get(video, 0) > 0:
                self.views_left[video] -= 1
                number += 1
                try:
                    with acting_as(f"crowd-{number % VIEWERS}", by_hand=False):
                        await view(video)
                except LabError:
                    pass  # nobody comes back for one view
                await self._context.clock.sleep(EVERY)
        finally:
            self.views_left.pop(video, None)
