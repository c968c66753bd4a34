"""The choices of top-k: how views are counted, how a window slides, how a counter is raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import ClassVar, Literal, Protocol

from designs.top_k.config import Config
from designs.top_k.engine.stores import ExactStore, Ranking, Shape, SketchStore, Store
from sdlab.blocks.hash_ring import HashRing, hash64
from sdlab.blocks.k_way_merge import merge_ranked
from sdlab.lab import EngineContext

Decide = Callable[[str], None]

SLOTS = 32
VIRTUAL_NODES = 24


class Counting(Protocol):
    """How views get into counters, and how counters become one ranking.

    Videos are counted in slots; a slot lives on one host or more. `whole_maps` says whether the
    merger needs everything that a host holds, or only the head of its ranking.
    """

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    exact: ClassVar[bool]
    whole_maps: ClassVar[bool]
    on_hosts: ClassVar[bool]
    movable: ClassVar[bool]

    @staticmethod
    def hosts(wanted: int, copies: int) -> int:
        """How many hosts there are."""
        ...

    @staticmethod
    def slots(hosts: int) -> int:
        """How many slots there are."""
        ...

    @staticmethod
    def slot(video: str, slots: int, rng: Random) -> int:
        """The slot that counts this view."""
        ...

    @staticmethod
    def owners(slot: int, hosts: int, copies: int) -> tuple[int, ...]:
        """The hosts that hold the slot, the first one to be asked first."""
        ...

    @staticmethod
    def empty(*, slices: int, shape: Shape) -> Store:
        """What a host holds of a slot, empty: exact counts, unless the approach says otherwise."""
        return ExactStore(slices=slices)

    @staticmethod
    def merge(lists: Sequence[Ranking], k: int) -> tuple[Ranking, int]:
        """One ranking of what the hosts sent, and how many entries had to be looked at."""
        ...

    @staticmethod
    def explain(decide: Decide, slot: int, hosts: Sequence[int]) -> None:
        """Say why these hosts count a view."""
        ...


class _OneSlot(Counting):
    """One slot on one host; more copies are standbys."""

    on_hosts = True
    movable = False
    whole_maps = False

    @staticmethod
    def hosts(wanted: int, copies: int) -> int:
        return copies

    @staticmethod
    def slots(hosts: int) -> int:
        return 1

    @staticmethod
    def slot(video: str, slots: int, rng: Random) -> int:
        return 0

    @staticmethod
    def owners(slot: int, hosts: int, copies: int) -> tuple[int, ...]:
        return tuple(range(min(hosts, copies)))

    @staticmethod
    def merge(lists: Sequence[Ranking], k: int) -> tuple[Ranking, int]:
        first = list(lists[0][:k]) if lists else []
        return first, len(first)


class OneHost(_OneSlot):
    """A hash map and a heap on one host."""

    label = "one host"
    tradeoff = "Simple and exact; every distinct video costs memory, and the one host is all there is."
    exact = True

    @staticmethod
    def explain(decide: Decide, slot: int, hosts: Sequence[int]) -> None:
        decide("one host counts everything, and its standbys with it")


class RandomHosts(Counting):
    """Any host counts any view; the parts of a video's count are on all of them."""

    label = "random hosts"
    tradeoff = "Load is even without thinking; for one answer every host must send its whole map."
    exact = True
    whole_maps = True
    on_hosts = True
    movable = False

    @staticmethod
    def hosts(wanted: int, copies: int) -> int:
        return wanted

    @staticmethod
    def slots(hosts: int) -> int:
        return hosts

    @staticmethod
    def slot(video: str, slots: int, rng: Random) -> int:
        return rng.randrange(slots)

    @staticmethod
    def owners(slot: int, hosts: int, copies: int) -> tuple[int, ...]:
        return tuple((slot + copy) % hosts for copy in range(min(hosts, copies)))

    @staticmethod
    def merge(lists: Sequence[Ranking], k: int) -> tuple[Ranking, int]:
        sums: Counter[str] = Counter()
        for one in lists:
            for video, count in one:
                sums[video] += count
        return sums.most_common(k), sum(map(len, lists))

    @staticmethod
    def explain(decide: Decide, slot: int, hosts: Sequence[int]) -> None:
        decide(f"any host may count it: chance says {_numbered(hosts)}")


