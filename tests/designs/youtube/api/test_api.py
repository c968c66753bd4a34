"""The API: what is taken, what is given, what is refused."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from designs.youtube.engine import clips

pytestmark = pytest.mark.virtual_time
BASE = "/api/youtube"
ANN, BOB = {"X-SDLab-User": "ann"}, {"X-SDLab-User": "bob"}
SHORT = clips.prepared()[clips.SHORT].content
SIZE = 16 * 1024
PARTS = [SHORT[n : n + SIZE] for n in range(0, len(SHORT), SIZE)]
BODY = {
    "title": "Rain",
    "size": len(SHORT),
    "chunk_size": SIZE,
    "fingerprints": [hashlib.sha256(one).hexdigest() for one in PARTS],
}


async def first(client: httpx.AsyncClient) -> str:
    """The video that every room opens with."""
    return str((await client.get(f"{BASE}/videos")).json()["items"][-1]["id"])


async def test_chunks_by_their_addresses(client: httpx.AsyncClient) -> None:
    made = (await client.post(f"{BASE}/upload", json=BODY, headers=ANN)).json()
    one, other = made["addresses"]
    assert (await client.put(one.replace("signature=", "signature=0"), content=PARTS[0])).status_code in (
        403,
        422,
    )
    assert (await client.put(one, content=PARTS[0] + b"x")).status_code == 413
    assert (await client.put(one, content=PARTS[0][:-1] + b"x")).status_code == 422
    assert (await client.put(one, content=PARTS[0])).status_code == 200
    assert (await client.put(one, content=PARTS[0])).status_code == 409
    assert (await client.get(f"{BASE}/upload/{made['id']}", headers=BOB)).status_code == 403
    missing = (await client.get(f"{BASE}/upload/{made['id']}", headers=ANN)).json()
    assert missing["missing"] == [1]
    assert (await client.put(other, content=PARTS[1])).status_code == 200
    story = (await client.get(f"{BASE}/videos/{made['id']}")).json()
    assert [one["state"] for one in story["chunks"]] == ["verified", "verified"]


async def test_a_player_finds_its_way(client: httpx.AsyncClient) -> None:
    id = await first(client)
    master = (await client.get(f"{BASE}/videos/{id}/master.m3u8")).text
    assert master.count("#EXT-X-STREAM-INF") == 3
    index = (await client.get(f"{BASE}/videos/{id}/240p/index.m3u8")).text
    assert index.count("#EXTINF") == 6
    whole = await client.get(f"{BASE}/videos/{id}/240p/0.ts?viewer=p1")
    part = await client.get(f"{BASE}/videos/{id}/240p/0.ts?viewer=p1", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    beyond = await client.get(f"{BASE}/videos/{id}/240p/0.ts", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    for path in (
        f"{id}/240p/77.ts",
        f"{id}/480p/0.ts",
        "aaaaaaaaaaa/master.m3u8",
        "..%2f..%2fetc/master.m3u8",
    ):
        assert (await client.get(f"{BASE}/videos/{path}")).status_code in (404, 422)


async def test_a_player_tells_what_it_did(client: httpx.AsyncClient) -> None:
    id = await first(client)
    moment = {"t": 1.0, "kbits": 900, "buffer_s": 2.5, "level": 1, "stalled": False}
    body = {"viewer": "p1", "first": True, "moments": [moment, {**moment, "t": 2.0, "stalled": True}]}
    assert (await client.post(f"{BASE}/videos/{id}/player", json=body)).status_code == 204
    wrong = {**body, "moments": [{**moment, "level": 9}]}
    assert (await client.post(f"{BASE}/videos/{id}/player", json=wrong)).status_code == 422


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"size": 300 * 1024 * 1024}, 413),
        ({"size": 0}, 422),
        ({"chunk_size": 10}, 422),
        ({"fingerprints": BODY["fingerprints"][:1]}, 422),
        ({"fingerprints": ["x" * 64, "y" * 64]}, 422),
        ({"title": " "}, 422),
    ],
)
async def test_what_is_refused(client: httpx.AsyncClient, change: dict[str, object], status: int) -> None:
    answer = await client.post(f"{BASE}/upload", json={**BODY, **change})
    assert answer.status_code == status
