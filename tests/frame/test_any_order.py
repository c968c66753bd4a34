"""Whatever is done to rooms and classes, in any order: they stay what a simple account of them says."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sdlab import registry
from sdlab.api.server import open_rooms
from sdlab.lab import Conflict, Forbidden, Gone, LabError, ManualClock, NotFound, TooMany
from sdlab.lab.scenario import Scenario
from sdlab.rooms import manager as manager_module
from sdlab.rooms.classroom import Classes, Classroom
from sdlab.settings import Settings
from sdlab.stores.redis import EmbeddedRedis
from tests.frame.toy import TOY

T = TypeVar("T")
ADDRESSES = ("10.0.0.1", "10.0.0.2")
ROOMS_PER_ADDRESS = 3
ASKING = 3  # the beat of the toy's lesson that asks something
FEW = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.generate],  # to make a failure smaller would take minutes: every try opens stores
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)
    monkeypatch.setattr(registry, "design", lambda slug: TOY)


class Machine(RuleBasedStateMachine):
    """Rooms over real stores, on a loop and a clock of their own."""

    valkey: EmbeddedRedis
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.clock = ManualClock()
        self.manager = self.run(self._open())

    async def _open(self) -> manager_module.RoomManager:
        chosen = Settings(SDLAB_DATA=self.folder, SDLAB_ROOMS_PER_ADDRESS=ROOMS_PER_ADDRESS)  # type: ignore[call-arg]
        manager = await self._stack.enter_async_context(open_rooms(chosen, running=self.valkey))
        await manager.stores.redis.flushall()
        manager.clock = self.clock
        return manager

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def refused(self, work: Coroutine[Any, Any, Any], *kinds: type[LabError]) -> None:
        with pytest.raises(kinds):
            self.run(work)

    def teardown(self) -> None:
        self.run(self._stack.aclose())
        self._runner.close()


class Rooms(Machine):
    """An account of every room: what it counted, how far its steps go; and how many each address made."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms: list[str] = []
        self.made = dict.fromkeys(ADDRESSES, 0)
        self.totals: dict[str, int] = {}
        self.steps: dict[str, int] = {}

    def some(self, data: st.DataObject) -> str | None:
        return self.rooms[data.draw(st.integers(0, len(self.rooms) - 1))] if self.rooms else None

    @initialize()
    def begin(self) -> None:
        self.make(ADDRESSES[0])

    @rule(address=st.sampled_from(ADDRESSES))
    def make(self, address: str) -> None:
        if self.made[address] == ROOMS_PER_ADDRESS:
            self.refused(self.manager.rooms.new_room(address), TooMany)
            return
        room = self.run(self.manager.rooms.new_room(address))
        self.rooms.append(room)
        self.made[address] += 1
        self.totals[room], self.steps[room] = 0, 1

    @rule(forged=st.text(max_size=30))
    def forge(self, forged: str) -> None:
        if forged != "public":
            self.refused(self.manager.rooms.enter(forged, ADDRESSES[0]), NotFound)

    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        if room := self.some(data):
            lab = self.run(self.manager.lab(self.run(self.manager.rooms.enter(room, ADDRESSES[1])), "toy"))
            self.totals[room] += self.steps[room]
            assert self.run(lab.engine.add()) == self.totals[room]

    @rule(data=st.data(), step=st.sampled_from((1, 2)))
    def configure(self, data: st.DataObject, step: int) -> None:
        if room := self.some(data):
            lab = self.run(self.manager.lab(room, "toy"))
            self.run(lab.configure(toggles={"step": "one" if step == 1 else "two"}, knobs={}))
            self.steps[room] = step

    @rule(data=st.data())
    def begin_anew(self, data: st.DataObject) -> None:
        if room := self.some(data):
            self.run(self.run(self.manager.lab(room, "toy")).restart(seed=None))
            self.totals[room] = 0

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """As after a day: nothing of it is left, and whoever made it has made it all the same."""
        if room := self.some(data):
            self.rooms.remove(room)
            self.run(self.manager.remove(room))
            assert self.run(self._keys(room)) == []

    async def _keys(self, room: str) -> list[str]:
        return [key async for key in self.manager.stores.redis.scan_iter(match=f"*{room}*")]

    @rule()
    def everything_rests(self) -> None:
        self.run(self._rest())
        assert self.manager.open_labs == 0

    async def _rest(self) -> None:
        await self.clock.advance(self.manager.settings.idle_minutes * 60 + 1)
        await self.manager.housekeeping.sweep()

    @invariant()
    def open_labs_show_what_was_counted(self) -> None:
        for (room, _), lab in self.manager.running().items():
            assert lab.snapshot().total == self.totals[room]


