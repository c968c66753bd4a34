"""What must hold: what callers were told, compared with what the stores say.

Bounded: the newest acknowledgements only.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace

from designs.url_shortener.config import Config
from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.code_assignment import CreatedLink
from designs.url_shortener.engine.lanes import lane, short
from designs.url_shortener.engine.link_request import ascii_uri
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.table_scans import TableScans
from sdlab.lab import Claim, EngineContext, EvidenceView, fault_steps, read_step, unknown_cause

CLAIMS = (
    Claim("one_url_per_code", "one URL per code", "No code serves two URLs"),
    Claim("acknowledged_found", "no link lost", "A link that was acknowledged is found until it expires"),
    Claim("one_code_per_url", "one code per URL", "With 1:1 on, a URL without alias or expiry has one code"),
    Claim("seen_at_most_made", "seen ≤ made clicks", "Clicks seen are never more than clicks made"),
)
KEPT = 20_000
PER_ROUND = 200
WAITING = 2_000
MOST_FAULTS = 4
CHECKER = "claim checker"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A link that a caller was told of: who, from when to when, and how its code came about."""

    actor: str
    began: float
    t: float
    code: str
    url: str
    digest: str
    how: str
    expires_at: float | None
    steps: tuple[EvidenceView, ...] = ()
    deleted: bool = False

    def evidence(self, *, lost: bool = False) -> list[EvidenceView]:
        """The request and what it did; `lost` marks the row that somebody overwrote."""
        text = f"POST generate {short(self.url)} → {self.code} ({self.how})"
        done = [replace(step, lost=True) if lost and step is self.steps[-1] else step for step in self.steps]
        return [*done, EvidenceView(self.t, self.actor, text, self.t)]


