"""Placements: stable, complete, and what another shard costs under each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.hash_ring import SPACE, HashRing, ModuloMap, Placement, hash64, share_moved

KEYS = [f"key-{number}" for number in range(10_000)]
PLACEMENTS = {
    "ring": lambda n: HashRing(range(n), virtual_nodes=128),
    "modulo": lambda n: ModuloMap(range(n)),
}


@pytest.mark.parametrize("rule", PLACEMENTS)
@pytest.mark.parametrize("shards", range(1, 9))
def test_segments_cover_the_space_and_every_shard_owns_some(rule: str, shards: int) -> None:
    placement: Placement = PLACEMENTS[rule](shards)
    segments = placement.segments()
    assert (segments[0].start, segments[-1].end) == (0.0, 1.0)
    assert all(one.end == two.start for one, two in zip(segments, segments[1:], strict=False))
    assert {one.owner for one in segments} == set(range(shards)) == {placement.owner(key) for key in KEYS}


@pytest.mark.parametrize("shards", range(1, 8))
def test_one_more_shard_moves_a_share_of_1_over_n_on_the_ring(shards: int) -> None:
    before, after = PLACEMENTS["ring"](shards), PLACEMENTS["ring"](shards + 1)
    assert share_moved(KEYS, before, after) == pytest.approx(1 / (shards + 1), rel=0.25)
    moved = [key for key in KEYS if before.owner(key) != after.owner(key)]
    assert {after.owner(key) for key in moved} == {shards}, "keys move to the new shard only"


@pytest.mark.parametrize("shards", range(1, 8))
def test_one_more_shard_moves_nearly_everything_by_remainder(shards: int) -> None:
    moved = share_moved(KEYS, PLACEMENTS["modulo"](shards), PLACEMENTS["modulo"](shards + 1))
    assert moved == pytest.approx(shards / (shards + 1), rel=0.05)


@given(st.text(max_size=30), st.integers(1, 8))
def test_the_owner_is_who_the_drawn_segment_says(key: str, shards: int) -> None:
    ring = HashRing(range(shards), virtual_nodes=8)
    place = hash64(key) / SPACE
    drawn = next(one for one in ring.segments() if one.start <= place < one.end or one.end == 1.0)
    assert ring.owner(key) == drawn.owner


def test_more_virtual_nodes_make_shares_evener() -> None:
    def spread(virtual_nodes: int) -> float:
        owned = [0.0] * 5
        for one in HashRing(range(5), virtual_nodes=virtual_nodes).segments():
            owned[one.owner] += one.end - one.start
        return max(owned) - min(owned)

    assert spread(256) < spread(16) < spread(1)


def test_nothing_moves_when_nothing_changes() -> None:
    assert share_moved(KEYS, PLACEMENTS["ring"](3), PLACEMENTS["ring"](3)) == 0
    assert share_moved([], PLACEMENTS["ring"](3), PLACEMENTS["ring"](4)) == 0
