"""Questions that a class is asked, and how it voted: one vote for each follower, kept in Redis."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import NamedTuple

from redis.asyncio import Redis

from sdlab import registry
from sdlab.lab import Ask, Conflict, Invalid, TooMany
from sdlab.rooms.csv_cells import plain

LIVES = 12 * 3600


class Poll(NamedTuple):
    """The question of a beat (from 1; 0 for none) in a lab's lesson."""

    lab: str
    beat: int

    @property
    def id(self) -> str:
        """As votes are kept under."""
        return f"{self.lab}:{self.beat}"

    @property
    def ask(self) -> Ask | None:
        """What it asks, with the answer; None for a beat that asks nothing."""
        lesson = registry.design(self.lab).lesson
        return lesson.beat(self.beat).ask if lesson and self.beat else None


class Polls:
    """The votes of one class, by question and follower."""

    def __init__(self, redis: Redis, room: str) -> None:
        self._redis, self._key = redis, votes_key(room)
        self._votes: dict[str, dict[str, int]] = {}

    async def recall(self) -> None:
        """Read the votes back after a restart."""
        stored: Mapping[str, str] = await self._redis.hgetall(self._key)
        for place, option in stored.items():
            poll, _, name = place.rpartition(":")
            self._votes.setdefault(poll, {})[name] = int(option)

    async def vote(self, poll: Poll, name: str, option: int, *, most: int) -> None:
        """Count a follower's vote in place of its earlier one.

        `Conflict` where nothing is asked, `Invalid` for no option of it, `TooMany` beyond `most` voters.
        """
        ask = poll.ask
        if ask is None:
            raise Conflict("no question is open now")
        if not 0 <= option < len(ask.options):
            raise Invalid(f"option is from 0 to {len(ask.options) - 1}", field="option")
        votes = self._votes.setdefault(poll.id, {})
        if name not in votes and len(votes) >= most:
            raise TooMany("everybody has voted")
        await self._redis.hset(self._key, f"{poll.id}:{name}", option)
        await self._redis.expire(self._key, LIVES)
        votes[name] = option

    def vote_of(self, poll: Poll, name: str) -> int | None:
        """What a follower chose."""
        return self._votes.get(poll.id, {}).get(name)

    def counts(self, poll: Poll) -> list[int]:
        """Votes per option; nothing where nothing is asked."""
        ask, votes = poll.ask, list(self._votes.get(poll.id, {}).values())
        return [votes.count(option) for option in range(len(ask.options))] if ask else []

    def results_csv(self) -> str:
        """All questions with how often each option was chosen; no names."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["lab", "beat", "question", "option", "right", "votes"])
        for id in self._votes:
            lab, _, number = id.rpartition(":")
            poll = Poll(lab, int(number))
            ask = poll.ask
            for index, (option, votes) in enumerate(
                zip(ask.options if ask else (), self.counts(poll), strict=True)
            ):
                assert ask is not None
                writer.writerow(plain([lab, number, ask.question, option, index == ask.right, votes]))
        return out.getvalue()


def votes_key(room: str) -> str:
    """Where the votes of a room's class are kept."""
    return f"sdlab:class:{{{room}}}:votes"