class Partitioned(Counting):
    """A video's slot, and with it its hosts, follows from its id."""

    label = "partitioned"
    tradeoff = "k entries per host make the answer; a viral video heats one host, and moving costs copies."
    exact = True
    whole_maps = False
    on_hosts = True
    movable = True

    @staticmethod
    def hosts(wanted: int, copies: int) -> int:
        return wanted

    @staticmethod
    def slots(hosts: int) -> int:
        return SLOTS

    @staticmethod
    def slot(video: str, slots: int, rng: Random) -> int:
        return hash64(video) % slots

    @staticmethod
    def owners(slot: int, hosts: int, copies: int) -> tuple[int, ...]:
        return preference(slot, tuple(range(hosts)), min(hosts, copies))

    @staticmethod
    def merge(lists: Sequence[Ranking], k: int) -> tuple[Ranking, int]:
        merged = merge_ranked(lists, k)
        return merged.first, merged.read

    @staticmethod
    def explain(decide: Decide, slot: int, hosts: Sequence[int]) -> None:
        decide(f"slot {slot} follows from the id, and is on {_numbered(hosts)}")


class Sketch(_OneSlot):
    """A count-min sketch and a heap of the largest."""

    label = "count-min sketch"
    tradeoff = (
        "Memory that does not grow; counts may be too large, never too small, and names only in the heap."
    )
    exact = False

    @staticmethod
    def empty(*, slices: int, shape: Shape) -> Store:
        return SketchStore(slices=slices, shape=shape)

    @staticmethod
    def explain(decide: Decide, slot: int, hosts: Sequence[int]) -> None:
        decide("one sketch counts everything: a cell in each of its rows")


class Batch(_OneSlot):
    """The log is cut into intervals, counted in files, ranked by a job."""

    label = "batch"
    tradeoff = "Exact whatever fails, because the log is read again; the answer is seconds old."
    exact = True
    on_hosts = False

    @staticmethod
    def explain(decide: Decide, slot: int, hosts: Sequence[int]) -> None:
        decide("no host counts: the batch reads views from the log")


def _numbered(hosts: Sequence[int]) -> str:
    return f"host{'s' if len(hosts) != 1 else ''} {' and '.join(map(str, hosts))}"


@lru_cache(maxsize=4096)
def preference(slot: int, hosts: tuple[int, ...], copies: int) -> tuple[int, ...]:
    """The next `copies` different hosts clockwise of the slot: without the first, the second is the first."""
    if copies == 0:
        return ()
    first = _ring(hosts).owner(f"slot-{slot}")
    return (first, *preference(slot, tuple(one for one in hosts if one != first), copies - 1))


@lru_cache(maxsize=256)
def _ring(hosts: tuple[int, ...]) -> HashRing:
    return HashRing(hosts, virtual_nodes=VIRTUAL_NODES)


COUNTINGS: dict[str, type[Counting]] = {
    "one_host": OneHost,
    "random": RandomHosts,
    "partitioned": Partitioned,
    "sketch": Sketch,
    "batch": Batch,
}


class Sliding(Protocol):
    """How a window moves on: `slices` per window, a divisor of 60."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    slices: ClassVar[int]

    @staticmethod
    def explain(decide: Decide, covered: str) -> None:
        """Say what an answer covers, in words of time."""
        ...


class Tumbling(Sliding):
    """A block of time that begins from nothing."""

    label = "tumbling"
    tradeoff = "One map per window; just after the turn “the last minute” is the last second."
    slices = 1

    @staticmethod
    def explain(decide: Decide, covered: str) -> None:
        decide(f"one block since its turn: {covered} are covered")


class Ring6(Sliding):
    """Six slices."""

    label = "6 slices"
    tradeoff = "A sixth of the window may be missing at its old end; six maps per window."
    slices = 6

    @staticmethod
    def explain(decide: Decide, covered: str) -> None:
        decide(f"the six newest slices: {covered} are covered")


class Ring12(Sliding):
    """Twelve slices."""

    label = "12 slices"
    tradeoff = "A twelfth of the window may be missing; twelve maps per window."
    slices = 12

    @staticmethod
    def explain(decide: Decide, covered: str) -> None:
        decide(f"the twelve newest slices: {covered} are covered")


class Ring60(Sliding):
    """Sixty slices."""

    label = "60 slices"
    tradeoff = "Right to a sixtieth; a video that is seen all the time is held sixty times per window."
    slices = 60

    @staticmethod
    def explain(decide: Decide, covered: str) -> None:
        decide(f"the sixty newest slices: {covered} are covered")


SLIDINGS: dict[str, type[Sliding]] = {
    "tumbling": Tumbling,
    "ring_6": Ring6,
    "ring_12": Ring12,
    "ring_60": Ring60,
}


class Note(Protocol):
    """Takes a step of a counter: `read` or `write`, and the number."""

    def __call__(self, kind: Literal["read", "write"], number: int) -> None: ...


class Counters(Protocol):
    """How a counter is raised."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    async def count(context: EngineContext[Config], store: Store, video: str, t: float, note: Note) -> bool:
        """Count one view at `t`; whether nobody wrote in between. `note` gets the steps that may interleave."""
        ...


