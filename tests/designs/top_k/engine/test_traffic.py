"""Traffic keeps the system to its word."""

from __future__ import annotations

from designs.top_k.engine.traffic import TopKTraffic
from tests.designs.top_k.conftest import MakeTopK


async def test_answers_are_honoured_by_what_is_stored(topk: MakeTopK) -> None:
    engine = await topk()
    seen = await engine.view("v1")
    answer = {"view_id": seen.view_id, "video_id": "v1", "at": seen.at, "views": 1}
    assert await TopKTraffic(engine).honours(answer)
    await engine.checkpoint()
    assert await TopKTraffic(engine).honours(answer)
    assert not await TopKTraffic(engine).honours({**answer, "views": 2})
    assert not await TopKTraffic(engine).honours({**answer, "view_id": "0-99999999999999-0"})
    assert await TopKTraffic(engine).honours(None)
    assert await TopKTraffic(engine).honours({"items": []})
