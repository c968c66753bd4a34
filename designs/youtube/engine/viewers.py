"""Players: simulated ones, which fetch segments through a network, and the one on the page, which tells what it did."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from designs.youtube.config import Config
from designs.youtube.engine import abr
from designs.youtube.engine.abr import PlayerModel
from designs.youtube.engine.catalogue import Catalogue, Segment, Video
from designs.youtube.engine.counters import Counters
from designs.youtube.engine.ffmpeg import LADDER
from designs.youtube.engine.nodes import EDGE
from designs.youtube.engine.playback import Playback
from designs.youtube.engine.playlists import segment_name
from designs.youtube.engine.strategies import ABRS
from sdlab.lab import EngineContext, LabError, acting_as

MOST_AT_ONCE = 4
MOST_KEPT = 24
ROUNDS = 3  # a short clip is watched so many times in a row
POINTS = 120
PATIENCE = 3  # tries of a segment that is not there
AGAIN_S = 0.5
PAGE = "you"


@dataclass(frozen=True, slots=True)
class Sample:
    """A player at a moment: seconds since it began, kbit/s measured, seconds in its buffer, rendition, whether it stalled."""

    t: float
    kbits: float
    buffer_s: float
    level: int
    stalled: bool


@dataclass(slots=True)
class Session:
    """A player of one video. `samples` are its newest moments."""

    viewer: str
    video: str
    title: str
    rule: str
    began: float
    at: float
    ladder: tuple[int, ...]
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=POINTS))
    stalls: int = 0
    stalled_s: float = 0.0
    switches: int = 0
    kbits: float = 0.0
    traced: bool = False
    over: bool = False


class Viewers:
    """Bounded in number; who comes when all places are taken is counted, and not played."""

    def __init__(
        self, context: EngineContext[Config], catalogue: Catalogue, playback: Playback, counters: Counters
    ) -> None:
        self._context, self._catalogue, self._playback, self._counters = (
            context,
            catalogue,
            playback,
            counters,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self.sessions: OrderedDict[str, Session] = OrderedDict()

    @property
    def full(self) -> bool:
        """Whether as many watch as may."""
        return len(self._tasks) >= MOST_AT_ONCE

    def _new(self, viewer: str, video: Video, ladder: tuple[int, ...], *, traced: bool = False) -> Session:
        now = self._context.clock.time()
        one = Session(
            viewer, video.id, video.title, self._context.config.abr, now, now, ladder, traced=traced
        )
        self.sessions.pop(viewer, None)
        self.sessions[viewer] = one
        while len(self.sessions) > MOST_KEPT:
            self.sessions.popitem(last=False)
        self._counters.sessions += 1
        return one

    # Simulated

    def begin(self, viewer: str, video: Video, rows: list[Segment], *, traced: bool) -> None:
        """A simulated player begins; with `traced` its network is the recorded one."""
        ladder = tuple(_kbits(rows, one.name) for one in LADDER)
        session = self._new(viewer, video, ladder, traced=traced)
        task = asyncio.create_task(self._play(session, rows), name=f"youtube viewer {viewer}")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._context.crashed("a viewer", error)

    async def _play(self, session: Session, rows: list[Segment]) -> None:
        clock, config = self._context.clock, self._context.config
        player = PlayerModel(session.ladder, float(config.target_s))
        began = clock.monotonic()
        link = None
        if session.traced:
            link = self._playback.link(session.viewer, lambda: float(abr.kbits_at(clock.monotonic() - began)))
        else:
            link = self._playback.link(session.viewer)
        lengths = {one.seq: one.seconds for one in rows}
        try:
            for number in range(ROUNDS * len(lengths)):
                seq = sorted(lengths)[number % len(lengths)]
                player.target_s = float(self._context.config.target_s)
                wait = player.wait_s(lengths[seq])
                if wait:
                    await clock.sleep(wait)
                    self._passed(session, player, wait)
                level, content = await self._fetch(session, player, seq)
                if not content:
                    continue
                fetching = clock.monotonic()
                async for _ in link.pieces(content):
                    pass
                took = clock.monotonic() - fetching
                self._passed(session, player, took)
                before = player.switches
                player.got(level, len(content), took, lengths[seq])
                self._counters.switches += player.switches - before
                self._counters.kbits += len(content) * 8 / 1000
                self._counters.fetched_s += lengths[seq]
                self._note(session, player)
            rest = player.buffer_s
            await clock.sleep(rest)
            self._passed(session, player, rest)
        finally:
            session.over = True

    def _passed(self, session: Session, player: PlayerModel, seconds: float) -> None:
        played, counters = player.played_s, self._counters
        lacked = player.passed(seconds)
        counters.played_s += player.played_s - played
        if lacked:
            counters.stalls += 1
            counters.stalled_s += lacked
            self._note(session, player, stalled=True)

    def _note(self, session: Session, player: PlayerModel, *, stalled: bool = False) -> None:
        session.at = now = self._context.clock.time()
        session.stalls, session.stalled_s = player.stalls, round(player.stalled_s, 2)
        session.switches, session.kbits = player.switches, round(player.mean_kbits)
        mean = abr.harmonic_mean(list(player.speeds))
        session.samples.append(
            Sample(
                round(now - session.began, 2), round(mean), round(player.buffer_s, 2), player.level, stalled
            )
        )

    async def _fetch(self, session: Session, player: PlayerModel, seq: int) -> tuple[int, bytes]:
        """The next segment in the rendition that the rule says; nothing when it does not come."""
        context = self._context
        session.rule = context.config.abr
        with acting_as(session.viewer, by_hand=False):
            for _ in range(PATIENCE):
                level = player.choose(session.rule)
                rendition = LADDER[level].name
                try:
                    async with context.request("GET segment", kind="Play a segment") as trace:
                        ABRS[session.rule].said(context, rendition, player)
                        part = await self._playback.segment(session.video, rendition, segment_name(seq, 0))
                        trace.sentence = f"{session.viewer} plays segment {seq} as {rendition}"
                        return level, part.content
                except LabError:
                    await context.clock.sleep(AGAIN_S)
                    self._passed(session, player, AGAIN_S)
        return 0, b""

    async def close(self) -> None:
        """Nobody watches any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # On the page

    def report(
        self, viewer: str, video: Video, rows: list[Segment], told: list[Sample], *, first: bool
    ) -> None:
        """The player on a page says what it did since it last said so."""
        own = f"{PAGE} {viewer}"
        session = self.sessions.get(own)
        if first or session is None or session.video != video.id:
            session = self._new(own, video, tuple(_kbits(rows, one.name) for one in LADDER))
        self._context.node(EDGE).touch("report", "ok", source="visitor")
        session.at = self._context.clock.time()
        session.rule = self._context.config.abr
        counters = self._counters
        for one in told:
            last = session.samples[-1] if session.samples else None
            passed = max(0.0, one.t - last.t) if last else 0.0
            if one.stalled and not (last and last.stalled):
                session.stalls += 1
                counters.stalls += 1
            if one.stalled:
                session.stalled_s = round(session.stalled_s + passed, 2)
                counters.stalled_s += passed
            else:
                counters.played_s += passed
            if last is not None and last.level != one.level:
                session.switches += 1
                counters.switches += 1
            session.samples.append(one)

    @property
    def followed(self) -> Session | None:
        """Whom the plot follows: the player on the page while it plays, else the newest."""
        all_ = [one for one in self.sessions.values() if one.samples]
        if not all_:
            return None
        newest = max(all_, key=lambda one: one.at)
        pages = [one for one in all_ if one.viewer.startswith(PAGE) and one.at > newest.at - 3]
        return max(pages, key=lambda one: one.at) if pages else newest


def _kbits(rows: list[Segment], rendition: str) -> int:
    own = [one for one in rows if one.rendition == rendition]
    seconds = sum(one.seconds for one in own)
    return round(sum(one.size for one in own) * 8 / 1000 / seconds) if seconds else 1
