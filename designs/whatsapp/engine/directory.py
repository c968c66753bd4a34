"""Who is in which chat, and which devices people have linked: rows of the database, and a copy for checking."""

from __future__ import annotations

import sqlalchemy as sa

from designs.whatsapp.config import Config
from designs.whatsapp.engine.models import ChatRow, DeviceRow, MemberRow
from designs.whatsapp.engine.nodes import BALANCER, DATABASE
from sdlab.lab import EngineContext, Invalid, NotFound, TooMany

CHATS, MEMBERS, DEVICES = (one.__table__ for one in (ChatRow, MemberRow, DeviceRow))  # type: ignore[attr-defined]
MOST_CHATS, MOST_MEMBERS, MOST_DEVICES, MOST_USERS = 500, 256, 4, 6000
PAIR, GROUP, BIG = "ann-ben", "weekend", "village"
DEMO = ("ann", "ben", "cleo")
SIMULATED = tuple(f"u{number:04d}" for number in range(5000))


class Directory:
    """`chats`, `members` and `devices` are as the rows are; `left` says until when somebody was in a chat."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.names: dict[str, str] = {}
        self.members: dict[str, dict[str, None]] = {}
        self.devices: dict[str, list[str]] = {}
        self.left: dict[tuple[str, str], float] = {}

    async def open(self) -> None:
        """Read the rows; a room that has none gets the three people of the page, and their chats."""
        room = self._context.room
        chats, members, devices = await room.sql.read(
            lambda c: [
                c.execute(sa.select(table).where(table.c.room == room.id)).all() for table in (CHATS, MEMBERS, DEVICES)
            ]
        )
        for one in sorted(chats, key=lambda row: row.place):
            self.names[one.id], self.members[one.id] = one.name, {}
        for one in members:
            self.members[one.chat][one.user] = None
        for one in devices:
            self.devices.setdefault(one.user, []).append(one.name)
        if not chats:
            await self._add(PAIR, "Ann and Ben", DEMO[:2])
            await self._add(GROUP, "Weekend", DEMO)
            await self._add(BIG, "Village", (*DEMO, *SIMULATED[: min(room.quota.prepared, MOST_MEMBERS - 3)]))

    async def _add(self, chat: str, name: str, users: tuple[str, ...]) -> None:
        room, place = self._context.room, len(self.names)
        unknown = [user for user in users if user not in self.devices]

        def insert(c: sa.Connection) -> None:
            c.execute(CHATS.insert(), {"room": room.id, "id": chat, "name": name, "place": place})
            c.execute(MEMBERS.insert(), [{"room": room.id, "chat": chat, "user": user} for user in users])
            if unknown:
                c.execute(DEVICES.insert(), [{"room": room.id, "user": user, "name": "phone"} for user in unknown])

        await self._context.node(DATABASE).call("INSERT chat", lambda: room.sql.write(insert), source=BALANCER)
        self.names[chat], self.members[chat] = name, dict.fromkeys(users)
        self.devices |= {user: ["phone"] for user in unknown}

    async def create(self, chat: str, name: str, users: tuple[str, ...]) -> None:
        """A new chat. `TooMany`, when the room or the chat is full."""
        if len(self.names) >= MOST_CHATS:
            raise TooMany(f"this room has {MOST_CHATS} chats, and takes no more")
        if not 2 <= len(set(users)) <= MOST_MEMBERS:
            raise Invalid(f"a chat has 2 to {MOST_MEMBERS} people", field="participants")
        if len(self.devices) + len(users) > MOST_USERS:
            raise TooMany("this room knows enough people")
        await self._add(chat, name, tuple(dict.fromkeys(users)))

    async def change(self, chat: str, *, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        """Somebody comes in or goes."""
        room, members = self._context.room, self.members[chat]
        new = tuple(one for one in dict.fromkeys(add) if one not in members)
        if len(members) + len(new) > MOST_MEMBERS:
            raise Invalid(f"a chat has at most {MOST_MEMBERS} people", field="add")
        unknown = [one for one in new if one not in self.devices]

        def write(c: sa.Connection) -> None:
            if new:
                c.execute(MEMBERS.insert(), [{"room": room.id, "chat": chat, "user": one} for one in new])
            if unknown:
                c.execute(DEVICES.insert(), [{"room": room.id, "user": one, "name": "phone"} for one in unknown])
            here = (MEMBERS.c.room == room.id) & (MEMBERS.c.chat == chat)
            c.execute(MEMBERS.delete().where(here, MEMBERS.c.user.in_(remove)))

        await self._context.node(DATABASE).call("UPDATE members", lambda: room.sql.write(write), source=BALANCER)
        self.devices |= {one: ["phone"] for one in unknown}
        members |= dict.fromkeys(new)
        for one in remove:
            if one in members:
                del members[one]
                self.left[chat, one] = self._context.clock.monotonic()

    async def link(self, user: str, device: str) -> bool:
        """Link a device; whether it is new."""
        known = self.devices.setdefault(user, [])
        if device in known:
            return False
        if len(known) >= MOST_DEVICES:
            raise TooMany(f"at most {MOST_DEVICES} devices of one person")
        if len(self.devices) > MOST_USERS:
            raise TooMany("this room knows enough people")
        room, row = self._context.room, {"user": user, "name": device}
        await self._context.node(DATABASE).call(
            "INSERT device",
            lambda: room.sql.write(lambda c: c.execute(DEVICES.insert(), {"room": room.id, **row})),
            source=BALANCER,
        )
        known.append(device)
        return True

    async def people(self, chat: str, *, source: str) -> dict[str, list[str]]:
        """Read from the database: who is in it, with their devices."""
        room = self._context.room
        query = (
            sa.select(DEVICES.c.user, DEVICES.c.name)
            .join(MEMBERS, (MEMBERS.c.room == DEVICES.c.room) & (MEMBERS.c.user == DEVICES.c.user))
            .where(MEMBERS.c.room == room.id, MEMBERS.c.chat == chat)
        )
        found: dict[str, list[str]] = {}
        rows = await self._context.node(DATABASE).call(
            "SELECT members", lambda: room.sql.read(lambda c: c.execute(query).all()), source=source
        )
        for user, name in rows:
            found.setdefault(user, []).append(name)
        return found

    def of(self, chat: str) -> dict[str, None]:
        """The people of a chat; `NotFound` for none of that name."""
        if chat not in self.members:
            raise NotFound(f"no chat {chat}")
        return self.members[chat]
