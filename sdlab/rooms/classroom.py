"""Classes: one room that many see, one leader who drives it, questions that are asked before they are answered.

What must survive (who leads, where the class stands, the votes) is in Redis; who is there just
now is in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from sdlab import registry
from sdlab.lab import Ask, Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from sdlab.lab.lesson import Expect
from sdlab.lab.scenario import TABS, Scenario
from sdlab.rooms.class_rights import ClassRights, Role, hand_of
from sdlab.rooms.exercise_tasks import Kind as ExerciseKind
from sdlab.rooms.exercise_tasks import task_of
from sdlab.rooms.exercises import Exercises, exercises_key
from sdlab.rooms.fork_rooms import ForkRooms
from sdlab.rooms.happenings import Happening, Verb, happened
from sdlab.rooms.happenings import Kind as HappeningKind
from sdlab.rooms.ink import MAX_MARKS, Ink
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager, room_manager
from sdlab.rooms.measurable import Measurable, measurable, measurables, value_now
from sdlab.rooms.own_lessons import BadLesson, OwnLesson, Step, lab_steps, read_lesson
from sdlab.rooms.play import apply, scenario_of
from sdlab.rooms.polls import LIVES, Poll, Polls, votes_key
from sdlab.rooms.predictions import Predictions, predictions_key
from sdlab.rooms.quick_polls import Kind, QuickPoll, QuickPolls, quick_key
from sdlab.rooms.tour import go_to, in_words, verdicts
from sdlab.rooms.voices import Voices, voices_key
from sdlab.rooms.wanted_predictions import Wanted

CODE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6
CODE_KIND = "class"
MAX_FOLLOWERS = 500
MAX_JOINS_PER_ADDRESS = 600
MAX_GUESSES_PER_ADDRESS = 200
ONE_HOUR = 3600
MAX_SPOTLIGHT = 64
MAX_REMEMBERED = 10_000
MAX_ROUNDS = 10
MAX_LESSONS = 10  # of one's own, that one class is sent
LESSON = "lesson:"
LEADER_HEADER = "X-SDLab-Leader"

QUICK_KINDS: dict[Kind, HappeningKind] = {"options": "choice", "number": "number", "words": "words"}
WHILE_AWAY = {"open", "blank"}  # what may change in the class's room while all are in their forks

StepState = Literal["", "setting up", "watching", "shown", "missed", "late"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a class is. `beat` 0 means no lesson; `paused` is the frame that all look at.

    `minutes` names the cut of the lesson that is taught; 0 is all of it, at the teacher's own pace.
    `lesson` numbers the lesson of one's own that is taught, 0 for the lab's: its steps are then the beats,
    each in a lab of its own. `last` is the step of it that the class was at when it went to another lab.
    """

    room: str
    code: str
    lab: str
    began: float
    beat: int = 0
    beat_began: float = 0.0
    lesson_began: float = 0.0
    minutes: int = 0
    lesson: int = 0
    last: int = 0
    revealed: bool = True
    round: int = 1  # how often the beat's question was put
    tab: str = "lab"
    spotlight: str = ""
    paused: int | None = None
    open: bool = False
    blank: bool = False
    ended: bool = False
    version: int = 1


