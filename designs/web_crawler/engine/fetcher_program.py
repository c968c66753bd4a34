"""The program of a fetcher: takes addresses, asks their hosts, stores what they answer. A process of its own."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import aiohttp
import orjson
import sqlalchemy as sa
from aiohttp.connector import Connection
from yarl import URL

from designs.web_crawler.engine.addresses import allowed_hosts, canonical, path_of
from designs.web_crawler.engine.extract import Extracted, extract, links_of_sitemap
from designs.web_crawler.engine.frontier import Entry, Frontier
from designs.web_crawler.engine.page_rows import MOVED, PAGE_IN, RAW_IN, VALIDATOR, moved, page
from designs.web_crawler.engine.resolver import CheckedResolver
from designs.web_crawler.engine.robots_rules import AGENT, delay_s, may_fetch, sitemaps
from sdlab.parts.public_address import Refused
from sdlab.parts.sql_line import SqlLine
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer

MOST_BYTES = 256 * 1024
MOST_ROBOTS = 64 * 1024
MOST_SITEMAPS = 5
FIRST_CRAWL = 1  # before which nothing was stored
TIMEOUT_S = 30.0  # of the machine's own time; how long a host may think is the engine's business
ROBOTS_LAST_MS = 3_600_000
LATER = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_LATER_S = 60.0


class LeaseOver(Exception):
    """The address, and the turn at its host, were given to another meanwhile."""


@dataclass(slots=True)
class Held:
    """An address in the hand of this process, with what came of it so far. `lasts`: ms of its lease."""

    entry: Entry
    token: int
    leased: bool = True
    lasts: int = 0
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    same_as: int = 0
    read: Extracted | None = None


@dataclass(slots=True)
class Said:
    """What came of one request. `outcome` names it in a word; `gap_ms` is the pause that the host gets."""

    outcome: str
    status: int = 0
    said: str = ""
    size: int = 0
    location: str = ""
    later_ms: int = 0
    gap_ms: int = 0
    cut: bool = False
    hits: int = 0
    lookups: int = 0
    again: int = 0
    links: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)


AT_WORK: ContextVar[Held] = ContextVar("what this task asks for")


class LastLook(aiohttp.TCPConnector):
    """Calls `look` when the line to a host is open, and nothing has gone over it: what it raises ends the request."""

    def __init__(self, look: Callable[[Held], Awaitable[None]], **options: Any) -> None:
        super().__init__(**options)
        self._look = look

    async def connect(self, *args: Any, **options: Any) -> Connection:
        """An open line whose request may be sent."""
        line = await super().connect(*args, **options)
        try:
            await self._look(AT_WORK.get())
        except BaseException:
            line.close()
            raise
        return line


class Fetcher:
    """Holds what it took, by the token of its lease, until it is stored.

    Answers themselves never leave this process but for the store.
    """

    def __init__(
        self,
        parent: Peer,
        *,
        name: str,
        url: str,
        redis: str,
        room: str,
        base: str,
        hosts: list[str],
        ports: dict[str, int],
    ) -> None:
        self._parent, self._me, self._room = parent, name, room
        self._sql = SqlLine(url)
        self._redis = connected(redis)
        self._frontier = Frontier(self._redis, base)
        self._robots: dict[str, tuple[str, int]] = {}
        self._held: dict[int, Held] = {}
        self._resolver = CheckedResolver(
            hosts=frozenset(hosts), allowed=allowed_hosts(), web=ports["web"], names=ports["names"]
        )
        self._session: aiohttp.ClientSession | None = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=LastLook(
                    self._mine_still,
                    resolver=self._resolver,
                    use_dns_cache=False,
                    force_close=True,
                    limit=0,
                ),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                headers={
                    "User-Agent": f"{AGENT}/1.0",
                    "X-Fetcher": self._me,
                    "Accept": "text/html, application/xhtml+xml",
                },
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
                trust_env=False,
            )
        return self._session

    async def take(
        self, *, now: int, until: int, most: int, polite: bool, forget: bool, gap: int
    ) -> dict[str, Any]:
        """Take what may be asked for now."""
        took = await self._frontier.take(
            self._me, now_ms=now, until_ms=until, most=most, polite=polite, forget=forget, gap_ms=gap
        )
        for entry, token in took.entries:
            self._held[token] = Held(entry, token, leased=not forget)
        return {
            "entries": [asdict(entry) for entry, _ in took.entries],
            "tokens": [token for _, token in took.entries],
            "next": took.next_ms,
            "expired": took.expired,
        }

    async def extend(self, *, until: int) -> None:
        """It is alive, and at work."""
        await self._frontier.hold([(one.entry.number, one.token) for one in self._held.values()], until)

    async def _mine_still(self, held: Held) -> None:
        """The last look before a host is asked: who was stopped since it took an address does not know how long.

        In one step the lease is found and lasts anew, so that nobody is given this host while the request is on its way.
        `LeaseOver`.
        """
        if not held.leased:
            return
        until = int(await self._parent.ask("now")) + held.lasts
        if not await self._frontier.hold([(held.entry.number, held.token)], until):
            raise LeaseOver

    async def fetch(
        self,
        *,
        token: int,
        now: int,
        lasts: int,
        obey: bool,
        gap: int,
        ttl: int,
        at_once: bool,
        buggy: bool,
        maps: bool,
    ) -> dict[str, Any]:
        """Ask for one address, or for the rules of its host where they are not known; with its sitemaps for `maps`.

        Nobody is asked once the lease is over, which is then no more of this process's business.
        """
        held = self._held[token]
        held.lasts = lasts
        AT_WORK.set(held)
        self._resolver.now_ms, self._resolver.ttl_ms = now, ttl
        try:
            said = await self._fetched(held, now, obey, at_once, buggy)
        except LeaseOver:
            del self._held[token]
            said = Said("late", said="its lease was over")
        said.hits, said.lookups, said.again = self._resolver.told()
        rules = self._robots[held.entry.host][0] if obey and held.entry.host in self._robots else None
        stated = None if rules is None else delay_s(rules)
        said.maps = sitemaps(rules)[:MOST_SITEMAPS] if maps and rules is not None else []
        said.gap_ms = gap if stated is None else round(stated * 1000) + 1
        answer: dict[str, Any] = asdict(said)
        if held.read is not None:
            answer["read"] = {**asdict(held.read), "text": ""}
        return answer

    async def _fetched(self, held: Held, now: int, obey: bool, at_once: bool, buggy: bool) -> Said:
        entry = held.entry
        if obey:
            rules = await self._rules(entry.host, now)
            if rules is None:
                return await self._ask_for_rules(entry, now)
            if not may_fetch(rules, entry.url):
                return Said("forbidden", said=f"robots.txt forbids {path_of(entry.url)}")
        try:
            return await self._ask(held, at_once, buggy)
        except Refused as refused:
            return Said("refused", said=str(refused))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Said("failed", said=_why(error))

    async def _rules(self, host: str, now: int) -> str | None:
        """The text of a host's robots.txt, if it is known and not too old."""
        known = self._robots.get(host)
        if known is None or known[1] + ROBOTS_LAST_MS < now:
            kept = await self._redis.hget(self._frontier.key("robots"), host)
            if not kept:
                return None
            one = orjson.loads(kept)
            if one["at"] + ROBOTS_LAST_MS < now:
                return None
            known = self._robots[host] = (one["text"], one["at"])
        return known[0]

    async def _ask_for_rules(self, entry: Entry, now: int) -> Said:
        scheme = entry.url.partition(":")[0]
        try:
            async with self._client().get(
                f"{scheme}://{entry.host}/robots.txt", allow_redirects=False
            ) as answer:
                if answer.status in LATER:
                    return Said("later", answer.status, str(answer.status), later_ms=_later_ms(answer))
                body = await _most(answer, MOST_ROBOTS) if answer.status == 200 else b""
        except Refused as refused:
            return Said("refused", said=str(refused))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Said("failed", said=_why(error))
        text = body[:MOST_ROBOTS].decode("utf-8", "replace")
        self._robots[entry.host] = (text, now)
        await self._redis.hset(
            self._frontier.key("robots"), entry.host, orjson.dumps({"text": text, "at": now})
        )  # type: ignore[arg-type]
        return Said("rules", answer.status, "robots.txt", len(body))

    async def _ask(self, held: Held, at_once: bool, buggy: bool) -> Said:
        entry = held.entry
        headers = {}
        before = (
            None
            if at_once or entry.crawl == FIRST_CRAWL
            else self._sql.transaction(lambda c: c.execute(VALIDATOR, self._where(entry)).one_or_none())
        )
        if before is not None:
            headers["If-None-Match"] = before.etag
        async with self._client().get(
            URL(entry.url, encoded=True), headers=headers, allow_redirects=False
        ) as answer:
            status = answer.status
            if status in REDIRECTS:
                return Said(
                    "redirect",
                    status,
                    str(status),
                    location=canonical(answer.headers.get("Location", ""), entry.url),
                )
            if status in LATER:
                return Said("later", status, str(status), later_ms=_later_ms(answer))
            if status == 304 and before is not None:
                held.same_as, held.etag = before.same_as or before.number, before.etag
                held.content_type = ""
                return Said("unchanged", status, "not modified")
            if status != 200:
                return Said("missing", status, str(status))
            held.content_type = answer.headers.get("Content-Type", "")
            held.etag = answer.headers.get("ETag", "")[:200]
            if "xml" in held.content_type and entry.url.endswith(".xml"):
                listed = links_of_sitemap(await _most(answer, MOST_BYTES))
                return Said("sitemap", status, f"{len(listed)} addresses", links=list(listed))
            if "html" not in held.content_type:
                return Said("other", status, held.content_type.partition(";")[0][:60])
            held.body = await _most(answer, MOST_BYTES + 1)
        cut = len(held.body) > MOST_BYTES
        held.body = held.body[:MOST_BYTES]
        if at_once:
            held.read = extract(held.body, held.content_type, entry.url, buggy=buggy)
        return Said("page", status, "cut" if cut else "", len(held.body), cut=cut)

    def _where(self, entry: Entry) -> dict[str, Any]:
        return {"room": self._room, "url": entry.url}

    async def store(
        self,
        *,
        token: int,
        how: str,
        state: str,
        said: str,
        now: int,
        gap: int,
        next: int,
        retry: int,
        polite: bool,
        forgotten: bool,
        copy_of: int,
        buggy: bool,
    ) -> dict[str, Any]:
        """Write down what came of it, then let the frontier forget it; whether it was this fetcher's to finish."""
        held = self._held.pop(token)
        entry, number = held.entry, held.entry.number
        tried = replace(entry, tries=entry.tries + 1) if how in ("retry", "dead") else entry
        row = moved(self._room, number, state, said, tries=tried.tries, now=now)

        def write(c: sa.Connection) -> None:
            if how == "extract":
                c.execute(RAW_IN, self._raw(held, now))
            elif held.read is not None and how == "done":
                read = {**asdict(held.read), "number": number}
                c.execute(
                    PAGE_IN, page(self._room, asdict(entry), read, copy_of=copy_of, buggy=buggy, now=now)
                )
            c.execute(MOVED, row)

        if how != "back":
            self._sql.transaction(write)
        mine, first = await self._frontier.finish(
            tried,
            held.token,
            how=how,
            now_ms=now,
            gap_ms=gap,
            next_ms=next,
            polite=polite,
            forgotten=forgotten or not held.leased,
            retry_ms=retry,
        )
        return {"mine": mine, "next": first}

    def _raw(self, held: Held, now: int) -> dict[str, Any]:
        return {
            "room": self._room,
            "number": held.entry.number,
            "crawl": held.entry.crawl,
            "url": held.entry.url,
            "content_type": held.content_type[:200],
            "etag": held.etag,
            "body": zlib.compress(held.body, 1),
            "same_as": held.same_as,
            "fetched_ms": now,
        }

    async def drop(self, *, token: int) -> None:
        """Nobody works on it any more; its lease will end."""
        self._held.pop(token, None)


async def _most(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, up to so many bytes; the rest is not read."""
    parts, size = [], 0
    async for part in answer.content.iter_chunked(16 * 1024):
        parts.append(part)
        size += len(part)
        if size >= most:
            break
    return b"".join(parts)


def _later_ms(answer: aiohttp.ClientResponse) -> int:
    """How long the host wants us to wait, in ms; 0 where it does not say."""
    try:
        seconds = float(answer.headers.get("Retry-After", "0"))
    except ValueError:
        return 0
    return round(min(LONGEST_LATER_S, max(0.0, seconds)) * 1000)


def _why(error: BaseException) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError | asyncio.TimeoutError | ConnectionResetError):
        return "no answer in time"
    return (str(error) or type(error).__name__)[:100]


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What a fetcher can be asked."""
    one = Fetcher(parent, **setup)
    return {"take": one.take, "fetch": one.fetch, "store": one.store, "extend": one.extend, "drop": one.drop}
