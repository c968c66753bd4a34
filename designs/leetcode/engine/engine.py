"""LeetCode at work in one room: code comes in, waits, is judged in a sandbox, and moves the leaderboard."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass

from designs.leetcode.config import Config
from designs.leetcode.engine.claims import CLAIMS, ClaimChecker
from designs.leetcode.engine.counters import Counters
from designs.leetcode.engine.host import Host
from designs.leetcode.engine.leaderboard import SHOWN, Leader, Leaderboard
from designs.leetcode.engine.models import QUEUED
from designs.leetcode.engine.nodes import DATABASE, ENTRANCE, FLOWS, MOST_RUNNERS, QUEUE, plan
from designs.leetcode.engine.problems import COMPETITION, PROBLEMS, Problem, hash_of, problem_of
from designs.leetcode.engine.runners import Desk, Direct, Runner
from designs.leetcode.engine.sandboxes import ATTACK, Sandboxes
from designs.leetcode.engine.solutions import ATTACKS, LANGUAGES, preset
from designs.leetcode.engine.spectators import Spectators
from designs.leetcode.engine.store_reader import StoreReader
from designs.leetcode.engine.strategies import DELIVERIES, RANKINGS
from designs.leetcode.engine.submission_queue import SubmissionQueue
from designs.leetcode.engine.submission_store import Submission, SubmissionStore
from designs.leetcode.engine.verdicts import Verdict, verdict_of
from sdlab.lab import (
    Engine,
    Invalid,
    Node,
    NodeSpec,
    NotFound,
    Room,
    TooMany,
    Unavailable,
    acting,
    amount,
)
from sdlab.parts.worker_process import WorkerFailed

CHECK_EVERY_S = 0.5
PRUNE_EVERY_S = 15.0
MOST_CODE = 64 * 1024  # bytes
MOST_WAITING = 3_000
PER_PERSON, WITHIN_S = 12, 10.0
MOST_PEOPLE = 5_000
RUN_WITHIN_S = 10.0
MOST_RUNS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class SampleRun:
    """What running against the samples gave: the verdict, what each answered, and what was printed."""

    verdict: Verdict
    answers: tuple[object, ...]
    printed: str
    tier: str
    start_ms: float


class LeetCode(Engine[Config]):
    """Submissions are rows, their queue and the leaderboard lie in Redis, interpreters wait in sandboxes of runners."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self.queue = SubmissionQueue(room.redis, room.key("queue"))
        self.store = SubmissionStore(context)
        self.board = Leaderboard(context, self.store, self.counters)
        self.sandboxes = Sandboxes(context)
        self.host = Host()
        self.desk = Desk()
        self.runners = [
            Runner(
                context,
                f"runner-{n}",
                desk=self.desk,
                queue=self.queue,
                store=self.store,
                board=self.board,
                sandboxes=self.sandboxes,
                host=self.host,
                counters=self.counters,
            )
            for n in range(1, MOST_RUNNERS + 1)
        ]
        self.spectators = Spectators(context, self.board, self.counters)
        self.reader = StoreReader(context, self.queue, self.board)
        self.checker = ClaimChecker(
            context,
            queue=self.queue,
            store=self.store,
            board=self.board,
            host=self.host,
            counters=self.counters,
            runners=self.runners,
            reader=self.reader,
        )
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.store.open()
        await self._set_history()
        await self.board.open()
        await self._reconcile()
        await self.checker.open()
        self._sync()
        for one in self.runners:
            self.supervise(one.id, one.run)
        self.supervise("spectators", self.spectators.run)
        self.every("claims", CHECK_EVERY_S, self.checker.check, yields=True)
        self.every("retention", PRUNE_EVERY_S, self._prune)

    async def _reconcile(self) -> None:
        """What was accepted and is not in the queue, as when Redis lost its last second, is put there again."""
        lost = await self.queue.lacking([id for id, _ in await self.store.queued()])
        if lost:
            await self.queue.put(lost)
            self.context.say(
                f"{amount(len(lost), 'submission')} of before were not in the queue: they are again"
            )
        waiting = await self.room.redis.llen(self.queue.waiting) + await self.room.redis.zcard(
            self.queue.taken
        )
        if waiting:
            await self.sandboxes.probed()
            for one in self.runners:
                one.wake()
            self.desk.bell.ring()

    async def _set_history(self) -> None:
        wanted = min(self.config.history, self.room.quota.corpus, self.room.quota.rows // 2)
        if await self.store.history() != wanted:
            await self.store.set_history(self.config.history)

    async def _prune(self) -> None:
        if self.counters.submitted:
            await self.store.prune()

    def _sync(self) -> None:
        for one in self.runners:
            one.sync()
            if one.process is not None:
                one.wake()
        if any(one.process is not None for one in self.runners):  # a quiet room stays without processes
            self.desk.bell.ring()

    async def reconfigure(self, before: Config) -> None:
        """Whom the plan has not any more ends; the leaderboard in force says what the rows say."""
        if before.history != self.config.history:
            await self._set_history()
            await self.board.open()
        elif before.board != self.config.board and RANKINGS[self.config.board].kept:
            await self.board.open()
        if before.delivery != self.config.delivery and DELIVERIES[self.config.delivery].leased:
            await self._reconcile()
        self._sync()
        for one in self.runners:
            await one.retire()

    async def fault_changed(self, node: Node) -> None:
        """Processes are killed, stopped, or come back."""
        self._sync()

    async def close(self) -> None:
        """Processes end at once; what is in the stores stays."""
        for one in self.runners:
            one.end()
        await super().close()
        self.spectators.log.close()
        await asyncio.gather(*(one.close() for one in self.runners))
        for waiting in self.desk.direct:
            waiting.answer.cancel()
        await self.host.close()

    # What people do

    async def problems(self, *, after: int, limit: int) -> list[tuple[int, Problem]]:
        """The problems behind that place, with their places."""
        async with self.request("GET problems", kind="List problems") as trace:
            self.node(ENTRANCE).touch("list", "ok", source="visitor")
            found = list(enumerate(PROBLEMS.values(), 1))[after : after + limit]
            self.decide("samples are shown; hidden tests stay where code is judged")
            trace.sentence = f"{acting().name} looked at {amount(len(found), 'problem')}"
            return found

    async def problem(self, id: str) -> Problem:
        """One problem. `NotFound`."""
        async with self.request("GET problems/{id}", kind="Read a problem") as trace:
            self.node(ENTRANCE).touch("get", "ok", source="visitor")
            found = problem_of(id)
            self.decide("samples are shown; hidden tests stay where code is judged")
            trace.sentence = f"{acting().name} reads “{found.title}”"
            return found

    async def submit(self, problem: str, language: str, code: str) -> Submission:
        """Write code down to be judged. `NotFound`, `Invalid`, `TooMany`, `Conflict`, `Unavailable`."""
        return await self._submit(problem, language, code, origin="person")

    async def submit_preset(self, problem: str, language: str, manner: str) -> Submission:
        """What a simulated submitter sends: one of the lab's own programs."""
        problem_of(problem)
        return await self._submit(problem, language, preset(problem, language, manner), origin="contest")

    async def attack(self, kind: str) -> Submission:
        """One of the lab's own attacks, as a submission. `Invalid` for one that there is not."""
        if kind not in ATTACKS:
            raise Invalid(f"an attack is one of {', '.join(ATTACKS)}", field="kind")
        code = await self.host.code(ATTACKS[kind])
        return await self._submit("two-sum", "python", code, origin=f"{ATTACK} {kind}")

    async def _submit(self, problem: str, language: str, code: str, *, origin: str) -> Submission:
        async with self.request("POST submit", kind="Submit code") as trace:
            self.node(ENTRANCE).touch("submit", "ok", source="visitor")
            asked = problem_of(problem)
            _check(language, code)
            self._check_rate(acting().name)
            code_hash = hash_of(code)
            await self.sandboxes.check(language, code_hash, origin)
            one = Submission(
                id=secrets.token_hex(6),
                number=self.store.number + 1,
                person=acting().name,
                problem=problem,
                language=language,
                code=code,
                code_hash=code_hash,
                origin=origin,
                state=QUEUED,
                verdict="",
                points=0,
                token=0,
                runner="",
                tier="",
                sent_ms=int(self.clock.time() * 1000),
                judged_ms=0,
                run_ms=0.0,
                memory_mb=0.0,
                passed=0,
                cases=0,
                results="[]",
            )
            self.store.number += 1
            self.queue.entering.add(one.id)
            try:
                await self.node(DATABASE).call("insert", lambda: self.store.insert(one), source=ENTRANCE)
                self.decide("it is written down with its hash; whoever judges shows the hash of what was run")
                self.counters.sent(one.person)
                depth = await self.node(QUEUE).call("put", lambda: self.queue.put([one.id]), source=ENTRANCE)
            finally:
                self.queue.entering.discard(one.id)
            self.counters.deepest = max(self.counters.deepest, depth)
            wait = "waits" if depth == 1 else "wait"
            trace.sentence = f"{one.person} sent “{asked.title}”; {amount(depth, 'submission')} {wait}"
        self.desk.bell.ring()
        self.spectators.note()
        self.changed()
        return one

    def _check_rate(self, person: str) -> None:
        now, recent = self.clock.monotonic(), self._recent.setdefault(person, deque(maxlen=PER_PERSON))
        self._recent.move_to_end(person)
        if len(self._recent) > MOST_PEOPLE:
            self._recent.popitem(last=False)
        if len(recent) == PER_PERSON and now - recent[0] < WITHIN_S:
            self.decide(f"{PER_PERSON} in {WITHIN_S:g} s are what one person may send")
            raise TooMany(
                f"at most {PER_PERSON} runs and submissions in {WITHIN_S:g} s",
                retry_after=WITHIN_S - (now - recent[0]),
            )
        waiting = self.counters.submitted - self.counters.judged
        if waiting > MOST_WAITING:
            self.decide(f"{waiting:,} wait already: no more are taken")
            raise Unavailable(f"more than {MOST_WAITING:,} submissions wait", retry_after=5)
        recent.append(now)

    async def run(self, problem: str, language: str, code: str) -> SampleRun:
        """Run code against the samples, at once. Refusals as of `submit`."""
        async with self.request("POST run", kind="Run the samples") as trace:
            self.node(ENTRANCE).touch("run", "ok", source="visitor")
            asked = problem_of(problem)
            _check(language, code)
            self._check_rate(acting().name)
            code_hash = hash_of(code)
            await self.sandboxes.check(language, code_hash, "person")
            if len(self.desk.direct) >= MOST_RUNS_AT_ONCE or not any(one.up for one in self.runners):
                raise Unavailable("no runner is free", retry_after=2)
            place = self.sandboxes.place(language, code_hash, "person")
            waiting = Direct(
                language,
                code,
                asked.name_in(language),
                asked.samples,
                place,
                asyncio.get_running_loop().create_future(),
            )
            self.desk.direct.append(waiting)
            self.decide(
                "somebody waits for it: the next runner that is free does it before all that is queued"
            )
            self.desk.bell.ring()
            try:
                async with asyncio.timeout(RUN_WITHIN_S):
                    judged = await waiting.answer
            except (TimeoutError, WorkerFailed):
                raise Unavailable("no runner was free in time", retry_after=2) from None
            verdict = verdict_of(judged, asked.samples)
            trace.sentence = (
                f"{acting().name} ran “{asked.title}”: {verdict.passed} of {amount(verdict.cases, 'sample')}"
            )
        self.changed()
        given = {one["n"]: one.get("answer") for one in judged.answers}
        answers = tuple(given.get(n) for n in range(len(asked.samples)))
        return SampleRun(verdict, answers, judged.printed, place.tier, round(judged.start_ms, 1))

    async def submission(self, id: str) -> Submission:
        """One of the acting user's submissions. `NotFound`."""
        async with self.request("GET submissions/{id}", kind="Look at a submission") as trace:
            self.node(ENTRANCE).touch("get", "ok", source="visitor")
            found = await self.node(DATABASE).call(
                "one of a person's", lambda: self.store.one(acting().name, id), source=ENTRANCE
            )
            self.decide("person and id are both asked for: another's submission is not found")
            trace.sentence = f"a submission of {found.person} is {found.verdict or found.state}"
            return found

    async def leaderboard(self, competition: str, *, limit: int = SHOWN) -> list[Leader]:
        """The first ones of a competition. `NotFound`."""
        async with self.request("GET leaderboard", kind="Read the leaderboard") as trace:
            self.node(ENTRANCE).touch("leaderboard", "ok", source="visitor")
            if competition != COMPETITION:
                raise NotFound("there is no such competition")
            found = await self.board.read(source=ENTRANCE, limit=limit)
            trace.sentence = f"{acting().name} looked at the first {amount(len(found), 'place')}"
            return found


def _check(language: str, code: str) -> None:
    if language not in LANGUAGES:
        raise Invalid(f"a language is one of {', '.join(LANGUAGES)}", field="language")
    try:
        size = len(code.encode())
    except UnicodeEncodeError:
        raise Invalid("code is text in UTF-8", field="code") from None
    if not code.strip():
        raise Invalid("there is no code", field="code")
    if size > MOST_CODE:
        raise Invalid(f"code has at most {MOST_CODE // 1024} KiB; this is {size / 1024:,.1f}", field="code")
    if "\0" in code:
        raise Invalid("code has no zero bytes", field="code")