@dataclass(slots=True)
class Member:
    """Somebody who is there now."""

    id: str
    role: Role
    since: float = 0.0
    following: bool = True
    moved: bool = True  # the class stands elsewhere than this member was told
    ink: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_MARKS))
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Classroom:
    """One class. Every change is stored before anybody hears of it."""

    def __init__(
        self, manager: RoomManager, standing: Standing, *, nonce: str, forks: ForkRooms | None = None
    ) -> None:
        self._manager = manager
        self.standing = standing
        self.rights = ClassRights(manager.ids.secret, standing.room, nonce=nonce)
        self.lessons: dict[int, OwnLesson] = {}  # of one's own, that this class was sent, by number
        self.polls = Polls(manager.stores.redis, standing.room, self.lessons)
        self.quick = QuickPolls(manager.stores.redis, standing.room, manager.clock)
        self.voices = Voices(manager.stores.redis, standing.room)
        forks = forks or ForkRooms(manager.stores.redis)
        self.exercises = Exercises(manager, standing.room, forks, self.tell)
        self.predictions = Predictions(manager.stores.redis, standing.room, manager.clock, self.tell)
        self.ink = Ink()
        self.seen: list[Poll] = []  # labs and beats whose step has run, in their first round
        self.step: StepState = ""
        self._watch: asyncio.Task[None] | None = None
        self._countdown: asyncio.Task[None] | None = None
        self.members: dict[int, Member] = {}
        self._changing = asyncio.Lock()
        self._keeping = asyncio.Lock()

    def guard(self, token: str, *, control: bool, room: str = "") -> str:
        """`Forbidden` when whoever holds `token` may not do that now; else the follower's hand, of nobody else any.

        The leader may do everything. Others may use the product while the class is open;
        switches, traffic and faults (`control`) stay the leader's, also once the class has ended.
        In a fork (`room`) those who work there may do everything, too, and nobody else anything.
        """
        if room and room != self.standing.room:
            role, name = self.rights.role_of(token)
            self.exercises.guard(room, name, leads=role == "leader")
            return ""  # a fork is its student's own
        if self.standing.open and not control:
            with contextlib.suppress(Forbidden):
                role, name = self.rights.role_of(token)
                return hand_of(name) if role == "follower" else ""
            return ""
        try:
            self.rights.demand_leader(token)
        except Forbidden:
            raise Forbidden("only the leader of this class may do that now") from None
        return ""

    # Where the class stands

    async def change(self, **changes: Any) -> Standing:
        """Move the class. `Invalid` for what cannot be; `Gone` when it has ended."""
        async with self._changing:
            if self.standing.ended:
                raise Gone("this class has ended")
            if self.exercises.now and not changes.keys() <= WHILE_AWAY:
                raise Conflict("an exercise is under way: end it first")
            was = self.standing.lab
            wanted = replace(self.standing, **changes, version=self.standing.version + 1)
            wanted = self._placed(wanted, goes="beat" in changes)
            self._check(wanted)
            moved = "lab" in changes or "beat" in changes  # the same beat again plays it again
            revealed = wanted.revealed and not self.standing.revealed
            if moved:
                wanted = self._timed(replace(wanted, round=1))
                self._begins_anew()
                await self.predictions.put_away()
            if wanted.beat and (moved or revealed):
                await self._play(wanted)
            else:
                await self._store(wanted)
            if "lab" in changes or wanted.lab != was:
                await self._stop_traffic(but=wanted.lab)
            return self.standing

    async def teach(self, lesson: OwnLesson | None) -> Standing:
        """Teach a lesson of one's own from now on, before its first step; `None` goes back to the lab's own.

        `TooMany` beyond what one class may be sent; the same lesson again is no other.
        """
        self._demand_open()
        if self.exercises.now:
            raise Conflict("an exercise is under way: end it first")
        async with self._keeping:
            number = await self._kept(lesson) if lesson else 0
        lab = lesson.steps[0].lab if lesson else self.standing.lab
        return await self.change(
            lab=lab, lesson=number, beat=0, last=0, minutes=0, revealed=True, spotlight="", paused=None
        )

    async def _kept(self, lesson: OwnLesson) -> int:
        for number, one in self.lessons.items():
            if one.data == lesson.data:
                return number
        if len(self.lessons) >= MAX_LESSONS:
            raise TooMany(f"a class is sent at most {MAX_LESSONS} lessons")
        number = max(self.lessons, default=0) + 1
        written = json.dumps(lesson.data)
        await self._manager.stores.redis.hset(_key(self.standing.room), f"{LESSON}{number}", written)
        self.lessons[number] = lesson
        return number

    def steps(self, standing: Standing | None = None) -> tuple[Step, ...]:
        """What is taught, in order: the lab's own lesson, or one's own."""
        standing = standing or self.standing
        own = self.lessons.get(standing.lesson)
        return own.steps if own else lab_steps(standing.lab)

    def needs_no_reveal(self, *, lab: str, beat: int, minutes: int) -> bool:
        """Whether nothing is asked at that beat, by itself or in a cut that leaves its question out."""
        steps = self.steps(replace(self.standing, lab=lab))
        if not 0 < beat <= len(steps):
            return True
        return steps[beat - 1].beat.ask is None or (not self.standing.lesson and left_out(lab, beat, minutes))

    def _placed(self, wanted: Standing, *, goes: bool) -> Standing:
        """With a lesson of one's own, a step is in its lab, and another lab is no step."""
        steps = self.steps(wanted)
        if not wanted.lesson or not 0 <= wanted.beat <= len(steps):
            return wanted
        if wanted.beat and goes:
            return replace(wanted, lab=steps[wanted.beat - 1].lab, last=wanted.beat)
        elsewhere = wanted.beat and wanted.lab != steps[wanted.beat - 1].lab
        return replace(wanted, beat=0, revealed=True) if elsewhere else wanted

    def _begins_anew(self) -> None:
        """What was said and drawn at the step before belongs to it."""
        self.voices.quiet()
        self.draw({"clear": True})

    def _timed(self, wanted: Standing) -> Standing:
        now = self._manager.clock.time()
        before = self.standing
        same = before.lesson == wanted.lesson and (bool(wanted.lesson) or before.lab == wanted.lab)
        goes_on = same and (before.beat or before.last)
        return replace(wanted, beat_began=now, lesson_began=self.standing.lesson_began if goes_on else now)

    async def _play(self, wanted: Standing) -> None:
        """All go to the beat at once and see its step being done; back again when it cannot be done."""
        before = self.standing
        step = self.steps(wanted)[wanted.beat - 1]  # _check has seen to it
        beat = step.beat
        lab = await self._manager.lab(wanted.room, wanted.lab)
        lab.frames.keep_history()
        self._stands("setting up" if wanted.revealed else "")
        await self._store(replace(wanted, tab=beat.tab, spotlight=beat.spotlight, paused=None))
        try:
            await go_to(lab, step.lesson, step.at, revealed=wanted.revealed)
        except BaseException:
            self._stands("")
            await self._store(replace(before, version=wanted.version + 1))
            raise
        if beat.do.pause and wanted.revealed:
            await self._store(replace(self.standing, paused=lab.frames.seq, version=wanted.version + 1))
        if wanted.revealed:
            first = _poll_of(wanted)._replace(round=1) not in self.seen
            await self._remember(_poll_of(wanted)._replace(round=1))
            if first and self._is_last(wanted):
                self._completes()
        if wanted.revealed and beat.expect:
            self._stands("watching")
            self._watch = asyncio.create_task(self._watches(lab, beat.expect))
        else:
            self._stands("")

    def _is_last(self, wanted: Standing) -> bool:
        """Whether the lesson, or the cut of it that is taught, ends with that beat."""
        script = registry.design(wanted.lab).script
        cut = script.cut(wanted.minutes) if script and wanted.minutes and not wanted.lesson else None
        return wanted.beat == (cut.beats[-1] if cut else len(self.steps(wanted)))

    def _completes(self) -> None:
        """All who are there have gone through the lesson."""
        began = self.standing.lesson_began
        for name in sorted(self._students):
            took = self._manager.clock.time() - began
            self._happens("completed", self.standing, name, "lesson", seconds=took)

    def _happens(self, verb: Verb, at: Standing, name: str, kind: HappeningKind, **more: Any) -> None:
        """In the lesson that is taught: of the beat where the class is, or of the lesson itself."""
        own = self.lessons.get(at.lesson)
        lesson = f"lesson/{own.mark}" if own else "lesson"
        subject = lesson if kind == "lesson" else f"{lesson}/beat-{at.beat}"
        if kind == "lesson":
            more["title"] = own.title if own else f"The lesson of {registry.design(at.lab).title}"
        happened(Happening(verb, at.room, at.lab, name, kind, subject=subject, **more))

    async def _remember(self, seen: Poll) -> None:
        if seen not in self.seen:
            self.seen.append(seen)
            written = json.dumps([one.id for one in self.seen])
            await self._manager.stores.redis.hset(_key(self.standing.room), "seen", written)

    def _stands(self, step: StepState) -> None:
        """How far the step of this beat is; whoever watched for the one before watches no more."""
        if self._watch:
            self._watch.cancel()
            self._watch = None
        self.step = step
        self.tell()

    async def _watches(self, lab: RunningLab, expect: Expect) -> None:
        async for verdict in verdicts(lab, expect):
            step: StepState = "shown" if verdict == "true" else verdict
            if step != self.step:
                self.step = step
                self.tell()

    async def _store(self, wanted: Standing) -> None:
        await self._manager.stores.redis.hset(_key(wanted.room), "standing", json.dumps(asdict(wanted)))
        self.standing = wanted
        self.tell()

    async def end(self) -> None:
        """Close the class: followers keep what they see, nobody drives any more."""
        async with self._changing:
            ended = replace(self.standing, ended=True, open=False, version=self.standing.version + 1)
            await self._store(ended)
            await self._manager.names.release(CODE_KIND, ended.code, ended.room)
            await self.quick.put_away()
            await self.predictions.put_away()
            await self.exercises.end()
            self._stands("")
            self._stop_countdown()
            await self._stop_traffic(but="")

    async def _stop_traffic(self, *, but: str) -> None:
        """What plays in the room ends, except in that lab."""
        for (room, slug), lab in self._manager.running().items():
            if room == self.standing.room and slug != but:
                await lab.stop_workload()

    # Who is there

    def enter(self, token: str) -> tuple[int, Member]:
        """Somebody connects; `TooMany` when the class is full."""
        role, name = self.rights.role_of(token)
        if len(self.members) >= MAX_FOLLOWERS:
            raise TooMany(f"{MAX_FOLLOWERS} are in this class already")
        member = Member(name, role, self._manager.clock.time())
        member.ink.extend(self.ink.marks)
        number = max(self.members, default=0) + 1
        self.members[number] = member
        if role == "follower":
            happened(Happening("initialized", self.standing.room, self.standing.lab, name))
        self.tell(leaders_only=True)
        return number, member

    async def take_in(self, member: Member) -> None:
        """Whoever comes while there is an exercise works on it, too."""
        if member.role == "follower" and not self.standing.ended:
            await self.exercises.place(member.id)

    @property
    def _students(self) -> set[str]:
        return {one.id for one in self.members.values() if one.role == "follower"}

    def leave(self, number: int) -> None:
        """Somebody's connection ends."""
        gone = self.members.pop(number, None)
        if gone and gone.role == "follower":
            there = self._manager.clock.time() - gone.since
            at = self.standing
            happened(Happening("terminated", at.room, at.lab, gone.id, seconds=there))
        self.tell(leaders_only=True)

    def looks_around(self, number: int, *, following: bool) -> None:
        """Somebody leaves the common view, or comes back to it."""
        self.members[number].following = following
        self.tell(leaders_only=True)

    def tell(self, *, leaders_only: bool = False, name: str = "") -> None:
        """Wake those who show where the class stands: all, or the leader and the follower of that name."""
        for member in self.members.values():
            if member.role == "leader" or not leaders_only or member.id == name:
                member.moved = True
                member.changed.set()

    def _heard(self, name: str) -> None:
        """A follower said something: of hundreds, only the leader and they themselves are told at once."""
        self.tell(leaders_only=True, name=name)

    def draw(self, mark: dict[str, Any]) -> None:
        """The leader points or draws: all see it."""
        self.ink.add(mark)
        for member in self.members.values():
            member.ink.append(mark)
            member.changed.set()

    # What each side is shown, and says

    async def vote(self, token: str, option: int) -> None:
        """One vote for each follower, changeable until the answer is revealed."""
        name = self._follower(token)
        if self.standing.revealed:
            raise Conflict("no question is open now")
        at, ask = self.standing, self._ask  # as they are now: the class may go on meanwhile
        await self.polls.vote(
            self._poll, name, option, most=MAX_FOLLOWERS, size=self._size, now=self._manager.clock.time()
        )
        if ask:
            answered = {"title": ask.question, "options": ask.options, "response": str(option)}
            self._happens("answered", at, name, "choice", success=option == ask.right, **answered)
        self._heard(name)

    def _follower(self, token: str) -> str:
        role, name = self.rights.role_of(token)
        if role != "follower":
            raise Forbidden("the leader asks, and does not answer")
        self._demand_open()
        return name

    def _demand_open(self) -> None:
        if self.standing.ended:
            raise Gone("this class has ended")

    @property
    def _size(self) -> int:
        return sum(one.role == "follower" for one in self.members.values())

    @property
    def _poll(self) -> Poll:
        return _poll_of(self.standing)

    @property
    def _ask(self) -> Ask | None:
        return self.polls.ask(self._poll)

    async def ask(
        self, kind: Kind, question: str, options: tuple[str, ...] = (), *, seconds: float = 0.0
    ) -> None:
        """A question of the moment, to all."""
        self._demand_open()
        poll = await self.quick.ask(kind, question, options, seconds=seconds, size=self._size)
        self._counts_down(poll)
        self.tell()

    async def ask_again(self, *, seconds: float = 0.0) -> None:
        """Put the question on screen once more, to be answered anew: one of the moment, or the beat's."""
        self._demand_open()
        if self.quick.current:
            self._counts_down(await self.quick.again(seconds=seconds, size=self._size))
            self.tell()
            return
        if self._ask is None or self.standing.revealed:
            raise Conflict("no question is open now")
        if self.standing.round >= MAX_ROUNDS:
            raise TooMany(f"a question is put at most {MAX_ROUNDS} times")
        await self.change(round=self.standing.round + 1)

    async def close_question(self) -> None:
        """No more answers to the question of the moment; all see them."""
        self._stop_countdown()
        await self.quick.close()
        self.tell()

    async def put_question_away(self) -> None:
        """The question of the moment leaves the screens."""
        self._stop_countdown()
        await self.quick.put_away()
        self.tell()

    async def hide_word(self, word: str) -> None:
        """One answered word is shown to nobody."""
        await self.quick.hide(word)
        self.tell()

    async def answer(self, token: str, value: float | str) -> None:
        """What a follower answers to the question of the moment."""
        name = self._follower(token)
        at, poll = self.standing, self.quick.current
        await self.quick.answer(name, value, most=MAX_FOLLOWERS)
        if poll:
            said = f"{value:g}" if isinstance(value, float | int) else value
            happened(
                Happening(
                    "answered",
                    at.room,
                    at.lab,
                    name,
                    QUICK_KINDS[poll.kind],
                    subject=f"asked/{poll.id}",
                    place=at.room,
                    title=poll.question,
                    options=poll.options,
                    response=said,
                )
            )
        self._heard(name)

    async def wonder(self, token: str, text: str) -> None:
        """A follower asks something; the leader sees it."""
        name = self._follower(token)
        await self.voices.ask(name, text)
        self._heard(name)

    async def second(self, token: str, id: int, *, on: bool) -> None:
        """A follower wants that question answered, too."""
        name = self._follower(token)
        await self.voices.vote(name, id, on=on)
        self._heard(name)

    def signal(self, token: str, signal: Literal["lost", "slower"], *, on: bool) -> None:
        """A follower is lost, or wants it slower."""
        name = self._follower(token)
        self.voices.signal(name, signal, on=on)
        self._heard(name)

    async def set_exercise(self, kind: ExerciseKind, subject: str, *, seconds: float, group: int = 1) -> None:
        """Everybody works on that in forks of the class's room as it is now."""
        async with self._changing:
            self._demand_open()
            at = self.standing
            task = task_of(registry.design(at.lab), kind, subject)
            now = scenario_of(await self._manager.lab(at.room, at.lab))
            await self.exercises.start(task, now, seconds=seconds, group=group, names=self._students)
            await self.predictions.put_away()
            await self._stop_traffic(but="")

    async def figures(self) -> tuple[Measurable, ...]:
        """What may be predicted in the lab where the class stands."""
        lab = await self._manager.lab(self.standing.room, self.standing.lab)
        await lab.engine.refresh_looks()
        return measurables(lab)

    async def ask_prediction(self, figure: str, wanted: Wanted) -> None:
        """All sketch how that figure of the class's lab will go; a question of the moment leaves the screen."""
        async with self._changing:
            self._demand_open()
            if self.exercises.now:
                raise Conflict("an exercise is under way: end it first")
            at = self.standing
            lab = await self._manager.lab(at.room, at.lab)
            await lab.engine.refresh_looks()
            await self.predictions.ask(at.lab, at.beat, measurable(lab, figure), wanted)
            await self.put_question_away()

    async def sketch(self, token: str, values: Sequence[float]) -> None:
        """What a follower expects of the figure that is asked for; nothing takes it back."""
        name = self._follower(token)
        await self.predictions.sketch(name, values, most=MAX_FOLLOWERS)
        self._heard(name)

    async def run_prediction(self, *, reveal: bool = False) -> None:
        """Measure what was predicted, from now on; with `reveal` while the step of the beat is done.

        `Conflict` for that where there is none to be done.
        """
        self._demand_open()
        if reveal and (not self.standing.beat or self.standing.revealed):
            raise Conflict("no step of a beat waits to be done")
        await self.predictions.run(self._measures, size=self._size)
        self.tell()
        if reveal:
            try:
                await self.change(revealed=True)
            except BaseException:
                with contextlib.suppress(Conflict):
                    await self.break_prediction_off()
                raise

    async def _measures(self) -> float | None:
        asked = self.predictions.current
        if asked is None:
            return None
        lab = await self._manager.lab(self.standing.room, asked.lab)
        lab.touch()
        await lab.engine.refresh_looks()
        return value_now(lab, asked.figure)

    async def break_prediction_off(self) -> None:
        """The run ends before its time; it may be run again."""
        await self.predictions.break_off()
        self.tell()

    async def show_prediction(self) -> None:
        """All see all sketches over what was measured."""
        self._demand_open()
        await self.predictions.show()
        self.tell()

    async def put_prediction_away(self) -> None:
        """It leaves the screens; once it was shown it stays in the results."""
        await self.predictions.put_away()
        self.tell()

    async def moderate(self, id: int, state: Literal["waiting", "shown", "done"]) -> None:
        """The leader shows a question to all, or has done with it."""
        await self.voices.put(id, state)
        self.tell()

    def _counts_down(self, poll: QuickPoll) -> None:
        self._stop_countdown()
        if poll.ends:
            self._countdown = asyncio.create_task(self._runs_out(poll))

    async def _runs_out(self, poll: QuickPoll) -> None:
        await self._manager.clock.sleep(max(0.0, poll.ends - self._manager.clock.time()))
        self._countdown = None
        with contextlib.suppress(Conflict):
            await self.close_question()

    def _stop_countdown(self) -> None:
        if self._countdown:
            self._countdown.cancel()
            self._countdown = None

    def stop(self) -> None:
        """What goes on by itself ends, as with the server: of an exercise, and of a prediction."""
        self.exercises.stop()
        self.predictions.stop()

    async def recall(self) -> None:
        """Read back, after a restart, what the class has said; a countdown goes on."""
        await self.polls.recall()
        await self.quick.recall()
        await self.voices.recall()
        await self.exercises.recall()
        await self.predictions.recall()
        if self.quick.current:
            self._counts_down(self.quick.current)

    def results(self) -> list[list[object]]:
        """All that the class was asked: lab, beat, question, round, answer, right, votes, class size."""
        return [
            *self.polls.rows(),
            *(["", "", *row] for row in self.quick.rows()),
            *self.exercises.rows(),
            *self.predictions.rows(),
        ]

    def view(self, role: Role, name: str = "") -> dict[str, Any]:
        """Where the class stands, as that side may know it; with the vote of the follower of that name."""
        shown = {
            **asdict(self.standing),
            "role": role,
            "now": self._manager.clock.time(),
            "beats": len(self.steps()),
            **self._own_in_words(),
            "step": self.step,
            **self._step_in_words(),
            "quick": self.quick.view(leads=role == "leader", name=name),
            "voices": self.voices.view(leads=role == "leader", name=name),
            "exercise": self.exercises.view(leads=role == "leader", name=name, here=self._students),
            "prediction": self.predictions.view(name=name),
        }
        ask = None if self._skips_question() else self._ask
        shown["ask"] = {"question": ask.question, "options": list(ask.options)} if ask else None
        if ask and (role == "leader" or self.standing.revealed):
            shown["counts"] = self.polls.counts(self._poll)
            rounds = range(1, self.standing.round)
            shown["before"] = [self.polls.counts(self._poll._replace(round=one)) for one in rounds]
        if ask:
            shown["voted"] = sum(self.polls.counts(self._poll))
            shown["size"] = self._size
        if role == "follower" and name:
            shown["hand"] = hand_of(name)
        if ask and name:
            shown["mine"] = self.polls.vote_of(self._poll, name)
        if ask and self.standing.revealed:
            shown["answer"] = {"right": ask.right, "because": ask.because}
        if role == "leader":
            following = [one.following for one in self.members.values() if one.role == "follower"]
            shown |= {"following": following.count(True), "away": following.count(False)}
        return shown

    def _skips_question(self) -> bool:
        """Whether the cut leaves this beat's question out, and nobody has answered it all the same."""
        at = self.standing
        skips = not at.lesson and left_out(at.lab, at.beat, at.minutes)
        return skips and at.revealed and not any(self.polls.counts(self._poll))

    def _own_in_words(self) -> dict[str, Any]:
        """The title of the lesson of one's own, and that of the step; a lab's page knows those of its own."""
        own, at = self.lessons.get(self.standing.lesson), self.standing.beat
        if own is None:
            return {}
        return {"own": own.title, "title": own.steps[at - 1].beat.title if at else ""}

    def _step_in_words(self) -> dict[str, Any]:
        """What the step does and promises; both are the answer to a question that is still open."""
        design = registry.design(self.standing.lab)
        at = self.standing
        if not at.beat or not at.revealed:
            return {"does": [], "expect": ""}
        beat = self.steps()[at.beat - 1].beat
        return {"does": in_words(design, beat.do), "expect": beat.expect.text if beat.expect else ""}

    def _check(self, wanted: Standing) -> None:
        script = registry.design(wanted.lab).script
        if wanted.tab not in TABS:
            raise Invalid(f"tab is one of {', '.join(TABS)}", field="tab")
        if not 0 <= wanted.beat <= len(self.steps(wanted)):
            raise Invalid("there is no such beat in this lesson", field="beat")
        if wanted.minutes and wanted.lesson:
            raise Invalid("a lesson of one's own has no cuts", field="minutes")
        if wanted.minutes and (script is None or script.cut(wanted.minutes) is None):
            raise Invalid("this lab's lesson has no cut of that length", field="minutes")
        if len(wanted.spotlight) > MAX_SPOTLIGHT:
            raise Invalid(f"spotlight has at most {MAX_SPOTLIGHT} characters", field="spotlight")


