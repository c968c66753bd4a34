"""What visitors intend, as Reflex events: one handler per command of the frame. Nothing streams here."""

from __future__ import annotations

import inspect
import json
import logging
import math
import time
from collections.abc import Callable
from functools import wraps
from http.cookies import CookieError, SimpleCookie
from typing import Any, Literal, TypeVar

import reflex as rx

from sdlab.lab import Engine, Invalid, LabError, set_hand
from sdlab.lab.scenario import from_json
from sdlab.metrics import VERBS
from sdlab.rooms.classroom import classes
from sdlab.rooms.http import engine_in
from sdlab.rooms.ids import COOKIE
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import room_manager
from sdlab.rooms.play import apply

log = logging.getLogger("sdlab.state")

MAX_SCENARIO = 20_000
MAX_NOTICE = 2000
TAB_ROOM = "sdlab_room"

Act = Literal["look", "verb", "control"]
E = TypeVar("E", bound=Engine[Any])


class RoomState(rx.State):
    """Which room this tab is in, and the last refusal, in words for the visitor."""

    room: str = rx.SessionStorage("", name=TAB_ROOM)
    notice: str = ""

    def _enter(self) -> str:
        """The tab's room: named in the address, else where the tab was, else the browser's own."""
        named = str(self.router.url.query_parameters.get("room", ""))
        own = cookies_in(self.router.headers.raw_headers.get("cookie", "")).get(COOKIE, "")
        ids = room_manager().ids
        room = next((one for one in (named, self.room, own) if one and ids.known(one)), "") or ids.new()
        if room != self.room:
            self.room = room
        return room

    @rx.event
    async def arrived(self, room: str, notice: str) -> Any:
        """The tab's connection says which room the tab is in, and what could not be done there."""
        self.notice = notice[:MAX_NOTICE]
        if not room_manager().ids.known(room):
            return None
        self.room = room
        elsewhere = await room_manager().stores.leases.is_elsewhere(room)
        return rx.call_script(f"window.sdlabMove?.({json.dumps(room)})") if elsewhere else None

    @property
    def _address(self) -> str:
        return self.router.session.client_ip or "unknown"

    async def running(self, slug: str, *, acts: Act = "control") -> RunningLab:
        """The lab of that design at work in this tab's room.

        `acts` says what for: to look at it, to use the product (`verb`), or to change the system
        (`control`). `Forbidden` in the room of a class that the visitor may not drive.
        """
        room = await room_manager().rooms.enter(self._enter(), self._address)
        if acts != "look":
            cookies = cookies_in(self.router.headers.raw_headers.get("cookie", ""))
            set_hand(await classes().guard(room, cookies, control=acts == "control"))
        return await room_manager().lab(room, slug)

    async def engine(self, slug: str, *, acts: Act = "verb") -> Engine[Any]:
        """The engine of that design in this tab's room, to use the product."""
        return (await self.running(slug, acts=acts)).engine

    @rx.event
    def dismiss_notice(self) -> None:
        """The visitor has read it."""
        self.notice = ""


