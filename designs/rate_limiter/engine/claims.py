"""What must hold, and the checker that holds it against a record of its own of what passed."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import BY_CLIENT_RULE, NOBODY, Access, CheckRequest, Outcome
from designs.rate_limiter.engine.nodes import SERVICE, STORE
from designs.rate_limiter.engine.pass_log import MAX_CLIENTS, AlgorithmRecord, Passed, PassLog
from designs.rate_limiter.engine.strategies import ALGORITHMS, HIERARCHIES
from sdlab.blocks.rate_rule import Rule, Verdict
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    cause_step,
    fault_steps,
    read_step,
    setting_steps,
    unknown_cause,
    write_step,
)

HORIZON_WINDOWS = 4
HORIZON_S = 20.0
NUMBERS_KEPT = 64
REPLAYED = 400
SHOWN_AT_EACH_END = 3
SHOWN_OTHERS = 8
UNDER_WAY = 4_096
LET_PASS = Verdict(True, 0, 0.0, 0.0, 0.0)

CLAIMS = (
    Claim(
        "within_limit",
        "within the limit",
        "No client gets more through, in any window, than its algorithm promises",
    ),
    Claim("own_use_only", "own use only", "Nobody is refused for what somebody else used"),
    Claim(
        "counted",
        "every pass counted",
        "Every request that passed was counted, each under a number of its own",
    ),
    Claim(
        "nothing_unchecked",
        "nothing unchecked",
        "Nothing reaches the service that no counter was asked about",
    ),
    Claim(
        "global_limit",
        "global limit kept",
        "With the global rule, all clients together stay within it in any window",
    ),
)


class ClaimChecker:
    """Records every answer of the counters and every request at the service, and holds the claims against both.

    `rules` is how many changes of the rule there were: a request is held to the rule that it came
    under, which for one that came after the last change is the rule of the configuration.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._monitors = context, context.monitors
        self.records = {name: AlgorithmRecord() for name in ALGORITHMS}
        self.together = PassLog()
        self.fullest_of_all = 0
        self.rules = 0
        self._callers: dict[str, set[str]] = {}
        self._counted: OrderedDict[int, None] = OrderedDict()

    # What happened

    def evaluated(self, request: CheckRequest, outcomes: Mapping[str, Outcome]) -> None:
        """What each algorithm said of one request; the claims are held against the one that decides."""
        self._note_caller(request)
        for name, outcome in outcomes.items():
            if outcome.verdict.allowed:
                self._passed(name, request, outcome, leaves=outcome.at + outcome.verdict.delay)
            else:
                self.records[name].refused += 1
        decided = outcomes[request.decider]
        if decided.verdict.allowed:
            self._counted[request.id] = None
            if len(self._counted) > UNDER_WAY:
                self._counted.popitem(last=False)
        elif decided.refused_by == BY_CLIENT_RULE:
            self._check_own_use(request, decided)

    def served(self, request: CheckRequest, *, asked: float, now: float) -> None:
        """A request that came to its gateway at `asked` has reached the service."""
        monitor = self._monitors["nothing_unchecked"]
        if request.id in self._counted:
            del self._counted[request.id]
            monitor.passed()
            return
        self._note_caller(request)
        trip = Access("read", asked, now, "not counted")
        self._passed(
            request.decider, request, Outcome(LET_PASS, NOBODY, 0, now, now, trips=(trip,)), leaves=now
        )
        steps = [read_step(request.gateway, f"let {request.caller} pass", asked, now, saw=trip.value)]
        causes = fault_steps([self._context.nodes.get(STORE)], asked, now)
        causes += setting_steps(self._context.settings, asked, now, on_failure="open")
        steps += causes or [unknown_cause(now)]
        passed = f"got a request of {request.caller} that no counter had counted"
        monitor.violated([*steps, write_step(SERVICE, passed, now, now, lost=True)])

    def numbered(self, request: CheckRequest, outcome: Outcome) -> None:
        """The store gave this request a number: nobody else of this client has the same."""
        numbers = self.records[request.decider].numbers
        recent = numbers.setdefault(request.key, deque(maxlen=NUMBERS_KEPT))
        this = _passed(request, outcome)
        other = next((one for one in recent if one.number == outcome.number), None)
        recent.append(this)
        if other is None:
            self._monitors["counted"].passed()
        else:
            self._monitors["counted"].violated(
                [*_steps(other, outcome.at, apart=True, lost=True), *_steps(this, outcome.at, apart=True)]
            )

    def rule_changed(self, now: float) -> None:
        """A new rule holds from now on."""
        self.rules += 1
        self.fullest_of_all = 0
        self.together.judge_from(now)
        for record in self.records.values():
            record.rule_changed(now)

    def store_changed(self) -> None:
        """Another store counts from now on, with numbers of its own."""
        for record in self.records.values():
            record.numbers.clear()

    # What follows

    def _rules_for(self, request: CheckRequest) -> tuple[Rule, int]:
        """The client's rule and the limit of all together that a request is held to."""
        if request.rules < self.rules:
            return request.rule, request.global_limit
        config = self._context.config
        return config.rule, HIERARCHIES[config.hierarchy].limit_of_all(config.global_limit)

    def _note_caller(self, request: CheckRequest) -> None:
        self._callers.setdefault(request.key, set()).add(request.caller)
        if len(self._callers) > MAX_CLIENTS:
            self._callers.pop(next(iter(self._callers)))

    def _passed(self, name: str, request: CheckRequest, outcome: Outcome, *, leaves: float) -> None:
        record, decides = self.records[name], name == request.decider
        (rule, limit_of_all), at = self._rules_for(request), outcome.at
        record.passed += 1
        log, this = record.of(request.key), _passed(request, outcome)
        most, end = log.fullest_with(log.add(leaves, this), rule.window)
        promise = ALGORITHMS[name].promise(rule)
        record.fullest = max(record.fullest, most)
        record.over_limit += most > rule.limit
        record.over_promise += most > promise
        oldest = at - HORIZON_WINDOWS * rule.window - HORIZON_S
        if decides:
            self._check_window("within_limit", log, most, promise, end=end, width=rule.window)
            position = self.together.add(at, this._replace(number=0))
            if limit_of_all:
                most, end = self.together.fullest_with(position, rule.window)
                self.fullest_of_all = max(self.fullest_of_all, most)
                self._check_window(
                    "global_limit", self.together, most, limit_of_all, end=end, width=rule.window
                )
            self.together.prune(oldest)
        log.prune(oldest)

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
        numbers = Counter(one.number for one in log.whose[first:last] if one.number)
        steps: list[EvidenceView] = []
        for n in (*head, *tail):
            one = log.whose[n]
            said = (
                f"{one.caller}: number {n - first + 1} of {most} within {width:g} s, {promised} were promised"
            )
            steps += _steps(one, log.times[n], says=said, lost=numbers[one.number] > 1)
        self._monitors[claim].violated(steps)

    def _check_own_use(self, request: CheckRequest, refused: Outcome) -> None:
        """Would the caller have been refused if only it had used the allowance?"""
        monitor = self._monitors["own_use_only"]
        if len(self._callers[request.key]) < 2:
            monitor.passed()
            return
        log = self.records[request.decider].of(request.key)
        alone = ALGORITHMS[request.decider].block()
        others = []
        for t, one in zip(log.times[-REPLAYED:], log.whose[-REPLAYED:], strict=True):
            if one.caller == request.caller:
                alone.check(t, request.rule)
            elif t > refused.at - request.rule.window:
                others.append(write_step(one.caller, f"passed, counted as {request.key}", t, t))
        if not others or not alone.check(refused.stamp, request.rule, take=False).allowed:
            monitor.passed()
            return
        text = f"refused as {request.key}, although its own requests left room"
        trips = refused.trips or (Access("read", refused.at, refused.at, ""),)
        mine = [read_step(request.caller, text, one.start, one.end, saw=one.value) for one in trips]
        monitor.violated([*others[-SHOWN_OTHERS:], *mine])


