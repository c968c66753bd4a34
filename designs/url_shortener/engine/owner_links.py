"""What an owner sees and does with links: list, look, count, delete; and the visitor's newest ones."""

from __future__ import annotations

from collections import OrderedDict

from designs.url_shortener.engine.claims import Audit
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.shards import Shards
from designs.url_shortener.inside.views import LinkView
from designs.url_shortener.engine.link_request import CODE
from sdlab.lab import NotFound, Room
from sdlab.lab.trace import Trace

MY_LINKS = 20


class OwnLinks:
    """Links as their owners see them. `newest` are the visitor's, oldest first, ready to be shown."""

    def __init__(self, room: Room, *, shards: Shards, clicks: Clicks, cache: LinkCache, audit: Audit) -> None:
        self._room = room
        self._shards = shards
        self._clicks = clicks
        self._cache = cache
        self._audit = audit
        self.newest: OrderedDict[str, LinkView] = OrderedDict()

    async def open(self) -> None:
        """Rebuild the visitor's newest links after a restart."""
        links = await self._shards.newest_of("visitor", limit=MY_LINKS)
        counts = await self._clicks.totals([link.code for link in links])
        for link, count in sorted(zip(links, counts, strict=True), key=lambda pair: pair[0].created_at):
            self.newest[link.code] = self._view(link, named=await self._named(link))
            self._clicks.shown[link.code] = count

    async def publish(self, link: StoredLink, *, by_hand: bool) -> LinkView:
        """The link as its owner sees it; a hand-made one also gets the public name, if it is free."""
        named = by_hand and await self._room.names.claim("link", link.code, self._room.id)
        view = self._view(link, named=named)
        if by_hand and link.owner == "visitor":
            self._clicks.shown[link.code] = (await self._clicks.totals([link.code]))[0]
            self._show(view)
        return view

    def _show(self, view: LinkView) -> None:
        self.newest[view.code] = view
        if len(self.newest) > MY_LINKS:
            gone, _ = self.newest.popitem(last=False)
            self._clicks.shown.pop(gone, None)

    async def page(
        self, owner: str, trace: Trace, *, before: tuple[float, str] | None, limit: int
    ) -> list[LinkView]:
        """The owner's links, newest first, with their clicks; `before` is the last one seen."""
        links = await self._shards.owned_by(owner, before=before, limit=limit, source="gateway")
        counts = await self._clicks.totals([link.code for link in links])
        trace.sentence = f"GET links: {len(links)} links of {owner}, asked of all shards"
        return [
            self._view(link, named=await self._named(link), clicks=count)
            for link, count in zip(links, counts, strict=True)
        ]

    async def one(self, code: str, trace: Trace) -> LinkView:
        """A live or expired link, whoever owns it; `NotFound` otherwise."""
        link = await self._find(code, None)
        trace.sentence = f"GET links/{code}"
        counts = await self._clicks.totals([code])
        return self._view(link, named=await self._named(link), clicks=counts[0])

    async def stats(self, owner: str, code: str, trace: Trace) -> tuple[list[tuple[int, int]], int]:
        """Clicks seen per minute of the last hour, and in all; `NotFound` unless it is the owner's link."""
        await self._find(code, owner)
        counted = await self._clicks.per_minute(code)
        (total,) = await self._clicks.totals([code])
        trace.sentence = f"GET links/{code}/stats: {total:,} clicks seen"
        return counted, total

    async def delete(self, owner: str, code: str, trace: Trace) -> None:
        """Leave nothing of the link but a tombstone; `NotFound` unless it is the owner's link."""
        link = await self._find(code, owner)
        self._audit.deleted(code)
        await self._shards.bury(code, now=self._room.clock.time(), source="gateway")
        self._cache.discard(code)
        self.newest.pop(code, None)
        await self._clicks.forget(code)
        if link.by_hand:
            await self._room.names.release("link", code, self._room.id)
        trace.sentence = (
            f"DELETE links/{code}: a tombstone stays on shard {self._shards.placement.owner(code)}"
        )

    async def _find(self, code: str, owner: str | None) -> StoredLink:
        link, _ = await self._shards.find(code, source="gateway") if CODE.fullmatch(code) else (None, 0)
        if link is None or link.deleted_at is not None or owner not in (None, link.owner):
            raise NotFound(
                f"you have no link with the code {code[:40]!r}" if owner else f"no link {code[:40]!r}"
            )
        return link

    async def _named(self, link: StoredLink) -> bool:
        return link.by_hand and await self._room.names.owner("link", link.code) == self._room.id

    def _view(self, link: StoredLink, *, named: bool, clicks: int = 0) -> LinkView:
        path = f"/s/{link.code}"
        return LinkView(
            code=link.code,
            path=path if named else f"{path}?room={self._room.id}",
            url=link.url,
            owner=link.owner,
            alias=link.alias,
            clicks=clicks,
            created_at=link.created_at,
            expires_at=link.expires_at,
        )
