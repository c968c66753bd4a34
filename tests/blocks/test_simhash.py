"""SimHash against its definition, and the index by bands against comparing with each."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.simhash import BITS, NearIndex, bands, distance, nearest, shingles, simhash

WORDS = st.lists(st.text("abcd", min_size=1, max_size=6), max_size=40)
PRINTS = st.integers(0, 2**BITS - 1)


@given(WORDS)
def test_each_bit_is_the_majority_of_that_bit(features: list[str]) -> None:
    found = simhash(features)
    for bit in range(BITS):
        ones = sum(
            int.from_bytes(hashlib.blake2b(one.encode(), digest_size=8).digest(), "big") >> bit & 1
            for one in features
        )
        assert (found >> bit & 1) == (2 * ones > len(features))


@given(PRINTS, st.sets(st.integers(0, BITS - 1), max_size=5))
def test_those_that_differ_in_few_bits_share_a_band(one: int, flipped: set[int]) -> None:
    other = one
    for bit in flipped:
        other ^= 1 << bit
    assert distance(one, other) == len(flipped)
    assert set(bands(one, 6)) & set(bands(other, 6))


@given(PRINTS, st.lists(st.sets(st.integers(0, BITS - 1), max_size=9), max_size=12), st.integers(0, 6))
def test_the_index_finds_what_a_full_scan_finds(one: int, others: list[set[int]], within: int) -> None:
    index, known = NearIndex(within), []
    for number, flipped in enumerate(others):
        other = one
        for bit in flipped:
            other ^= 1 << bit
        index.add(other, str(number))
        known.append((other, str(number)))
    found, oracle = index.near(one), nearest(one, known, within)
    prints = {name: value for value, name in known}
    assert (found is None) == (oracle is None)
    if found is not None and oracle is not None:
        assert distance(one, prints[found]) == distance(one, prints[oracle])


def test_a_small_change_moves_few_bits_and_another_text_many() -> None:
    text = " ".join(f"word{n % 37} thing{n % 23}" for n in range(200))
    near = text.replace("word5", "other", 1)
    far = " ".join(f"river{n % 31} stone{n % 19}" for n in range(200))
    assert distance(simhash(shingles(text)), simhash(shingles(near))) <= 6
    assert distance(simhash(shingles(text)), simhash(shingles(far))) > 15
