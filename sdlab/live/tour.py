"""A lesson played alone: the visitor's own room goes from beat to beat."""

from __future__ import annotations

from typing import Literal

import reflex as rx

from sdlab.lab import LabError
from sdlab.live.state import RoomState
from sdlab.registry import design
from sdlab.rooms.tour import Verdict as Seen
from sdlab.rooms.tour import go_to, verdicts

Verdict = Seen | Literal["", "setting up"]


class TourState(RoomState):
    """Which beat the room stands at, and whether what it promises has shown."""

    tour_lab: str = ""
    tour_beat: int = 0
    tour_revealed: bool = False
    tour_verdict: Verdict = ""
    _turn: int = 0

    @rx.event(background=True)
    async def go(self, slug: str, number: int, revealed: bool) -> None:
        """Set the room up as it stands at that beat, then look for what the beat promises.

        A beat that asks waits for its answer unless `revealed`. Going elsewhere meanwhile wins.
        """
        lesson = design(slug).lesson
        if lesson is None or not 1 <= number <= len(lesson.beats):
            return
        beat = lesson.beat(number)
        shown = revealed or beat.ask is None
        async with self:
            self._turn += 1
            turn = self._turn
            self.tour_lab, self.tour_beat, self.tour_revealed = slug, number, shown
            self.tour_verdict = "setting up"
            try:
                lab = await self.running(slug)
                notices = await go_to(lab, lesson, number, revealed=shown)
            except LabError as error:
                self.notice, self.tour_verdict = error.detail, ""
                return
            self.notice = " · ".join(notices)
            self.tour_verdict = "watching" if shown and beat.expect else ""
        if shown and beat.expect:
            async for verdict in verdicts(lab, beat.expect):
                async with self:
                    if turn != self._turn:
                        return
                    self.tour_verdict = verdict

    @rx.event
    def leave(self) -> None:
        """The visitor ends the tour; the room stays as it is."""
        self._turn += 1
        self.tour_beat, self.tour_verdict = 0, ""
