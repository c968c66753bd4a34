"""Performs what the workloads want, each with a plain answer."""

from __future__ import annotations

from itertools import islice
from typing import Any

from designs.twitter.engine.engine import Twitter
from designs.twitter.engine.pages import FIRST
from sdlab.lab import NotFound, Operation, Traffic, acting, performs

SCREEN = 12  # tweets of the timeline that are liked and answered
FURTHER = 30  # and among which the most liked are looked for


class TwitterTraffic(Traffic[Twitter]):
    """People tweet, like, scroll, search and delete."""

    def _screen(self, most: int = SCREEN) -> list[int]:
        """What the timeline on the page shows, the newest first, as far as the index knows it."""
        engine = self.engine
        authors = engine.members.feeds(engine.reader.me)
        newest = (
            one.id
            for one in reversed(engine.index.documents.values())
            if one.author in authors and not one.reply_to and not one.retweet_of
        )
        return list(islice(newest, most)) or [engine.tweets.last_id]

    def _on_screen(self, place: int) -> int:
        screen = self._screen()
        return screen[place % len(screen)]

    def _popular(self, place: int) -> int:
        likes = self.engine.likes.acknowledged
        screen = sorted(self._screen(FURTHER), key=lambda id: -likes.get(str(id), 0))
        return screen[place % len(screen)]

    @performs("post")
    async def post(self, operation: Operation) -> dict[str, int]:
        """Somebody tweets."""
        return {"tweet": (await self.engine.post(operation.args["text"])).id}

    @performs("reply", "retweet", "quote")
    async def answer(self, operation: Operation) -> dict[str, int]:
        """Somebody answers, passes on or quotes what is on the screen."""
        engine, id = self.engine, self._on_screen(operation.args["place"])
        if operation.verb == "retweet":
            return {"tweet": (await engine.retweet(id))[0].id}
        text = operation.args["text"]
        made = await (engine.reply(id, text) if operation.verb == "reply" else engine.post(text, quote_of=id))
        return {"tweet": made.id}

    @performs("like", "unlike")
    async def like(self, operation: Operation) -> dict[str, Any]:
        """Somebody likes what is on the screen, by its place there or among the popular, or no more."""
        args = operation.args
        id = self._popular(args["popular"]) if "popular" in args else self._on_screen(args["place"])
        if operation.verb == "unlike":
            await self.engine.unlike(id)
            return {}
        await self.engine.like(id)
        return {"liked": id, "by": acting().name}

    @performs("wave")
    async def wave(self, operation: Operation) -> dict[str, Any]:
        """Many like the tweet that is liked most on the screen."""
        likes = self.engine.likes.acknowledged
        top = max(self._screen(), key=lambda id: likes.get(str(id), 0))
        fans = operation.args["fans"]
        await self.engine.like_wave(top, fans)
        return {"liked": top, "by": fans[0]}

    @performs("timeline")
    async def timeline(self, operation: Operation) -> dict[str, int]:
        """Somebody opens the timeline."""
        return {"shown": len((await self.engine.timeline()).cards)}

    @performs("search")
    async def search(self, operation: Operation) -> dict[str, int]:
        """Somebody searches."""
        page = await self.engine.search(operation.args["term"], sort=operation.args["sort"], at=FIRST)
        return {"shown": len(page.cards)}

    @performs("scroll")
    async def scroll(self, operation: Operation) -> dict[str, int]:
        """Somebody scrolls, through the timeline or a search."""
        return {"shown": await self.engine.scroll(operation.args["term"], sort=operation.args["sort"])}

    @performs("find")
    async def find(self, operation: Operation) -> dict[str, float]:
        """Somebody tweets and looks for it."""
        return {"seconds": await self.engine.post_and_find(operation.args["text"])}

    @performs("delete")
    async def delete(self, operation: Operation) -> dict[str, int]:
        """Somebody takes one of the newest tweets of their own back."""
        back = operation.args["back"]
        own = await self.engine.tweets_of(acting().name, size=back + 1)
        mine = [card.tweet for card in own.cards if not card.passed_on]
        if not mine:
            return {}
        try:
            await self.engine.delete(mine[-1].id)
        except NotFound:
            return {}  # somebody was quicker
        return {"deleted": mine[-1].id}

    @performs("lose")
    async def lose(self, operation: Operation) -> dict[str, int]:
        """The like counter is restarted, and has nothing."""
        await self.engine.set_fault("counter", "lose")
        return {}

    async def honours(self, answer: Any) -> bool:
        """Tweets are stored, likes are counted, what was deleted stays so."""
        engine = self.engine
        if "tweet" in answer:
            return answer["tweet"] in await engine.tweets.read([answer["tweet"]])
        if "liked" in answer:
            there = answer["liked"] in await engine.tweets.read([answer["liked"]])
            return not there or await engine.likes.has(answer["liked"], answer["by"])
        if "deleted" in answer:
            return answer["deleted"] not in await engine.tweets.read([answer["deleted"]])
        return True
