"""The runners as the engine drives them: what they take, what they have in hand, and what came of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from designs.leetcode.config import Config
from designs.leetcode.engine import memory
from designs.leetcode.engine.counters import AttackSeen, Counters
from designs.leetcode.engine.host import Host, SeenAttack
from designs.leetcode.engine.leaderboard import Leaderboard
from designs.leetcode.engine.models import ACCEPTED, RUNTIME
from designs.leetcode.engine.nodes import BOARD, DATABASE, QUEUE, SANDBOX
from designs.leetcode.engine.problems import Case, hash_of, problem_of
from designs.leetcode.engine.sandboxes import Place, Sandboxes, attack_kind, is_attack
from designs.leetcode.engine.slots import slot
from designs.leetcode.engine.solutions import own
from designs.leetcode.engine.strategies import DELIVERIES, STARTS
from designs.leetcode.engine.submission_queue import SubmissionQueue, Taken
from designs.leetcode.engine.submission_store import Submission, SubmissionStore
from designs.leetcode.engine.verdicts import TestResult, Verdict, verdict_of
from sdlab.lab import EngineContext, LabError
from sdlab.lab.actor import VISITOR
from sdlab.parts.bell import Bell
from sdlab.parts.confined.judge import Judged
from sdlab.parts.driven_process import DrivenProcess
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess

DELIVERED_AT_MOST = 4
COOL_AFTER_S = 20.0
REMEMBERED = 2_000  # submissions of which a runner knows when it had them
ABOUT_THE_ROOM = ("secret", "socket", "write")  # attacks that reach for what is this room's own


@dataclass(slots=True)
class Direct:
    """A job that somebody waits for: it goes before all that is in the queue."""

    language: str
    code: str
    call: str
    cases: Sequence[Case]
    place: Place
    answer: asyncio.Future[Judged]


class Desk:
    """What the runners share: what waits to be done at once, and a bell for all news."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.direct: deque[Direct] = deque()


