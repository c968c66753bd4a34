"""The outbox: a change and its news are one, and a reader misses none, whenever it dies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlmodel import SQLModel

from sdlab.lab import Room
from sdlab.parts.outbox import Change, Outbox, OutboxRow


class News(OutboxRow, table=True):
    __tablename__ = "outbox_test_news"


@pytest.fixture
async def room(make_room: Callable) -> Room:
    room: Room = await make_room("outbox-test")
    return room


def outbox(room: Room) -> Outbox:
    return Outbox(room, SQLModel.metadata.tables["outbox_test_news"], reader="cursor")


async def put(box: Outbox, room: Room, *names: str) -> None:
    await room.sql.write(lambda c: box.put(c, [("name", name) for name in names], now=10.0))


async def test_changes_are_applied_once_and_in_order_also_after_a_restart(room: Room) -> None:
    box, seen = outbox(room), []

    async def apply(batch: Sequence[Change]) -> None:
        seen.extend(change.body for change in batch)

    await put(box, room, "a", "b", "c")
    assert await box.lag(12.0) == (3, 2.0)
    assert await box.drain(apply, limit=2) == 2
    again = outbox(room)
    await again.open()
    await put(again, room, "d")
    assert await again.drain(apply) == 2
    assert await again.drain(apply) == 0
    assert seen == ["a", "b", "c", "d"]
    assert await again.lag(12.0) == (0, 0.0)


async def test_a_change_that_is_undone_leaves_no_news(room: Room) -> None:
    box = outbox(room)

    def fails(connection: object) -> None:
        box.put(connection, [("name", "never")], now=1.0)  # type: ignore[arg-type]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await room.sql.write(fails)
    assert await box.pending() == []


async def test_a_reader_that_dies_while_applying_gets_the_change_again(room: Room) -> None:
    box = outbox(room)
    await put(box, room, "a")

    async def dies(batch: Sequence[Change]) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await box.drain(dies)
    again = outbox(room)
    await again.open()
    assert [change.body for change in await again.pending()] == ["a"]


async def test_what_was_applied_is_trimmed_and_nothing_else(room: Room) -> None:
    box = outbox(room)

    async def apply(batch: Sequence[Change]) -> None:
        return None

    await put(box, room, *"abcdef")
    await box.drain(apply, limit=4)
    assert await box.trim(keep=1) == 3
    assert [change.body for change in await box.pending()] == ["e", "f"]


async def test_an_id_never_comes_back(room: Room) -> None:
    box = outbox(room)

    async def apply(batch: Sequence[Change]) -> None:
        return None

    await put(box, room, "a", "b")
    await box.drain(apply)
    await box.trim(keep=0)
    await put(box, room, "c")
    assert [change.body for change in await box.pending()] == ["c"]
