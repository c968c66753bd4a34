"""Commands packed by hiredis are those that redis-py packs in Python, byte by byte."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio.connection import Connection, UnixDomainSocketConnection
from redis.exceptions import DataError

from sdlab.stores.packed import packing
from sdlab.stores.redis import EmbeddedRedis, connect

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.one_of(TEXT, st.binary(), st.integers(), st.floats(), st.just(memoryview(b"seen\r\n")))


class Kind(StrEnum):
    """A text that is more than a text."""

    SEAT = "seat"


@given(name=st.sampled_from(["GET", "CONFIG GET", "XGROUP CREATE"]), values=st.lists(VALUES, max_size=40))
def test_the_bytes_are_those_of_python(name: str, values: list[object]) -> None:
    ours, theirs = packing(Connection)(), Connection()
    for one in (name, name.encode()):
        assert b"".join(ours.pack_command(one, *values)) == b"".join(theirs.pack_command(one, *values))


@pytest.mark.parametrize("value", [Kind.SEAT, np.float64(1.5), "x" * 20_000, b"y" * 20_000])
def test_what_is_nearly_a_text_or_number_is_packed_alike(value: object) -> None:
    ours, theirs = packing(Connection)(), Connection()
    assert b"".join(ours.pack_command("SET", "k", value)) == b"".join(theirs.pack_command("SET", "k", value))


@pytest.mark.parametrize("value", [None, True, {}, [], np.int64(3)])
def test_what_is_neither_is_refused_as_ever(value: object) -> None:
    with pytest.raises(DataError, match="Convert to a bytes, string, int or float first"):
        packing(UnixDomainSocketConnection)().pack_command("SET", "k", value)


@pytest.mark.parametrize("value", ["\ud800", "a\udcffb"])
def test_half_a_character_is_refused_as_ever(value: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        packing(Connection)().pack_command("SET", "k", value)


async def test_the_clients_of_the_lab_pack_so(valkey: EmbeddedRedis) -> None:
    client = connect(valkey.url)
    try:
        assert client.connection_pool.connection_class.__name__.startswith("Packing")
        pipe = client.pipeline(transaction=True)
        pipe.set("packed", "é \r\n ☃")
        pipe.get("packed")
        assert await pipe.execute() == [True, "é \r\n ☃"]
    finally:
        await client.delete("packed")
        await client.aclose()
