"""Where PostgreSQL cannot run: the same answers over SQLite, and a page that says what it is."""

from __future__ import annotations

import pytest

from designs.tagging_service.config import Config
from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.names import TagQuery
from designs.tagging_service.engine.strategies.approaches import APPROACHES
from designs.tagging_service.inside.snapshot import build_snapshot
from sdlab.lab import Quota
from tests.conftest import MakeRoom

pytestmark = pytest.mark.virtual_time


async def test_sqlite_answers_alike_and_says_so(make_room: MakeRoom) -> None:
    room = await make_room("tagging-service", database="sqlite", quota=Quota(prepared=120))
    engine = TaggingService(room, Config(indexes="none", counts="sampled"))
    await engine.start()
    try:
        for item in (3, 5, 9):
            await engine.put_tag(item, "harbour")
        await engine.remove_tag(5, "harbour")
        await engine.merge("new york", "nyc")
        await engine.rename("harbour", "port")
        for approach in APPROACHES.values():
            wanted = await engine.tags.look_up(TagQuery(all=("harbour",)))
            assert await approach.find(engine.copies, wanted) == [3, 9]
        await engine.checker.check()
        assert {one.id: one.violations for one in (m.view() for m in engine.monitors.values())}[
            "one_answer"
        ] == 0
        await engine.refresh_looks(now=True)
        assert engine.reader.look.failed == ""
        shown = build_snapshot(engine)
        assert shown.database == "SQLite"
        assert shown.sizes == ()
        assert {one.pairs for one in shown.copies} == {shown.pairs.pairs}
    finally:
        await engine.close()
