"""The class that belongs to a link in a course, and whoever comes through that link."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from sdlab import registry
from sdlab.course.platforms import LAB
from sdlab.lab import Invalid
from sdlab.lab.scenario import from_query
from sdlab.rooms.classroom import CODE_KIND, Classroom, classes
from sdlab.rooms.manager import RoomManager

if TYPE_CHECKING:
    from sdlab.course.launches import Launch

KIND = "link"


async def class_of_link(manager: RoomManager, launch: Launch) -> Classroom | None:
    """The class that goes on there now."""
    room = await manager.names.owner(KIND, _name(manager, launch))
    if room is None:
        return None
    await manager.rooms.enter(room, "")
    found = await classes().find(room)
    # A class that another process has ended has given its code back.
    going_on = found and await manager.names.owner(CODE_KIND, found.standing.code) == room
    return found if going_on else None


async def open_class(manager: RoomManager, launch: Launch) -> Classroom:
    """The class that goes on there, or a new one. `Invalid` when the link names no lab.

    How many a teacher may open is counted for each person, where others are counted by address: a campus has one.
    """
    if found := await class_of_link(manager, launch):
        return found
    lab = launch.custom.get(LAB, "")
    known = [one.slug for one in registry.designs()]
    if lab not in known:
        raise Invalid(
            f"this link names no lab: give it the custom parameter {LAB}=, with one of {', '.join(known)}",
            field=LAB,
        )
    scenario, _ = from_query(registry.design(lab), "")
    opened = await classes().open(lab, scenario, f"course:{learner(manager, launch)}")
    name = _name(manager, launch)
    if over := await manager.names.owner(KIND, name):
        if (other := await class_of_link(manager, launch)) is not None:
            await opened.end()
            return other
        await manager.names.release(KIND, name, over)
    if not await manager.names.claim(KIND, name, opened.standing.room):
        await opened.end()  # a colleague was sooner
        return await class_of_link(manager, launch) or opened
    return opened


def learner(manager: RoomManager, launch: Launch) -> str:
    """The same name for the same person whenever they come; who that is cannot be told from it."""
    return _hashed(manager, "learner", launch.issuer, launch.user)[:16]


def _name(manager: RoomManager, launch: Launch) -> str:
    return _hashed(
        manager, "link", launch.issuer, launch.client_id, launch.deployment, launch.context, launch.link
    )


def _hashed(manager: RoomManager, *parts: str) -> str:
    """Keyed with the server's secret: nobody can try names until one fits."""
    return hmac.new(manager.ids.secret, json.dumps(parts).encode(), hashlib.sha256).hexdigest()
