"""The rate limiter at work in one room: check a request, send many, change the rule."""

from __future__ import annotations

import asyncio

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import Decision
from designs.rate_limiter.engine.claims import CLAIMS, ClaimChecker
from designs.rate_limiter.engine.clients import Clients
from designs.rate_limiter.engine.counter_stores import CounterStores
from designs.rate_limiter.engine.demo_users import DemoUsers
from designs.rate_limiter.engine.gateways import Gateways, skew_of
from designs.rate_limiter.engine.limiter import Limiter
from designs.rate_limiter.engine.nodes import FLOWS, plan
from designs.rate_limiter.engine.rule_history import RuleHistory
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.store_reader import StoreReader
from designs.rate_limiter.engine.strategies import HIERARCHIES
from sdlab.lab import Engine, Invalid, LabError, Node, NodeSpec, Room

MAX_BURST = 200


class RateLimiter(Engine[Config]):
    """Counters live where the configuration says; beside them a record is kept of what truly passed."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.steady_clock = SteadyClock(self.context)
        self.gateways = Gateways(self.context, self.steady_clock)
        self.stores = CounterStores(self.context, self.steady_clock)
        self.clients = Clients()
        self.checker = ClaimChecker(self.context)
        self.limiter = Limiter(self.context, self.gateways, self.stores, self.clients, self.checker)
        self.demo_users = DemoUsers(self.context, self.limiter)
        self.rules = RuleHistory(self.context)
        self.reader = StoreReader(self.context, self.clients, self.stores, self.checker)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.stores.open()
        await self.rules.open()
        await self.demo_users.open()
        self.checker.rule_changed(self.steady_clock.now())
        self.monitors["global_limit"].applies = self.has_global_rule
        self.supervise("demo users", self.demo_users.run)

    async def close(self) -> None:
        await super().close()
        await self.demo_users.close()
        await self.stores.close()

    @property
    def has_global_rule(self) -> bool:
        """Whether all clients together have a limit now."""
        return HIERARCHIES[self.config.hierarchy].limit_of_all(self.config.global_limit) > 0

    async def reconfigure(self, before: Config) -> None:
        if rules_of(self.config) != rules_of(before):
            now = self.steady_clock.now()
            self.checker.rule_changed(now)
            await self.rules.record(now)
        if self.config.store != before.store:
            self.checker.store_changed()
        self.monitors["global_limit"].applies = self.has_global_rule

    async def fault_changed(self, node: Node) -> None:
        skew = skew_of(node)
        node.detail = f"clock {skew:+.1f} s" if skew else ""

    # Verbs

    async def check(self, client: str, *, algorithm: str = "") -> Decision:
        """Whether a request of `client` passes now; a refusal is an answer and not an error.

        `algorithm` decides in place of the configured one. `Invalid` for a name that cannot be
        one or an unknown algorithm, `TooMany` when the room knows too many clients,
        `Unavailable` when no gateway answers, or the store does not and the limiter fails closed.
        """
        return await self.limiter.check(client, algorithm=algorithm)

    async def burst(self, client: str, count: int) -> list[Decision]:
        """`count` requests of `client` at once (1 to 200); the answers of those that got one."""
        self._admit(client, count)
        answers = await asyncio.gather(
            *(self.limiter.check(client) for _ in range(count)), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, LabError):
                raise answer
        return [answer for answer in answers if isinstance(answer, Decision)]

    def send(self, client: str, *, count: int = 1) -> None:
        """Send requests by hand without waiting for the answers: they are marked when they come."""
        self._admit(client, count)
        self.demo_users.send(client, count, by_hand=True)

    async def stream(self, client: str, per_second: float) -> None:
        """Let a member of the cast send `per_second` requests from now on (0 to 20); 0 stops it."""
        async with self.request("set a rate") as trace:
            await self.demo_users.set_rate(client, per_second)
            self.clients.choose(client)
            trace.sentence = f"{client} sends {per_second:g} requests per second"

    async def look_at(self, client: str) -> None:
        """Show the lanes, buckets and windows of that client, until another is chosen or sends by hand."""
        async with self.request("look at a client") as trace:
            self.clients.admit(client)
            self.clients.choose(client)
            self.decide(f"{client} was chosen: the panels stay with them, whoever else sends")
            trace.sentence = f"the panels show {client}"

    def _admit(self, client: str, count: int) -> None:
        self.clients.admit(client)
        if not 1 <= count <= MAX_BURST:
            raise Invalid(f"count is from 1 to {MAX_BURST}", field="count")


def rules_of(config: Config) -> tuple[object, ...]:
    """What of a configuration says how much may pass: a change of it begins a new record."""
    together = HIERARCHIES[config.hierarchy].limit_of_all(config.global_limit)
    return config.algorithm, config.rule, together
