"""What must hold, judged from the rows, the leaderboard's own structures and the room's piece of a host."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from designs.leetcode.config import Config
from designs.leetcode.engine.counters import Counters
from designs.leetcode.engine.host import Host, SeenAttack, label_of
from designs.leetcode.engine.leaderboard import SHOWN, Leader, Leaderboard, ranked
from designs.leetcode.engine.problems import hash_of
from designs.leetcode.engine.runners import Runner
from designs.leetcode.engine.store_reader import StoreReader
from designs.leetcode.engine.strategies import RANKINGS
from designs.leetcode.engine.submission_queue import SubmissionQueue
from designs.leetcode.engine.submission_store import SubmissionStore
from sdlab.lab import Claim, EngineContext, EvidenceView, cause_step, read_step, write_step

CLAIMS = (
    Claim(
        "host",
        "the host is unharmed",
        "No code reads, writes or reaches anything of the host that it was not given",
    ),
    Claim(
        "once",
        "judged once",
        "Each submission that was accepted is judged, and one verdict is written for it",
    ),
    Claim(
        "code",
        "judged as sent",
        "The verdict is of the very code that was sent: its hash is that of the code that ran",
    ),
    Claim("board", "the leaderboard is true", "The leaderboard says what the accepted submissions say"),
)
PAGE = 500
REMEMBERED = 20_000
LOST_AFTER_S = 1.0
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a verdict, and when (ms)."""

    by: str
    at_ms: int


