"""One look at the stores, for everything that panels show of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from designs.whatsapp.config import Config
from designs.whatsapp.engine.devices import Devices
from designs.whatsapp.engine.directory import CHATS, DEMO, DEVICES, MEMBERS, Directory
from designs.whatsapp.engine.media import ATTACHMENTS
from sdlab.lab import EngineContext

MOST_BOXES, MOST_CHATS = 8, 6


@dataclass(frozen=True, slots=True)
class Box:
    """An inbox: whose it is, rows that wait in it, and the bytes that these take in the store."""

    of: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class ChatNumbers:
    """A chat's newest number, and how many of its messages the store still has."""

    chat: str
    seq: int
    kept: int


@dataclass(frozen=True, slots=True)
class Keys:
    """What Valkey has."""

    boxes: tuple[Box, ...] = ()
    waiting: int = 0
    rows: int = 0
    size: int = 0
    kept: int = 0
    written: int = 0
    chats: tuple[ChatNumbers, ...] = ()
    subscribers: tuple[tuple[str, int, int], ...] = ()
    owners: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database has."""

    chats: int = 0
    members: int = 0
    devices: int = 0
    attachments: int = 0
    people: tuple[tuple[str, str], ...] = field(default=())


class StoreReader:
    """Asks both stores, when somebody looks."""

    def __init__(self, context: EngineContext[Config], directory: Directory, devices: Devices) -> None:
        self._context, self._directory, self._devices = context, directory, devices
        self.keys = context.look(self._read_keys, Keys())
        self.rows = context.look(self._read_rows, Rows())

    async def _read_keys(self) -> Keys:
        room = self._context.room
        waiting = sorted(await room.redis.smembers(room.key("waiting")))
        shown = [one for one in waiting if one.partition("/")[0] in DEMO]
        shown += [one for one in waiting if one not in shown][: MOST_BOXES - len(shown)]
        chats = list(self._directory.names)[:MOST_CHATS]
        pipeline = room.redis.pipeline(transaction=False)
        for box in waiting[:500]:
            pipeline.zcard(room.key("inbox", box))
        for box in shown:
            pipeline.memory_usage(room.key("inbox", box))
        for chat in chats:
            pipeline.get(room.key("seq", chat))
            pipeline.zcard(room.key("log", chat))
        for user in DEMO:
            pipeline.pubsub_numsub(room.key("user", user))
            pipeline.xlen(room.key("topic", user))
        pipeline.zcard(room.key("times"))
        pipeline.get(room.key("written"))
        pipeline.hlen(room.key("owners"))
        answers = iter(await pipeline.execute())
        rows = {box: int(next(answers)) for box in waiting[:500]}
        boxes = tuple(Box(box, rows.get(box, 0), int(next(answers) or 0)) for box in shown)
        numbers = tuple(ChatNumbers(chat, int(next(answers) or 0), int(next(answers))) for chat in chats)
        subscribers = []
        for user in DEMO:
            heard = next(answers)
            subscribers.append((user, int(heard[0][1]) if heard else 0, int(next(answers))))
        kept, written, owners = int(next(answers)), int(next(answers) or 0), int(next(answers))
        return Keys(
            boxes=boxes,
            waiting=len(waiting),
            rows=sum(rows.values()),
            size=sum(one.size for one in boxes),
            kept=kept,
            written=written,
            chats=numbers,
            subscribers=tuple(subscribers),
            owners=owners,
        )

    async def _read_rows(self) -> Rows:
        room = self._context.room

        def read(c: sa.Connection) -> Rows:
            counts = [
                c.execute(
                    sa.select(sa.func.count()).select_from(table).where(table.c.room == room.id)
                ).scalar_one()
                for table in (CHATS, MEMBERS, DEVICES, ATTACHMENTS)
            ]
            here = (DEVICES.c.room == room.id) & DEVICES.c.user.in_(DEMO)
            found = c.execute(
                sa.select(DEVICES.c.user, DEVICES.c.name).where(here).order_by(DEVICES.c.user, DEVICES.c.name)
            )
            found_people = tuple((user, name) for user, name in found.all())
            return Rows(counts[0], counts[1], counts[2], counts[3], people=found_people)

        return await room.sql.read(read)
