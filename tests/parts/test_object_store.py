"""Objects: whole or not at all, under their fingerprint, in ranges, within their bytes, and told of once."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import blake3
import pytest
from obstore.store import LocalStore

from sdlab.lab import Invalid, NotFound, TooMany
from sdlab.parts.object_store import PIECE, ByteBudget, ObjectStore, StoredObject


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for one in parts:
        yield one


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ObjectStore]:
    made = ObjectStore(LocalStore(tmp_path), "room/objects", limit=4 * PIECE, server=ByteBudget(5 * PIECE))
    await made.open()
    yield made
    made.close()


async def test_an_object_is_there_whole_with_the_fingerprint_of_the_callers_choice(
    store: ObjectStore,
) -> None:
    heard: list[StoredObject] = []
    store.on_created(heard.append)
    content = bytes(range(256)) * 2000
    for algorithm, right in (
        ("sha256", hashlib.sha256(content).hexdigest()),
        ("blake3", blake3.blake3(content).hexdigest()),
    ):
        made = await store.put(
            f"a/{algorithm}",
            pieces(content[:1000], content[1000:]),
            size=len(content),
            fingerprint=right,
            algorithm=algorithm,
        )
        assert made == StoredObject(f"a/{algorithm}", len(content), right)
        assert await store.get(f"a/{algorithm}") == content
        await store.delete(f"a/{algorithm}")
    assert [one.key for one in heard] == ["a/sha256", "a/blake3"]
    assert store.used == 0


@pytest.mark.parametrize("parts", [(b"abc",), (b"abcdef", b"g"), (b"abcdeX",)])
async def test_other_bytes_leave_nothing_behind(
    store: ObjectStore, parts: tuple[bytes, ...], tmp_path: Path
) -> None:
    await store.put_bytes("k", b"before")
    with pytest.raises(Invalid):
        await store.put("k", pieces(*parts), size=6, fingerprint=hashlib.sha256(b"abcdef").hexdigest())
    assert await store.get("k") == b"before"
    assert store.used == 6
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


async def test_an_upload_that_breaks_off_leaves_nothing_behind(store: ObjectStore, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await store.put("k", broken(), size=6)
    assert await store.size("k") is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert store.used == 0


async def test_ranges_are_those_of_the_object(store: ObjectStore) -> None:
    content = bytes(n % 251 for n in range(2 * PIECE + 7))
    await store.put_bytes("k", content)
    for start, end in ((0, None), (5, 6), (PIECE - 1, PIECE + 1), (3, 10**9), (len(content), None)):
        assert b"".join([one async for one in await store.read("k", start, end)]) == content[start:end]
    with pytest.raises(Invalid):
        await store.read("k", len(content) + 1)
    with pytest.raises(NotFound):
        await store.read("nothing")
    with pytest.raises(NotFound):
        await store.get("nothing")


async def test_a_room_and_a_server_hold_so_many_bytes(store: ObjectStore, tmp_path: Path) -> None:
    await store.put_bytes("one", b"x" * 3 * PIECE)
    with pytest.raises(TooMany, match="this room"):
        await store.put_bytes("two", b"x" * 2 * PIECE)
    other = ObjectStore(LocalStore(tmp_path), "other", limit=9 * PIECE, server=store._server)
    with pytest.raises(TooMany, match="this server"):
        await other.put("two", pieces(b""), size=3 * PIECE)
    await store.put_bytes("one", b"x")
    assert (store.used, store._server.used) == (1, 1)
    assert await other.listing() == {}


async def test_what_had_not_arrived_is_gone_after_a_restart_and_the_rest_is_counted(tmp_path: Path) -> None:
    first = ObjectStore(LocalStore(tmp_path), "room", limit=100)
    await first.put_bytes("a/b", b"12345")
    (tmp_path / "room" / "arriving").mkdir()
    (tmp_path / "room" / "arriving" / "half").write_bytes(b"123")
    again = ObjectStore(LocalStore(tmp_path), "room", limit=100)
    await again.open()
    assert (again.used, await again.listing(), await again.listing("a")) == (5, {"a/b": 5}, {"a/b": 5})
    assert not (tmp_path / "room" / "arriving" / "half").exists()
    again.close()


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "../a", "a/../b", "a//b", ".a", "arriving/x", "a b", "é", "a/" * 9 + "a"]
)
async def test_keys_are_paths_that_lead_nowhere_else(store: ObjectStore, key: str) -> None:
    with pytest.raises(Invalid):
        await store.put_bytes(key, b"x")


async def test_memory_stays_flat(tmp_path: Path) -> None:
    store = ObjectStore(LocalStore(tmp_path), "room", limit=1 << 30)
    piece, count = bytes(PIECE), 100

    async def many() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield piece

    tracemalloc.start()
    try:
        await store.put("big", many(), size=PIECE * count)
        async for _ in await store.read("big"):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        store.close()
    assert peak < 8 * PIECE
