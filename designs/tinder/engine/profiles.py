"""The profile database: changed people as rows, each written with the news of it in one transaction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from designs.tinder.config import Config
from designs.tinder.engine.models import NewsRow, ProfileRow
from designs.tinder.engine.people import (
    FARTHEST_KM,
    NEAREST_KM,
    OLDEST,
    YOUNGEST,
    People,
    Profile,
    bits_of,
    facts,
    profile_of,
)
from sdlab.lab import EngineContext, Invalid
from sdlab.lab.text import TextRule
from sdlab.parts.outbox import Outbox

PROFILE: sa.Table = ProfileRow.__table__  # type: ignore[attr-defined]
NEWS: sa.Table = NewsRow.__table__  # type: ignore[attr-defined]
NAME = TextRule("name", 30)
MOST_INTERESTS = 5


class Profiles:
    """Changes of profiles. `people` is the truth; rows keep what the seed does not say."""

    def __init__(self, context: EngineContext[Config], people: People) -> None:
        self.outbox = Outbox(context.room, NEWS, reader="captured")
        self._context = context
        self._people = people

    async def open(self) -> None:
        """Apply the rows to the people."""
        room = self._context.room
        query = sa.select(PROFILE).where(PROFILE.c.room == room.id)
        for row in await room.sql.read(lambda c: [dict(one._mapping) for one in c.execute(query)]):
            if row["number"] < self._people.total:
                self._people.admit(profile_of(row["number"], row["id"], row["name"], row))
        await self.outbox.open()

    def changed(self, user: str, changes: Mapping[str, Any]) -> Profile:
        """A person as they want to be. `Invalid` names what somebody new has left out."""
        if self._people.knows(user):
            return replace(self._people.profile(self._people.number(user)), **changes)
        number = self._people.new_number(user)
        missing = [one for one in ("name", "age", "lat", "interests") if one not in changes]
        if missing:
            field = "location" if missing[0] == "lat" else missing[0]
            raise Invalid(f"somebody new needs a {field}", field=field)
        return Profile(number=number, id=user, **changes)

    async def change(self, profile: Profile) -> Profile:
        """Write a person and the news of it. `Invalid` for what cannot be; then nothing is written."""
        room, now = self._context.room, self._context.clock.time()
        changed = replace(checked(profile), changed=now)
        row = {"room": room.id, "id": changed.id, "name": changed.name, "number": changed.number}
        row |= {name: value for name, value in facts(changed).items() if name in PROFILE.c}

        def write(connection: Any) -> None:
            statement = room.sql.insert(PROFILE).values(row)
            same = {name: statement.excluded[name] for name in row if name not in ("room", "number")}
            connection.execute(statement.on_conflict_do_update(index_elements=["room", "number"], set_=same))
            self.outbox.put(connection, [("profile", {"number": changed.number, **facts(changed)})], now=now)

        await room.sql.write(write)
        self._context.decide("the row and the news of it are one transaction: the index will hear of it")
        self._people.admit(changed)
        return changed


def checked(profile: Profile) -> Profile:
    """The profile, if it can be; else `Invalid` names the field."""
    name = NAME.check(profile.name)
    for field in ("age", "age_min", "age_max"):
        if not YOUNGEST <= getattr(profile, field) <= OLDEST:
            raise Invalid(f"{field} is from {YOUNGEST} to {OLDEST}", field=field)
    if profile.age_min > profile.age_max:
        raise Invalid("age_min is at most age_max", field="age_min")
    check_location(profile.lat, profile.lng)
    check_km(profile.km)
    if not 1 <= len(set(profile.interests)) <= MOST_INTERESTS:
        raise Invalid(f"1 to {MOST_INTERESTS} interests", field="interests")
    bits_of(profile.interests)
    if profile.wanted:
        bits_of((profile.wanted,))
    return replace(profile, name=name)


def check_location(lat: float, lng: float) -> None:
    """`Invalid` for what is nowhere on the map."""
    if not (math.isfinite(lat) and -85 <= lat <= 85 and math.isfinite(lng) and -180 <= lng <= 180):
        raise Invalid("a location is latitude -85 to 85 and longitude -180 to 180", field="location")


def check_km(km: float) -> None:
    """`Invalid` for a distance out of range."""
    if not (math.isfinite(km) and NEAREST_KM <= km <= FARTHEST_KM):
        raise Invalid(f"distance is from {NEAREST_KM:g} to {FARTHEST_KM:g} km", field="distance")
