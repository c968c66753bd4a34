"""The counter over real stores: what is added is counted, and a race without protection loses some."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from designs.whatsapp.config import Config
from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.inside.snapshot import build_snapshot
from sdlab.lab import as_user
from tests.conftest import AtWork

Opener = Callable[..., Awaitable[Whatsapp]]


@pytest.fixture
def opener(at_work: AtWork) -> Opener:
    return at_work("whatsapp", Whatsapp, Config)


async def test_an_add_is_counted_and_written_down(opener: Opener) -> None:
    engine = await opener()
    added = await as_user("ann", engine.add())
    assert added.total == await engine.total() == 1
    assert await engine.journal.has(added.id)
    assert "ann added 1" in engine.feed.newest(2)[1].text


@pytest.mark.parametrize(("adding", "lost"), [("atomic", False), ("read_write", True)])
async def test_many_at_once(opener: Opener, adding: str, lost: bool) -> None:
    engine = await opener(adding=adding)
    await asyncio.gather(*(engine.add() for _ in range(200)))
    await engine.checker.check()
    await engine.refresh_looks()
    assert (engine.monitors["counted"].violations > 0) == lost
    assert (build_snapshot(engine).shown.lost > 0) == lost


async def test_a_room_comes_back_as_it_was(opener: Opener) -> None:
    engine = await opener(room="r1")
    await engine.add()
    await engine.close()
    again = await opener(room="r1")
    assert await again.total() == 1
    await again.checker.check()
    assert all(monitor.violations == 0 for monitor in again.monitors.values())
