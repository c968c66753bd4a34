"""The approaches that can be chosen. What acts in a process of its own names the branch of its program here."""

from __future__ import annotations

from typing import Protocol

from designs.job_scheduler.config import Config
from sdlab.lab import EngineContext

LONGEST_RETRY_MS = 60_000


class Scanning(Protocol):
    """Who reads what is due. `guarded`: a run that is in the queue is not put there again."""

    label: str
    tradeoff: str
    guarded: bool
    owned: bool
    locks: bool


class Partitions:
    """Each extractor reads the rows of its own partitions."""

    label = "N, each with its partitions"
    tradeoff = "No two ever look at the same row; somebody must say who owns what, also when one dies."
    guarded, owned, locks = True, True, False


class SkipLocked:
    """All read everything; a row that another has locked is passed over."""

    label = "N, SKIP LOCKED"
    tradeoff = (
        "The database keeps them apart, without a leader; all of them work on the same index and its locks."
    )
    guarded, owned, locks = True, False, True


class Shared:
    """All read everything, and nobody asks who else does."""

    label = "N, nothing shared out"
    tradeoff = "Simple, and whoever reads the same rows at the same time puts them into the queue once more."
    guarded, owned, locks = False, False, False


class Single:
    """One reads everything."""

    label = "One scanner"
    tradeoff = "Nothing to agree on; while it is dead nothing is found, and it finds no faster than one can."
    guarded, owned, locks = True, False, False


SCANNINGS: dict[str, type[Scanning]] = {
    "partitions": Partitions,
    "locked": SkipLocked,
    "shared": Shared,
    "single": Single,
}


class Fencing(Protocol):
    """Whether a publication shows its token."""

    label: str
    tradeoff: str

    def checked(self, context: EngineContext[Config]) -> bool:
        """Whether the token is compared in the transaction that publishes."""
        ...


class FencingOn:
    label = "Token checked on writing"
    tradeoff = "A read of the lease's row in each publishing transaction; who was away too long is refused."

    def checked(self, context: EngineContext[Config]) -> bool:
        """It is."""
        context.decide("the token of each partition is compared within the transaction")
        return True


class FencingOff:
    label = "Lease alone"
    tradeoff = "Who sleeps through the end of its lease does not know it, and writes as if it were the owner."

    def checked(self, context: EngineContext[Config]) -> bool:
        """Nobody asks."""
        context.decide("whoever read the rows publishes them: nobody asks whose they are by now")
        return False


FENCINGS: dict[str, Fencing] = {"on": FencingOn(), "off": FencingOff()}


class Keys(Protocol):
    """Whether callbacks bear an idempotency key."""

    label: str
    tradeoff: str

    def keyed(self, context: EngineContext[Config]) -> bool:
        """Whether they do."""
        ...


class KeyOn:
    label = "Job and timestamp"
    tradeoff = "The receiver remembers keys; a repetition is answered and does nothing."

    def keyed(self, context: EngineContext[Config]) -> bool:
        """They do."""
        context.decide("the callback bears job and timestamp as its key, the same for every try")
        return True


class KeyOff:
    label = "None"
    tradeoff = "Nothing to remember; what is delivered again is done again."

    def keyed(self, context: EngineContext[Config]) -> bool:
        """They do not."""
        context.decide("the callback bears no key: the receiver cannot know it again")
        return False


IDEMPOTENCY: dict[str, Keys] = {"on": KeyOn(), "off": KeyOff()}


class Ack(Protocol):
    """When a worker acknowledges."""

    label: str
    tradeoff: str

    def first(self, context: EngineContext[Config]) -> bool:
        """Whether before the callback."""
        ...


class AckAfter:
    label = "After the callback"
    tradeoff = "At least once: what a dead worker had in its hand comes again."

    def first(self, context: EngineContext[Config]) -> bool:
        """Afterwards."""
        context.decide("acknowledged when the attempt is written: until then it is the queue's")
        return False


class AckBefore:
    label = "Before the callback"
    tradeoff = "At most once: nothing is called twice, and what a dead worker had in its hand is gone."

    def first(self, context: EngineContext[Config]) -> bool:
        """At once."""
        context.decide("acknowledged as it is taken: the queue forgets it now")
        return True


ACKS: dict[str, Ack] = {"after": AckAfter(), "before": AckBefore()}


