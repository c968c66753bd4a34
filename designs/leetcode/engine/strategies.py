"""The approaches that can be chosen: where code runs, when a sandbox starts, how work is handed out, who leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from designs.leetcode.config import Config
from sdlab.lab import EngineContext
from sdlab.parts.confined.judge import EMBEDDED
from sdlab.parts.confined.probe import STRONGEST_FIRST, Found


class Isolation(Protocol):
    """Where code runs."""

    label: str
    tradeoff: str
    tier: str

    def chosen(self, context: EngineContext[Config], found: Mapping[str, Found], language: str) -> str:
        """The tier for that language; empty when there is none."""
        ...


def _or_next(tier: str, found: Mapping[str, Found], language: str) -> str:
    """That tier, or the strongest of the others that the host has."""
    for one in (tier, *STRONGEST_FIRST):
        if one in found and language in found[one].languages:
            return one
    return ""


class InProcess:
    """A process with limits, which sees what the host has."""

    label = "Process + rlimits"
    tradeoff = (
        "Started in no time, and CPU and memory are bounded; files, network and processes are the host's. "
        "Only the lab's own programs run here."
    )
    tier = "process"

    def chosen(self, context: EngineContext[Config], found: Mapping[str, Found], language: str) -> str:
        """As it is: this is what is demonstrated."""
        context.decide("limits bound how much it uses, and nothing bounds what it sees")
        return self.tier


class InNamespaces:
    """bubblewrap: an empty root, no network, no other processes, and a filter of system calls."""

    label = "Container: namespaces"
    tradeoff = "Nothing of the host is there to be seen; some milliseconds more, and one kernel for all."
    tier = "namespaces"

    def chosen(self, context: EngineContext[Config], found: Mapping[str, Found], language: str) -> str:
        """Namespaces, where the host allows them."""
        tier = _or_next(self.tier, found, language)
        context.decide(
            "its root, network and processes are its own" if tier == self.tier else f"{tier} instead"
        )
        return tier


class InLandlock:
    """The host's files are there and may not be opened; system calls are filtered."""

    label = "Landlock + seccomp"
    tradeoff = (
        "Needs no namespaces, which many hosts forbid; names of what is forbidden can still be guessed."
    )
    tier = "landlock"

    def chosen(self, context: EngineContext[Config], found: Mapping[str, Found], language: str) -> str:
        """Landlock, where the kernel has it."""
        tier = _or_next(self.tier, found, language)
        context.decide(
            "the kernel refuses every file but the interpreter's" if tier == self.tier else f"{tier} instead"
        )
        return tier


class InEmbedded:
    """An interpreter that has no system calls to give."""

    label = "Embedded interpreter"
    tradeoff = "Starts in less than a millisecond and runs anywhere; Monty knows a part of Python: no yield, no heapq."
    tier = EMBEDDED

    def chosen(self, context: EngineContext[Config], found: Mapping[str, Found], language: str) -> str:
        """The interpreter, where it is installed."""
        tier = _or_next(self.tier, found, language)
        context.decide(
            "the interpreter was never given a system call" if tier == self.tier else f"{tier} instead"
        )
        return tier


ISOLATIONS: dict[str, Isolation] = {
    "namespaces": InNamespaces(),
    "landlock": InLandlock(),
    "embedded": InEmbedded(),
    "process": InProcess(),
}


class Start(Protocol):
    """When an interpreter is started."""

    label: str
    tradeoff: str

    def waiting(self, context: EngineContext[Config]) -> int:
        """How many wait for a job, per runner and language."""
        ...


class Warm:
    label = "Warm pool"
    tradeoff = "A job finds an interpreter that waits; each that waits has memory, also while nobody comes."

    def waiting(self, context: EngineContext[Config]) -> int:
        """As many as the knob says."""
        context.decide("an interpreter waits for its one job, inside its sandbox")
        return context.config.warm


