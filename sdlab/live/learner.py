"""Who answers on a lab's page, as records of learning name them: a follower of a class, or a browser."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from sdlab.lab import Forbidden
from sdlab.rooms.classroom import classes, token_in
from sdlab.rooms.ids import COOKIE


async def learner_in(room: str, cookies: Mapping[str, str]) -> tuple[str, str]:
    """The room that the record belongs to, and a name in it; empty ones for a leader and for who has no room."""
    taught = await classes().around(room) if room else None
    if taught is not None:
        with contextlib.suppress(Forbidden):
            role, name = taught.rights.role_of(token_in(cookies, taught.standing.room))
            return (taught.standing.room, name) if role == "follower" else ("", "")
    own = cookies.get(COOKIE, "")
    return own, own
