"""The rate limiter at work in one room: check, streams of requests, rules, and the truth beside it."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa
from redis.exceptions import RedisError

from designs.rate_limiter.config import SERVICE, STORE, Config, gateway_ids, plan
from designs.rate_limiter.engine.state_sizes import Sizes, measure
from designs.rate_limiter.engine.models import RuleRow
from designs.rate_limiter.inside.snapshot import picture
from designs.rate_limiter.engine.strategies.stores import (
    CLIENT,
    EVERYBODY,
    STORES,
    Ask,
    CounterStore,
    Means,
    Outcome,
    Outcomes,
    PerGateway,
    SharedAtomic,
)
from designs.rate_limiter.engine.strategies import ALGORITHMS, CLIENT_KEYS, CLOCKS, FAILURES, SHADOWS
from designs.rate_limiter.engine.strategies.algorithms import seconds
from designs.rate_limiter.engine.strategies.client_keys import CAST, Person, person
from designs.rate_limiter.engine.claims import Heard, Truth
from designs.rate_limiter.inside.views import Snapshot
from sdlab.blocks.rate_rule import Rule
from sdlab.lab import (
    Claim,
    Engine,
    Invalid,
    LabError,
    Node,
    NodeSpec,
    Operation,
    Room,
    Tally,
    TooMany,
    Unavailable,
)
from sdlab.lab.trace import Trace

__all__ = ["Config", "Decision", "RateLimiter", "Snapshot"]

NAME = re.compile(r"[\w.@:-]{1,40}", re.ASCII)
MAX_CLIENTS = 2_000
MARKS = 60
LANE_MARKS = 120
LANES_KEPT = 300
TICK = 0.05
MAX_STREAM = 20.0
MAX_STREAMING = 200
MAX_BURST = 200
JUST_BEFORE, JUST_AFTER = 0.12, 0.02
MEASURE_EVERY = 1.0
RULES_SHOWN = 5
RETRY_WITHOUT_STORE = 1.0
PASSED, HELD, REFUSED, UNCHECKED, NO_ANSWER = "1", "h", "0", "u", "d"
NOT_ASKED = "-"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a check. Seconds are None where nobody counted."""

    allowed: bool
    client: str
    counted_as: str
    algorithm: str
    gateway: str
    limit: int
    remaining: int | None
    reset_s: float | None
    retry_after_s: float
    delay_s: float
    reason: str
    refused_by: str
    decided_by: str
    number: int
    at: float


@dataclass(slots=True)
class Marks:
    """The last answers to one person."""

    sent: int = 0
    passed: int = 0
    refused: int = 0
    counted_as: str = ""
    times: deque[float] = field(default_factory=lambda: deque(maxlen=MARKS))
    verdicts: deque[str] = field(default_factory=lambda: deque(maxlen=MARKS))

    def add(self, t: float, verdict: str) -> None:
        """One more answer."""
        self.times.append(t)
        self.verdicts.append(verdict)
        if verdict in (PASSED, HELD, UNCHECKED):
            self.passed += 1
        else:
            self.refused += 1


@dataclass(slots=True)
class Happened:
    """Counts since the engine was opened."""

    by_client: int = 0
    by_everybody: int = 0
    unanswered: int = 0
    opened: int = 0
    closed: int = 0
    fallback: int = 0


