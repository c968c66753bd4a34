"""People of the demo send by themselves, also after a restart."""

from __future__ import annotations

import pytest

from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import Invalid, ManualClock
from tests.designs.rate_limiter.conftest import MakeLimiter, run


async def test_streams_send_by_themselves_and_survive(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(room="streaming")
    await engine.stream("ben", 4)
    await run(clock, 2.0)
    assert engine.clients.answers["ben"].sent == pytest.approx(8, abs=1)
    await engine.close()
    again = await limiter(room="streaming")
    assert build_snapshot(again).senders[1].rate == 4
    await again.stream("ben", 0)
    await run(clock, 0.1)
    sent = again.clients.answers["ben"].sent
    await run(clock, 1.0)
    assert again.clients.answers["ben"].sent == sent
    for client, rate in (("nobody", 1), ("ben", 21), ("ben", -1)):
        with pytest.raises(Invalid):
            await again.stream(client, rate)
