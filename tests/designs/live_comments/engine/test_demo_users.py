"""The people of the page."""

from __future__ import annotations

from designs.live_comments.engine.streams import MAIN
from tests.designs.live_comments.helpers import MakeLive, say, shown


async def test_a_demo_user_who_joins_late_is_shown_what_was_said_before(live: MakeLive) -> None:
    engine = await live()
    await engine.switch(2)
    await say(engine, 30)
    await engine.settled()
    assert shown(engine, 2) == []
    await engine.switch(2)
    assert shown(engine, 2) == list(range(11, 31))
    await engine.comment("live again", stream_id=MAIN)
    await engine.settled()
    assert shown(engine, 2)[-2:] == [30, 31]
