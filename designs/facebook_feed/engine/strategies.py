"""The choices of the feed: who does the work, when a job counts as done, what a cursor names, what is cached."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from designs.facebook_feed.engine.entries import WIDTH, Position
from sdlab.lab import time_of_day

Say = Callable[[str], None]


class FanOutRule(Protocol):
    """Whether a new post goes into its followers' feeds, and whether its author waits for that."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    waits: ClassVar[bool]

    @staticmethod
    def pushes(followers: int, threshold: int) -> bool:
        """Whether a post of somebody with so many followers is written into each feed."""
        ...

    @staticmethod
    def explain(decide: Say, followers: int, threshold: int) -> None:
        """Say why a post of somebody with so many followers goes its way."""
        ...


class OnRead:
    """Nothing is written ahead; every view collects from all that the reader follows."""

    label: ClassVar[str] = "On read"
    tradeoff: ClassVar[str] = (
        "Posting costs one write; each view reads one list per followed account and merges them."
    )
    waits: ClassVar[bool] = False

    @staticmethod
    def pushes(followers: int, threshold: int) -> bool:
        """Never."""
        return False

    @staticmethod
    def explain(decide: Say, followers: int, threshold: int) -> None:
        """Say why."""
        decide(f"nothing is written ahead for {followers:,} followers: every reader collects")


class OnWrite:
    """The post is in all feeds before its author is answered."""

    label: ClassVar[str] = "On write"
    tradeoff: ClassVar[str] = (
        "A view reads one list. The author waits for every follower, and a popular one waits long."
    )
    waits: ClassVar[bool] = True

    @staticmethod
    def pushes(followers: int, threshold: int) -> bool:
        """Always."""
        return True

    @staticmethod
    def explain(decide: Say, followers: int, threshold: int) -> None:
        """Say why."""
        decide(f"the author waits until {followers:,} feeds are written")


class ThroughQueue:
    """The author is answered once the post is stored; workers fill the feeds afterwards."""

    label: ClassVar[str] = "Through a queue"
    tradeoff: ClassVar[str] = (
        "Posting is quick again. The number of writes stays, and shows as depth of the queue and delay."
    )
    waits: ClassVar[bool] = False

    @staticmethod
    def pushes(followers: int, threshold: int) -> bool:
        """Always."""
        return True

    @staticmethod
    def explain(decide: Say, followers: int, threshold: int) -> None:
        """Say why."""
        decide(f"workers are to write {followers:,} feeds, whoever the author is")


class Hybrid:
    """Workers fill feeds with the posts of ordinary accounts; those of popular ones are merged in when read."""

    label: ClassVar[str] = "Hybrid"
    tradeoff: ClassVar[str] = (
        "Far fewer writes; a view reads its own list and one more per popular account it follows."
    )
    waits: ClassVar[bool] = False

    @staticmethod
    def pushes(followers: int, threshold: int) -> bool:
        """Up to the threshold.

        >>> Hybrid.pushes(100, 100), Hybrid.pushes(101, 100)
        (True, False)
        """
        return followers <= threshold

    @staticmethod
    def explain(decide: Say, followers: int, threshold: int) -> None:
        """Say why."""
        if followers <= threshold:
            decide(f"{followers:,} followers, not above {threshold:,}: workers are to write the feeds")
        else:
            decide(f"{followers:,} followers, above {threshold:,}: readers merge it in")


class AfterWriting:
    """A job leaves the queue when its entries are written."""

    label = "After the writes"
    tradeoff = (
        "A worker that dies leaves its job pending; another claims it and does it again from the start."
    )
    early = False

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("the job stays in the queue until its entries are written")

    @staticmethod
    def explain_end(decide: Say, doing: str) -> None:
        """Say why."""
        decide(f"its task is cancelled: {doing} stays pending until another worker claims it")


class BeforeWriting:
    """A job leaves the queue when a worker takes it."""

    label = "On taking the job"
    tradeoff = "Nothing is done twice. What a dying worker had not written is never written."
    early = True

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("the job leaves the queue when a worker takes it")

    @staticmethod
    def explain_end(decide: Say, doing: str) -> None:
        """Say why."""
        decide(f"its task is cancelled: {doing} had left the queue, and nobody will do the rest")


class ByTimeAndId:
    """The position of the last post shown: its time and its id."""

    label = "Time and id"
    tradeoff = "Exact: no two posts have the same position. The cursor is a few bytes longer."

    @staticmethod
    def below(position: Position) -> str:
        """Where a list of entries goes on behind that position, as an exclusive bound of Redis.

        >>> ByTimeAndId.below(Position(1_800_000_000, 42))
        '(18000000000000000042'
        """
        return f"({position.at:0{WIDTH}d}{position.id:0{WIDTH}d}"

    @staticmethod
    def explain(decide: Say, position: Position) -> None:
        """Say why."""
        decide(f"goes on behind post {position.id} of {time_of_day(position.at)}")


class OlderThan:
    """Only the time; go on with what is older."""

    label = "Time: older than"
    tradeoff = "Posts of the same second that did not fit on the page are never shown."

    @staticmethod
    def below(position: Position) -> str:
        """Everything before that second."""
        return f"({position.at:0{WIDTH}d}"

    @staticmethod
    def explain(decide: Say, position: Position) -> None:
        """Say why."""
        decide(f"goes on with what is older than {time_of_day(position.at)}")


