"""What a reader may see: posts of those whom it follows, and none that was deleted."""

from __future__ import annotations

from collections import Counter

from designs.facebook_feed.engine.entries import Entry
from designs.facebook_feed.engine.graph import FollowGraph
from designs.facebook_feed.engine.recent import Recent


class Visibility:
    """The follows and deletions of now. Times are the room's monotonic clock.

    `changes` counts follows that a reader changed, `catching_up` are follows whose older posts are
    just being written into the feed.
    """

    def __init__(self, graph: FollowGraph) -> None:
        self.graph = graph
        self.deleted: Recent[int, float] = Recent()
        self.unfollowed: Recent[tuple[int, int], float] = Recent()
        self.catching_up: set[tuple[int, int]] = set()
        self.changes: Counter[int] = Counter()

    def may_see(self, reader: int, entry: Entry) -> bool:
        """Whether this entry may be on a page of that reader."""
        return self.graph.follows(reader, entry.author) and entry.position.id not in self.deleted

    def awaited_by(self, author: int) -> list[int]:
        """Followers in whose feeds this author's posts must be by now."""
        return [fan for fan in self.graph.followers(author) if (fan, author) not in self.catching_up]

    def last_unfollowed(self, reader: int) -> list[float]:
        """When this reader last unfollowed somebody whom it follows again by now."""
        found = (self.unfollowed.get((reader, one)) for one in self.graph.followees(reader))
        return [one for one in found if one is not None]
