"""Who is known, and who is in focus."""

from __future__ import annotations

import pytest

from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import Invalid
from tests.designs.rate_limiter.conftest import MakeLimiter


async def test_the_focus_follows_the_hand_and_can_be_chosen(limiter: MakeLimiter) -> None:
    engine = await limiter()
    await engine.check("chi")
    assert build_snapshot(engine).focus == "chi"
    await engine.look_at("eve")
    assert build_snapshot(engine).lanes.client == ""
    await engine.check("someone-else")
    assert [one.name for one in build_snapshot(engine).senders][-1] == "someone-else"


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 41, "ana\n", "ä", "<script>"])
async def test_bad_names_are_refused(limiter: MakeLimiter, name: str) -> None:
    engine = await limiter()
    with pytest.raises(Invalid):
        await engine.check(name)
    with pytest.raises(Invalid):
        await engine.burst("ana", 0)
