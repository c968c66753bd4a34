"""What panels show of counts and times: nothing before it is known, and nothing that is only a moment's difference."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from designs.tagging_service.engine.names import TagQuery
from designs.tagging_service.inside.snapshot import build_snapshot
from tests.designs.tagging_service.conftest import Opener

pytestmark = pytest.mark.virtual_time


async def test_no_time_is_told_before_there_was_a_query(service: Opener) -> None:
    engine = await service()
    shown = build_snapshot(engine)
    assert (shown.queries.ms, shown.queries.ms3) == (None, None)
    assert [one.write_ms for one in shown.copies] == [None] * 4
    await engine.find(TagQuery(all=("night",)))
    await engine.put_tag(1, "harbour")
    shown = build_snapshot(engine)
    assert shown.queries.ms is not None
    assert shown.queries.ms3 is None
    assert [one.write_ms is None for one in shown.copies] == [False] * 4


async def test_a_count_is_not_wrong_for_what_was_tagged_while_one_looked(
    service: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await service()
    exact = engine.counts.exact
    without = [one.id for one in await engine.find(TagQuery(none=("night",)), limit=40)]

    async def meanwhile(ids: Sequence[int]) -> dict[int, int]:
        await engine.put_tag(without.pop(), "night")
        return await exact(ids)

    monkeypatch.setattr(engine.counts, "exact", meanwhile)
    await engine.refresh_looks(now=True)
    assert len(without) < 39
    shown = build_snapshot(engine)
    assert (shown.counts.wrong, shown.counts.beyond) == (0, 0)
    pairs, arrays = shown.copies[:2]
    assert (pairs.id, arrays.id, arrays.apart) == ("pairs", "arrays", 0)  # one transaction writes both
