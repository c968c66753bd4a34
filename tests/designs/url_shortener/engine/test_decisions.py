"""A reason in a trace leads to the line that decided, in whatever file that is."""

from __future__ import annotations

import linecache
from pathlib import Path

import pytest

from designs.url_shortener.engine.engine import UrlShortener
from sdlab.lab import NotFound
from tests.designs.url_shortener.conftest import MakeShortener

URL = "https://docs.python.org/3/library/asyncio-task.html"


def decided(engine: UrlShortener) -> list[tuple[str, str, str]]:
    """Reason, file and line of source of each decision of the newest request."""
    trace = engine.traces.get(engine.feed.newest(1)[0].trace)
    assert trace is not None
    return [
        (one.text, Path(one.file).name, linecache.getline(one.file, one.line).strip())
        for one in trace.decisions
    ]


async def test_a_create_was_decided_by_the_mapping_and_by_the_placement(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate(URL)
    shard = engine.shards.placement.owner(link.code)
    assert decided(engine) == [
        (
            "Bloom says not seen, lookup skipped",
            "mappings.py",
            'decide("Bloom says not seen, lookup skipped")',
        ),
        (
            f"consistent hash: {link.code} belongs to shard {shard}",
            "link_creation.py",
            'self._context.decide(f"{rule.label}: {link.code} belongs to shard {shard}")',
        ),
    ]


async def test_a_taken_code_was_decided_where_codes_are_claimed(shortener: MakeShortener) -> None:
    engine = await shortener(generator="md5", one_to_one="off")
    link = await engine.generate(URL)
    assert (await engine.generate(URL)).code == link.code
    assert decided(engine) == [
        (f"{link.code} is taken", "code_assignment.py", 'self._context.decide(f"{draw.code} is taken")')
    ]


async def test_a_redirect_was_decided_by_the_cache_and_by_the_policy(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate(URL)
    policy = (
        "302 with Cache-Control no-cache",
        "redirection.py",
        "self._context.decide(f\"{policy.status} with Cache-Control {policy.cache_control or 'not set'}\")",
    )
    held = (
        "the LRU cache holds it, no shard is asked",
        "link_cache.py",
        'context.decide(f"the {context.config.cache.upper()} cache holds it, no shard is asked")',
    )
    await engine.resolve(link.code)
    assert decided(engine) == [("cache miss", "link_cache.py", 'context.decide("cache miss")'), policy]
    await engine.resolve(link.code)
    assert decided(engine) == [held, policy]
    await engine.set_fault("cache", "down")
    await engine.resolve(link.code)
    down = ("the cache is down", "link_cache.py", 'context.decide("the cache is down")')
    assert decided(engine) == [down, policy]


async def test_an_unknown_code_was_decided_where_the_shard_was_asked(shortener: MakeShortener) -> None:
    engine = await shortener(cache="off")
    with pytest.raises(NotFound):
        await engine.resolve("unknown")
    shard = engine.shards.placement.owner("unknown")
    assert decided(engine) == [
        (
            f"shard {shard} owns that code and has no row for it",
            "redirection.py",
            'self._context.decide(f"shard {shard} owns that code and has no row for it")',
        )
    ]