class Relevance(Protocol):
    """What becomes of a run that is later than its window."""

    label: str
    tradeoff: str

    def dropped(self, context: EngineContext[Config]) -> bool:
        """Whether it is dropped."""
        ...


class RelevanceOn:
    label = "Drop what is too late"
    tradeoff = "A password that has expired is not sent; whoever wants it has to ask again."

    def dropped(self, context: EngineContext[Config]) -> bool:
        """It is."""
        context.decide("what is later than its window is dropped before its callback")
        return True


class RelevanceOff:
    label = "Run everything"
    tradeoff = "Nothing is dropped; late calls take the place of those that are still wanted."

    def dropped(self, context: EngineContext[Config]) -> bool:
        """It runs."""
        context.decide("windows are not looked at: everything is called, however late")
        return False


RELEVANCES: dict[str, Relevance] = {"on": RelevanceOn(), "off": RelevanceOff()}


class Pressure(Protocol):
    """How much an extractor may put into the queue."""

    label: str
    tradeoff: str

    def room_for(self, depth: int, threshold: int, most: int) -> int:
        """So many, at most `most`."""
        ...

    def said(self, context: EngineContext[Config], depth: int, threshold: int) -> None:
        """Why."""
        ...


class PressureOn:
    label = "Pause scans when it is deep"
    tradeoff = (
        "The queue stays short, and what is due waits in the store, where it can be seen and cancelled."
    )

    def room_for(self, depth: int, threshold: int, most: int) -> int:
        """What is left up to the threshold."""
        return max(0, min(most, threshold - depth))

    def said(self, context: EngineContext[Config], depth: int, threshold: int) -> None:
        """The comparison."""
        context.decide(f"{depth:,} in the queue, of {threshold:,} that may be")


class PressureOff:
    label = "Scan regardless"
    tradeoff = "Whatever is due goes into the queue, and into its memory, however slow the workers are."

    def room_for(self, depth: int, threshold: int, most: int) -> int:
        """As many as are due."""
        return most

    def said(self, context: EngineContext[Config], depth: int, threshold: int) -> None:
        """Nothing is compared."""
        context.decide("nobody looks how deep the queue is")


PRESSURES: dict[str, Pressure] = {"on": PressureOn(), "off": PressureOff()}


class Retry(Protocol):
    """When a callback that failed is tried again."""

    label: str
    tradeoff: str

    def after_ms(self, tried: int, most: int, base_ms: int, chance: float) -> int | None:
        """In so many ms after `tried` tries of at most `most`; none when it is given up."""
        ...

    def said(self, context: EngineContext[Config], failed: int) -> None:
        """Why."""
        ...


class NoRetry:
    label = "None"
    tradeoff = "A receiver that is down for a moment loses what came in that moment."

    def after_ms(self, tried: int, most: int, base_ms: int, chance: float) -> int | None:
        """Given up."""
        return None

    def said(self, context: EngineContext[Config], failed: int) -> None:
        """At once."""
        context.decide(f"{failed} failed: one try is all they have")


class Immediate:
    label = "Immediate"
    tradeoff = "Quick for a chance failure; all tries are used up while the receiver is down."

    def after_ms(self, tried: int, most: int, base_ms: int, chance: float) -> int | None:
        """At once."""
        return 0 if tried < most else None

    def said(self, context: EngineContext[Config], failed: int) -> None:
        """No wait."""
        context.decide(f"{failed} failed: tried again at once, as long as there are tries left")


class Exponential:
    label = "Exponential, with jitter"
    tradeoff = (
        "Gives the receiver time to come back, and callers do not come back together; the last try is late."
    )

    def after_ms(self, tried: int, most: int, base_ms: int, chance: float) -> int | None:
        """The base, doubled with each try; half of it is left to chance.

        >>> [Exponential().after_ms(n, 4, 500, chance=1.0) for n in (1, 2, 3, 4)]
        [500, 1000, 2000, None]
        """
        if tried >= most:
            return None
        longest: int = min(LONGEST_RETRY_MS, base_ms * 2 ** min(tried - 1, 20))
        return round(longest * (0.5 + 0.5 * chance))

    def said(self, context: EngineContext[Config], failed: int) -> None:
        """A wait that doubles."""
        context.decide(f"{failed} failed: each waits twice as long as before, less what chance takes off")


RETRIES: dict[str, Retry] = {"none": NoRetry(), "immediate": Immediate(), "exponential": Exponential()}
