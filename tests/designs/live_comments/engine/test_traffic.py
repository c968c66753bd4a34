"""What the workloads do: people act under their own names, and what was acknowledged is honoured."""

from __future__ import annotations

import pytest

from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.traffic import CommentTraffic
from sdlab.lab import Invalid, Operation
from tests.designs.live_comments.helpers import MakeLive


async def test_a_comment_is_by_its_actor_and_is_honoured(live: MakeLive) -> None:
    engine = await live()
    traffic = CommentTraffic(engine)
    answer = await traffic.perform(Operation("comment", {"stream": MAIN, "text": "hello"}, "ana"))
    assert answer == {"stream": MAIN, "seq": 1}
    assert (await engine.read(MAIN)).comments[0].author == "ana"
    assert await traffic.honours(answer)
    assert not await traffic.honours({"stream": MAIN, "seq": 2})


async def test_a_server_that_is_replaced_is_up_again(live: MakeLive) -> None:
    engine = await live()
    before = engine.pool.servers["server-2"]
    await CommentTraffic(engine).perform(Operation("deploy", {"number": 1}))
    assert not before.up
    assert engine.pool.servers["server-2"].up


async def test_an_operation_that_nobody_knows_is_refused(live: MakeLive) -> None:
    with pytest.raises(Invalid):
        await CommentTraffic(await live()).perform(Operation("shout", {}))
