"""Videos that go viral: crowds that view one of them for some seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from designs.top_k.config import Config
from sdlab.lab import EngineContext, LabError, TooMany, acting_as

VIEWS = 240
EVERY = 0.03
AT_ONCE = 3
CROWD = 40


class ViralCrowds:
    """`views_left` is what each crowd still has to view, by video."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.views_left: dict[str, int] = {}

    def gather(self, video: str) -> bool:
        """Let a crowd gather, or the one of this video start over; whether it is a new one, for `watch`.

        `TooMany` while others are under way.
        """
        new = video not in self.views_left
        if new and len(self.views_left) >= AT_ONCE:
            raise TooMany(f"{AT_ONCE} videos are going viral already; wait for one to end")
        self._context.decide(f"{len(self.views_left)} of at most {AT_ONCE} videos are going viral")
        self.views_left[video] = VIEWS
        return new

    async def watch(self, video: str, view: Callable[[str], Awaitable[object]]) -> None:
        """View the video until the crowd has enough."""
        try:
            number = 0
            while self.views_left.get(video, 0) > 0:
                self.views_left[video] -= 1
                number += 1
                try:
                    with acting_as(f"crowd-{number % CROWD}", by_hand=False):
                        await view(video)
                except LabError:
                    pass  # the crowd does not come back for one view
                await self._context.clock.sleep(EVERY)
        finally:
            self.views_left.pop(video, None)
