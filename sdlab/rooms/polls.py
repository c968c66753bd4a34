"""Questions that a class is asked, and how it voted: one vote for each follower, kept in Redis."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from redis.asyncio import Redis

from sdlab.lab import Ask, Conflict, Invalid, TooMany
from sdlab.rooms.own_lessons import OwnLesson, lab_steps

LIVES = 12 * 3600
FACTS = ("size", "first", "last")
OWN = "/"  # between the number of a lesson of one's own and the rest; no lab has it in its name


class Poll(NamedTuple):
    """The question of a beat (from 1; 0 for none), and which time it is put (from 1).

    `lesson` is the number of a lesson of one's own in its class, 0 for the lab's: whose beat that is.
    """

    lab: str
    beat: int
    round: int = 1
    lesson: int = 0

    @property
    def id(self) -> str:
        """As votes are kept under."""
        own = f"{self.lesson}{OWN}" if self.lesson else ""
        return f"{own}{self.lab}:{self.beat}:{self.round}"

    @classmethod
    def of(cls, id: str) -> Poll:
        """The question that votes are kept under."""
        own, _, rest = id.rpartition(OWN)
        lab, beat, number = rest.split(":")
        return cls(lab, int(beat), int(number), int(own or 0))

    def same_question(self, other: Poll) -> bool:
        """Whether both are one question, put once or more often."""
        return self._replace(round=0) == other._replace(round=0)


class Polls:
    """The votes of one class, by question and follower.

    `own` has the lessons of one's own that the class was taught, by number; whoever holds it may add to it.
    """

    def __init__(self, redis: Redis, room: str, own: Mapping[int, OwnLesson] = MappingProxyType({})) -> None:
        self._redis, self._key = redis, votes_key(room)
        self._own = own
        self._votes: dict[str, dict[str, int]] = {}
        self._facts: dict[str, dict[str, float]] = {}  # class size, and times of first and last vote

    def ask(self, poll: Poll) -> Ask | None:
        """What it asks, with the answer; None for a beat that asks nothing."""
        own = self._own.get(poll.lesson)
        steps = lab_steps(poll.lab) if not poll.lesson else own.steps if own else ()
        return steps[poll.beat - 1].beat.ask if 0 < poll.beat <= len(steps) else None

    async def recall(self) -> None:
        """Read the votes back after a restart."""
        stored: Mapping[str, str] = await self._redis.hgetall(self._key)
        for place, option in stored.items():
            poll, _, name = place.rpartition(":")
            if name in FACTS:
                self._facts.setdefault(poll, {})[name] = float(option)
            else:
                self._votes.setdefault(poll, {})[name] = int(option)

    async def vote(
        self, poll: Poll, name: str, option: int, *, most: int, size: int = 0, now: float = 0.0
    ) -> None:
        """Count a follower's vote in place of its earlier one; `size` is how many are in class, `now` the time.

        `Conflict` where nothing is asked, `Invalid` for no option of it, `TooMany` beyond `most` voters.
        """
        ask = self.ask(poll)
        if ask is None:
            raise Conflict("no question is open now")
        if not 0 <= option < len(ask.options):
            raise Invalid(f"option is from 0 to {len(ask.options) - 1}", field="option")
        votes = self._votes.setdefault(poll.id, {})
        if name not in votes and len(votes) >= most:
            raise TooMany("everybody has voted")
        before = self._facts.get(poll.id, {"first": now, "size": 0.0})
        most_seen = max(size, len({*votes, name}), before["size"])
        facts = {"size": most_seen, "first": before["first"], "last": now}
        written = {f"{poll.id}:{fact}": value for fact, value in facts.items()}
        await self._redis.hset(self._key, mapping={f"{poll.id}:{name}": option, **written})
        await self._redis.expire(self._key, LIVES)
        votes[name] = option
        self._facts[poll.id] = facts

    def vote_of(self, poll: Poll, name: str) -> int | None:
        """What a follower chose."""
        return self._votes.get(poll.id, {}).get(name)

    def counts(self, poll: Poll) -> list[int]:
        """Votes per option; nothing where nothing is asked."""
        ask, votes = self.ask(poll), list(self._votes.get(poll.id, {}).values())
        return [votes.count(option) for option in range(len(ask.options))] if ask else []

    def rounds(self, poll: Poll) -> list[dict[str, object]]:
        """Each time that this question was put: counts, class size, seconds from first to last vote."""
        put = sorted(
            (one for one in map(Poll.of, self._votes) if one.same_question(poll)), key=lambda one: one.round
        )
        return [
            {
                "counts": self.counts(one),
                "size": int(self._facts[one.id]["size"]),
                "seconds": round(self._facts[one.id]["last"] - self._facts[one.id]["first"], 1),
            }
            for one in put
        ]

    def last_of(self, poll: Poll, name: str) -> int | None:
        """What a follower chose the last time that the question was put to them."""
        put = [Poll.of(id) for id, votes in self._votes.items() if name in votes]
        mine = [one for one in put if one.same_question(poll)]
        return self.vote_of(max(mine, key=lambda one: one.round), name) if mine else None

    def rows(self) -> list[list[object]]:
        """All questions put, each option with how often it was chosen; no names.

        Lab, beat, question, round, option, whether it is right, votes, how many were in class.
        """
        made: list[list[object]] = []
        for id in self._votes:
            poll = Poll.of(id)
            ask = self.ask(poll)
            if ask is None:
                continue
            own = self._own.get(poll.lesson)
            beat = f"{own.title}, step {poll.beat}" if own else poll.beat
            place = [poll.lab, beat, ask.question, poll.round]
            for index, (option, votes) in enumerate(zip(ask.options, self.counts(poll), strict=True)):
                made.append([*place, option, index == ask.right, votes, int(self._facts[id]["size"])])
        return made


def votes_key(room: str) -> str:
    """Where the votes of a room's class are kept."""
    return f"sdlab:class:{{{room}}}:votes"
