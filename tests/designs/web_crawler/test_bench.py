"""What the benchmark says of memory, also when it could not measure what it was to."""

from __future__ import annotations

from designs.web_crawler.bench import FEW, MANY, grown


def test_memory_is_held_to_its_bar_where_so_many_addresses_were_known() -> None:
    good, bad = (
        grown((FEW + 7, 200_000_000), (MANY, 240_000_000)),
        grown((FEW, 200_000_000), (MANY + 1, 260_000_000)),
    )
    assert good.met is True
    assert good.name == "memory of the processes, 50,000 / 10,007 addresses"
    assert bad.met is False


def test_short_of_so_many_addresses_it_says_how_many_there_were_and_meets_nothing() -> None:
    short = grown((FEW, 200_000_000), (31_000, 210_000_000))
    assert short.met is None
    assert "31,000 / 10,000" in short.name
    assert "50,000 were not reached" in short.detail
