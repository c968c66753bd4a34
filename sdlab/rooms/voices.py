"""What a class says by itself: questions, which the teacher lets others see, and "I am lost", "slower".

Nobody's name is kept with it, only the mark that lets each vote once. Questions are in Redis; how many are
lost just now is in memory, because it is true for the moment only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from redis.asyncio import Redis

from sdlab.lab import NotFound, TooMany
from sdlab.lab.text import TextRule
from sdlab.rooms.polls import LIVES

State = Literal["waiting", "shown", "done"]
Signal = Literal["lost", "slower"]

MAX_QUESTIONS = 200
MAX_WAITING_EACH = 5
MAX_TEXT = 240

QUESTION = TextRule("question", MAX_TEXT, lines=True)


@dataclass(slots=True)
class Asked:
    """A question from the class. `by` tells who asked from others, and is shown to nobody."""

    id: int
    text: str
    by: str
    state: State = "waiting"
    was_shown: bool = False
    votes: set[str] = field(default_factory=set)


class Voices:
    """Of one class."""

    def __init__(self, redis: Redis, room: str) -> None:
        self._redis, self._key = redis, voices_key(room)
        self._asked: dict[int, Asked] = {}
        self._signals: dict[str, set[Signal]] = {}

    async def recall(self) -> None:
        """Read the questions back after a restart."""
        stored: Mapping[str, str] = await self._redis.hgetall(self._key)
        for text in stored.values():
            found = json.loads(text)
            self._asked[found["id"]] = Asked(**{**found, "votes": set(found["votes"])})

    async def ask(self, name: str, text: str) -> Asked:
        """A question, seen by the teacher alone until shown. `Invalid` or `TooMany` with the reason."""
        said = QUESTION.check(text, field="text")
        waiting = sum(one.by == name and one.state == "waiting" for one in self._asked.values())
        if waiting >= MAX_WAITING_EACH:
            raise TooMany(f"{MAX_WAITING_EACH} questions of yours wait already")
        if len(self._asked) >= MAX_QUESTIONS:
            raise TooMany(f"a class asks at most {MAX_QUESTIONS} questions")
        asked = Asked(max(self._asked, default=0) + 1, said, name)
        await self._save(asked)
        return asked

    async def vote(self, name: str, id: int, *, on: bool) -> None:
        """Somebody wants that answered, too; or no longer. `NotFound` for a question that is not shown."""
        asked = self._asked.get(id)
        if asked is None or asked.state != "shown":
            raise NotFound("no such question is open")
        (asked.votes.add if on else asked.votes.discard)(name)
        await self._save(asked)

    async def put(self, id: int, state: State) -> None:
        """The teacher shows a question, or has done with it."""
        asked = self._asked.get(id)
        if asked is None:
            raise NotFound("there is no such question")
        asked.state = state
        asked.was_shown = asked.was_shown or state == "shown"
        await self._save(asked)

    def signal(self, name: str, signal: Signal, *, on: bool) -> None:
        """Somebody is lost, or wants it slower; or no longer."""
        mine = self._signals.setdefault(name, set())
        (mine.add if on else mine.discard)(signal)
        if not mine:
            del self._signals[name]

    def quiet(self) -> None:
        """The class has moved on: who was lost is asked anew."""
        self._signals.clear()

    def view(self, *, leads: bool, name: str = "") -> dict[str, Any]:
        """What that side sees: the teacher all questions, others the shown ones and their own."""
        seen = [
            {
                "id": one.id,
                "text": one.text,
                "state": one.state,
                "votes": len(one.votes),
                "mine": one.by == name,
                "voted": name in one.votes,
            }
            for one in self._asked.values()
            if one.state != "done" and (leads or one.state == "shown" or one.by == name)
        ]
        seen.sort(key=lambda one: (one["state"] == "waiting", -int(str(one["votes"])), one["id"]))
        signals = {one: sum(one in mine for mine in self._signals.values()) for one in get_args(Signal)}
        said = sorted(self._signals.get(name, ()))
        return {"questions": seen, "signals": signals} if leads else {"questions": seen, "said": said}

    def shown(self) -> list[dict[str, Any]]:
        """The questions that all were shown, with their votes."""
        return [{"text": one.text, "votes": len(one.votes)} for one in self._asked.values() if one.was_shown]

    async def _save(self, asked: Asked) -> None:
        told = {
            "id": asked.id,
            "text": asked.text,
            "by": asked.by,
            "state": asked.state,
            "was_shown": asked.was_shown,
            "votes": sorted(asked.votes),
        }
        await self._redis.hset(self._key, str(asked.id), json.dumps(told))
        await self._redis.expire(self._key, LIVES)
        self._asked[asked.id] = asked


def voices_key(room: str) -> str:
    """Where the questions of a room's class are kept."""
    return f"sdlab:class:{{{room}}}:voices"