class ClaimChecker:
    """Keeps what was acknowledged and checks it: at once against each other, in rounds against the stores."""

    def __init__(self, context: EngineContext[Config], scans: TableScans, clicks: Clicks) -> None:
        self._scans = scans
        self._clicks = clicks
        self._monitors = context.monitors
        self._clock = context.clock
        self._nodes = context.nodes
        self._by_code: OrderedDict[str, Acknowledged] = OrderedDict()
        self._by_digest: OrderedDict[str, Acknowledged] = OrderedDict()
        self._waiting: deque[Acknowledged] = deque(maxlen=WAITING)
        self._rounds = 0

    # What callers are told

    def acknowledged(self, made: CreatedLink, *, began: float, one_to_one: bool) -> None:
        """A caller is told that this link exists; `began` is when it asked, Unix seconds."""
        link, now = made.link, self._clock.time()
        new = Acknowledged(
            lane(), began, now, link.code, link.url, link.url_digest, made.how, link.expires_at, made.steps
        )
        earlier = self._by_code.get(new.code)
        if earlier is not None and earlier.deleted and made.shard is None:
            return  # it was there when it was looked up, and its owner has deleted it since
        self._check_url(earlier, new)
        if one_to_one and new.digest:
            self._check_code(new)
        self._waiting.append(new)

    def _check_url(self, earlier: Acknowledged | None, new: Acknowledged) -> None:
        """Also the code of a deleted link is not given again."""
        _keep(self._by_code, new.code, new)
        if earlier is None or (earlier.url == new.url and not earlier.deleted):
            self._monitors["one_url_per_code"].passed()
        else:
            history = [*earlier.evidence(lost=not earlier.deleted), *new.evidence()]
            self._monitors["one_url_per_code"].violated(history)

    def _check_code(self, new: Acknowledged) -> None:
        earlier = self._by_digest.get(new.digest)
        _keep(self._by_digest, new.digest, new)
        if earlier is None or earlier.code == new.code:
            self._monitors["one_code_per_url"].passed()
        else:
            self._monitors["one_code_per_url"].violated([*earlier.evidence(), *new.evidence()])

    def deleted(self, code: str) -> None:
        """Its owner deletes the link: it need not be found any more, and its code is not given again."""
        link = self._by_code.get(code)
        if link is None:
            return
        self._by_code[code] = replace(link, deleted=True)
        known = self._by_digest.get(link.digest)
        if known is not None and known.code == code:
            del self._by_digest[link.digest]

    def one_to_one(self, *, was: bool, now: bool) -> None:
        """Whether equal URLs must get one code; what was before it was switched on does not count."""
        if not was:
            self._by_digest.clear()
        self._monitors["one_code_per_url"].applies = now

    def url_lock_switched(self) -> None:
        """Codes that were made under the other rule are not held against this one."""
        self._by_digest.clear()

    # Redirects

    def found(self, code: str, location: str) -> None:
        """A redirect was asked for and answered."""
        link = self._by_code.get(code)
        if link is None or link.deleted:
            return
        monitor = self._monitors["acknowledged_found"]
        if ascii_uri(link.url) == location:
            monitor.passed()
            return
        del self._by_code[code]
        now = self._clock.time()
        followed = read_step(lane(), f"GET /s/{code}", now, now, saw=short(location), lost=True)
        monitor.violated([*link.evidence(lost=True), followed])

    def not_found(self, code: str) -> None:
        """A redirect was asked for, and nobody knew the code."""
        link = self._by_code.get(code)
        if link is None or link.deleted or self._over(link):
            return
        del self._by_code[code]
        now = self._clock.time()
        asked = read_step(lane(), f"GET /s/{code}", now, now, saw="404", lost=True)
        self._monitors["acknowledged_found"].violated([*link.evidence(lost=True), asked])

    # Rounds over the stores

    async def check_clicks(self) -> None:
        """Compare made and seen, each counted for itself: in the store, and for each recently clicked link."""
        began = self._clock.time()
        stored = await self._clicks.stored()
        monitor = self._monitors["seen_at_most_made"]
        wrong = [
            (f"clicks on {code}", made, seen) for code, made, seen in self._clicks.per_link() if seen > made
        ]
        if stored.seen > stored.made:
            wrong.append(("all clicks", stored.made, stored.seen))
        if stored.made and not wrong:
            monitor.passed()
        now = self._clock.time()
        for what, made, seen in wrong:
            at_the_door = read_step(
                "visitors", f"{what}, counted as they came", began, now, saw=f"{made:,} made"
            )
            answered = read_step(
                "gateway", f"{what}, counted as answered", began, now, saw=f"{seen:,} seen", lost=True
            )
            monitor.violated([at_the_door, answered])

    async def check_links(self) -> None:
        """Look into the stores for the newest unchecked links, and again for some old ones."""
        checked = [self._waiting.popleft() for _ in range(min(PER_ROUND, len(self._waiting)))]
        if not checked:
            checked = self._some_older()
        if not checked:
            return
        began = self._clock.time()
        found: dict[str, list[StoredLink]] = {}
        for row in await self._scans.peek([link.code for link in checked]):
            found.setdefault(row.code, []).append(row)
        for link in checked:
            self._check_stored(link, found.get(link.code, []), began)

    def _some_older(self) -> list[Acknowledged]:
        """A different slice of what is kept on each quiet round."""
        self._rounds += 1
        links = list(self._by_code.values())
        start = self._rounds * PER_ROUND % max(1, len(links))
        return links[start : start + PER_ROUND]

    def _check_stored(self, link: Acknowledged, stored: list[StoredLink], began: float) -> None:
        latest = self._by_code.get(link.code)
        if self._over(link) or latest is None or latest.deleted:
            return  # expired, already reported, or deleted
        monitor = self._monitors["acknowledged_found"]
        if any(row.url == link.url and row.deleted_at is None for row in stored):
            monitor.passed()
            return
        history = link.evidence(lost=True)
        if latest is not link and latest.url != link.url:
            history += latest.evidence()
        else:
            faults = fault_steps(self._nodes.values(), link.t, began)
            history += faults[-MOST_FAULTS:] or [unknown_cause(began)]
        saw = _what_is_there(link, stored)
        read = read_step(CHECKER, f"looked for {link.code}", began, self._clock.time(), saw=saw, lost=True)
        monitor.violated([*history, read])
        if latest is link:
            del self._by_code[link.code]

    def _over(self, link: Acknowledged) -> bool:
        return link.expires_at is not None and link.expires_at <= self._clock.time()


def _what_is_there(link: Acknowledged, stored: list[StoredLink]) -> str:
    if not stored:
        return f"no shard has {link.code}"
    return f"{link.code} leads to {short(stored[0].url)}; {short(link.url)} is gone"


def _keep(kept: OrderedDict[str, Acknowledged], key: str, link: Acknowledged) -> None:
    kept[key] = link
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)