def left_out(lab: str, beat: int, minutes: int) -> bool:
    """Whether the cut of that length of the lab's lesson leaves the question of the beat out."""
    script = registry.design(lab).script
    cut = script.cut(minutes) if script else None
    return cut is not None and beat in cut.beats and beat not in cut.asks


def _poll_of(standing: Standing) -> Poll:
    return Poll(standing.lab, standing.beat, standing.round, standing.lesson)


class Classes:
    """All classes of this process; a class that is not in memory is read back from Redis."""

    def __init__(self, manager: RoomManager) -> None:
        self._manager = manager
        self._classes: dict[str, Classroom | None] = {}
        self.forks = ForkRooms(manager.stores.redis)

    async def open(self, lab: str, scenario: Scenario, address: str) -> Classroom:
        """A new class in a room of its own, set up like `scenario`."""
        registry.design(lab)
        redis = self._manager.stores.redis
        limit = self._manager.settings.classes_per_address
        await _count(redis, f"sdlab:classes:{address}", limit, "classes were opened")
        room = await self._manager.rooms.new_room(address)
        code = await self._new_code(room)
        nonce = secrets.token_hex(16)
        standing = Standing(room=room, code=code, lab=lab, began=self._manager.clock.time())
        await redis.hset(_key(room), mapping={"standing": json.dumps(asdict(standing)), "nonce": nonce})
        await redis.expire(_key(room), LIVES)
        running = await self._manager.lab(room, lab)
        running.frames.keep_history()
        await apply(running, scenario)
        opened = Classroom(self._manager, standing, nonce=nonce, forks=self.forks)
        self._classes[room] = opened
        return opened

    async def _new_code(self, room: str) -> str:
        while True:
            code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
            if await self._manager.names.claim(CODE_KIND, code, room):
                return code

    async def by_code(self, code: str, address: str = "") -> Classroom:
        """The class of a join code, in either case and with or without spaces; `NotFound` for none.

        `TooMany` when one address has guessed too often: then it is told nothing of any code.
        """
        guesses = f"sdlab:guesses:{address}"
        if int(await self._manager.stores.redis.get(guesses) or 0) >= MAX_GUESSES_PER_ADDRESS:
            raise TooMany(
                f"{MAX_GUESSES_PER_ADDRESS} wrong codes came from your address within an hour",
                retry_after=ONE_HOUR,
            )
        wanted = "".join(code.upper().split()).replace("-", "").replace("·", "")
        room = await self._manager.names.owner(CODE_KIND, wanted) if len(wanted) == CODE_LENGTH else None
        found = await self.find(room) if room else None
        if found is None or found.standing.ended:
            await _count(self._manager.stores.redis, guesses, MAX_GUESSES_PER_ADDRESS, "wrong codes came")
            raise NotFound("no class has that code now")
        return found

    async def of(self, room: str) -> Classroom:
        """The class of a room; `NotFound` when the room is no class's."""
        found = await self.find(room)
        if found is None:
            raise NotFound("there is no class in that room")
        return found

    async def find(self, room: str) -> Classroom | None:
        """The class of a room, if it is one's."""
        if room not in self._classes:
            if len(self._classes) >= MAX_REMEMBERED:
                self._classes = {
                    one: found for one, found in self._classes.items() if found and found.members
                }
            stored = await self._manager.stores.redis.hgetall(_key(room))
            recalled = await self._recalled(stored) if stored else None
            self._classes.setdefault(room, recalled)  # whoever asked meanwhile may have been sooner
        found = self._classes[room]
        if found and not found.standing.ended and self._manager.clock.time() > found.standing.began + LIVES:
            await found.end()
        return found

    async def _recalled(self, stored: Mapping[str, str]) -> Classroom:
        standing = Standing(**json.loads(stored["standing"]))
        lessons = _lessons_in(stored)
        if standing.lesson and standing.lesson not in lessons:
            # A lab has changed, and the lesson does not fit it any more.
            standing = replace(standing, lesson=0, beat=0, last=0, revealed=True)
        found = Classroom(self._manager, standing, nonce=stored["nonce"], forks=self.forks)
        found.lessons.update(lessons)
        found.seen = [_seen(one) for one in json.loads(stored.get("seen", "[]"))]
        await found.recall()
        return found

    async def join(self, code: str, address: str) -> tuple[Classroom, str]:
        """A follower's token. `TooMany` when one address asks for more than a large class needs."""
        found = await self.by_code(code, address)
        place = f"sdlab:joins:{found.standing.room}:{address}"
        await _count(self._manager.stores.redis, place, MAX_JOINS_PER_ADDRESS, "joined this class")
        return found, found.rights.follower_token()

    async def around(self, room: str) -> Classroom | None:
        """The class of a room, if it is one's, or if it is or was the fork of one's."""
        return await self.find(await self.forks.home(room) or room)

    async def home(self, room: str) -> str:
        """Where somebody is who asks for that room: a fork that is closed leads to its class's room."""
        found = await self.around(room)
        closed = found and found.standing.room != room and not self.forks.is_open(room)
        return found.standing.room if found and closed else room

    async def guard(self, room: str, cookies: Mapping[str, str], *, header: str = "", control: bool) -> str:
        """`Forbidden` when that room is a class's and whoever has those rights may not act in it now; else whose hand."""
        found = await self.around(room)
        if found is None:
            return ""
        token = token_in(cookies, found.standing.room, header=header)
        return found.guard(token, control=control, room=room)

    async def before_open(self, room: str, slug: str) -> None:
        """A lab is about to be opened in that room: in a fork only that of its exercise."""
        found = await self.around(room)
        if found is not None and found.standing.room != room:
            found.exercises.admit(room, slug)

    async def on_open(self, lab: RunningLab) -> None:
        """A lab was opened: in a fork it begins as its exercise says."""
        found = await self.around(lab.room.id)
        if found is not None and found.standing.room != lab.room.id:
            await found.exercises.prepare(lab)

    async def forget(self, room: str) -> None:
        """The room's data was removed."""
        if found := self._classes.pop(room, None):
            found.stop()
        await self._manager.stores.redis.delete(
            _key(room),
            votes_key(room),
            quick_key(room),
            voices_key(room),
            exercises_key(room),
            predictions_key(room),
        )

    async def stop(self) -> None:
        """The server stops: what goes on by itself in classes ends."""
        for found in self._classes.values():
            if found:
                found.stop()


