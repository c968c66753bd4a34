"""Questions that come to the teacher's mind: put in class, answered by option, by number or in a word.

Each may be put again after the class has talked about it; the rounds before stay beside the last.
Everything is in one hash in Redis, so that a restart loses no answer.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from redis.asyncio import Redis

from sdlab.lab import Conflict, Invalid, TooMany
from sdlab.lab.clock import Clock
from sdlab.lab.text import TextRule
from sdlab.rooms.polls import LIVES

Kind = Literal["options", "number", "words"]

MAX_POLLS = 100
MAX_ROUNDS = 10
MAX_QUESTION = 200
MIN_OPTIONS, MAX_OPTIONS = 2, 8
MAX_OPTION = 80
MAX_WORDS = 60
MAX_NUMBER = 1e12
MAX_SECONDS = 600
BINS = 8
WORDS_SHOWN = 40

QUESTION = TextRule("question", MAX_QUESTION)
OPTION = TextRule("option", MAX_OPTION)
WORD = TextRule("word", MAX_WORDS)


@dataclass(frozen=True, slots=True)
class QuickPoll:
    """One question. `ends` is the time (seconds since the epoch) of the end of its countdown, 0 for none."""

    id: int
    kind: Kind
    question: str
    options: tuple[str, ...] = ()
    ends: float = 0.0
    round: int = 1
    open: bool = True
    away: bool = False  # no longer on anybody's screen
    hidden: tuple[str, ...] = ()  # words that the teacher does not show
    sizes: tuple[int, ...] = ()  # how many were in class, per round


@dataclass(slots=True)
class _Kept:
    poll: QuickPoll
    rounds: dict[int, dict[str, float | str]] = field(default_factory=dict)


class QuickPolls:
    """All questions of one class that were typed in class, the last of them on screen."""

    def __init__(self, redis: Redis, room: str, clock: Clock) -> None:
        self._redis, self._key, self._clock = redis, quick_key(room), clock
        self._kept: list[_Kept] = []

    async def recall(self) -> None:
        """Read everything back after a restart."""
        stored: Mapping[str, str] = await self._redis.hgetall(self._key)
        polls = [json.loads(text) for place, text in stored.items() if place.startswith("poll:")]
        for found in sorted(polls, key=lambda one: one["id"]):
            lists = {name: tuple(found[name]) for name in ("options", "hidden", "sizes")}
            self._kept.append(_Kept(QuickPoll(**{**found, **lists})))
        for place, text in stored.items():
            if place.startswith("answer:"):
                _, id, number, name = place.split(":", 3)
                self._kept[int(id) - 1].rounds.setdefault(int(number), {})[name] = json.loads(text)

    @property
    def current(self) -> QuickPoll | None:
        """The question on screen."""
        last = self._kept[-1].poll if self._kept else None
        return last if last and not last.away else None

    # The teacher

    async def ask(
        self, kind: Kind, question: str, options: tuple[str, ...] = (), *, seconds: float = 0.0, size: int = 0
    ) -> QuickPoll:
        """Put a question to `size` people; the one before it leaves the screen.

        `Invalid` for a text or for options that cannot be asked, `TooMany` beyond 100 in a class.
        """
        question, options = QUESTION.check(question), _options(kind, options)
        if len(self._kept) >= MAX_POLLS:
            raise TooMany(f"a class has at most {MAX_POLLS} such questions")
        await self.put_away()
        poll = QuickPoll(len(self._kept) + 1, kind, question, options, self._until(seconds), sizes=(size,))
        self._kept.append(_Kept(poll))
        await self._save(poll)
        return poll

    async def again(self, *, seconds: float = 0.0, size: int = 0) -> QuickPoll:
        """Put the question on screen once more; what was answered stays as the round before."""
        poll = self._demand()
        if poll.round >= MAX_ROUNDS:
            raise TooMany(f"a question is put at most {MAX_ROUNDS} times")
        once_more = replace(
            poll, round=poll.round + 1, open=True, ends=self._until(seconds), sizes=(*poll.sizes, size)
        )
        await self._save(once_more)
        return once_more

    async def close(self) -> None:
        """No more answers: all see how the class answered."""
        await self._save(replace(self._demand(), open=False, ends=0.0))

    async def put_away(self) -> None:
        """Take the question off the screens; its answers stay for the results."""
        if self.current:
            await self._save(replace(self._demand(), open=False, away=True, ends=0.0))

    async def hide(self, word: str) -> None:
        """Do not show a word that somebody answered."""
        poll = self._demand()
        if poll.kind != "words":
            raise Conflict("only words can be hidden")
        if _same(word) not in dict(self._words(poll, poll.round, all_of_them=True)):
            raise Invalid("nobody answered that", field="word")
        await self._save(replace(poll, hidden=tuple({*poll.hidden, _same(word)})))

    # The class

    async def answer(self, name: str, value: float | str, *, most: int) -> None:
        """What somebody answers, in place of what they answered before in this round.

        `Conflict` when no question is open, `Invalid` for no answer to it, `TooMany` beyond `most` people.
        """
        poll = self.current
        if poll is None or not poll.open or (poll.ends and self._clock.time() > poll.ends):
            raise Conflict("no question is open now")
        value = _value(poll, value)
        answers = self._kept[-1].rounds.setdefault(poll.round, {})
        if name not in answers and len(answers) >= most:
            raise TooMany("everybody has answered")
        place = f"answer:{poll.id}:{poll.round}:{name}"
        await self._redis.hset(self._key, place, json.dumps(value))
        answers[name] = value

    # What is shown

    def view(self, *, leads: bool, name: str = "") -> dict[str, Any] | None:
        """The question on screen, as that side may know it; how it was answered once it is closed."""
        poll = self.current
        if poll is None:
            return None
        answers = self._kept[-1].rounds.get(poll.round, {})
        shown = asdict(poll) | {"answered": len(answers), "mine": answers.get(name)}
        for private in ("hidden", "sizes", "away"):
            del shown[private]
        if leads or not poll.open:
            shown["result"] = self.result(poll, poll.round)
            shown["before"] = [self.result(poll, number) for number in range(1, poll.round)]
        return shown

    def result(self, poll: QuickPoll, number: int) -> dict[str, Any]:
        """How a round was answered: counts of options, bins of numbers, or words with their counts."""
        answers = list(self._kept[poll.id - 1].rounds.get(number, {}).values())
        if poll.kind == "options":
            return {"counts": [answers.count(index) for index in range(len(poll.options))]}
        if poll.kind == "words":
            return {"words": self._words(poll, number)}
        return _numbers([float(one) for one in answers])

    def _words(self, poll: QuickPoll, number: int, *, all_of_them: bool = False) -> list[tuple[str, int]]:
        answers = self._kept[poll.id - 1].rounds.get(number, {}).values()
        counted = Counter(_same(str(one)) for one in answers)
        if all_of_them:
            return list(counted.items())
        return [
            one for one in counted.most_common(WORDS_SHOWN + len(poll.hidden)) if one[0] not in poll.hidden
        ][:WORDS_SHOWN]

    def rows(self) -> list[list[object]]:
        """For the results: question, round, answer, right (unknown), how many, how many were in class."""
        made: list[list[object]] = []
        for kept in self._kept:
            for number in range(1, kept.poll.round + 1):
                counted = Counter(_said(kept.poll, one) for one in kept.rounds.get(number, {}).values())
                size = kept.poll.sizes[number - 1]
                made += [
                    [kept.poll.question, number, said, "", votes, size] for said, votes in counted.items()
                ]
        return made

    def report(self, name: str) -> list[dict[str, Any]]:
        """All questions of the moment that have been answered in the open, with what `name` answered last."""
        return [
            {
                "question": kept.poll.question,
                "kind": kept.poll.kind,
                "options": list(kept.poll.options),
                "rounds": [
                    self.result(kept.poll, number) | {"size": kept.poll.sizes[number - 1]}
                    for number in range(1, kept.poll.round + 1)
                ],
                "mine": next(
                    (
                        answers[name]
                        for _, answers in sorted(kept.rounds.items(), reverse=True)
                        if name in answers
                    ),
                    None,
                ),
            }
            for kept in self._kept
            if not kept.poll.open
        ]

    # Within

    def _demand(self) -> QuickPoll:
        poll = self.current
        if poll is None:
            raise Conflict("no question is on screen")
        return poll

    def _until(self, seconds: float) -> float:
        if not 0 <= seconds <= MAX_SECONDS:
            raise Invalid(f"a countdown has at most {MAX_SECONDS} seconds", field="seconds")
        return self._clock.time() + seconds if seconds else 0.0

    async def _save(self, poll: QuickPoll) -> None:
        await self._redis.hset(self._key, f"poll:{poll.id}", json.dumps(asdict(poll)))
        await self._redis.expire(self._key, LIVES)
        self._kept[poll.id - 1].poll = poll


def _options(kind: Kind, options: tuple[str, ...]) -> tuple[str, ...]:
    if kind != "options":
        if options:
            raise Invalid("only a question by options has options", field="options")
        return ()
    cleaned = tuple(OPTION.check(one, field="options") for one in options)
    if not MIN_OPTIONS <= len(cleaned) <= MAX_OPTIONS or len(set(cleaned)) < len(cleaned):
        raise Invalid(f"{MIN_OPTIONS} to {MAX_OPTIONS} options, no two alike", field="options")
    return cleaned


def _value(poll: QuickPoll, value: float | str) -> float | str:
    if poll.kind == "words":
        if not isinstance(value, str):
            raise Invalid("the answer is a word or a few", field="value")
        return WORD.check(value, field="value")
    if isinstance(value, str):
        raise Invalid("the answer is a number", field="value")
    if poll.kind == "options":
        if value != int(value) or not 0 <= value < len(poll.options):
            raise Invalid(f"an option is from 0 to {len(poll.options) - 1}", field="value")
        return int(value)
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        raise Invalid(f"a number is at most {MAX_NUMBER:g}", field="value")
    return float(value)


def _numbers(answers: list[float]) -> dict[str, Any]:
    """Median, and how many answers lie in each of at most eight equally wide bins `[from, to)`."""
    if not answers:
        return {"bins": [], "median": None}
    low, high = min(answers), max(answers)
    width = (high - low) / BINS
    if not width:
        return {"bins": [[low, high, len(answers)]], "median": low}
    counts = Counter(min(BINS - 1, int((one - low) / width)) for one in answers)
    bins = [[low + width * index, low + width * (index + 1), counts[index]] for index in range(BINS)]
    return {"bins": bins, "median": statistics.median(answers)}


def _same(word: str) -> str:
    return " ".join(word.casefold().split())


def _said(poll: QuickPoll, value: float | str) -> str:
    return poll.options[int(value)] if poll.kind == "options" else str(value)


def quick_key(room: str) -> str:
    """Where the questions of a room's class are kept."""
    return f"sdlab:class:{{{room}}}:quick"
