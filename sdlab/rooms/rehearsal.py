"""One step of a lesson of one's own, played without anybody in a fresh room."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sdlab.lab import Unavailable
from sdlab.lab.scenario import Notices
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.own_lessons import Step
from sdlab.rooms.tour import comes_true, go_to

MOST_WAITING = 4
SET_UP_WITHIN = 30.0  # seconds that a lab may take to open and be set up
PATIENCE = 1.5  # times the seconds of an expectation: other rooms are at work as well


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a step went. `came_true` is None where it expects nothing; `notices` say what could not be done."""

    came_true: bool | None
    notices: Notices


class Rehearsals:
    """One at a time in a process, so that none is late because of another; a bounded number waits."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()
        self._waiting = 0

    async def play(self, manager: RoomManager, step: Step) -> Rehearsed:
        """Set a fresh room up as the step says, and look for what it expects; the room is removed.

        `Unavailable` when too many wait, or when the lab is not set up in time.
        """
        if self._waiting >= MOST_WAITING:
            raise Unavailable(
                "other lessons are being rehearsed; try again soon", retry_after=step_seconds(step)
            )
        self._waiting += 1
        try:
            async with self._alone:
                return await _played(manager, step)
        finally:
            self._waiting -= 1


def step_seconds(step: Step) -> float:
    """How long its expectation is looked for at most."""
    return step.beat.expect.seconds * PATIENCE if step.beat.expect else 1.0


async def _played(manager: RoomManager, step: Step) -> Rehearsed:
    room = manager.rooms.temporary_room()
    try:
        try:
            async with asyncio.timeout(SET_UP_WITHIN):
                lab = await manager.lab(room, step.lab)
                notices = await go_to(lab, step.lesson, step.at)
        except TimeoutError:
            raise Unavailable(
                f"the lab was not set up within {SET_UP_WITHIN:g} s; try again", retry_after=10
            ) from None
        expect = step.beat.expect
        came_true = await comes_true(lab, expect, patience=PATIENCE) if expect else None
        return Rehearsed(came_true, notices)
    finally:
        await manager.remove(room)


REHEARSALS = Rehearsals()  # of this process
