"""All that a room stores of the feed: rows of posts and follows, authors' lists, and the feed table."""

from __future__ import annotations

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.author_lists import AuthorLists
from designs.facebook_feed.engine.feed_table import FeedTable
from designs.facebook_feed.engine.follow_rows import FollowRows
from designs.facebook_feed.engine.post_store import PostStore
from sdlab.lab import EngineContext


class Stores:
    """The rows are what counts; lists and feeds can be made again from them."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self.posts = PostStore(context)
        self.follows = FollowRows(context)
        self.authors = AuthorLists(context)
        self.feeds = FeedTable(context)
