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


async def test_a_create_was_decided_step_by_step(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate(URL)
    shard = engine.shards.placement.owner(link.code)
    made = decided(engine)
    assert [(text, file) for text, file, _ in made if "shuffled" not in text] == [
        ("the URL is locked: whoever asks for it now waits until it has its code", "locks.py"),
        ("Bloom says not seen, lookup skipped", "mappings.py"),
        ("key-B has no token left: a range must be leased", "take_token.lua"),
        ("one script read token 0 and wrote its successor: nobody came between", "take_token.lua"),
        (f"{link.code} was free: the INSERT found no row, in one step", "code_assignment.py"),
        (f"consistent hash: {link.code} belongs to shard {shard}, the next one on the ring", "placements.py"),
    ]
    assert all("decide(" in line or "branch = '" in line for _, _, line in made)
    assert 'decide(why := "Bloom says not seen, lookup skipped")' in [line for _, _, line in made]


OPTIONS = {
    "generator": ("random", "snowflake", "md5", "token_range"),
    "allocator_lock": ("off", "on"),
    "one_to_one": ("off", "index", "bloom"),
    "url_lock": ("off", "on"),
    "placement": ("ring", "modulo"),
    "cache": ("off", "lru", "ttl"),
    "redirect": ("301_public", "301_no_store", "302"),
}


@pytest.mark.parametrize("toggle", OPTIONS)
async def test_options_that_decide_differently_give_different_lines(
    shortener: MakeShortener, toggle: str
) -> None:
    lines: list[set[tuple[str, str]]] = []
    for option in OPTIONS[toggle]:
        engine = await shortener(**{toggle: option})
        link = await engine.generate(URL)
        decisions = decided(engine)
        for _ in range(2):
            await engine.resolve(link.code)
            decisions += decided(engine)
        lines.append({(file, line) for _, file, line in decisions})
        assert decisions
    for number, one in enumerate(lines):
        others = set().union(*(other for at, other in enumerate(lines) if at != number))
        assert one - others, f"{OPTIONS[toggle][number]} leaves no line of its own"


async def test_every_verb_leaves_a_decision(shortener: MakeShortener) -> None:
    engine = await shortener()
    await engine.generate(URL, alias="named")
    for verb in (
        lambda: engine.resolve("named"),
        lambda: engine.resolve("named", click=False),
        lambda: engine.resolve("named", preview=True),
        lambda: engine.links(),
        lambda: engine.link("named"),
        lambda: engine.stats("named"),
        lambda: engine.delete("named"),
    ):
        await verb()
        assert decided(engine)
    for refused in ("named", "unknown", "no code"):
        with pytest.raises(NotFound):
            await engine.resolve(refused)
        assert decided(engine)


async def test_a_taken_code_was_decided_where_codes_are_claimed(shortener: MakeShortener) -> None:
    engine = await shortener(generator="md5", one_to_one="off")
    link = await engine.generate(URL)
    assert (await engine.generate(URL)).code == link.code
    assert decided(engine)[-1] == (
        f"{link.code} is taken: the INSERT met a row",
        "code_assignment.py",
        'self._context.decide(f"{link.code} is taken: the INSERT met a row")',
    )


async def test_a_redirect_was_decided_by_the_cache_and_by_the_policy(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate(URL)
    policy = ("302 with Cache-Control no-cache: the next click comes here again", "redirects.py")
    miss = ("cache miss", "caches.py")
    held = ("the LRU cache holds it, no shard is asked", "caches.py")
    down = ("the cache is down", "link_cache.py")
    await engine.resolve(link.code)
    assert [(text, file) for text, file, _ in decided(engine)] == [miss, policy]
    await engine.resolve(link.code)
    assert [(text, file) for text, file, _ in decided(engine)] == [held, policy]
    await engine.set_fault("cache", "down")
    await engine.resolve(link.code)
    assert [(text, file) for text, file, _ in decided(engine)] == [down, policy]
    assert all("decide(" in line for _, _, line in decided(engine))


async def test_an_unknown_code_was_decided_where_the_shard_was_asked(shortener: MakeShortener) -> None:
    engine = await shortener(cache="off")
    with pytest.raises(NotFound):
        await engine.resolve("unknown")
    shard = engine.shards.placement.owner("unknown")
    assert decided(engine)[-1] == (
        f"shard {shard} owns that code and has no row for it",
        "redirection.py",
        'self._context.decide(f"shard {shard} owns that code and has no row for it")',
    )
