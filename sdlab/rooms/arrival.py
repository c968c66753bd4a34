"""Somebody opens a lab's page: which room the tab is in, set up as the address says."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from sdlab.lab.scenario import Notices, Scenario, from_query
from sdlab.registry import design
from sdlab.rooms.classroom import classes
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.manager import Elsewhere, RoomManager
from sdlab.rooms.play import open_as, restore, same_setting

OWN = "own"  # what an address calls the room that is nobody else's, and no class's
PLACES = {"tab", "panel", "question"}  # what an address says of where to look, and not of what is set up


@dataclass(frozen=True, slots=True)
class Visit:
    """What a browser says of a page that it opened.

    `query` is that of the address; `tab` the room that the tab was in, `own` the browser's own, both
    empty when there is none; `place` is room, lab and query of where the browser was last.
    """

    slug: str
    query: str = ""
    tab: str = ""
    own: str = ""
    place: str = ""
    address: str = "unknown"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where the tab is now, and what of its address could not be done."""

    room: str
    notices: Notices


async def arrive(manager: RoomManager, visit: Visit) -> Arrival:
    """Open the lab in the tab's room: named in the address, else where the tab was, else the browser's own.

    The name `own` leads out of a class's room, into the browser's own or a new one.

    An address that describes another scenario than the room is in gets a fresh room, so that
    following a link never disturbs what the visitor already has. A room that nobody has used yet is
    fresh enough. May raise `LabError`: the room or the lab cannot be entered.
    """
    wanted, notices = from_query(design(visit.slug), visit.query)
    last = _last_room(manager, visit)
    room = await classes().home(last or await _room(manager, visit))
    unused = await manager.rooms.unused(room)
    await manager.rooms.enter(room, visit.address)
    try:
        if wanted.trivial and not last:
            await _welcome(manager, visit, room)
            return Arrival(room, notices)
        if unused:
            return Arrival(room, notices + await open_as(manager, room, wanted))
        return await _follow(manager, visit, room, wanted, notices, back=bool(last))
    except Elsewhere as error:
        return Arrival(room, [*notices, error.detail])


async def _follow(
    manager: RoomManager, visit: Visit, room: str, wanted: Scenario, notices: Notices, *, back: bool
) -> Arrival:
    lab = await manager.lab(room, visit.slug)
    if await classes().around(room) is not None:
        return Arrival(room, notices)
    if back:
        return Arrival(room, notices + await restore(lab, wanted))
    if same_setting(lab, wanted):
        return Arrival(room, notices)
    room = await manager.rooms.new_room(visit.address)
    return Arrival(room, notices + await open_as(manager, room, wanted))


async def _welcome(manager: RoomManager, visit: Visit, room: str) -> None:
    """A private room shows the lab at work to whoever comes without having anything set up."""
    if room != PUBLIC and set(parse_qs(visit.query)) <= PLACES:
        (await manager.lab(room, visit.slug)).begin_sample()


async def _room(manager: RoomManager, visit: Visit) -> str:
    named = parse_qs(visit.query).get("room", [""])[0]
    if named == OWN:
        mine = visit.own if manager.ids.known(visit.own) else ""
        return mine if mine and await classes().find(mine) is None else manager.ids.new()
    known = (one for one in (named, visit.tab, visit.own) if one and manager.ids.known(one))
    return next(known, "") or manager.ids.new()


def _last_room(manager: RoomManager, visit: Visit) -> str:
    """The room in which the browser was last, if it was at this very address; else nothing."""
    room, _, place = unquote(visit.place).partition("~")
    back = visit.query and place == f"{visit.slug}~{visit.query}" and manager.ids.known(room)
    return room if back else ""
