"""The smaller choices: what happens without a store, whose clock counts, one rule or two, who evaluates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

Decide = Callable[[str], None]


class OnFailure(Protocol):
    """What a gateway does with a request when the store does not answer."""

    label: str
    tradeoff: str
    passes: bool
    falls_back: bool


class FailOpen:
    """Let it pass."""

    label = "fail open"
    tradeoff = "Nobody notices the outage, and nothing is limited while it lasts."
    passes, falls_back = True, False


class FailClosed:
    """Refuse it."""

    label = "fail closed"
    tradeoff = "Nothing passes unchecked; an outage of the limiter is an outage of the service."
    passes, falls_back = False, False


class FallBack:
    """Count in the gateway, each with its share of the limit."""

    label = "local fallback"
    tradeoff = "Still limited, roughly: what was used before is forgotten, uneven gateways refuse early."
    passes, falls_back = False, True


FAILURES: dict[str, type[OnFailure]] = {"closed": FailClosed, "open": FailOpen, "fallback": FallBack}


class Clock(Protocol):
    """Whose time a check is decided at."""

    label: str
    tradeoff: str
    skewed: bool


class OneClock:
    """One clock for all: this machine's, whose time goes to the counters with each batch."""

    label = "one for all"
    tradeoff = "All checks are decided by the same clock: the gateways' own may be wrong without harm."
    skewed = False


class GatewayClock:
    """Each gateway stamps its requests."""

    label = "each gateway's"
    tradeoff = "Times when the request arrived; gateways that disagree move each other's windows."
    skewed = True


CLOCKS: dict[str, type[Clock]] = {"store": OneClock, "gateway": GatewayClock}


class Hierarchy(Protocol):
    """Which rules a request must satisfy."""

    label: str
    tradeoff: str

    @staticmethod
    def limit_of_all(chosen: int) -> int:
        """The limit of all clients together per window when `chosen` is set; 0 for none."""
        ...


class PerClient:
    """Only the client's own rule."""

    label = "per client"
    tradeoff = "Simple; enough clients together can still flood the service."

    @staticmethod
    def limit_of_all(chosen: int) -> int:
        return 0


class PerClientAndGlobal:
    """The client's own rule, and one for all together."""

    label = "per client and global"
    tradeoff = "The service as a whole is protected; clients that obey are refused when there are many."

    @staticmethod
    def limit_of_all(chosen: int) -> int:
        return chosen


HIERARCHIES: dict[str, type[Hierarchy]] = {"client": PerClient, "both": PerClientAndGlobal}


class Shadow(Protocol):
    """Which algorithms see a request."""

    label: str
    tradeoff: str

    @staticmethod
    def evaluating(decider: str, known: Iterable[str], decide: Decide) -> tuple[str, ...]:
        """The algorithms that evaluate a request, the one that decides first; says so."""
        ...


class AllEvaluate:
    """Every algorithm evaluates every request; one decides."""

    label = "all six"
    tradeoff = "One decides, all can be compared on real traffic; six times the work in the store."

    @staticmethod
    def evaluating(decider: str, known: Iterable[str], decide: Decide) -> tuple[str, ...]:
        decide("all algorithms look at it, one decides")
        return (decider, *(one for one in known if one != decider))


class OneEvaluates:
    """Only the algorithm that decides."""

    label = "only the decider"
    tradeoff = "Least work; nothing to compare with."

    @staticmethod
    def evaluating(decider: str, known: Iterable[str], decide: Decide) -> tuple[str, ...]:
        decide("only the algorithm that decides looks at it")
        return (decider,)


SHADOWS: dict[str, type[Shadow]] = {"on": AllEvaluate, "off": OneEvaluates}