def cookies_in(header: str) -> dict[str, str]:
    """What a browser sent, by name; nothing for what cannot be read."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _number(value: str | float) -> float:
    """What was typed or sent, as a number that can be computed with. `ValueError` for anything else."""
    try:
        number = float(value)
    except (TypeError, OverflowError):
        raise ValueError("not a number") from None
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


class VerbState(RoomState):
    """Base of product states: handlers marked with `verbs_of(...)`; a refusal becomes the notice.

    A product that says refusals elsewhere, beside a field or a pane, overrides `_before_verb` and
    `_refused`. Both get the arguments of the handler by name.

    `answered` counts the tab's verbs, done or refused, in the order in which they were sent: a page that
    reads by itself knows by it whether what it asked for is older than what it did.
    """

    answered: int = 0

    def _before_verb(self, given: dict[str, Any]) -> None:
        """Called before each verb: what an earlier refusal left is cleared here."""

    def _refused(self, error: LabError, given: dict[str, Any]) -> Any:
        """Say a refusal. May return Reflex events, such as one that sets the focus.

        Nothing is cleared here: the text that was refused stays in its field.
        """
        self.notice = error.detail


def verbs_of(slug: str, kind: type[E]) -> Callable[..., Any]:
    """A decorator for the handlers of a `VerbState`, as `verb = verbs_of("top-k", TopK)`.

    A marked method gets the engine of the tab's room as its first argument, typed, and need not
    catch refusals. For Reflex it is an event with the other arguments; what it returns (events)
    is passed on. `@verb(unusable="the rate is a number")` says that for a `ValueError`.
    """

    def verb(handler: Callable[..., Any] | None = None, *, unusable: str = "") -> Any:
        def mark(method: Callable[..., Any]) -> Any:
            return rx.event(_with_engine(method, slug, kind, unusable))

        return mark if handler is None else mark(handler)

    return verb


def _with_engine(
    method: Callable[..., Any], slug: str, kind: type[Engine[Any]], unusable: str
) -> Callable[..., Any]:
    if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        raise TypeError(f"{method.__name__} is a generator; a verb returns")
    itself, engine, *rest = inspect.signature(method).parameters.values()
    signature = inspect.signature(method).replace(parameters=[itself, *rest])

    @wraps(method)
    async def handle(self: VerbState, *args: Any, **named: Any) -> Any:
        given = dict(signature.bind(self, *args, **named).arguments)
        del given[itself.name]
        self._before_verb(given)
        began, outcome = time.perf_counter(), "failed"
        try:
            found = engine_in(await self.running(slug, acts="verb"), kind)
            done = method(self, found, *args, **named)
            result = await done if inspect.isawaitable(done) else done
            outcome = "done"
            return result
        except LabError as error:
            outcome = "refused"
            return self._refused(error, given)
        except ValueError:
            if not unusable:
                raise
            outcome = "refused"
            return self._refused(Invalid(unusable), given)
        finally:
            self.answered += 1
            VERBS.labels(slug, outcome).observe(time.perf_counter() - began)

    # Reflex reads the arguments of an event and their types from here; the engine is none of them.
    handle.__signature__ = signature  # type: ignore[attr-defined]
    handle.__annotations__ = {
        name: hint for name, hint in method.__annotations__.items() if name != engine.name
    }
    return handle


class LabState(RoomState):
    """The commands that every lab has. A refusal becomes the notice."""

    @rx.event
    async def import_scenario(self, slug: str, text: str) -> None:
        """Set the tab's room up as an exported scenario says; its data is removed."""
        try:
            data = json.loads(text[:MAX_SCENARIO])
        except ValueError:
            self.notice = "that is not a scenario: it is no JSON"
            return
        if not isinstance(data, dict) or data.get("lab") != slug:
            self.notice = f"that is not a scenario of this lab ({slug})"
            return
        try:
            lab = await self.running(slug)
            wanted, notices = from_json(lab.design, data)
            notices += await apply(lab, wanted)
            self.notice = " · ".join(notices)
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
            number = _number(value)
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
            lab.start_workload(workload_id, rate=_number(rate), seed=int(_number(seed)), seconds=0)
            self.notice = ""
        except (LabError, ValueError) as error:
            self.notice = error.detail if isinstance(error, LabError) else "rate and seed are numbers"

    @rx.event
    async def provoke(self, slug: str, toggle_id: str) -> None:
        """Show a question at its sharpest: its protection off, its faults and its traffic on."""
        try:
            await (await self.running(slug)).provoke(toggle_id)
            self.notice = ""
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def stop_workload(self, slug: str) -> None:
        """Stop traffic."""
        try:
            await (await self.running(slug)).stop_workload()
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def stop_sample(self, slug: str) -> None:
        """Stop the sample traffic."""
        try:
            await (await self.running(slug)).sample.end()
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def set_fault(self, slug: str, node_id: str, kind: str, value: str | float = "") -> None:
        """Do something to a node; an empty value means the fault's default."""
        try:
            lab = await self.running(slug)
            await lab.engine.set_fault(node_id, kind, None if value == "" else _number(value))
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
            await (await self.running(slug)).restart(seed=None if seed == "" else int(_number(seed)))
            self.notice = ""
        except (LabError, ValueError) as error:
            self.notice = error.detail if isinstance(error, LabError) else "the seed is a whole number"