class Class(Machine):
    """An account of a class: its question, who voted what, whether it is open or has ended."""

    @initialize()
    def open(self) -> None:
        self.classes = Classes(self.manager)
        self.taught = self.run(self.classes.open("toy", Scenario(lab="toy"), ADDRESSES[0]))
        self.votes: dict[int, dict[str, int]] = {}
        self.followers: list[str] = []
        self.beat, self.revealed, self.is_open, self.ended = 0, True, False, False
        self.join()
        self.move(ASKING, revealed=False)

    @rule()
    def join(self) -> None:
        joining = self.classes.join(self.taught.standing.code, ADDRESSES[1])
        if self.ended:
            self.refused(joining, NotFound)
        else:
            self.followers.append(self.run(joining)[1])

    @rule(beat=st.sampled_from((ASKING, ASKING, 0, 2)), revealed=st.booleans())
    def move(self, beat: int, revealed: bool) -> None:
        moving = self.taught.change(beat=beat, revealed=revealed)
        if self.ended:
            self.refused(moving, Gone)
            return
        self.run(moving)
        self.beat, self.revealed = beat, revealed

    @rule()
    def reveal(self) -> None:
        if not self.ended:
            self.run(self.taught.change(revealed=True))
            self.revealed = True

    @rule(is_open=st.booleans())
    def let_them(self, is_open: bool) -> None:
        if not self.ended:
            self.run(self.taught.change(open=is_open))
            self.is_open = is_open

    @rule(data=st.data(), option=st.integers(-1, 2))
    def vote(self, data: st.DataObject, option: int) -> None:
        token = data.draw(
            st.sampled_from([*self.followers, self.taught.rights.leader_token(), "follower.x.y"])
        )
        voting = self.taught.vote(token, option)
        if token not in self.followers:
            self.refused(voting, Forbidden)
        elif self.ended:
            self.refused(voting, Gone)
        elif self.revealed or self.taught._ask is None:
            self.refused(voting, Conflict)
        elif not 0 <= option < 2:
            self.refused(voting, LabError)
        else:
            self.run(voting)
            self.votes.setdefault(self.beat, {})[token] = option

    @rule(sure=st.integers(0, 9))
    def end(self, sure: int) -> None:
        if sure:
            return  # most classes go on for a while
        self.run(self.taught.end())
        self.ended, self.is_open = True, False

    @rule()
    def another_process_takes_over(self) -> None:
        self.classes = Classes(self.manager)
        room, before = self.taught.standing.room, self.taught.standing
        self.taught = self.run(self.classes.of(room))
        assert self.taught.standing == before

    @property
    def _poll(self) -> Any:
        return self.taught._poll

    @invariant()
    def it_stands_where_it_was_put(self) -> None:
        standing = self.taught.standing
        assert (standing.beat, standing.revealed, standing.open, standing.ended) == (
            *(self.beat, self.revealed),
            *(self.is_open, self.ended),
        )

    @invariant()
    def votes_are_counted_once_and_hidden_until_revealed(self) -> None:
        own = list(self.votes.get(self.beat, {}).values())
        if self.taught._ask is not None:
            assert self.taught.polls.counts(self._poll) == [own.count(0), own.count(1)]
            assert ("counts" in self.taught.view("follower")) is self.revealed
            assert ("answer" in self.taught.view("leader")) is self.revealed

    @invariant()
    def only_the_leader_drives_and_others_act_while_it_is_open(self) -> None:
        assert _may(self.taught, self.taught.rights.leader_token(), control=True)
        for token in ("", *self.followers):
            assert not _may(self.taught, token, control=True)
            assert _may(self.taught, token, control=False) is self.is_open


def _may(taught: Classroom, token: str, *, control: bool) -> bool:
    try:
        taught.guard(token, control=control)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("machine", [Rooms, Class])
def test_in_any_order(machine: type[Machine], valkey: EmbeddedRedis, tmp_path: Path) -> None:
    machine.valkey, machine.folder = valkey, tmp_path
    run_state_machine_as_test(machine, settings=FEW)
