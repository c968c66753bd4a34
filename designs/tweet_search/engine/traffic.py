"""Performs the operations of the workloads: searches, readers who page, authors, and likes of many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.screen import FIRST_QUERY
from sdlab.lab import Operation, Traffic, performs


class TweetSearchTraffic(Traffic[TweetSearch]):
    """What an operation names first is what is on the page."""

    @performs("search")
    async def search(self, operation: Operation) -> int:
        """A first page."""
        args = operation.args
        found = await self.engine.search(self._here(args["query"]), args["sort"], size=args.get("size", 20))
        return len(found.items)

    @performs("walk")
    async def walk(self, operation: Operation) -> int:
        """A first page and those behind it."""
        args = operation.args
        query, sort = self._here(args["query"]), args["sort"]
        found = await self.engine.search(query, sort, size=args["size"])
        pages = 1
        while found.next is not None and pages < args["pages"]:
            await self.engine.clock.sleep(args["reads_s"])
            found = await self.engine.search(query, sort, size=args["size"], cursor=found.next)
            pages += 1
        return pages

    @performs("post")
    async def post(self, operation: Operation) -> dict[str, Any]:
        """A tweet; with the words on the page in it, where it says so."""
        args = operation.args
        text = f"{args['text']} {self.engine.screen.query}"[:280] if args.get("here") else args["text"]
        tweet = await self.engine.post(text.replace('"', ""))
        return {"posted": tweet.id, "text": tweet.text}

    @performs("like")
    async def like(self, operation: Operation) -> dict[str, Any]:
        """A like of one on the page, of a young one, or of any: popular ones more often."""
        id = self._liked(operation.args)
        liked = await self.engine.like(id)
        return {"liked": id, "user": operation.actor, "likes": liked.likes}

    @performs("show")
    async def show(self, operation: Operation) -> None:
        """Put a search on the page."""
        await self.engine.show(operation.args["query"], operation.args["sort"])

    @performs("more")
    async def more(self, operation: Operation) -> None:
        """The next page of the search on the page."""
        await self.engine.more()

    def _here(self, query: str) -> str:
        return self.engine.screen.query if query == FIRST_QUERY else query

    def _liked(self, args: Mapping[str, Any]) -> int:
        engine, u = self.engine, float(args["u"])
        if args["of"] == "screen" and engine.screen.ids:
            return engine.screen.ids[int(u * len(engine.screen.ids))]
        if args["of"] == "young" and engine.tweets.posted:
            young = list(engine.tweets.posted)[-50:]
            return young[int(u * len(young))]
        return engine.tweets.popular(u)

    async def honours(self, answer: Any) -> bool:
        """A tweet is a row and can be found, once the index has come so far; a like is counted."""
        if not isinstance(answer, Mapping):
            return True
        if "liked" in answer:
            counted = (await self.engine.likes.exact([answer["liked"]]))[answer["liked"]]
            return counted >= answer["likes"] and await self.engine.likes.liked_by(
                answer["liked"], answer["user"]
            )
        id, engine = answer["posted"], self.engine
        waits = id > engine.index.watermark
        return engine.tweets.has(id) and (waits or await engine.searching.is_found(id))
