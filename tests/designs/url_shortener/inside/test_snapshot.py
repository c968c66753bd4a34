"""The snapshot: quick, bounded and plain, however much there is to show."""

from __future__ import annotations

import itertools
import json
from dataclasses import fields, is_dataclass, replace

import orjson
import pytest

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.shards.rows import LINKS
from designs.url_shortener.inside.views import Snapshot
from sdlab.blocks import base62
from sdlab.lab import as_user
from tests.designs.url_shortener.conftest import MakeShortener, picture

MANY = 200_000
AT_ONCE = 20_000
LARGE = {
    "shards": 8,
    "virtual_nodes": 256,
    "cache_size": 10_000,
    "bloom_capacity": 200_000,
    "bloom_error_pct": 0.1,
}


async def fill(engine: UrlShortener, links: int) -> None:
    """Put that many links into the room, past the verbs."""
    owner = engine.shards.placement.owner
    rows = [
        {
            "room": engine.room.id, "shard": owner(code), "copy": 0, "code": code, "url": f"https://a.example/{code}",
            "url_digest": f"{number:032x}", "owner": "load", "alias": False, "by_hand": False,
            "created_at": 1.0, "expires_at": None, "deleted_at": None,
        }
        for number in range(links)
        for code in [base62.fixed(number * 17_389, 7)]
    ]  # fmt: skip
    for begin in range(0, links, AT_ONCE):  # a store that takes longer for one write than it may is given up
        some = rows[begin : begin + AT_ONCE]
        await engine.room.sql.write(lambda c, some=some: c.execute(LINKS.insert(), some).rowcount)


async def test_200_000_links_are_shown_in_64_kb(shortener: MakeShortener) -> None:
    first = await shortener(room="large", **LARGE)
    await fill(first, MANY)
    await first.close()
    engine = await shortener(room="large", **LARGE)
    for number in range(3000):
        await as_user("load", engine.resolve(base62.fixed(number * 17_389, 7)), by_hand=False)
    shown = await picture(engine)
    assert (shown.totals.links, shown.bloom.added) == (MANY, MANY)
    assert len(orjson.dumps(shown)) < 50_000


@pytest.mark.parametrize("generator", ["random", "snowflake", "md5", "token_range"])
async def test_a_snapshot_is_plain_json(shortener: MakeShortener, generator: str) -> None:
    engine = await shortener(generator=generator, replicas=2)
    await engine.generate("https://a.example/", expires_at=engine.clock.time() + 60)
    await engine.set_fault("shard-0", "slow", 1)
    shown = await picture(engine)
    assert json.loads(orjson.dumps(shown))["generator"]["last"]["code"] == shown.my_links[0].code
    assert shown.generator.approach


def test_every_view_has_defaults_and_no_mutable_field() -> None:
    seen: list[type] = []

    def walk(view: object) -> None:
        seen.append(type(view))
        for field in fields(view):  # type: ignore[arg-type]
            value = getattr(view, field.name)
            assert not isinstance(value, list | set)
            if is_dataclass(value):
                walk(value)

    walk(Snapshot())
    assert len(seen) > 10


async def test_the_ring_is_drawn_whole_or_sampled_in_order(shortener: MakeShortener) -> None:
    engine = await shortener()
    for virtual_nodes, shards in itertools.product((1, 64, 256), (1, 8)):
        await engine.configure(replace(engine.config, virtual_nodes=virtual_nodes, shards=shards))
        shown = (await picture(engine)).shard_map
        assert len(shown.segments) <= 192
        assert (shown.segments[0].start, shown.segments[-1].end) == (0.0, 1.0)
        assert all(one.end == two.start for one, two in itertools.pairwise(shown.segments))
        assert sum(one.owned_pct for one in shown.shards) == pytest.approx(100, abs=0.1)


async def test_faults_and_shares_are_shown(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off")
    for number in range(60):
        await as_user("load", engine.generate(f"https://a.example/{number}"), by_hand=False)
    await engine.set_fault("shard-2", "down")
    shown = (await picture(engine)).shard_map
    assert [one.state for one in shown.shards] == ["up", "up", "down"]
    assert sum(one.share_pct for one in shown.shards) == pytest.approx(100, abs=0.1)
    assert shown.sigma_pct > 0
