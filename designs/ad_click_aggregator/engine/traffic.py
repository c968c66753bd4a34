"""Performs what the workloads want: readers click on ads, twice or late, forgers make ids up, advertisers look."""

from __future__ import annotations

from collections import deque
from typing import Any

from designs.ad_click_aggregator.engine.ads import ADS, ADVERTISERS
from designs.ad_click_aggregator.engine.engine import AdClickAggregator
from designs.ad_click_aggregator.engine.strategies import REDIRECTS
from sdlab.lab import Operation, Traffic, performs

REMEMBERED = 2_000
NAMES = tuple(ADVERTISERS)
FORGED_SIGNATURE = "not-our-signatur"


class AdClickTraffic(Traffic[AdClickAggregator]):
    """Ads 0 to 2 of an operation are those of the advertiser on the screen; the others follow."""

    def __init__(self, engine: AdClickAggregator) -> None:
        super().__init__(engine)
        self._clicked: deque[tuple[str, int]] = deque(maxlen=REMEMBERED)

    def _ad(self, pick: int) -> int:
        shown = [one.id for one in ADS if one.advertiser == NAMES[self.engine.reader.focus]]
        others = [one.id for one in ADS if one.id not in shown]
        return [*shown, *others][pick % len(ADS)]

    async def _follow(
        self, id: str, ad: int, *, at: float | None = None, blocked: bool = False
    ) -> dict[str, Any]:
        """As a browser does: to us and by the 302 to the advertiser, or to the advertiser with a pixel to us."""
        if REDIRECTS[self.engine.config.redirect].by_server:
            found = await self.engine.click(id, at=at)
            await self.engine.visit(ad, id)
        else:
            await self.engine.visit(ad, id)
            if blocked:
                return {}
            found = await self.engine.click(id, at=at, pixel=True)
        return {"place": found.click.place} if found.click else {}

    @performs("click")
    async def click(self, operation: Operation) -> dict[str, Any]:
        """A reader clicks an ad; `late` says how many seconds ago, before we hear of it."""
        args = operation.args
        ad = self._ad(args["ad"])
        late = args.get("late", 0.0)
        at = self.engine.clock.time() - late if late else None
        id = self.engine.signer.serve(ad).id
        self._clicked.append((id, ad))
        return await self._follow(id, ad, at=at, blocked=args.get("blocked", False))

    @performs("again")
    async def again(self, operation: Operation) -> dict[str, Any]:
        """The impression that was clicked so many clicks ago is clicked once more."""
        back = operation.args["back"]
        if back >= len(self._clicked):
            return {}
        id, ad = self._clicked[-1 - back]
        return await self._follow(id, ad)

    @performs("forge")
    async def forge(self, operation: Operation) -> dict[str, Any]:
        """Somebody clicks with an id that was made up."""
        ad, nonce = self._ad(operation.args["ad"]), operation.args["nonce"]
        until = int(self.engine.clock.time()) + 300
        return await self._follow(f"{ad}.{nonce:x}.{until:x}.{FORGED_SIGNATURE}", ad)

    @performs("expire")
    async def expire(self, operation: Operation) -> dict[str, Any]:
        """A page that stood open for an hour is clicked."""
        ad = self._ad(operation.args["ad"])
        return await self._follow(self.engine.signer.serve(ad, at=self.engine.clock.time() - 3_600).id, ad)

    @performs("metrics")
    async def metrics(self, operation: Operation) -> dict[str, Any]:
        """The advertiser looks at the last minutes."""
        now = self.engine.clock.time()
        ads = self.engine.reader.ads
        await self.engine.metrics(ads, since=now - 600, until=now + 1, granularity="1m")
        return {}

    async def honours(self, answer: Any) -> bool:
        """A click that was answered is in the log."""
        if "place" not in answer:
            return True
        partition, _, position = answer["place"].partition("/")
        return await self.engine.log.log.has(position, partition=int(partition))
