"""What was promised to callers, held against what the stores say. Bounded: the newest promises only."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from designs.url_shortener.engine.clicks import Clicks
from designs.url_shortener.engine.shards.rows import StoredLink
from designs.url_shortener.engine.shards.shards import Shards
from sdlab.lab import EvidenceView, Monitor

REMEMBERED = 20_000
PER_ROUND = 200
WAITING = 2_000


@dataclass(frozen=True, slots=True)
class Promise:
    """A link that a caller was told of: who, when, and how its code came about."""

    t: float
    actor: str
    code: str
    url: str
    digest: str
    how: str
    expires_at: float | None

    def evidence(self) -> EvidenceView:
        """The promise as a line of history."""
        return EvidenceView(
            self.t, self.actor, f"POST generate {_short(self.url)} → {self.code} ({self.how})"
        )


class Audit:
    """Remembers promises and checks them: at once against each other, in rounds against the stores."""

    def __init__(self, *, shards: Shards, monitors: dict[str, Monitor], now: Callable[[], float]) -> None:
        self._shards = shards
        self._monitors = monitors
        self._now = now
        self._by_code: OrderedDict[str, Promise] = OrderedDict()
        self._by_digest: OrderedDict[str, Promise] = OrderedDict()
        self._waiting: deque[Promise] = deque(maxlen=WAITING)
        self._rounds = 0

    def promised(self, link: StoredLink, *, how: str, one_to_one: bool) -> None:
        """A caller was told that this link exists."""
        promise = Promise(self._now(), link.owner, link.code, link.url, link.url_digest, how, link.expires_at)
        self._one_url(promise)
        if one_to_one and promise.digest:
            self._one_code(promise)
        self._waiting.append(promise)

    def _one_url(self, promise: Promise) -> None:
        earlier = self._by_code.get(promise.code)
        _remember(self._by_code, promise.code, promise)
        monitor = self._monitors["one_url_per_code"]
        if earlier is None or earlier.url == promise.url:
            monitor.hold()
        else:
            monitor.broke([earlier.evidence(), promise.evidence()])

    def _one_code(self, promise: Promise) -> None:
        earlier = self._by_digest.get(promise.digest)
        _remember(self._by_digest, promise.digest, promise)
        monitor = self._monitors["one_code_per_url"]
        if earlier is None or earlier.code == promise.code:
            monitor.hold()
        else:
            monitor.broke([earlier.evidence(), promise.evidence()])

    def deleted(self, code: str) -> None:
        """Its owner deleted the link: nothing is promised any more."""
        promise = self._by_code.pop(code, None)
        if promise is not None and self._by_digest.get(promise.digest) is promise:
            del self._by_digest[promise.digest]

    def one_to_one_began(self) -> None:
        """From now on equal URLs must get one code; what was before does not count."""
        self._by_digest.clear()

    def found(self, code: str) -> None:
        """A redirect was asked for and answered."""
        if code in self._by_code:
            self._monitors["acknowledged_found"].hold()

    def not_found(self, code: str, *, asked_by: str) -> None:
        """A redirect was asked for, and nobody knew the code."""
        promise = self._by_code.get(code)
        if promise is None or self._over(promise):
            return
        del self._by_code[code]
        asked = EvidenceView(self._now(), asked_by, f"GET /s/{code} → 404")
        self._monitors["acknowledged_found"].broke([promise.evidence(), asked])

    async def clicks(self, clicks: Clicks) -> None:
        """Compare made and seen: in the store, and for each recently clicked link."""
        made, seen = await clicks.stored()
        monitor = self._monitors["seen_at_most_made"]
        wrong = [(code, *both) for code, both in clicks.recent.items() if both[1] > both[0]]
        if seen > made:
            wrong.append(("all links", made, seen))
        if made and not wrong:
            monitor.hold()
        for what, clicked, counted in wrong:
            monitor.broke([EvidenceView(self._now(), "audit", f"{what}: {clicked} made, {counted} seen")])

    async def round(self) -> None:
        """Look into the stores for the newest unchecked promises, and again for some old ones."""
        checked = [self._waiting.popleft() for _ in range(min(PER_ROUND, len(self._waiting)))]
        if not checked:
            checked = self._old_ones()
        if not checked:
            return
        found: dict[str, list[StoredLink]] = {}
        for link in await self._shards.peek([promise.code for promise in checked]):
            found.setdefault(link.code, []).append(link)
        for promise in checked:
            self._held(promise, found.get(promise.code, []))

    def _old_ones(self) -> list[Promise]:
        """A different slice of what is remembered on each quiet round."""
        self._rounds += 1
        promises = list(self._by_code.values())
        start = self._rounds * PER_ROUND % max(1, len(promises))
        return promises[start : start + PER_ROUND]

    def _held(self, promise: Promise, stored: list[StoredLink]) -> None:
        if self._over(promise):
            return
        latest = self._by_code.get(promise.code)
        monitor = self._monitors["acknowledged_found"]
        if latest is None:
            return  # deleted, or already reported
        if any(link.url == promise.url and link.deleted_at is None for link in stored):
            monitor.hold()
            return
        history = [promise.evidence()]
        if latest is not promise and latest.url != promise.url:
            history.append(latest.evidence())
        history.append(EvidenceView(self._now(), "audit", _what_is_there(promise, stored)))
        monitor.broke(history)
        if latest is promise:
            del self._by_code[promise.code]

    def _over(self, promise: Promise) -> bool:
        return promise.expires_at is not None and promise.expires_at <= self._now()


def _what_is_there(promise: Promise, stored: list[StoredLink]) -> str:
    if not stored:
        return f"no shard has {promise.code}"
    return f"{promise.code} leads to {_short(stored[0].url)}; {_short(promise.url)} is gone"


def _short(url: str) -> str:
    return url if len(url) <= 60 else f"{url[:57]}…"


def _remember(memory: OrderedDict[str, Promise], key: str, promise: Promise) -> None:
    memory[key] = promise
    memory.move_to_end(key)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)
