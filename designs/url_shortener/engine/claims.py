"""What must hold: what callers were told, compared with what the stores say.

Bounded: the newest acknowledgements only.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

from designs.url_shortener.config import Config
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.table_scans import TableScans
from sdlab.lab import Claim, EngineContext, EvidenceView

CLAIMS = (
    Claim("one_url_per_code", "No code serves two URLs"),
    Claim("acknowledged_found", "A link that was acknowledged is found until it expires"),
    Claim("one_code_per_url", "With 1:1 on, a URL without alias or expiry has one code"),
    Claim("seen_at_most_made", "Clicks seen are never more than clicks made"),
)
KEPT = 20_000
PER_ROUND = 200
WAITING = 2_000
CHECKER = "claim checker"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A link that a caller was told of: who, when, and how its code came about."""

    t: float
    actor: str
    code: str
    url: str
    digest: str
    how: str
    expires_at: float | None

    def evidence(self) -> EvidenceView:
        """The link as a line of history."""
        return EvidenceView(
            self.t, self.actor, f"POST generate {_short(self.url)} → {self.code} ({self.how})"
        )


class ClaimChecker:
    """Keeps what was acknowledged and checks it: at once against each other, in rounds against the stores."""

    def __init__(self, context: EngineContext[Config], scans: TableScans, clicks: Clicks) -> None:
        self._scans = scans
        self._clicks = clicks
        self._monitors = context.monitors
        self._clock = context.clock
        self._by_code: OrderedDict[str, Acknowledged] = OrderedDict()
        self._by_digest: OrderedDict[str, Acknowledged] = OrderedDict()
        self._waiting: deque[Acknowledged] = deque(maxlen=WAITING)
        self._rounds = 0

    def acknowledged(self, link: StoredLink, *, how: str, one_to_one: bool) -> None:
        """A caller was told that this link exists."""
        new = Acknowledged(
            self._clock.time(), link.owner, link.code, link.url, link.url_digest, how, link.expires_at
        )
        self._check_url(new)
        if one_to_one and new.digest:
            self._check_code(new)
        self._waiting.append(new)

    def _check_url(self, new: Acknowledged) -> None:
        earlier = self._by_code.get(new.code)
        _keep(self._by_code, new.code, new)
        holds = earlier is None or earlier.url == new.url
        self._compared("one_url_per_code", earlier, new, holds=holds)

    def _check_code(self, new: Acknowledged) -> None:
        earlier = self._by_digest.get(new.digest)
        _keep(self._by_digest, new.digest, new)
        holds = earlier is None or earlier.code == new.code
        self._compared("one_code_per_url", earlier, new, holds=holds)

    def _compared(self, claim: str, earlier: Acknowledged | None, new: Acknowledged, *, holds: bool) -> None:
        if earlier is None or holds:
            self._monitors[claim].passed()
        else:
            self._monitors[claim].violated([earlier.evidence(), new.evidence()])

    def deleted(self, code: str) -> None:
        """Its owner deleted the link: it need not be found any more."""
        link = self._by_code.pop(code, None)
        if link is not None and self._by_digest.get(link.digest) is link:
            del self._by_digest[link.digest]

    def one_to_one(self, *, was: bool, now: bool) -> None:
        """Whether equal URLs must get one code; what was before it was switched on does not count."""
        if not was:
            self._by_digest.clear()
        self._monitors["one_code_per_url"].applies = now

    def found(self, code: str) -> None:
        """A redirect was asked for and answered."""
        if code in self._by_code:
            self._monitors["acknowledged_found"].passed()

    def not_found(self, code: str, *, asked_by: str) -> None:
        """A redirect was asked for, and nobody knew the code."""
        link = self._by_code.get(code)
        if link is None or self._over(link):
            return
        del self._by_code[code]
        asked = EvidenceView(self._clock.time(), asked_by, f"GET /s/{code} → 404")
        self._monitors["acknowledged_found"].violated([link.evidence(), asked])

    async def check_clicks(self) -> None:
        """Compare made and seen: in the store, and for each recently clicked link."""
        made, seen = await self._clicks.stored()
        monitor = self._monitors["seen_at_most_made"]
        wrong = [(code, *both) for code, both in self._clicks.recent.items() if both[1] > both[0]]
        if seen > made:
            wrong.append(("all links", made, seen))
        if made and not wrong:
            monitor.passed()
        for what, clicked, counted in wrong:
            monitor.violated([self._found(f"{what}: {clicked} made, {counted} seen")])

    async def check_links(self) -> None:
        """Look into the stores for the newest unchecked links, and again for some old ones."""
        checked = [self._waiting.popleft() for _ in range(min(PER_ROUND, len(self._waiting)))]
        if not checked:
            checked = self._some_older()
        if not checked:
            return
        found: dict[str, list[StoredLink]] = {}
        for row in await self._scans.peek([link.code for link in checked]):
            found.setdefault(row.code, []).append(row)
        for link in checked:
            self._check_stored(link, found.get(link.code, []))

    def _some_older(self) -> list[Acknowledged]:
        """A different slice of what is kept on each quiet round."""
        self._rounds += 1
        links = list(self._by_code.values())
        start = self._rounds * PER_ROUND % max(1, len(links))
        return links[start : start + PER_ROUND]

    def _check_stored(self, link: Acknowledged, stored: list[StoredLink]) -> None:
        if self._over(link):
            return
        latest = self._by_code.get(link.code)
        monitor = self._monitors["acknowledged_found"]
        if latest is None:
            return  # deleted, or already reported
        if any(row.url == link.url and row.deleted_at is None for row in stored):
            monitor.passed()
            return
        history = [link.evidence()]
        if latest is not link and latest.url != link.url:
            history.append(latest.evidence())
        history.append(self._found(_what_is_there(link, stored)))
        monitor.violated(history)
        if latest is link:
            del self._by_code[link.code]

    def _found(self, what: str) -> EvidenceView:
        return EvidenceView(self._clock.time(), CHECKER, what)

    def _over(self, link: Acknowledged) -> bool:
        return link.expires_at is not None and link.expires_at <= self._clock.time()


def _what_is_there(link: Acknowledged, stored: list[StoredLink]) -> str:
    if not stored:
        return f"no shard has {link.code}"
    return f"{link.code} leads to {_short(stored[0].url)}; {_short(link.url)} is gone"


def _short(url: str) -> str:
    return url if len(url) <= 60 else f"{url[:57]}…"


def _keep(kept: OrderedDict[str, Acknowledged], key: str, link: Acknowledged) -> None:
    kept[key] = link
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)
