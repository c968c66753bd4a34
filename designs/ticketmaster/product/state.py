"""What two visitors want of the box office: open an event, wait, hold, pay, give back, or both at once."""

from __future__ import annotations

import reflex as rx

from designs.ticketmaster.engine import Ticketmaster
from designs.ticketmaster.panes import Panes
from sdlab.lab import LabError
from sdlab.live.state import RoomState

SLUG = "ticketmaster"


class TicketState(RoomState):
    """Nothing of its own: where each buyer stands is in the live frames."""

    @rx.event
    async def open_event(self, number: int, event_id: str) -> None:
        """Look at an event."""
        try:
            await (await self._panes()).open_event(number, event_id)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def back(self, number: int) -> None:
        """To the search."""
        try:
            await (await self._panes()).back(number)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def queue(self, number: int) -> None:
        """Stand in line once more."""
        try:
            await (await self._panes()).queue_again(number)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def hold(self, number: int, seats: list[str]) -> None:
        """Hold these seats."""
        try:
            await (await self._panes()).hold(number, seats)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def pay(self, number: int, outcome: str) -> None:
        """Pay with a test card."""
        try:
            await (await self._panes()).pay(number, outcome)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def release(self, number: int) -> None:
        """Give the seats back."""
        try:
            await (await self._panes()).release(number)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def more(self, number: int) -> None:
        """Another ticket for the same event."""
        try:
            await (await self._panes()).more(number)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def race(self, seats: list[str]) -> None:
        """Both buyers want the same seats at the same moment."""
        try:
            await (await self._panes()).race(seats)
        except LabError as error:
            self.notice = error.detail

    async def _panes(self) -> Panes:
        engine = await self.engine(SLUG)
        assert isinstance(engine, Ticketmaster)
        return engine.panes