class Cold:
    label = "Scale to zero"
    tradeoff = "Nothing waits and nothing is paid for; every job waits for its interpreter to start."

    def waiting(self, context: EngineContext[Config]) -> int:
        """None."""
        context.decide("nothing waits: the interpreter is started for this job")
        return 0


STARTS: dict[str, Start] = {"warm": Warm(), "cold": Cold()}


class Delivery(Protocol):
    """How a submission is handed to a runner."""

    label: str
    tradeoff: str
    leased: bool
    fenced: bool

    def said(self, context: EngineContext[Config], again: bool) -> None:
        """Why it may be taken."""
        ...


class Fenced:
    label = "Lease + fencing token"
    tradeoff = (
        "What a dead runner had comes again; who sleeps through its lease has an old token, and is refused."
    )
    leased, fenced = True, True

    def said(self, context: EngineContext[Config], again: bool) -> None:
        """The token goes into the row as it is taken."""
        context.decide("the row bears the token of this delivery: a verdict with an older one is refused")


class Leased:
    label = "Lease alone"
    tradeoff = "Nothing is lost; a runner that was only slow writes its verdict after another has done so."
    leased, fenced = True, False

    def said(self, context: EngineContext[Config], again: bool) -> None:
        """For a while."""
        context.decide("it is this runner's for as long as its lease; nobody looks who writes")


class Popped:
    label = "Forgotten when taken"
    tradeoff = "One command and nothing to keep; what a dead runner had is gone."
    leased, fenced = False, False

    def said(self, context: EngineContext[Config], again: bool) -> None:
        """At once."""
        context.decide("the queue has forgotten it: only this runner knows of it now")


DELIVERIES: dict[str, Delivery] = {"fenced": Fenced(), "lease": Leased(), "popped": Popped()}


class Ranking(Protocol):
    """Where the leaderboard is read."""

    label: str
    tradeoff: str
    kept: bool
    cached: bool

    def said(self, context: EngineContext[Config]) -> None:
        """Why this is what is shown."""
        ...


class SortedSet:
    label = "Sorted set in Redis"
    tradeoff = "Ranks are kept in order as verdicts come; a second store to keep right, and to rebuild from the rows."
    kept, cached = True, False

    def said(self, context: EngineContext[Config]) -> None:
        """Kept in order."""
        context.decide("the sorted set is in order already: its first hundred are read")


class SqlEach:
    label = "SQL each time"
    tradeoff = "Always right, and all rows are read for every look."
    kept, cached = False, False

    def said(self, context: EngineContext[Config]) -> None:
        """Counted anew."""
        context.decide("every accepted row is read, grouped and sorted, for this one look")


class SqlCached:
    label = "SQL + cache with TTL"
    tradeoff = "The database is asked once in a while, and for so long the leaderboard is of the past."
    kept, cached = False, True

    def said(self, context: EngineContext[Config]) -> None:
        """Not older than its time."""
        context.decide(f"what is in the cache is shown until it is {context.config.ttl_s:g} s old")


RANKINGS: dict[str, Ranking] = {"sorted": SortedSet(), "sql": SqlEach(), "ttl": SqlCached()}


class Watching(Protocol):
    """How spectators hear of a change."""

    label: str
    tradeoff: str
    pushed: bool

    def said(self, context: EngineContext[Config], many: int) -> None:
        """Why they are told now."""
        ...


class Push:
    label = "Push over a WebSocket"
    tradeoff = "One read for all of them, a fifth of a second after a verdict; a connection for each."
    pushed = True

    def said(self, context: EngineContext[Config], many: int) -> None:
        """Something has changed."""
        context.decide(f"the leaderboard was read once, and sent to {many}")


class Poll:
    label = "Poll"
    tradeoff = "Plain requests, each of which reads the leaderboard; news is half an interval old on average."
    pushed = False

    def said(self, context: EngineContext[Config], many: int) -> None:
        """Their time has come."""
        context.decide(f"{many} asked because their interval is over, whether anything has changed or not")


WATCHINGS: dict[str, Watching] = {"push": Push(), "poll": Poll()}
