"""Boundaries depend on the window alone; chunks put together are the content; behind an insertion they come again."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sdlab.blocks.gear_cdc import WINDOW, candidates, cut, gear, gear_hashes

AVERAGE = 256
SOME = st.integers(0, 2**32).map(lambda seed: Random(seed).randbytes(Random(seed).randrange(6000)))


def rolled(content: bytes) -> list[int]:
    """The oracle: byte by byte, as the rule is written."""
    value, found = 0, []
    for byte in content:
        value = ((value << 1) + int(gear()[byte])) & 0xFFFFFFFF
        found.append(value)
    return found


@given(st.binary(max_size=300))
def test_all_hashes_together_are_those_of_the_rolling_rule(content: bytes) -> None:
    assert gear_hashes(content).tolist() == rolled(content)


@given(SOME, st.binary(max_size=200))
@settings(max_examples=40)
def test_a_boundary_depends_on_its_window_alone(content: bytes, before: bytes) -> None:
    moved = {at - len(before) for at in candidates(before + content, average=AVERAGE)}
    own = set(candidates(content, average=AVERAGE))
    assert {at for at in moved if at >= WINDOW} == {at for at in own if at >= WINDOW}


@given(SOME)
@settings(max_examples=40)
def test_chunks_put_together_are_the_content_and_keep_their_bounds(content: bytes) -> None:
    chunks = list(cut(content, average=AVERAGE))
    assert b"".join(content[start:end] for start, end in chunks) == content
    assert all(AVERAGE // 4 <= end - start <= AVERAGE * 4 for start, end in chunks[:-1])
    assert all(0 < end - start <= AVERAGE * 4 for start, end in chunks)


def test_behind_an_insertion_the_same_chunks_come_again() -> None:
    content = Random(7).randbytes(200_000)
    before = {content[start:end] for start, end in cut(content, average=AVERAGE)}
    for at in (0, 1000, 100_000, len(content)):
        changed = content[:at] + b"x" + content[at:]
        fresh = [
            changed[start:end]
            for start, end in cut(changed, average=AVERAGE)
            if changed[start:end] not in before
        ]
        assert 1 <= len(fresh) <= 6
    sizes = [end - start for start, end in cut(content, average=AVERAGE)]
    assert AVERAGE / 2 < sum(sizes) / len(sizes) < AVERAGE * 2
