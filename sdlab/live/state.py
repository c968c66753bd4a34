"""What visitors intend, as Reflex events: one handler per command of the frame. Nothing streams here."""

from __future__ import annotations

import logging
from http.cookies import CookieError, SimpleCookie
from typing import Any

import reflex as rx

from sdlab.lab import Engine, LabError
from sdlab.rooms.house import house
from sdlab.rooms.ids import COOKIE, PUBLIC, short
from sdlab.rooms.lab import RunningLab

log = logging.getLogger("sdlab.state")


class RoomState(rx.State):
    """Which room this tab is in, and the last refusal, in words for the visitor."""

    room: str = ""
    room_short: str = ""
    notice: str = ""

    @rx.event
    async def enter(self) -> None:
        """Find the tab's room: named in the address, else the browser's own."""
        self._enter()

    def _enter(self) -> str:
        named = str(self.router.url.query_parameters.get("room", ""))
        own = _cookie(self.router.headers.raw_headers.get("cookie", ""))
        room = next((one for one in (named, own) if one and house().ids.known(one)), PUBLIC)
        if room != self.room:
            self.room, self.room_short = room, short(room)
        return room

    async def running(self, slug: str) -> RunningLab:
        """The lab of that design at work in this tab's room."""
        address = self.router.session.client_ip or "unknown"
        room = await house().enter(self._enter(), address)
        return await house().lab(room, slug)

    async def engine(self, slug: str) -> Engine[Any]:
        """The engine of that design in this tab's room."""
        return (await self.running(slug)).engine

    @rx.event
    def dismiss_notice(self) -> None:
        """The visitor has read it."""
        self.notice = ""


def _cookie(header: str) -> str:
    try:
        cookies: SimpleCookie = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


class LabState(RoomState):
    """The commands that every lab has. A refusal becomes the notice."""

    @rx.event
    async def open_lab(self, slug: str) -> None:
        """The page was opened: the lab goes to work in the tab's room."""
        try:
            await self.running(slug)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def set_toggle(self, slug: str, toggle_id: str, option_id: str) -> None:
        """Choose an approach."""
        await self._configure(slug, {toggle_id: option_id}, {})

    @rx.event
    async def set_knob(self, slug: str, knob_id: str, value: str | float) -> None:
        """Set a number."""
        try:
            number = float(value)
        except ValueError:
            self.notice = "that is not a number"
            return
        await self._configure(slug, {}, {knob_id: number})

    async def _configure(self, slug: str, toggles: dict[str, object], knobs: dict[str, object]) -> None:
        try:
            await (await self.running(slug)).configure(toggles=toggles, knobs=knobs)
            self.notice = ""
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def start_workload(self, slug: str, workload_id: str, rate: str | float, seed: str | float) -> None:
        """Start traffic; what was playing stops."""
        try:
            lab = await self.running(slug)
            lab.start_workload(workload_id, rate=float(rate), seed=int(float(seed)), seconds=0)
            self.notice = ""
        except (LabError, ValueError) as error:
            self.notice = error.detail if isinstance(error, LabError) else "rate and seed are numbers"

    @rx.event
    async def stop_workload(self, slug: str) -> None:
        """Stop traffic."""
        await (await self.running(slug)).stop_workload()

    @rx.event
    async def set_fault(self, slug: str, node_id: str, kind: str, value: str | float = "") -> None:
        """Do something to a node; an empty value means the fault's default."""
        try:
            lab = await self.running(slug)
            await lab.engine.set_fault(node_id, kind, None if value == "" else float(value))
            self.notice = ""
        except (LabError, ValueError) as error:
            self.notice = error.detail if isinstance(error, LabError) else "the value is a number"

    @rx.event
    async def clear_fault(self, slug: str, node_id: str = "", kind: str = "") -> None:
        """Undo a fault; without a node, all of them."""
        try:
            await (await self.running(slug)).engine.clear_fault(node_id or None, kind or None)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def restart(self, slug: str, seed: str | float = "") -> None:
        """Begin anew; an empty seed means the one in force."""
        try:
            await (await self.running(slug)).restart(seed=None if seed == "" else int(float(seed)))
            self.notice = ""
        except (LabError, ValueError) as error:
            self.notice = error.detail if isinstance(error, LabError) else "the seed is a whole number"