def _lessons_in(stored: Mapping[str, str]) -> dict[int, OwnLesson]:
    found: dict[int, OwnLesson] = {}
    for name, written in stored.items():
        if name.startswith(LESSON):
            with contextlib.suppress(BadLesson):
                found[int(name.removeprefix(LESSON))] = read_lesson(json.loads(written))
    return found


def _seen(stored: str | list[Any]) -> Poll:
    return Poll.of(stored) if isinstance(stored, str) else Poll(*stored)  # a pair is of an older server


async def _count(redis: Any, key: str, limit: int, what: str) -> None:
    seen = await redis.incr(key)
    if seen == 1:
        await redis.expire(key, ONE_HOUR)
    if seen > limit:
        raise TooMany(f"{limit} {what} from your address within an hour", retry_after=ONE_HOUR)


def _key(room: str) -> str:
    return f"sdlab:class:{{{room}}}:standing"


def cookie_of(role: Role, room: str) -> str:
    """The name of the cookie that holds a right in that room's class."""
    return f"sdlab_{role}_{room[:8]}"


def token_in(cookies: Mapping[str, str], room: str, *, header: str = "") -> str:
    """The strongest right that a browser holds in that room's class; empty for none."""
    return header or cookies.get(cookie_of("leader", room)) or cookies.get(cookie_of("follower", room)) or ""


_of_manager: tuple[RoomManager, Classes] | None = None


def classes() -> Classes:
    """The classes of this process."""
    global _of_manager  # noqa: PLW0603 - one process, one manager
    current = room_manager()
    if _of_manager is None or _of_manager[0] is not current:
        made = Classes(current)
        _of_manager = (current, made)
        current.on_remove.append(made.forget)
        current.on_close.append(made.stop)
        current.before_open.append(made.before_open)
        current.on_open.append(made.on_open)
    return _of_manager[1]
