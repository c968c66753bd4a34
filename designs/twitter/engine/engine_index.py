"""The same tweets in a search engine: an index of the library for the archive, and one for the room."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache

from designs.twitter.engine.archive import KEPT, Archive
from designs.twitter.engine.tweet_index import TweetIndex
from sdlab.blocks.inverted_index import tokens
from sdlab.parts.search_index import Change, Entry, Has, IndexField, IndexQuery, IndexShard

FIELDS = (IndexField("text", "terms"),)
MOST_FOUND = 5_000  # the newest that have all words


class EngineIndex:
    """Follows a `TweetIndex`: what that was told since the last search is committed before the next one."""

    def __init__(self, index: TweetIndex) -> None:
        self._index = index
        self._shard: IndexShard | None = None
        self._lock = threading.Lock()
        self.commits = 0

    def take(self) -> list[Change]:
        """What is to be committed; on the event loop, where the index changes."""
        taken = set(self._index.documents) if self._shard is None else self._index.changed
        self._index.changed = set()
        known = ((id, self._index.documents.get(id)) for id in taken)
        return [_entry(id, one.text) if one and not one.retweet_of else id for id, one in known]

    def find(self, words: Sequence[str], archive: Archive, changes: Sequence[Change]) -> list[int]:
        """Ids with all words, newest first, at most `MOST_FOUND` of either index; on a thread: it takes its time."""
        query = IndexQuery(tuple(Has("text", (word,)) for word in words), limit=MOST_FOUND)
        with self._lock:
            if self._shard is None:
                self._shard = IndexShard(FIELDS)
            if changes:
                self._shard.write(changes)
                self.commits += 1
            new = self._shard.search(query)
        old = _sealed(archive.size).search(query).hits if archive.size else ()
        return [hit.id for hit in (*new.hits, *old)]


def _entry(id: int, text: str) -> Entry:
    return Entry(id, words={"text": " ".join(tokens(text))})


@lru_cache(maxsize=KEPT)
def _sealed(size: int) -> IndexShard:
    archive, shard = Archive(size), IndexShard(FIELDS)
    texts = (archive.tweet(id) for id in range(1, size + 1))
    shard.write((_entry(id, text) for id, _, text, _ in texts), new=True)
    return shard
