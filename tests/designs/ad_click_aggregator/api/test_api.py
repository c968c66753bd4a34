"""The endpoints, as a program calls them."""

from __future__ import annotations

import io

import duckdb
import httpx
import pytest

from sdlab.parts import optional_packages
from sdlab.parts.optional_packages import OptionalPackages
from sdlab.rooms.manager import RoomManager

pytestmark = pytest.mark.virtual_time
BASE = "/api/ad-click-aggregator"


async def test_from_an_impression_to_the_metrics(
    client: httpx.AsyncClient, manager: RoomManager, tmp_path: object
) -> None:
    shown = (await client.get(f"{BASE}/impressions?slot=top")).json()
    other = (await client.get(f"{BASE}/impressions?slot=top")).json()
    assert shown["impression"] != other["impression"]
    for _ in range(2):
        answer = await client.get(f"{BASE}/click/{shown['impression']}")
        assert answer.status_code == 302
        assert answer.headers["cache-control"] == "no-store"
    landing = answer.headers["location"]
    assert (await client.get(landing)).json()["advertiser"] == shown["advertiser"]
    page = await client.get(landing, headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    lab = await manager.lab(client.headers["X-SDLab-Room"], "ad-click-aggregator")
    await lab.room.clock.sleep(3)
    for granularity in ("2s", "1m", "1h", "1d"):
        found = (await client.get(f"{BASE}/metrics?ad_id={shown['ad_id']}&granularity={granularity}")).json()
        assert (found["total"], found["granularity"]) == (1, granularity)
    parquet = (await client.get(f"{BASE}/totals.parquet")).content
    assert parquet[:4] == b"PAR1"
    file = lab.room.blobs.folder("test") / "copy.parquet"
    file.write_bytes(io.BytesIO(parquet).read())
    assert duckdb.sql(f"SELECT sum(clicks) FROM '{file}' WHERE kind = 'w'").fetchall() == [(1,)]


async def test_the_room_goes_along_with_the_redirect(client: httpx.AsyncClient) -> None:
    room = client.headers["X-SDLab-Room"]
    shown = (await client.get(f"{BASE}/impressions?slot=side&room={room}")).json()
    assert f"room={room}" in shown["href"]
    answer = await client.get(shown["href"])
    assert f"room={room}" in answer.headers["location"]


async def test_a_pixel_counts(client: httpx.AsyncClient, manager: RoomManager) -> None:
    shown = (await client.get(f"{BASE}/impressions?slot=story")).json()
    answer = await client.get(f"{BASE}/pixel/{shown['impression']}.gif")
    assert answer.headers["content-type"] == "image/gif"
    lab = await manager.lab(client.headers["X-SDLab-Room"], "ad-click-aggregator")
    assert lab.engine.counters.logged == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/impressions?slot=bottom", 422),
        ("/impressions", 422),
        ("/click/1.f00.7fffffff.AAAAAAAAAAAAAAAA", 403),
        (f"/click/{'x' * 81}", 422),
        ("/click/a%00b", 404),
        ("/pixel/nothing.gif", 403),
        ("/landing/1?impression=nothing", 404),
        ("/landing/1", 422),
        ("/metrics", 422),
        ("/metrics?ad_id=x", 422),
        ("/metrics?ad_id=999", 404),
        ("/metrics?ad_id=1&granularity=5m", 422),
        ("/metrics?ad_id=1&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422),
        ("/metrics?ad_id=1&from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&granularity=1m", 422),
        ("/metrics?ad_id=1&from=2026-01-01T00:00:00", 422),
        ("/metrics?ad_id=1&from=9999-12-31T23:59:59Z", 422),
    ],
)
async def test_what_is_refused(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(f"{BASE}{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_until_duckdb_is_fetched_clicks_are_kept_and_then_counted(
    client: httpx.AsyncClient, manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: set[str] = set()
    packages = OptionalPackages(allowed=False, installed=lambda module: module in here)
    monkeypatch.setattr(optional_packages, "_ours", packages)
    shown = (await client.get(f"{BASE}/impressions?slot=top")).json()
    assert (await client.get(f"{BASE}/click/{shown['impression']}")).status_code == 302
    lab = await manager.lab(client.headers["X-SDLab-Room"], "ad-click-aggregator")
    await lab.room.clock.sleep(3)
    asked = await client.get(f"{BASE}/metrics?ad_id={shown['ad_id']}&granularity=2s")
    assert asked.status_code == 503
    assert "DuckDB is not installed" in asked.json()["detail"]
    said = (await client.get("/api/labs/ad-click-aggregator/packages")).json()
    assert [(one["name"], one["state"]) for one in said] == [("duckdb", "missing")]
    here.add("duckdb")
    await lab.room.clock.sleep(5)
    found = (await client.get(f"{BASE}/metrics?ad_id={shown['ad_id']}&granularity=2s")).json()
    assert found["total"] == 1
    assert [one["state"] for one in (await client.get("/api/labs/ad-click-aggregator/packages")).json()] == [
        "ready"
    ]
