"""One check from the caller to the answer: gateway, counter store, decision."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import (
    BY_CLIENT_RULE,
    BY_GLOBAL_RULE,
    UNANSWERED,
    UNCHECKED,
    CheckRequest,
    Decision,
    Outcomes,
)
from designs.rate_limiter.engine.claims import ClaimChecker
from designs.rate_limiter.engine.clients import Clients
from designs.rate_limiter.engine.counter_stores import CounterStores
from designs.rate_limiter.engine.gateways import Gateways
from designs.rate_limiter.engine.nodes import SERVICE
from designs.rate_limiter.engine.strategies import (
    ALGORITHMS,
    CLIENT_KEYS,
    FAILURES,
    HIERARCHIES,
    SHADOWS,
)
from designs.rate_limiter.engine.strategies.algorithms import seconds
from designs.rate_limiter.engine.strategies.client_keys import Caller
from designs.rate_limiter.engine.verdict_log import VerdictLog
from sdlab.blocks.rate_rule import Rule
from sdlab.lab import EngineContext, Invalid, LabError, Node, Unavailable, acting

RETRY_WITHOUT_STORE_S = 1.0


@dataclass(slots=True)
class Counters:
    """Since the engine was opened: refusals by rule, and what was decided without the store."""

    refused_by_client_rule: int = 0
    refused_by_global_rule: int = 0
    unanswered: int = 0
    failed_open: int = 0
    failed_closed: int = 0
    fell_back: int = 0


class Limiter:
    """Checks requests and says why."""

    def __init__(
        self,
        context: EngineContext[Config],
        gateways: Gateways,
        stores: CounterStores,
        clients: Clients,
        checker: ClaimChecker,
    ) -> None:
        self._context, self._gateways, self._stores = context, gateways, stores
        self._clients, self._checker = clients, checker
        self._ids = itertools.count(1)
        self.verdicts = VerdictLog()
        self.counters = Counters()

    async def check(self, client: str, *, algorithm: str = "") -> Decision:
        """See `RateLimiter.check`."""
        caller = self._clients.admit(client)
        decider = algorithm or self._context.config.algorithm
        if decider not in ALGORITHMS:
            raise Invalid(f"algorithm is one of {', '.join(ALGORITHMS)}", field="algorithm")
        answers = self._clients.answers[caller.name]
        answers.sent += 1
        self._clients.sends(caller.name, now=self._stores.clock.now(), by_hand=acting().by_hand)
        async with self._context.request("GET check") as trace:
            try:
                gateway = self._gateways.next()
                request = self._request_at(gateway, caller, decider)
                decision = await self._ask(gateway, request)
            except LabError:
                answers.add(self._stores.clock.now(), UNANSWERED)
                raise
            trace.outcome, trace.reason = ("ok", "") if decision.allowed else ("error", "429")
            trace.sentence = f"GET check, {decision.client}: {ending(decision)}"
            return decision

    def _request_at(self, gateway: Node, caller: Caller, decider: str) -> CheckRequest:
        config, answers = self._context.config, self._clients.answers[caller.name]
        answers.counted_as = CLIENT_KEYS[config.client_key].of(self._context, caller, answers.sent - 1)
        answers.gateway = gateway.id
        return CheckRequest(
            key=answers.counted_as,
            gateway=gateway.id,
            algorithms=SHADOWS[config.shadow].evaluating(decider, ALGORITHMS, self._context.decide),
            rule=config.rule,
            global_limit=HIERARCHIES[config.hierarchy].limit_of_all(config.global_limit),
            stamp=self._gateways.stamp(gateway),
            caller=caller.name,
            id=next(self._ids),
            rules=self._checker.rules,
        )

    async def _ask(self, gateway: Node, request: CheckRequest) -> Decision:
        asked = self._stores.clock.now()
        decision = await gateway.call(
            "check",
            lambda: self._decide(request),
            source="visitor",
            outcome=lambda made: "ok" if made.allowed else "miss",
            detail=lambda made: made.reason,
        )
        if decision.allowed:
            self._context.node(SERVICE).touch("request", "ok", source=gateway.id)
            self._checker.served(request, asked=asked, now=self._stores.clock.now())
        return decision

    async def _decide(self, request: CheckRequest) -> Decision:
        store = self._stores.current
        try:
            outcomes = await store.check(request)
        except (Unavailable, RedisError) as error:
            return self._without_store(request, error)
        self._checker.evaluated(request, outcomes)
        if store.shared and outcomes[request.decider].verdict.allowed:
            self._checker.numbered(request, outcomes[request.decider])
        return self._by_count(
            request, outcomes, request.rule, "counter store" if store.shared else "own memory"
        )

    def _without_store(self, request: CheckRequest, error: Exception) -> Decision:
        self.counters.unanswered += 1
        choice = FAILURES[self._context.config.on_failure]
        unanswered = f"the counter store did not answer ({error})"
        if choice.falls_back:
            self._context.decide(f"{unanswered}: the gateway counts its share of the limit itself")
            self.counters.fell_back += 1
            alone = replace(request, rule=self._context.config.share, global_limit=0)
            outcomes = self._stores.fallback.check_now(alone)
            self._checker.evaluated(request, outcomes)
            return self._by_count(request, outcomes, alone.rule, "local fallback")
        if choice.passes:
            self._context.decide(f"{unanswered}: the gateway fails open and lets it pass")
            self.counters.failed_open += 1
            now = self._stores.clock.now()
            self._clients.answers[request.caller].add(now, UNCHECKED)
            reason = "nobody counted: the counter store does not answer, and the limiter fails open"
            return Decision.unchecked(request, at=now, reason=reason)
        self._context.decide(f"{unanswered}: the gateway fails closed and refuses it")
        self.counters.failed_closed += 1
        raise Unavailable(
            "the counter store does not answer, and the limiter fails closed",
            retry_after=RETRY_WITHOUT_STORE_S,
        )

    def _by_count(self, request: CheckRequest, outcomes: Outcomes, rule: Rule, decided_by: str) -> Decision:
        outcome, algorithm = outcomes[request.decider], ALGORITHMS[request.decider]
        verdict, limit = outcome.verdict, rule.limit
        self.verdicts.add(request.key, outcomes, rule, at=outcome.at)
        self._clients.answers[request.caller].add(outcome.at, outcome.sign)
        reason = algorithm.reason(verdict, rule)
        if outcome.refused_by == BY_GLOBAL_RULE:
            limit = request.global_limit
            reason = (
                f"all clients together used {verdict.level:.0f} of {limit}"
                f" in the last {rule.window:g} s, room in {seconds(verdict.retry_after)}"
            )
            self.counters.refused_by_global_rule += 1
            says = f"global rule: {reason}"
        else:
            self.counters.refused_by_client_rule += outcome.refused_by == BY_CLIENT_RULE
            says = f"{algorithm.label}: {reason}"
        if outcome.branch:
            self._context.decide(says, script=outcome.branch.file, branch=outcome.branch.name)
        return Decision.counted(request, outcome, limit=limit, reason=reason, decided_by=decided_by)


def ending(decision: Decision) -> str:
    """How a check ended, for the feed."""
    if not decision.allowed:
        return f"429, come back in {seconds(decision.retry_after_s)}"
    return f"200, leaves in {seconds(decision.delay_s)}" if decision.delay_s else "200"