class NotNewer:
    """Only the time; go on with that second or older."""

    label = "Time: not newer"
    tradeoff = "Posts of that second come again, and a second with more than a page of posts has no end."

    @staticmethod
    def below(position: Position) -> str:
        """That second and everything before it."""
        return f"({position.at + 1:0{WIDTH}d}"

    @staticmethod
    def explain(decide: Say, position: Position) -> None:
        """Say why."""
        decide(f"goes on with {time_of_day(position.at)} or older")


class NoPages:
    """Every page is put together when it is asked for."""

    label = "Off"
    tradeoff = "Always current. Each page costs its reads."
    kept = 0

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("no pages are kept: this one is put together now")


class FiftyPages:
    """Fifty pages per reader are put together once and served until they are too old."""

    label = "50 pages ahead"
    tradeoff = "Scrolling costs no reads. What was posted since is not shown until the pages are too old."
    kept = 50

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("fifty pages ahead are kept for each reader")


class NoHotCache:
    """Each shown post is read from the database."""

    label = "None"
    tradeoff = "Nothing to keep in step. A post that everybody reads is one row that everybody reads."
    nodes_used = False

    @staticmethod
    def node(owner: int, turn: int, nodes: int) -> int:
        """No node."""
        return 0

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("no cache: the texts are read from the post store")


class Partitioned:
    """Each post has one cache node, by hash."""

    label = "Partitioned"
    tradeoff = "All memory holds different posts. A post that everybody reads melts the one node that has it."
    nodes_used = True

    @staticmethod
    def node(owner: int, turn: int, nodes: int) -> int:
        """The owner."""
        return owner

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("each text is asked of the one cache node that its hash names, then of the post store")


class Replicated:
    """Every node may hold any post; reads take turns."""

    label = "Replicated"
    tradeoff = "A hot post is on all nodes and takes the capacity of all. Memory holds fewer different posts."
    nodes_used = True

    @staticmethod
    def node(owner: int, turn: int, nodes: int) -> int:
        """The next in turn.

        >>> [Replicated.node(0, turn, 3) for turn in range(4)]
        [0, 1, 2, 0]
        """
        return turn % nodes

    @staticmethod
    def explain(decide: Say) -> None:
        """Say why."""
        decide("the texts are asked of the cache node whose turn it is, then of the post store")


class PurgeAndFilter:
    """Entries are taken out of the feeds, and each page is checked against follows and deletions."""

    label = "Purge and filter"
    tradeoff = "Gone at once, even what a worker writes late. Each view looks at the reader's follows."
    purges, filters = True, True

    @staticmethod
    def explain(decide: Say, what: str) -> None:
        """Say why."""
        decide(f"{what}: its entries are taken out of lists and feeds")

    @staticmethod
    def explain_page(decide: Say, entries: int, gone: int) -> None:
        """Say why."""
        decide(
            f"{gone} of {entries} entries were of unfollowed authors or deleted, and came before the purge"
        )


class FilterOnly:
    """Entries stay in the feeds; each page is checked."""

    label = "Filter when read"
    tradeoff = "Nothing to write at unfollowing. Dead entries take room in every feed until newer ones push them out."
    purges, filters = False, True

    @staticmethod
    def explain(decide: Say, what: str) -> None:
        """Say why."""
        decide(f"{what}: its entries stay, and are left out of pages")

    @staticmethod
    def explain_page(decide: Say, entries: int, gone: int) -> None:
        """Say why."""
        decide(f"{gone} of {entries} entries were of unfollowed authors or deleted, and are left out")


class LeaveThem:
    """Feeds keep what was written into them."""

    label = "Leave them"
    tradeoff = "No work at all. Readers go on seeing whom they unfollowed and what was deleted."
    purges, filters = False, False

    @staticmethod
    def explain(decide: Say, what: str) -> None:
        """Say why."""
        decide(f"{what}: its entries stay where they are, and are shown")

    @staticmethod
    def explain_page(decide: Say, entries: int, gone: int) -> None:
        """Say why."""
        decide(f"{entries} entries are not checked against follows and deletions")


FANOUTS: dict[str, type[FanOutRule]] = {
    "read": OnRead,
    "write": OnWrite,
    "queue": ThroughQueue,
    "hybrid": Hybrid,
}
ACKS: dict[str, type[AfterWriting] | type[BeforeWriting]] = {"after": AfterWriting, "before": BeforeWriting}
CURSORS: dict[str, type[ByTimeAndId] | type[OlderThan] | type[NotNewer]] = {
    "time_id": ByTimeAndId,
    "time": OlderThan,
    "time_again": NotNewer,
}
PAGE_CACHES: dict[str, type[NoPages] | type[FiftyPages]] = {"off": NoPages, "ahead": FiftyPages}
HOT_CACHES: dict[str, type[NoHotCache] | type[Partitioned] | type[Replicated]] = {
    "none": NoHotCache,
    "partitioned": Partitioned,
    "replicated": Replicated,
}
REMOVALS: dict[str, type[PurgeAndFilter] | type[FilterOnly] | type[LeaveThem]] = {
    "purge": PurgeAndFilter,
    "filter": FilterOnly,
    "leave": LeaveThem,
}