class Runner(DrivenProcess[Config]):
    """Takes as soon as there is something to take; `hand` is the submission that it has now."""

    program = "designs.leetcode.engine.runner_program:make"

    def __init__(
        self,
        context: EngineContext[Config],
        id: str,
        *,
        desk: Desk,
        queue: SubmissionQueue,
        store: SubmissionStore,
        board: Leaderboard,
        sandboxes: Sandboxes,
        host: Host,
        counters: Counters,
    ) -> None:
        super().__init__(context, id)
        self._desk, self._queue, self._store, self._board = desk, queue, store, board
        self._sandboxes, self._host, self._counters = sandboxes, host, counters
        self._heard = 0
        self._next_ms = 0
        self._rng = context.room.rng(id)
        self._napping: asyncio.Task[None] | None = None
        self.hand = ""
        self.doing = ""
        self.took_at: OrderedDict[str, float] = OrderedDict()  # when it was given the newest submissions
        self.stopped_at: OrderedDict[str, float] = (
            OrderedDict()
        )  # with which of them it was stopped beyond its lease
        self.died_with: OrderedDict[str, float] = OrderedDict()  # with which of them it was killed
        self.waiting = 0
        self.done = 0

    def wake(self) -> None:
        """Look again."""
        self._heard = -1

    def died(self) -> None:
        self._counters.deaths += 1
        had, self.hand, self.doing, self.waiting = self.hand, "", "", 0
        self._heard = -1
        if had:
            _note(self.died_with, had, self.context.clock.time())
            name = self.id.replace("-", " ")
            self.context.say(f"{name} died with a submission in its hand", kind="fault", outcome="error")
        self._desk.bell.ring()  # the others learn until when that is its own

    async def wanted(self) -> None:
        """There is news, or a lease is over. Who has nothing to do for long lets its interpreters go."""
        if self._desk.direct:
            return
        wait = max(0.0, self._next_ms / 1000 - self.context.clock.time()) if self._next_ms else None
        if wait is None and self.waiting:
            wait = COOL_AFTER_S
        heard = self._heard
        await self._desk.bell.beyond(heard, within=wait)
        if self._desk.bell.rings == heard and not self._next_ms and self.waiting and self.process:
            self.waiting = 0
            await self._cooled(self.process)
        self._heard = self._desk.bell.rings

    async def _cooled(self, process: WorkerProcess) -> None:
        try:
            await process.ask("cool")
        except (WorkerGone, WorkerFailed):
            self._heard = -1

    def _now(self) -> int:
        return int(self.context.clock.time() * 1000)

    async def turn(self, process: WorkerProcess) -> None:
        """What somebody waits for, else what comes next in the queue."""
        if self._desk.direct:
            await self._run(process, self._desk.direct.popleft())
            self._heard = -1
            return
        config = self.context.config
        way = DELIVERIES[config.delivery]
        now = self._now()
        took = await self._queue.take(
            now_ms=now, until_ms=now + round(config.lease_s * 1000), leased=way.leased, fenced=way.fenced
        )
        self._next_ms = took.next_ms if way.leased else 0
        if took.id:
            self.hand = took.id
            _note(self.took_at, took.id, self.context.clock.time())
            self._heard = -1
            try:
                await self._judge(process, took)
            except WorkerGone:
                raise
            except BaseException:
                self.hand = self.doing = ""  # its lease ends, and somebody has it again
                raise
            self.hand = self.doing = ""

    async def close(self) -> None:
        if self._napping is not None:
            self._napping.cancel()
            await asyncio.gather(self._napping, return_exceptions=True)
        await super().close()

    # Samples

    async def _run(self, process: WorkerProcess, one: Direct) -> None:
        if one.answer.cancelled():
            return
        try:
            answer = await self._asked(
                process, one.place, language=one.language, code=one.code, call=one.call, cases=one.cases
            )
        except WorkerGone:
            if not one.answer.done():
                self._desk.direct.appendleft(one)  # another does it
            raise
        except WorkerFailed as error:
            if not one.answer.done():
                one.answer.set_exception(error)
            return
        if not one.answer.done():
            one.answer.set_result(answer[0])

    # Submissions

    async def _judge(self, process: WorkerProcess, took: Taken) -> None:
        context, counters = self.context, self._counters
        way = DELIVERIES[context.config.delivery]
        name = self.id.replace("-", " ")
        async with context.request("judge", by=self.id, by_hand=False, kind="Judge a submission") as trace:
            context.node(QUEUE).touch("take", "ok", source=self.id)
            way.said(context, took.again)
            counters.again += took.again
            counters.tokens = max(counters.tokens, took.token)
            row = await context.node(DATABASE).call(
                "read the code", lambda: self._store.take(took.id, took.token), source=self.id
            )
            if row is None:
                context.decide("it is judged already: the leaderboard and the queue may not have heard of it")
                if solved := await self._store.accepted(took.id):
                    await self._scored(*solved)
                await self._queue.finish(took.id)
                trace.sentence = f"{name} found a submission that is judged already"
                return
            self.doing = f"{problem_of(row.problem).title} · {row.person}"
            if took.times > DELIVERED_AT_MOST:
                context.decide(f"{took.times - 1} runners have died at it: it is given up")
                counters.dead += 1
                await self._write(
                    trace, row, took, _given_up(row), code_hash=hash_of(row.code), tier="", judged=None
                )
                return
            try:
                self._may_fall(process)
                judged, answer, tier = await self._answered(process, row)
            except WorkerGone:
                trace.outcome, trace.reason = "error", "killed"
                trace.sentence = f"{name} was killed at “{problem_of(row.problem).title}” of {row.person}"
                raise
            verdict = verdict_of(judged, problem_of(row.problem).hidden)
            await self._write(trace, row, took, verdict, code_hash=answer["hash"], tier=tier, judged=judged)

    def _may_fall(self, process: WorkerProcess) -> None:
        """By a fault it dies here (`WorkerGone`), or sleeps beyond its lease."""
        node = self.context.nodes.get(self.id)
        share = next((one.value for one in node.faults() if one.kind == "dies"), 0.0) if node else 0.0
        if share and self._rng.random() * 100 < share:
            process.kill()
            raise WorkerGone(f"{self.id} was killed at its work")
        if self.stopped and not process.paused:
            process.pause()
            _note(self.stopped_at, self.hand, self.context.clock.time())
            self._napping = asyncio.create_task(self._nap(process), name=f"{self.id} sleeps")

    async def _nap(self, process: WorkerProcess) -> None:
        await self.context.clock.sleep(self.context.config.lease_s + 1.0)
        process.resume()

    async def _answered(self, process: WorkerProcess, row: Submission) -> tuple[Judged, dict[str, Any], str]:
        """What came out: of the sandbox, or of what is known of the lab's own programs."""
        context, counters = self.context, self._counters
        problem = problem_of(row.problem)
        try:
            place = self._sandboxes.place(row.language, row.code_hash, row.origin)
        except LabError as error:
            nothing = Judged(
                "done", ({"n": -1, "kind": "forbidden", "error": error.detail},), "", 0.0, 0.0, 0.0
            )
            return nothing, {"hash": hash_of(row.code)}, ""
        key = (place, row.language, row.code_hash, row.problem, context.config.start)
        mine = self._known_to_all(row)
        found = memory.known(key) if mine else None
        if (
            found is not None
            and not process.paused
            and not memory.anew(counters.really + counters.remembered)
        ):
            context.decide("a program of the lab's own, judged before in this tier: its verdict is known")
            counters.remembered += 1
            return _judged(found), found, place.tier
        judged, answer = await self._asked(
            process,
            place,
            language=row.language,
            code=row.code,
            call=problem.name_in(row.language),
            cases=problem.hidden,
        )
        counters.really += 1
        if mine:
            memory.remember(key, answer)
        return judged, answer, place.tier

    @staticmethod
    def _known_to_all(row: Submission) -> bool:
        """Whether it is a text of the lab's own that is about nothing of this room, sent by somebody simulated."""
        if is_attack(row.origin):
            return attack_kind(row.origin) not in ABOUT_THE_ROOM
        return row.person != VISITOR.name and row.code_hash in own()

    async def _asked(
        self,
        process: WorkerProcess,
        place: Place,
        *,
        language: str,
        code: str,
        call: str,
        cases: Sequence[Case],
    ) -> tuple[Judged, dict[str, Any]]:
        """The runner does it, while its lease is made longer."""
        context, counters = self.context, self._counters
        warm = STARTS[context.config.start].waiting(context)
        beating = asyncio.create_task(self._beat(process), name=f"{self.id} extends")
        job = {
            "tier": place.tier,
            "language": language,
            "code": code,
            "call": call,
            "cases": [one.arguments for one in cases],
            "limits": asdict(place.limits),
            "warm": warm,
        }
        try:
            async with nullcontext() if process.paused else slot():  # who sleeps takes no place from others
                answer = await process.ask("judge", **job)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        context.node(SANDBOX).touch(place.tier, "ok", source=self.id)
        judged = _judged(answer)
        self.waiting = answer["waiting"]
        counters.started(place.tier, judged.start_ms, judged.run_ms)
        counters.cold += answer["cold"]
        counters.warmed += not answer["cold"]
        if judged.ended != "done":
            counters.limits[judged.ended] += 1
        return judged, answer

    async def _beat(self, process: WorkerProcess) -> None:
        while True:
            await self.context.clock.sleep(self.context.config.lease_s / 3)
            if self.hand and not process.paused:
                await self._queue.extend(self.hand, self._now() + round(self.context.config.lease_s * 1000))

    async def _write(
        self,
        trace: Any,
        row: Submission,
        took: Taken,
        verdict: Verdict,
        *,
        code_hash: str,
        tier: str,
        judged: Judged | None,
    ) -> None:
        context, counters = self.context, self._counters
        way = DELIVERIES[context.config.delivery]
        now = self._now()
        problem, name = problem_of(row.problem), self.id.replace("-", " ")
        values = {
            "verdict": verdict.verdict,
            "points": problem.points if verdict.verdict == ACCEPTED else 0,
            "tier": tier,
            "judged_ms": now,
            "run_ms": verdict.run_ms,
            "memory_mb": verdict.memory_mb,
            "passed": verdict.passed,
            "cases": verdict.cases,
            "results": verdict.results,
            "code_hash": code_hash,
        }
        with self._board.telling(row.person):
            wrote = await context.node(DATABASE).call(
                "write the verdict",
                lambda: self._store.judge(
                    row.id, token=took.token, fenced=way.fenced, runner=self.id, values=values
                ),
                source=self.id,
            )
            if wrote and verdict.verdict == ACCEPTED:
                await self._scored(row.person, row.problem, row.number)
                counters.accepted_at.append(now)
        if not wrote:
            context.decide("its token is an old one: somebody else has the submission by now")
            counters.refused += 1
            trace.sentence = (
                f"the verdict of {name} was refused: its lease is over, and another has the submission"
            )
            return
        await self._queue.finish(row.id)
        self.done += 1
        counters.verdict(verdict.verdict, now - row.sent_ms, context.clock.monotonic())
        if row.person == VISITOR.name and not is_attack(row.origin):
            counters.mine.add(verdict.verdict)
            if verdict.verdict == ACCEPTED:
                counters.solved.add(row.problem)
        if is_attack(row.origin) and judged is not None:
            self._attacked(row, verdict, tier, judged)
        said = f"{verdict.verdict}, {verdict.passed} of {verdict.cases} tests"
        trace.sentence = f"{name} judged “{problem.title}” of {row.person}: {said}"
        self._desk.bell.ring()
        context.changed()

    async def _scored(self, person: str, problem: str, number: int) -> None:
        await self.context.node(BOARD).call(
            "score", lambda: self._board.accepted(person, problem, number), source=self.id
        )

    def _attacked(self, row: Submission, verdict: Verdict, tier: str, judged: Judged) -> None:
        kind = attack_kind(row.origin)
        got = self._host.got(kind, judged)
        said = next((one.error.partition(":")[0] for one in verdict.tests if one.error), "")
        self._counters.attacks[kind] = AttackSeen(tier, verdict.verdict, got, said)
        self._counters.leaks += bool(got)
        self._host.seen.append(
            SeenAttack(
                kind,
                row.person,
                self.id,
                tier,
                got,
                row.sent_ms,
                self._now(),
                self.took_at.get(row.id, row.sent_ms / 1000),
            )
        )


def _note(times: OrderedDict[str, float], id: str, at: float) -> None:
    times[id] = at
    times.move_to_end(id)
    while len(times) > REMEMBERED:
        times.popitem(last=False)


def _judged(answer: dict[str, Any]) -> Judged:
    names = ("ended", "printed", "start_ms", "run_ms", "memory_mb", "said")
    return Judged(answers=tuple(answer["answers"]), **{name: answer[name] for name in names})


def _given_up(row: Submission) -> Verdict:
    failed = TestResult(0, RUNTIME, 0.0, f"{DELIVERED_AT_MOST} runners died at it")
    return Verdict(RUNTIME, (failed,), 0, len(problem_of(row.problem).hidden), 0.0, 0.0)