class ClaimChecker:
    """`twice` are verdicts written once more, `lost` submissions that nobody has, `stale` looks at a board of the past."""

    def __init__(
        self,
        context: EngineContext[Config],
        *,
        queue: SubmissionQueue,
        store: SubmissionStore,
        board: Leaderboard,
        host: Host,
        counters: Counters,
        runners: Sequence[Runner],
        reader: StoreReader,
    ) -> None:
        self._context, self._queue, self._store, self._board = context, queue, store, board
        self._host, self._counters, self._runners = host, counters, runners
        self._reader = reader
        self._at = 0
        self._written: OrderedDict[str, Written] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._seen: tuple[object, ...] = ()
        self.twice = self.lost = self.stale = self.altered = 0

    async def open(self) -> None:
        """Checking begins with what comes from now on."""
        self._at = self._store.judgement

    async def check(self) -> None:
        """What has happened since the last time; nothing is read while nothing happens, and nobody sees another board."""
        self._check_host()
        counters = self._counters
        read = self._reader.redis.last
        done = counters.judged + counters.refused
        seen = (counters.submitted, done, counters.deaths, read.kept, read.leaders)
        waits = counters.submitted > counters.judged + self.lost
        if seen == self._seen and not waits and not RANKINGS[self._context.config.board].cached:
            return
        self._seen = seen
        await self._check_judgements()
        await self._check_lost()
        if counters.judged:
            await self._check_board()

    # The host

    def _check_host(self) -> None:
        monitor = self._context.monitors["host"]
        while self._host.seen:
            one = self._host.seen.popleft()
            if not one.got:
                monitor.passed()
                continue
            monitor.violated(_harm(one))

    # Judged once, and as it was sent

    async def _check_judgements(self) -> None:
        while found := await self._store.judged_after(self._at, PAGE):
            self._at = found[-1].number
            for row in found:
                self._check_code(row)
                self._check_once(row)
            if len(found) < PAGE:
                return

    def _check_code(self, row: Any) -> None:
        monitor = self._context.monitors["code"]
        sent = hash_of(row.code)
        if sent == row.code_hash:
            monitor.passed()
            return
        self.altered += 1
        at, before = row.at_ms / 1000, row.sent_ms / 1000
        monitor.violated(
            [
                write_step(row.person, "sends code", before, before, wrote=f"hash {sent[:8]}"),
                read_step(row.runner, "runs code", before, at, saw=f"hash {row.code_hash[:8]}", lost=True),
                write_step(row.runner, "writes a verdict", at, max(at, before + 0.001), wrote=row.verdict),
            ]
        )

    def _check_once(self, row: Any) -> None:
        monitor = self._context.monitors["once"]
        before = self._written.get(row.submission)
        self._written[row.submission] = Written(row.runner, row.at_ms)
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        if before is None:
            monitor.passed()
            return
        self.twice += 1
        sent, first, last = row.sent_ms / 1000, before.at_ms / 1000, row.at_ms / 1000
        monitor.violated(
            [
                write_step(row.person, "sends code", sent, sent, wrote="queued"),
                write_step(
                    before.by, "has it, and writes a verdict", self._taken(before.by, row.submission, first), first,
                    wrote="judged",
                ),
                self._why_twice(row.submission, (before.by, row.runner), last),
                write_step(
                    row.runner, "has it, and writes a verdict as well", self._taken(row.runner, row.submission, last),
                    max(last, first + 0.001), wrote=row.verdict, lost=True,
                ),
            ]
        )  # fmt: skip

    def _runner(self, id: str) -> Runner | None:
        return next((one for one in self._runners if one.id == id), None)

    def _taken(self, runner: str, submission: str, judged: float) -> float:
        """When that runner was given it, as far as that is known."""
        found = self._runner(runner)
        return min(judged, found.took_at.get(submission, judged)) if found else judged

    def _why_twice(self, submission: str, runners: Sequence[str], last: float) -> EvidenceView:
        for id in runners:
            found = self._runner(id)
            if found and (at := found.stopped_at.get(submission)) is not None:
                return cause_step(id, "is stopped with it while its lease ends", at)
        return cause_step("rows", "take a second verdict, whoever writes it", last)

    async def _check_lost(self) -> None:
        now, entering = self._context.clock.time(), set(self._queue.entering)
        queued = [
            (id, sent)
            for id, sent in await self._store.queued()
            if now - sent / 1000 > LOST_AFTER_S and id not in self._gone and id not in entering
        ]
        if not queued:
            return
        missing = set(await self._queue.lacking([id for id, _ in queued]))
        missing -= {one.hand for one in self._runners}
        if not missing:
            return
        still = {id for id, _ in await self._store.queued()}
        monitor = self._context.monitors["once"]
        for id, sent in queued:
            if id in missing and id in still:
                self._gone[id] = None
                self.lost += 1
                if self.lost <= MOST_SHOWN or self.lost % 10 == 0:
                    at = sent / 1000
                    monitor.violated(
                        [
                            write_step(
                                "entrance", "puts a submission into the queue", at, at, wrote="queued"
                            ),
                            self._why_lost(id, now),
                            read_step(
                                "claim checker",
                                "looks for it in the queue",
                                now,
                                now,
                                saw="nothing",
                                lost=True,
                            ),
                        ]
                    )
        while len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)

    def _why_lost(self, id: str, now: float) -> EvidenceView:
        """Who was killed with it in hand; or nobody was."""
        for one in self._runners:
            if (at := one.died_with.get(id)) is not None:
                return cause_step(one.id, "is killed with it in its hand; the queue had forgotten it", at)
        return cause_step("queue", "has it no more, and no runner was killed with it", now)

    # The leaderboard

    async def _check_board(self) -> None:
        monitor = self._context.monitors["board"]
        ranking = RANKINGS[self._context.config.board]
        if not ranking.kept and not ranking.cached:
            monitor.passed()
            return
        unsettled, fillings = self._board.unsettled(), self._board.fillings
        before, _ = await self._store.leaders(SHOWN)
        at = int(self._context.clock.time() * 1000)
        if ranking.cached:
            cached = await self._board.cached()
            if cached is None:
                return
            at, shown = cached
        else:
            shown = await self._board.sorted_set(SHOWN)
        after, _ = await self._store.leaders(SHOWN)
        if fillings % 2 or fillings != self._board.fillings:
            return  # the sorted set was being filled: the next look tells
        but = set() if ranking.cached else unsettled
        if _same(shown, before, but) or _same(shown, after, but):
            monitor.passed()
            return
        self._stale(at, shown, ranked(after))

    def _stale(self, at: int, shown: list[Leader], truth: list[Leader]) -> None:
        now = self._context.clock.time()
        self.stale += 1
        newer = next((one for one in self._counters.accepted_at if one > at), None)
        self._counters.stalest_ms = max(self._counters.stalest_ms, now * 1000 - (newer or at))
        cached = RANKINGS[self._context.config.board].cached
        why = (
            cause_step("submissions", "say something else than the leaderboard", now)
            if newer is None
            else write_step(
                "a runner", "writes an accepted verdict", newer / 1000, newer / 1000, wrote=_top(truth)
            )
        )
        steps = (
            [write_step("leaderboard", "is filled from the rows", at / 1000, at / 1000, wrote=_top(shown))]
            if cached
            else []
        )
        looks = read_step(
            "claim checker", "reads the leaderboard", now, now + 0.001, saw=_top(shown), lost=True
        )
        truly = read_step("claim checker", "reads the rows", now, now + 0.001, saw=_top(truth))
        self._context.monitors["board"].violated([*steps, why, looks, truly])


def _harm(one: SeenAttack) -> list[Any]:
    sent, judged, taken = one.sent_ms / 1000, one.judged_ms / 1000, one.taken_at
    return [
        write_step(one.person, f"sends “{label_of(one.kind)}”", sent, sent, wrote="code"),
        cause_step(one.runner, f"runs it in the tier {one.tier}", taken),
        read_step(
            "the code", "reaches for the host", taken, max(judged, taken + 0.001), saw=one.got, lost=True
        ),
    ]


def _same(shown: Sequence[Leader], rows: Sequence[tuple[str, int, int]], but: AbstractSet[str]) -> bool:
    """Whether they say the same of all but those people; a list that they lead to be cut elsewhere may be shorter."""
    mine = [(one.person, one.points, one.last) for one in shown if one.person not in but]
    theirs = [one for one in rows if one[0] not in but]
    both = min(len(mine), len(theirs))
    return mine[:both] == theirs[:both] and max(len(mine), len(theirs)) - both <= len(but)


def _top(leaders: Sequence[Leader]) -> str:
    return ", ".join(f"{one.person} {one.points}" for one in leaders[:3]) or "nobody"
