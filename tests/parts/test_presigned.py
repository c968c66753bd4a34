"""Signed addresses: worth nothing once anything is changed or late; uploads are checked while they pass."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.lab import Forbidden, Invalid
from sdlab.parts.presigned import Presigner, verified

PRESIGNER = Presigner(b"0123456789abcdef")


def test_an_address_is_good_until_its_end() -> None:
    signed = PRESIGNER.sign("PUT", "a/b", size=10, now=100.0, seconds=60)
    PRESIGNER.check(signed, now=160.0)
    with pytest.raises(Forbidden):
        PRESIGNER.check(signed, now=160.1)


@given(
    st.sampled_from(
        [
            {"method": "GET"},
            {"key": "a/c"},
            {"size": 11},
            {"expires": 10_000},
            {"signature": "0" * 64},
            {"signature": ""},
            {"signature": "é"},
        ]
    )
)
def test_a_changed_address_is_worth_nothing(change: dict) -> None:
    signed = PRESIGNER.sign("PUT", "a/b", size=10, now=100.0, seconds=60)
    with pytest.raises(Forbidden):
        PRESIGNER.check(replace(signed, **change), now=100.0)
    with pytest.raises(Forbidden):
        Presigner(b"another secret..").check(signed, now=100.0)


def test_a_secret_is_long_enough() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Presigner(b"short")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for one in parts:
        yield one


async def test_the_right_bytes_pass_as_they_come() -> None:
    digest = hashlib.sha256(b"abcdef").hexdigest()
    passed = [one async for one in verified(chunks(b"abc", b"", b"def"), size=6, sha256=digest)]
    assert passed == [b"abc", b"def"]


@pytest.mark.parametrize("parts", [(b"abc",), (b"abcdef", b"g"), (b"abcdeX",)])
async def test_other_bytes_are_refused(parts: tuple[bytes, ...]) -> None:
    digest = hashlib.sha256(b"abcdef").hexdigest()
    with pytest.raises(Invalid):
        [one async for one in verified(chunks(*parts), size=6, sha256=digest)]


async def test_too_much_is_noticed_before_it_is_all_there() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    with pytest.raises(Invalid):
        [one async for one in verified(endless(), size=10_000, sha256="0" * 64)]
    assert taken == 11