class RateLimiter(Engine[Config]):
    """Counters live where the configuration says; the truth beside them is kept by the engine itself."""

    claims = (
        Claim("within_limit", "No client gets more through, in any window, than its algorithm promises"),
        Claim("own_use_only", "Nobody is refused for what somebody else used"),
        Claim("counted", "Every request that passed was counted, each under a number of its own"),
        Claim("nothing_unchecked", "Nothing passes that no counter was asked about"),
        Claim("global_limit", "With the global rule, all clients together stay within it in any window"),
    )

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        means = Means(room.redis, room.key, self.now, self._at_store)
        atomic = SharedAtomic(means)
        self.coalescer, self._scripts = atomic.coalescer, atomic.scripts
        self.stores: dict[str, CounterStore] = {name: kind(means) for name, kind in STORES.items()}
        self.stores["shared"] = atomic
        self.fallback = PerGateway(means)
        self.truth = Truth(self.monitors)
        self.happened = Happened()
        self.people: OrderedDict[str, Marks] = OrderedDict((name, Marks()) for name in CAST)
        self.focus = next(iter(CAST))
        self.lane_marks: OrderedDict[str, deque[tuple[float, str, float]]] = OrderedDict()
        self.last: dict[tuple[str, str], tuple[Outcome, Rule]] = {}
        self.checks_of: dict[str, int] = {}
        self.skew: dict[str, float] = {}
        self.rates: dict[str, float] = {}
        self.rules: list[RuleRow] = []
        self.sizes: dict[str, Sizes] = {}
        self._turn = itertools.count()
        self._latest = 0.0
        self._streaming = asyncio.Event()
        self._sent: set[asyncio.Task[None]] = set()
        self._saved: dict[float, int] = {}

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self._scripts.load()
        stored: dict[str, str] = await self.room.redis.hgetall(self.room.key("streams"))
        self.rates = {name: float(rate) for name, rate in stored.items()}
        self._wake_streams()
        self.rules = await self.room.sql.read(self._read_rules)
        self.monitors["global_limit"].applies = bool(self.config.together)
        self.truth.rule_changed(self.now())
        self.supervise("streams", self._stream)
        self.supervise("memory measurements", self._measure)

    async def close(self) -> None:
        await super().close()
        for task in list(self._sent):
            task.cancel()
        await asyncio.gather(*self._sent, return_exceptions=True)
        for store in self.stores.values():
            await store.close()

    def now(self) -> float:
        """The store's time in Unix seconds; stands still where the machine's clock steps back."""
        self._latest = max(self._latest, self.clock.time())
        return self._latest

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if (now.algorithm, now.rule, now.together) != (before.algorithm, before.rule, before.together):
            await self._set_rule()
        if now.store != before.store:
            self.truth.forget_numbers()
        self.monitors["global_limit"].applies = bool(now.together)
        self.skew = {one: ms for one, ms in self.skew.items() if one in self.nodes}

    async def _set_rule(self) -> None:
        config, now = self.config, self.now()
        self.truth.rule_changed(now)
        row = RuleRow(
            room=self.room.id,
            since=now,
            algorithm=config.algorithm,
            limit=config.limit,
            window_s=config.window_s,
            burst=config.burst,
        )
        table = RuleRow.__table__  # type: ignore[attr-defined]
        values = row.model_dump()
        insert = self.room.sql.insert(table).values(values)
        upsert = insert.on_conflict_do_update(index_elements=["room", "since"], set_=values)
        old = sa.select(table.c.since).where(table.c.room == self.room.id).order_by(table.c.since.desc())
        expired = table.delete().where(
            table.c.room == self.room.id, table.c.since.not_in(old.limit(RULES_SHOWN))
        )
        await self.room.sql.write(self._two(upsert, expired))
        self.rules = await self.room.sql.read(self._read_rules)

    @staticmethod
    def _two(first: sa.Executable, second: sa.Executable) -> Callable[[sa.Connection], None]:
        def work(connection: sa.Connection) -> None:
            connection.execute(first)
            connection.execute(second)

        return work

    def _read_rules(self, connection: sa.Connection) -> list[RuleRow]:
        table = RuleRow.__table__  # type: ignore[attr-defined]
        newest = sa.select(table).where(table.c.room == self.room.id).order_by(table.c.since.desc())
        return [RuleRow(**row._mapping) for row in connection.execute(newest.limit(RULES_SHOWN))]

    async def fault_changed(self, node: Node) -> None:
        skews = {fault.node: fault.value / 1000 for fault in node.faults() if fault.kind == "skew"}
        self.skew.pop(node.id, None)
        self.skew.update(skews)
        node.detail = f"clock {skews[node.id]:+.1f} s" if skews else ""

    # Check

    async def check(
        self, client: str, *, algorithm: str = "", by: str = "visitor", by_hand: bool = True
    ) -> Decision:
        """Whether a request of `client` passes now; a refusal is an answer and not an error.

        `algorithm` decides in place of the configured one. `Invalid` for a name that cannot be
        one or an unknown algorithm, `TooMany` when the room knows too many clients,
        `Unavailable` when no gateway answers, or the store does not and the limiter fails closed.
        """
        who = self._caller(client)
        decides = algorithm or self.config.algorithm
        if decides not in ALGORITHMS:
            raise Invalid(f"algorithm is one of {', '.join(ALGORITHMS)}", field="algorithm")
        marks = self.people[who.name]
        marks.sent += 1
        if by_hand:
            self.focus = who.name
        async with self.request("GET check", by=by if by_hand else who.name, by_hand=by_hand) as trace:
            try:
                decision = await self._at_gateway(who, marks, decides)
            except LabError:
                marks.add(self.now(), NO_ANSWER)
                raise
            self._tell(trace, decision)
            return decision

    def _caller(self, client: str) -> Person:
        if not NAME.fullmatch(client):
            raise Invalid("client has 1 to 40 letters, digits or any of . _ @ : -", field="client")
        if client not in self.people:
            if len(self.people) >= MAX_CLIENTS:
                raise TooMany(
                    f"this room knows {MAX_CLIENTS:,} clients already; restart the lab to forget them"
                )
            self.people[client] = Marks()
        return person(client)

    async def _at_gateway(self, who: Person, marks: Marks, decides: str) -> Decision:
        gateway = self._gateway()
        self.checks_of[gateway.id] = self.checks_of.get(gateway.id, 0) + 1
        counted_as = CLIENT_KEYS[self.config.client_key].of(who, marks.sent - 1)
        marks.counted_as = counted_as
        ask = Ask(
            key=counted_as,
            gateway=gateway.id,
            algorithms=SHADOWS[self.config.shadow].watching(decides, ALGORITHMS),
            rule=self.config.rule,
            together=self.config.together,
            stamp=self._stamp(gateway),
        )
        decision: Decision = await gateway.call(
            "check",
            lambda: self._decide(who, ask),
            source="visitor",
            outcome=lambda said: "ok" if said.allowed else "miss",
            detail=lambda said: said.reason,
        )
        if decision.allowed and SERVICE in self.nodes:
            self.nodes[SERVICE].touch("request", "ok", source=gateway.id)
        return decision

    def _gateway(self) -> Node:
        known = [self.nodes[one] for one in gateway_ids(self.config)]
        alive = [one for one in known if not one.down]
        if not alive:
            raise Unavailable("no gateway is up", retry_after=RETRY_WITHOUT_STORE)
        return alive[next(self._turn) % len(alive)]

    def _stamp(self, gateway: Node) -> float | None:
        if not CLOCKS[self.config.clock].skewed:
            return None
        return self.now() + self.skew.get(gateway.id, 0.0)

    async def _decide(self, who: Person, ask: Ask) -> Decision:
        heard = Heard(ask.key, who.name, ask.gateway, ask.algorithms[0], ask.rule, ask.together)
        store = self.stores[self.config.store]
        try:
            outcomes = await store.check(ask)
        except (Unavailable, RedisError) as error:
            self.happened.unanswered += 1
            return self._without_store(who, ask, heard, error)
        self.truth.note(heard, outcomes)
        if store.shared and outcomes[heard.decides].verdict.allowed:
            self.truth.counted(heard, outcomes[heard.decides])
        return self._decided(heard, outcomes, ask.rule, "counter store" if store.shared else "own memory")

    def _without_store(self, who: Person, ask: Ask, heard: Heard, error: Exception) -> Decision:
        choice = FAILURES[self.config.on_failure]
        self.decide(f"the counter store did not answer ({error}); the gateway is set to {choice.label}")
        if choice.falls_back:
            self.happened.fallback += 1
            alone = Ask(ask.key, ask.gateway, ask.algorithms, self.config.share, 0, ask.stamp)
            outcomes = self.fallback.check_now(alone)
            self.truth.note(heard, outcomes)
            return self._decided(heard, outcomes, alone.rule, "local fallback")
        if not choice.passes:
            self.happened.closed += 1
            self.truth.checked()
            raise Unavailable(
                "the counter store does not answer, and the limiter fails closed",
                retry_after=RETRY_WITHOUT_STORE,
            )
        self.happened.opened += 1
        now = self.now()
        self.truth.unchecked(heard, now)
        self.people[who.name].add(now, UNCHECKED)
        return Decision(
            allowed=True,
            client=who.name,
            counted_as=ask.key,
            algorithm=heard.decides,
            gateway=ask.gateway,
            limit=ask.rule.limit,
            remaining=None,
            reset_s=None,
            retry_after_s=0.0,
            delay_s=0.0,
            reason="nobody counted: the counter store does not answer, and the limiter fails open",
            refused_by="",
            decided_by="nobody",
            number=0,
            at=now,
        )

    def _decided(self, heard: Heard, outcomes: Outcomes, rule: Rule, decided_by: str) -> Decision:
        self.truth.checked()
        said = outcomes[heard.decides]
        for name, one in outcomes.items():
            self.last[name, heard.client] = one, rule
        if len(self.last) > LANES_KEPT * len(ALGORITHMS):
            self.last.pop(next(iter(self.last)))
        self._mark(heard, outcomes, said)
        reason = self._reason(heard, said, rule)
        self.decide(f"{ALGORITHMS[heard.decides].label}: {reason}")
        return Decision(
            allowed=said.verdict.allowed,
            client=heard.who,
            counted_as=heard.client,
            algorithm=heard.decides,
            gateway=heard.gateway,
            limit=rule.limit if said.refused_by != EVERYBODY else heard.together,
            remaining=said.verdict.remaining,
            reset_s=round(said.verdict.reset_after, 3),
            retry_after_s=round(said.verdict.retry_after, 3),
            delay_s=round(said.verdict.delay, 3),
            reason=reason,
            refused_by={CLIENT: "client", EVERYBODY: "global"}.get(said.refused_by, ""),
            decided_by=decided_by,
            number=said.number if decided_by == "counter store" else 0,
            at=round(said.at, 6),
        )

    def _reason(self, heard: Heard, said: Outcome, rule: Rule) -> str:
        if said.refused_by == EVERYBODY:
            self.happened.by_everybody += 1
            return (
                f"all clients together used {said.verdict.level:.0f} of {heard.together}"
                f" in the last {rule.window:g} s, room in {said.verdict.retry_after:.1f} s"
            )
        self.happened.by_client += said.refused_by == CLIENT
        return ALGORITHMS[heard.decides].reason(said.verdict, rule)

    def _mark(self, heard: Heard, outcomes: Outcomes, said: Outcome) -> None:
        self.people[heard.who].add(said.at, sign(said))
        marks = self.lane_marks.get(heard.client)
        if marks is None:
            marks = self.lane_marks[heard.client] = deque(maxlen=LANE_MARKS)
            if len(self.lane_marks) > LANES_KEPT:
                self.lane_marks.popitem(last=False)
        else:
            self.lane_marks.move_to_end(heard.client)
        signs = "".join(sign(outcomes[name]) if name in outcomes else NOT_ASKED for name in ALGORITHMS)
        delay = max(one.verdict.delay for one in outcomes.values())
        marks.append((said.at, signs, delay))

    @staticmethod
    def _tell(trace: Trace, decision: Decision) -> None:
        if not decision.allowed:
            trace.outcome = "miss"
            end = f"429, come back in {seconds(decision.retry_after_s)}"
        elif decision.delay_s:
            end = f"200, leaves in {seconds(decision.delay_s)}"
        else:
            end = "200"
        trace.sentence = f"GET check, {decision.client}: {end}"

    # Other verbs

    async def burst(
        self, client: str, count: int, *, by: str = "visitor", by_hand: bool = True
    ) -> list[Decision]:
        """`count` requests of `client` at once (1 to 200); the answers of those that got one."""
        if not 1 <= count <= MAX_BURST:
            raise Invalid(f"count is from 1 to {MAX_BURST}", field="count")
        self._caller(client)
        first = self.check(client, by=by, by_hand=by_hand)
        rest = [self.check(client, by=by, by_hand=False) for _ in range(count - 1)]
        answers = await asyncio.gather(first, *rest, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, LabError):
                raise answer
        return [answer for answer in answers if isinstance(answer, Decision)]

    def send_soon(self, client: str, *, count: int = 1) -> None:
        """Send requests by hand without waiting for the answers: they are marked when they come."""
        self._caller(client)
        if not 1 <= count <= MAX_BURST:
            raise Invalid(f"count is from 1 to {MAX_BURST}", field="count")
        for _ in range(min(count, MAX_STREAMING - len(self._sent))):
            self._start(client, by_hand=True)

    async def stream(self, client: str, per_second: float) -> None:
        """Let a member of the cast send `per_second` requests from now on (0 to 20); 0 stops it."""
        if client not in CAST:
            raise Invalid(f"client is one of {', '.join(CAST)}", field="client")
        if not 0 <= per_second <= MAX_STREAM:
            raise Invalid(f"per_second is from 0 to {MAX_STREAM:g}", field="per_second")
        self.rates[client] = per_second
        await self.room.redis.hset(self.room.key("streams"), client, per_second)
        self.focus = client
        self._wake_streams()
        self.changed()

    def look_at(self, client: str) -> None:
        """Show the lanes, buckets and windows of that client."""
        self.focus = self._caller(client).name
        self.changed()

    async def perform(self, operation: Operation) -> Any:
        verbs: dict[str, Callable[..., Awaitable[Any]]] = {
            "send": self._send,
            "burst": self._send_burst,
            "edge": self._send_at_edge,
        }
        return await verbs[operation.verb](operation.actor, **operation.args)

    async def _send(self, client: str, **_: Any) -> dict[str, Any]:
        return asdict(await self.check(client, by_hand=False))

    async def _send_burst(self, client: str, count: int, **_: Any) -> list[dict[str, Any]]:
        return [asdict(one) for one in await self.burst(client, count, by_hand=False)]

    async def _send_at_edge(self, client: str, **_: Any) -> list[dict[str, Any]]:
        """Save a request up for the edge of two windows: half go just before it, half just after."""
        width, now = self.config.rule.window, self.clock.time()
        edge = (math.floor((now + 2 * JUST_BEFORE) / width) + 1) * width
        self._saved = {at: number for at, number in self._saved.items() if at >= now}
        number = self._saved.get(edge, 0)
        half = min(self.config.limit, MAX_BURST // 2)
        if number >= 2 * half:
            return []
        self._saved[edge] = number + 1
        await self.clock.sleep(edge + (JUST_AFTER if number >= half else -JUST_BEFORE) - now)
        return [asdict(await self.check(client, by_hand=False))]

    async def honours(self, answer: Any) -> bool:
        answers = answer if isinstance(answer, list) else [answer]
        for one in answers:
            if one["number"]:
                ledger = self.room.key("ledger", one["algorithm"])
                if int(await self.room.redis.hget(ledger, one["counted_as"]) or 0) < one["number"]:
                    return False
        return True

    async def _at_store(self, operation: str, gateway: str, work: Callable[[], Awaitable[Any]]) -> Any:
        node = self.nodes.get(STORE)
        if node is None:  # the configuration has just moved the counters elsewhere
            return await work()
        return await node.call(operation, work, source=gateway)

    # Beside

    def _wake_streams(self) -> None:
        if any(self.rates.values()):
            self._streaming.set()
        else:
            self._streaming.clear()

    async def _stream(self) -> None:
        due = dict.fromkeys(CAST, 0.0)
        before = self.clock.monotonic()
        while True:
            if not self._streaming.is_set():
                await self._streaming.wait()
                before = self.clock.monotonic()
            await self.clock.sleep(TICK)
            now = self.clock.monotonic()
            for name, rate in self.rates.items():
                due[name] = min(due[name] + rate * (now - before), MAX_STREAM) if rate else 0.0
                while due[name] >= 1 and len(self._sent) < MAX_STREAMING:
                    due[name] -= 1
                    self._start(name, by_hand=False)
            before = now

    def _start(self, name: str, *, by_hand: bool) -> None:
        task = asyncio.create_task(self._send_quietly(name, by_hand=by_hand))
        self._sent.add(task)
        task.add_done_callback(self._sent.discard)

    async def _send_quietly(self, name: str, *, by_hand: bool) -> None:
        try:
            await self.check(name, by=name, by_hand=by_hand)
        except LabError:
            pass  # a refusal is an answer; it is marked and counted
        except Exception as error:
            self.crashed(f"a request of {name}", error)

    async def _measure(self) -> None:
        """Real bytes of the client in focus, in Redis and as objects here."""
        measured: tuple[str, int] = ("", 0)
        while True:
            node, marks = self.nodes.get(STORE), self.people[self.focus]
            now = marks.counted_as, marks.sent
            if now != measured and marks.counted_as and node is not None and not node.down:
                with suppress(RedisError):  # what is shown stays as it was; the next round may have an answer
                    self.sizes = await measure(self.room.redis, self.room.key, marks.counted_as)
                    measured = now
            await self.clock.sleep(MEASURE_EVERY)

    # Pictures

    def tallies(self) -> tuple[Tally, ...]:
        lane = self.truth.lanes[self.config.algorithm]
        sizes = self.sizes.get(self.config.algorithm, Sizes())
        return (
            Tally("passed", "passed", "", sum(one.passed for one in self.people.values()), "same"),
            Tally("refused", "refused", "", sum(one.refused for one in self.people.values()), "same"),
            Tally("worst_window", "most in any window", "", lane.worst),
            Tally("over_limit", "passed over the limit", "", lane.over),
            Tally("redis_bytes", "Redis, client in focus", "B", sizes.redis),
            Tally("memory_bytes", "objects, client in focus", "B", sizes.memory),
            Tally("trips", "trips to the store", "", self.coalescer.batches),
        )

    def snapshot(self) -> Snapshot:
        return picture(self)


def sign(said: Outcome) -> str:
    """One letter for an answer; see `PersonView`."""
    if not said.verdict.allowed:
        return REFUSED
    return HELD if said.verdict.delay > 0 else PASSED
