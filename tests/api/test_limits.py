"""What one address may change is bounded; reading is not, and others are not disturbed."""

from __future__ import annotations

import httpx
from starlette.responses import PlainTextResponse

from sdlab.live import headers
from sdlab.live.headers import WriteLimit


def client(limited: WriteLimit, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=limited, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:3000")


async def test_writes_beyond_the_burst_are_refused_until_time_passes() -> None:
    time = [100.0]
    limited = WriteLimit(PlainTextResponse("done"), per_second=5, now=lambda: time[0])
    async with client(limited, "10.0.0.1") as one, client(limited, "10.0.0.2") as other:
        answers = [(await one.post("/api/x")).status_code for _ in range(12)]
        assert answers == [200] * 10 + [429] * 2
        refused = await one.post("/api/x")
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["title"] == "Too Many Requests"
        assert (await one.get("/api/x")).status_code == 200
        assert (await one.post("/elsewhere")).status_code == 200
        assert (await other.post("/api/x")).status_code == 200
        time[0] += 1.0
        assert [(await one.post("/api/x")).status_code for _ in range(6)] == [200] * 5 + [429]


async def test_addresses_are_forgotten_in_order(monkeypatch) -> None:
    monkeypatch.setattr(headers, "MAX_ADDRESSES", 3)
    limited = WriteLimit(PlainTextResponse("done"), per_second=1, now=lambda: 1.0)
    for number in range(10):
        async with client(limited, f"10.0.0.{number}") as one:
            await one.post("/api/x")
    assert len(limited._buckets) == 3
