"""Who is in which chat, and which devices people have linked: rows of the database, and a copy for checking."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from designs.whatsapp.config import Config
from designs.whatsapp.engine.models import ChatRow, DeviceRow, MemberRow
from designs.whatsapp.engine.nodes import BALANCER, DATABASE
from sdlab.lab import EngineContext, Invalid, NotFound, TooMany

CHATS, MEMBERS, DEVICES = (one.__table__ for one in (ChatRow, MemberRow, DeviceRow))  # type: ignore[attr-defined,union-attr]
MOST_CHATS, MOST_MEMBERS, MOST_DEVICES, MOST_OTHERS = 500, 256, 4, 1000
PAIR, GROUP, BIG = "ann-ben", "weekend", "village"
DEMO = ("ann", "ben", "cleo")
NAMES = {"ann": "Ann", "ben": "Ben", "cleo": "Cleo"}
GROUP_OF, TABLET_EACH = 8, 3


def simulated(number: int) -> str:
    """The name of a simulated user."""
    return f"u{number:04d}"


class Directory:
    """`members` and `devices` are as the rows are; `left` and `linked` say when somebody went or a device came."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.names: dict[str, str] = {}
        self.members: dict[str, dict[str, None]] = {}
        self.devices: dict[str, list[str]] = {}
        self.left: dict[tuple[str, str], float] = {}
        self.linked: dict[str, float] = {}
        self.populated = 0
        self._busy: tuple[int, list[str]] = (0, [])  # of so many users
        self._others = 0

    async def open(self) -> None:
        """Read the rows; a room that has none gets the three people of the page, and their chats."""
        room = self._context.room
        chats, members, devices = await room.sql.read(
            lambda c: [
                c.execute(sa.select(table).where(table.c.room == room.id)).all()
                for table in (CHATS, MEMBERS, DEVICES)
            ]
        )
        for one in sorted(chats, key=lambda row: row.place):
            self.names[one.id], self.members[one.id] = one.name, {}
        for one in members:
            self.members[one.chat][one.user] = None
        for one in devices:
            self.devices.setdefault(one.user, []).append(one.name)
        if not chats:
            await self._add(
                {
                    GROUP: ("Weekend", DEMO),
                    PAIR: ("Ann and Ben", DEMO[:2]),
                    BIG: ("Village", DEMO),
                }
            )
        self.populated = sum(one.startswith("u") and one[1:].isdigit() for one in self.devices)
        self._others = len(self.devices) - self.populated - len(DEMO)

    @property
    def busy(self) -> list[str]:
        """The chats of simulated users, in the order in which they were made."""
        users = min(self.populated, self._context.config.users)
        if self._busy[0] != users:
            pairs = [f"p{number:04d}" for number in range(users // 2)]
            groups = [f"g{number:04d}" for number in range(users // GROUP_OF)]
            self._busy = users, [one for one in (*pairs, *groups) if one in self.members]
        return self._busy[1]

    async def populate(self, users: int) -> None:
        """Have so many simulated users, in pairs and in groups of eight, and the first of them in the village."""
        before, wanted = self.populated, min(users, self._context.room.quota.prepared)
        wanted -= wanted % GROUP_OF
        if wanted <= before:
            return
        new = [simulated(number) for number in range(before, wanted)]
        chats: dict[str, tuple[str, tuple[str, ...]]] = {}
        for first in range(before, wanted, 2):
            chats[f"p{first // 2:04d}"] = (f"Pair {first // 2 + 1}", (simulated(first), simulated(first + 1)))
        for first in range(before, wanted, GROUP_OF):
            people = tuple(simulated(number) for number in range(first, first + GROUP_OF))
            chats[f"g{first // GROUP_OF:04d}"] = (f"Group {first // GROUP_OF + 1}", people)
        tablets = [simulated(number) for number in range(before, wanted) if number % TABLET_EACH == 0]
        await self._add(chats, tablets=tablets)
        self.populated = wanted
        if room := MOST_MEMBERS - len(self.members.get(BIG, {})):
            await self.change(BIG, add=tuple(new[:room]), remove=())

    async def _add(
        self, chats: dict[str, tuple[str, tuple[str, ...]]], tablets: list[str] | None = None
    ) -> None:
        room, place = self._context.room, len(self.names)
        people = dict.fromkeys(user for _, users in chats.values() for user in users)
        unknown = {user: ["phone"] for user in people if user not in self.devices}
        for user in tablets or ():
            unknown[user].append("tablet")

        def insert(c: sa.Connection) -> None:
            c.execute(
                CHATS.insert(),
                [
                    {"room": room.id, "id": chat, "name": name, "place": place + number}
                    for number, (chat, (name, _)) in enumerate(chats.items())
                ],
            )
            c.execute(
                MEMBERS.insert(),
                [
                    {"room": room.id, "chat": chat, "user": user}
                    for chat, (_, users) in chats.items()
                    for user in users
                ],
            )
            if unknown:
                rows = [(user, name) for user, names in unknown.items() for name in names]
                c.execute(
                    DEVICES.insert(), [{"room": room.id, "user": user, "name": name} for user, name in rows]
                )

        await self._context.node(DATABASE).call(
            "INSERT chat", lambda: room.sql.write(insert), source=BALANCER
        )
        for chat, (name, users) in chats.items():
            self.names[chat], self.members[chat] = name, dict.fromkeys(users)
        self.devices |= unknown

    async def create(self, name: str, users: tuple[str, ...]) -> str:
        """A new chat; its id. `TooMany`, when the room or the chat is full."""
        made = sum(not one[1:].isdigit() for one in self.names)
        if made >= MOST_CHATS:
            raise TooMany(f"this room has {MOST_CHATS} chats, and takes no more")
        people = tuple(dict.fromkeys(users))
        if not 2 <= len(people) <= MOST_MEMBERS:
            raise Invalid(f"a chat has 2 to {MOST_MEMBERS} people", field="participants")
        self._room_for(people)
        chat = f"c-{secrets.token_hex(5)}"
        await self._add({chat: (name, people)})
        return chat

    def _room_for(self, people: tuple[str, ...]) -> None:
        new = sum(one not in self.devices for one in people)
        if self._others + new > MOST_OTHERS:
            raise TooMany("this room knows enough people")
        self._others += new

    async def change(self, chat: str, *, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        """Somebody comes in or goes."""
        room, members = self._context.room, self.members[chat]
        new = tuple(one for one in dict.fromkeys(add) if one not in members)
        if len(members) + len(new) > MOST_MEMBERS:
            raise Invalid(f"a chat has at most {MOST_MEMBERS} people", field="add")
        self._room_for(new)
        unknown = [one for one in new if one not in self.devices]

        def write(c: sa.Connection) -> None:
            if new:
                c.execute(MEMBERS.insert(), [{"room": room.id, "chat": chat, "user": one} for one in new])
            if unknown:
                c.execute(
                    DEVICES.insert(), [{"room": room.id, "user": one, "name": "phone"} for one in unknown]
                )
            here = (MEMBERS.c.room == room.id) & (MEMBERS.c.chat == chat)
            c.execute(MEMBERS.delete().where(here, MEMBERS.c.user.in_(remove)))

        await self._context.node(DATABASE).call(
            "UPDATE members", lambda: room.sql.write(write), source=BALANCER
        )
        self.devices |= {one: ["phone"] for one in unknown}
        members |= dict.fromkeys(new)
        for one in remove:
            if one in members:
                del members[one]
                self.left[chat, one] = self._context.clock.monotonic()

    async def link(self, user: str, device: str) -> bool:
        """Link a device; whether it is new."""
        if device in self.devices.get(user, ()):
            return False
        if len(self.devices.get(user, ())) >= MOST_DEVICES:
            raise TooMany(f"at most {MOST_DEVICES} devices of one person")
        self._room_for((user,))
        room, row = self._context.room, {"user": user, "name": device}
        await self._context.node(DATABASE).call(
            "INSERT device",
            lambda: room.sql.write(lambda c: c.execute(DEVICES.insert(), {"room": room.id, **row})),
            source=BALANCER,
        )
        self.devices.setdefault(user, []).append(device)
        self.linked[f"{user}/{device}"] = self._context.clock.monotonic()
        return True

    async def people(self, chat: str, *, source: str) -> dict[str, list[str]]:
        """Read from the database: who is in it, with their devices."""
        room = self._context.room
        query = (
            sa.select(DEVICES.c.user, DEVICES.c.name)
            .join(MEMBERS, (MEMBERS.c.room == DEVICES.c.room) & (MEMBERS.c.user == DEVICES.c.user))
            .where(MEMBERS.c.room == room.id, MEMBERS.c.chat == chat)
            .order_by(DEVICES.c.user, DEVICES.c.name)
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

    def chats_of(self, user: str) -> list[str]:
        """The chats that somebody is in."""
        return [chat for chat, people in self.members.items() if user in people]