class Atomic(Counters):
    """Read, add and write in one step."""

    label = "one step"
    tradeoff = "No view is lost; counters of one host are raised one after the other."

    @staticmethod
    async def count(context: EngineContext[Config], store: Store, video: str, t: float, note: Note) -> bool:
        store.add(video, t)
        context.decide("the counter was raised in one step: nobody came between")
        return True


class ReadThenWrite(Counters):
    """Read, and write later what was read plus one.

    All handlers of a host share one thread here, so that nobody comes between two lines of code. What
    lies between the read and the write of a real handler is a knob: with 0 nothing does.
    """

    label = "read, then write"
    tradeoff = "Handlers do not wait for each other; two that read the same number count one view together."

    @staticmethod
    async def count(context: EngineContext[Config], store: Store, video: str, t: float, note: Note) -> bool:
        reading = store.read(video, t)
        was = min(reading[-1][2], default=0)
        note("read", was)
        if context.config.gap_ms:
            await context.clock.sleep(context.config.gap_ms / 1000)
        undisturbed = store.write(video, reading)
        note("write", was + 1)
        context.decide(f"{was:,} was read; {was + 1:,} is written, whatever others wrote meanwhile")
        return undisturbed


COUNTERS: dict[str, type[Counters]] = {"atomic": Atomic, "read_then_write": ReadThenWrite}


class SketchUpdate(Protocol):
    """What a view does to the cells of its video."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    conservative: ClassVar[bool]

    @staticmethod
    def explain(decide: Decide, depth: int) -> None:
        """Say which of the `depth` cells go up."""
        ...


class Plain(SketchUpdate):
    """All cells go up."""

    label = "plain"
    tradeoff = "Sketches can be added to one another; every collision is paid for in full."
    conservative = False

    @staticmethod
    def explain(decide: Decide, depth: int) -> None:
        decide(f"all {depth} cells of the video go up")


class Conservative(SketchUpdate):
    """Only the smallest cells go up."""

    label = "conservative"
    tradeoff = "Smaller errors for the same memory; sketches cannot be merged or subtracted any more."
    conservative = True

    @staticmethod
    def explain(decide: Decide, depth: int) -> None:
        decide(f"of the {depth} cells of the video only the smallest go up")


UPDATES: dict[str, type[SketchUpdate]] = {"plain": Plain, "conservative": Conservative}


class Sizing(Protocol):
    """What decides the width of a sketch."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def width(*, wanted: int, depth: int, budget: int, sketches: int) -> int:
        """Counters per row, when `budget` bytes are there for `sketches` of them."""
        ...

    @staticmethod
    def explain(decide: Decide, width: int, sketches: int) -> None:
        """Say why the rows are so wide."""
        ...


class ByWidth(Sizing):
    """The width that was asked for."""

    label = "width × depth"
    tradeoff = "You choose the error; memory follows."

    @staticmethod
    def width(*, wanted: int, depth: int, budget: int, sketches: int) -> int:
        return wanted

    @staticmethod
    def explain(decide: Decide, width: int, sketches: int) -> None:
        decide(f"rows of {width:,} counters, as they were asked for")


class ByBudget(Sizing):
    """What fits into the memory."""

    label = "memory budget"
    tradeoff = "You choose the memory; the error follows."

    @staticmethod
    def width(*, wanted: int, depth: int, budget: int, sketches: int) -> int:
        return max(1, budget // (4 * depth * sketches))

    @staticmethod
    def explain(decide: Decide, width: int, sketches: int) -> None:
        decide(f"rows of {width:,} counters: as many as the budget holds in {sketches} sketches")


SIZINGS: dict[str, type[Sizing]] = {"manual": ByWidth, "budget": ByBudget}


class Overlay(Protocol):
    """Whether a sketch runs beside the approach in force."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    runs: ClassVar[bool]

    @staticmethod
    def explain(decide: Decide) -> None:
        """Say whether a view is counted a second time."""
        ...


class OverlayOff(Overlay):
    """No second count."""

    label = "off"
    tradeoff = "Nothing is spent on comparing."
    runs = False

    @staticmethod
    def explain(decide: Decide) -> None:
        decide("no sketch counts it as well")


class OverlayOn(Overlay):
    """The same views also go into a sketch."""

    label = "on"
    tradeoff = "Every view is counted twice, so that error and bound can be seen."
    runs = True

    @staticmethod
    def explain(decide: Decide) -> None:
        decide("a sketch beside the approach counts it as well")


OVERLAYS: dict[str, type[Overlay]] = {"off": OverlayOff, "on": OverlayOn}