def _passed(request: CheckRequest, outcome: Outcome) -> Passed:
    return Passed(
        request.caller,
        request.gateway,
        request.id,
        outcome.number,
        ahead=outcome.stamp - outcome.at,
        trips=outcome.trips,
    )


def _steps(
    one: Passed, at: float, *, says: str = "", apart: bool = False, lost: bool = False
) -> list[EvidenceView]:
    """How a request was counted; a clock that was wrong is the cause.

    It has a lane of its own when it read before it wrote, or is to stand `apart`, else its gateway's.
    """
    apart = apart or any(trip.kind == "read" for trip in one.trips)
    lane = f"request {one.id} at {one.gateway}" if apart else one.gateway or "gateway"
    steps = [] if abs(one.ahead) < 1e-3 else [cause_step(lane, f"its clock is {one.ahead:+.1f} s", at)]
    return [*steps, *_trips(lane, one.trips or (Access("write", at, at, ""),), says or one.caller, lost=lost)]


def _trips(lane: str, trips: Sequence[Access], says: str, *, lost: bool) -> Iterable[EvidenceView]:
    for one in trips:
        if one.kind == "read":
            yield read_step(lane, says, one.start, one.end, saw=one.value)
        else:
            yield write_step(lane, says, one.start, one.end, wrote=one.value, lost=lost)
