"""What must hold, and the checker that holds it against a record of its own of what passed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from designs.rate_limiter.engine.checks import BY_CLIENT_RULE, CheckRequest, Outcome
from designs.rate_limiter.engine.pass_log import MAX_CLIENTS, AlgorithmRecord, PassLog
from designs.rate_limiter.engine.strategies import ALGORITHMS
from sdlab.lab import Claim, EngineContext, EvidenceView

HORIZON_WINDOWS = 4
HORIZON_S = 20.0
NUMBERS_KEPT = 64
REPLAYED = 400
SHOWN_AT_EACH_END = 5
SHOWN_OTHERS = 8

CLAIMS = (
    Claim("within_limit", "No client gets more through, in any window, than its algorithm promises"),
    Claim("own_use_only", "Nobody is refused for what somebody else used"),
    Claim("counted", "Every request that passed was counted, each under a number of its own"),
    Claim("nothing_unchecked", "Nothing passes that no counter was asked about"),
    Claim("global_limit", "With the global rule, all clients together stay within it in any window"),
)


class ClaimChecker:
    """Records every decision and holds the claims against the record."""

    def __init__(self, context: EngineContext[Any]) -> None:
        self._monitors = context.monitors
        self.records = {name: AlgorithmRecord() for name in ALGORITHMS}
        self._callers: dict[str, set[str]] = {}

    def evaluated(self, request: CheckRequest, outcomes: Mapping[str, Outcome]) -> None:
        """What each algorithm said of one request; the claims are held against the one that decides."""
        self._note_caller(request)
        for name, outcome in outcomes.items():
            if outcome.verdict.allowed:
                self._passed(name, request, outcome.at, leaves=outcome.at + outcome.verdict.delay)
            else:
                self.records[name].refused += 1
        decided = outcomes[request.decider]
        if decided.refused_by == BY_CLIENT_RULE:
            self._check_own_use(request, decided)
        self.nothing_passed_unchecked()

    def passed_unchecked(self, request: CheckRequest, now: float) -> None:
        """A request passed although nobody could count it."""
        self._note_caller(request)
        self._passed(request.decider, request, now, leaves=now)
        self._monitors["nothing_unchecked"].violated(
            [
                EvidenceView(now, request.gateway, "asked the counter store and got no answer"),
                EvidenceView(now, request.caller, "was let through all the same: nobody counted it"),
            ]
        )

    def nothing_passed_unchecked(self) -> None:
        """A decision was made by a counter, or the request was refused without one."""
        self._monitors["nothing_unchecked"].passed()

    def numbered(self, request: CheckRequest, outcome: Outcome) -> None:
        """The store gave this request a number: nobody else of this client has the same."""
        numbers = self.records[request.decider].numbers
        recent = numbers.setdefault(request.key, deque(maxlen=NUMBERS_KEPT))
        if outcome.number not in recent:
            recent.append(outcome.number)
            self._monitors["counted"].passed()
            return
        first = f"one request passed and was counted as number {outcome.number}"
        second = f"another passed and was counted as number {outcome.number} too"
        self._monitors["counted"].violated(
            [
                EvidenceView(outcome.at, request.key, first),
                EvidenceView(outcome.at, request.gateway, second),
            ]
        )

    def rule_changed(self, now: float) -> None:
        """A new rule holds from now on."""
        for record in self.records.values():
            record.rule_changed(now)

    def store_changed(self) -> None:
        """Another store counts from now on, with numbers of its own."""
        for record in self.records.values():
            record.numbers.clear()

    def _note_caller(self, request: CheckRequest) -> None:
        self._callers.setdefault(request.key, set()).add(request.caller)
        if len(self._callers) > MAX_CLIENTS:
            self._callers.pop(next(iter(self._callers)))

    def _passed(self, name: str, request: CheckRequest, at: float, *, leaves: float) -> None:
        record, rule, decides = self.records[name], request.rule, name == request.decider
        record.passed += 1
        log = record.of(request.key)
        position = log.add(leaves, caller=request.caller, gateway=request.gateway)
        most, end = log.fullest_with(position, rule.window)
        promise = ALGORITHMS[name].promise(rule)
        record.fullest = max(record.fullest, most)
        record.over_limit += most > rule.limit
        record.over_promise += most > promise
        if decides:
            self._check_window("within_limit", log, most, promise, end=end, width=rule.window)
        all_clients = record.all_clients
        position = all_clients.add(at, caller=request.caller, gateway=request.gateway)
        if decides and request.global_limit:
            most, end = all_clients.fullest_with(position, rule.window)
            record.fullest_of_all = max(record.fullest_of_all, most)
            self._check_window(
                "global_limit", all_clients, most, request.global_limit, end=end, width=rule.window
            )
        for one in (log, all_clients):
            one.prune(at - HORIZON_WINDOWS * rule.window - HORIZON_S)

    def _check_window(
        self, claim: str, log: PassLog, most: int, promised: int, *, end: float, width: float
    ) -> None:
        if most <= promised:
            self._monitors[claim].passed()
            return
        last = log.until(end)
        first = last - most
        head = range(first, min(first + SHOWN_AT_EACH_END, last))
        tail = range(max(head.stop, last - SHOWN_AT_EACH_END), last)
        self._monitors[claim].violated(
            [
                EvidenceView(
                    round(log.times[n], 3),
                    log.whose[n][0],
                    f"passed at {log.whose[n][1] or 'a gateway'}: number {n - first + 1} of {most}"
                    f" within {width:g} s, {promised} were promised",
                )
                for n in (*head, *tail)
            ]
        )

    def _check_own_use(self, request: CheckRequest, refused: Outcome) -> None:
        """Would the caller have been refused if only it had used the allowance?"""
        monitor = self._monitors["own_use_only"]
        if len(self._callers[request.key]) < 2:
            monitor.passed()
            return
        log = self.records[request.decider].of(request.key)
        alone = ALGORITHMS[request.decider].block()
        others = []
        for t, (caller, _) in zip(log.times[-REPLAYED:], log.whose[-REPLAYED:], strict=True):
            if caller == request.caller:
                alone.check(t, request.rule)
            elif t > refused.at - request.rule.window:
                others.append(EvidenceView(round(t, 3), caller, f"passed, counted as {request.key}"))
        if not others or not alone.check(refused.stamp, request.rule, take=False).allowed:
            monitor.passed()
            return
        text = f"refused as {request.key}, although its own requests left room"
        monitor.violated([*others[-SHOWN_OTHERS:], EvidenceView(round(refused.at, 3), request.caller, text)])
