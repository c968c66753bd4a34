"""What an owner sees and does with links: list, look, count, delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from designs.url_shortener.config import Config
from designs.url_shortener.engine.claims import ClaimChecker
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.link_cache import LinkCache
from designs.url_shortener.engine.link_request import CODE
from designs.url_shortener.engine.shards.link_table import LinkTable
from designs.url_shortener.engine.shards.rows import StoredLink
from sdlab.lab import EngineContext, NotFound, amount
from sdlab.lab.trace import Trace


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A short link as its owner sees it. Times are Unix seconds; `path` leads there on this server."""

    code: str
    path: str
    url: str
    owner: str
    alias: bool
    clicks: int
    created_at: float
    expires_at: float | None


class LinkStats(NamedTuple):
    """Clicks seen in each of the last 60 minutes (Unix minute and count, oldest first), in all, and previews."""

    per_minute: list[tuple[int, int]]
    total: int
    previews: int = 0


class OwnerLinks:
    """Links as their owners see them."""

    def __init__(
        self,
        context: EngineContext[Config],
        table: LinkTable,
        clicks: Clicks,
        cache: LinkCache,
        checker: ClaimChecker,
    ) -> None:
        self._context = context
        self._room = context.room
        self._table = table
        self._clicks = clicks
        self._cache = cache
        self._checker = checker

    async def publish(self, link: StoredLink, *, by_hand: bool) -> ShortLink:
        """The link as its owner sees it; a hand-made one also gets the public name, if it is free."""
        named = by_hand and await self._room.names.claim("link", link.code, self._room.id)
        return self._short_link(link, named=named)

    async def page(
        self, owner: str, trace: Trace, *, before: tuple[float, str] | None, limit: int
    ) -> list[ShortLink]:
        """The owner's links, newest first, with their clicks; `before` is the last one seen."""
        links = await self._table.owned_by(owner, before=before, limit=limit)
        self._context.decide("codes are sharded and owners are not: all shards are asked")
        counts = await self._clicks.totals([link.code for link in links])
        trace.sentence = f"GET links: {amount(len(links), 'link')} of {owner}, asked of all shards"
        return [
            self._short_link(link, named=await self._named(link), clicks=count)
            for link, count in zip(links, counts, strict=True)
        ]

    async def link(self, code: str, trace: Trace) -> ShortLink:
        """A live or expired link, whoever owns it; `NotFound` otherwise."""
        link = await self._find(code, None)
        trace.sentence = f"GET links/{code}"
        (clicks,) = await self._clicks.totals([code])
        return self._short_link(link, named=await self._named(link), clicks=clicks)

    async def stats(self, owner: str, code: str, trace: Trace) -> LinkStats:
        """The clicks of a link; `NotFound` unless it is the owner's."""
        await self._find(code, owner)
        per_minute = await self._clicks.per_minute(code)
        (total,) = await self._clicks.totals([code])
        trace.sentence = f"GET links/{code}/stats: {total:,} clicks seen"
        return LinkStats(per_minute, total, await self._clicks.previews(code))

    async def delete(self, owner: str, code: str, trace: Trace) -> None:
        """Leave nothing of the link but a tombstone; `NotFound` unless it is the owner's link."""
        link = await self._find(code, owner)
        self._checker.deleted(code)
        shard = await self._table.bury(code, now=self._context.clock.time())
        self._cache.discard(code)
        await self._clicks.forget(code)
        if link.by_hand:
            await self._room.names.release("link", code, self._room.id)
        trace.sentence = f"DELETE links/{code}: a tombstone stays on shard {shard}"

    async def _find(self, code: str, owner: str | None) -> StoredLink:
        link, shard = await self._table.find(code) if CODE.fullmatch(code) else (None, 0)
        if link is None or link.deleted_at is not None or owner not in (None, link.owner):
            self._context.decide("no such link, or somebody else's: to the caller both are the same")
            raise NotFound(
                f"you have no link with the code {code[:40]!r}" if owner else f"no link {code[:40]!r}"
            )
        self._context.decide(f"shard {shard} has the link, and {link.owner} owns it")
        return link

    async def _named(self, link: StoredLink) -> bool:
        return link.by_hand and await self._room.names.owner("link", link.code) == self._room.id

    def _short_link(self, link: StoredLink, *, named: bool, clicks: int = 0) -> ShortLink:
        path = f"/s/{link.code}"
        return ShortLink(
            code=link.code,
            path=path if named else f"{path}?room={self._room.id}",
            url=link.url,
            owner=link.owner,
            alias=link.alias,
            clicks=clicks,
            created_at=link.created_at,
            expires_at=link.expires_at,
        )
