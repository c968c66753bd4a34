"""Which hosts own a slot."""

from __future__ import annotations

import pytest

from designs.top_k.engine.strategies import SLOTS, Partitioned, preference


@pytest.mark.parametrize("hosts", range(1, 7))
@pytest.mark.parametrize("copies", range(1, 4))
def test_every_slot_has_different_hosts_for_its_copies(hosts: int, copies: int) -> None:
    for slot in range(SLOTS):
        owners = Partitioned.owners(slot, hosts, copies)
        assert len(set(owners)) == len(owners) == min(hosts, copies)


def test_the_second_owner_is_the_first_when_that_one_leaves() -> None:
    for slot in range(SLOTS):
        first, second = preference(slot, (0, 1, 2), 2)
        assert preference(slot, tuple(one for one in (0, 1, 2) if one != first), 1) == (second,)
