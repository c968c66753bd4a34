"""The API: announce, parts, complete, ranges, changes with and without waiting, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import blake3
import httpx
import pytest
import zstandard
from fastapi import FastAPI

from sdlab.rooms.manager import RoomManager

BASE = "/api/dropbox"
pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def client(manager: RoomManager, application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        one.headers["X-SDLab-Room"] = (await one.post("/api/rooms")).json()["room"]
        yield one


def print_of(content: bytes) -> str:
    return blake3.blake3(content).hexdigest()


def body_of(path: str, *chunks: bytes, **more: Any) -> dict[str, Any]:
    whole = b"".join(chunks)
    said = [{"fingerprint": print_of(one), "size": len(one)} for one in chunks]
    return {"path": path, "size": len(whole), "fingerprint": print_of(whole), "chunks": said, **more}


async def stored(client: httpx.AsyncClient, path: str, *chunks: bytes, **more: Any) -> dict[str, Any]:
    announced = (await client.post(f"{BASE}/files", json=body_of(path, *chunks, **more))).json()
    at = {print_of(one): one for one in chunks}
    for part in announced["parts"]:
        assert (await client.put(part["url"], content=at[part["fingerprint"]])).status_code == 204
    return (await client.post(f"{BASE}/files/{announced['upload']}/complete")).json()


async def test_a_file_comes_in_parts_and_is_visible_when_all_are_there(client: httpx.AsyncClient) -> None:
    first, second = b"a" * 1000, b"b" * 500
    announced = (await client.post(f"{BASE}/files", json=body_of("docs/x.bin", first, second))).json()
    assert len(announced["parts"]) == 2
    complete = f"{BASE}/files/{announced['upload']}/complete"
    early = await client.post(complete)
    assert early.status_code == 409
    assert len(early.json()["missing"]) == 2
    assert (await client.get(f"{BASE}/files/{announced['file']}")).status_code == 404
    one, other = announced["parts"]
    assert (await client.put(one["url"], content=b"x" * 1000)).status_code == 422
    assert (await client.put(one["url"], content=first + b"x" * 3000)).status_code == 422
    assert (await client.put(one["url"][:-1] + "z", content=first)).status_code == 403
    assert (await client.put(one["url"], content=first)).status_code == 204
    packed = zstandard.compress(second)
    assert (
        await client.put(other["url"], content=packed, headers={"X-Part-Encoding": "zstd"})
    ).status_code == 204
    assert (await client.post(complete, headers={"X-SDLab-User": "eve"})).status_code == 404
    made = await client.post(complete)
    assert (made.status_code, made.json()["version"]) == (200, 1)
    again = (await client.post(f"{BASE}/files", json=body_of("docs/y.bin", second))).json()
    assert again["parts"] == []

    content = f"{BASE}/files/{made.json()['id']}/content"
    assert (await client.get(content)).content == first + second
    part = await client.get(content, headers={"Range": "bytes=998-1001"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (
        206,
        b"aabb",
        "bytes 998-1001/1500",
    )
    assert (await client.get(content, headers={"Range": "bytes=-2"})).content == b"bb"
    assert (await client.get(content, headers={"Range": "bytes=1500-"})).status_code == 416
    assert (await client.get(content, headers={"Range": "lines=1-2"})).status_code == 200
    listed = (await client.get(f"{BASE}/files/{made.json()['id']}")).json()
    read = await client.get(listed["parts"][1]["url"])
    assert zstandard.decompress(read.content) == second
    assert read.headers["x-part-encoding"] == "zstd"


async def test_changes_are_read_on_from_a_cursor_and_waited_for(client: httpx.AsyncClient) -> None:
    start = (await client.get(f"{BASE}/file/changes?latest=true")).json()["next_cursor"]
    nothing = (await client.get(f"{BASE}/file/changes", params={"cursor": start})).json()
    assert (nothing["items"], nothing["more"]) == ([], False)
    waiting = asyncio.create_task(client.get(f"{BASE}/file/changes", params={"cursor": start, "wait": 30}))
    await asyncio.sleep(1)
    assert not waiting.done()
    made = await stored(client, "a.txt", b"hello")
    told = (await waiting).json()
    assert [one["file"]["path"] for one in told["items"]] == ["a.txt"]
    assert (await client.delete(f"{BASE}/files/{made['id']}")).status_code == 204
    gone = (await client.get(f"{BASE}/file/changes", params={"cursor": told["next_cursor"]})).json()
    assert [(one["kind"], one["deleted"]) for one in gone["items"]] == [("deleted", True)]
    assert (await client.get(f"{BASE}/file/changes", params={"cursor": "nonsense"})).status_code == 422


async def test_versions_conflicts_and_names(client: httpx.AsyncClient) -> None:
    made = await stored(client, "Docs/a.txt", b"one")
    await stored(client, "Docs/a.txt", b"two", base=1)
    late = (await client.post(f"{BASE}/files", json=body_of("Docs/a.txt", b"three", base=1))).json()
    await client.put(late["parts"][0]["url"], content=b"three")
    refused = await client.post(f"{BASE}/files/{late['upload']}/complete")
    assert (refused.status_code, refused.json()["reason"], refused.json()["version"]) == (409, "newer", 2)
    kept = (await client.get(f"{BASE}/files/{made['id']}/versions")).json()["items"]
    assert [one["version"] for one in kept] == [2, 1]
    old = await client.get(f"{BASE}/files/{made['id']}/content?version=1")
    assert old.content == b"one"
    clash = await client.post(f"{BASE}/files", json=body_of("docs/A.TXT", b"one"))
    assert (clash.status_code, clash.json()["reason"]) == (409, "case")
    for path in ("../x", "a/con.txt", "a//b", "", "a\u202eb"):
        assert (await client.post(f"{BASE}/files", json=body_of(path, b"x"))).status_code == 422
    assert (await client.patch(f"{BASE}/files/{made['id']}", json={"path": "b.txt"})).json()[
        "path"
    ] == "b.txt"
    assert (await client.delete(f"{BASE}/files/{made['id']}?base=1")).status_code == 409
    assert (await client.get(f"{BASE}/files/f-000000000000")).status_code == 404
    large = body_of("large.bin", b"x")
    large["size"], large["chunks"] = 4 << 30, [{"fingerprint": print_of(b"x"), "size": 4 << 20}] * 1024
    assert (await client.post(f"{BASE}/files", json=large)).status_code == 429
    wrong = body_of("wrong.bin", b"x") | {"size": 7}
    assert (await client.post(f"{BASE}/files", json=wrong)).status_code == 422


async def test_the_folder_of_a_device_is_read_and_nothing_beyond_it(client: httpx.AsyncClient) -> None:
    address = f"{BASE}/devices/laptop/content"
    answer = await client.get(address, params={"path": "picture.png"})
    assert (answer.status_code, answer.content[:4]) == (200, b"\x89PNG")
    assert (await client.get(address, params={"path": "../laptop.db"})).status_code == 422
    assert (await client.get(address, params={"path": "nothing"})).status_code == 404
    assert (
        await client.get(f"{BASE}/devices/fridge/content", params={"path": "notes.txt"})
    ).status_code == 404


async def test_a_clock_may_be_set_back_by_the_api(client: httpx.AsyncClient) -> None:
    skew = {"node": "laptop", "kind": "skew"}
    assert (await client.post("/api/labs/dropbox/faults", json={**skew, "value": -90})).is_success
    assert (await client.post("/api/labs/dropbox/faults", json={**skew, "value": -601})).status_code == 422
