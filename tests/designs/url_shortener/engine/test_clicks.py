"""Clicks made and clicks seen, durable once told, and the browsers that make the difference."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

import pytest
from redis.exceptions import ConnectionError as NoConnection

from designs.url_shortener.engine.browsers import BROWSER_CACHE, Browsers
from designs.url_shortener.engine.strategies import REDIRECTS
from designs.url_shortener.engine.strategies.redirects import Redirect, may_keep
from designs.url_shortener.engine.traffic import ShortenerTraffic
from sdlab.lab import ManualClock, NotFound, Operation, Unavailable
from tests.designs.url_shortener.conftest import MakeShortener, picture

URL = "https://a.example/"


async def visit(traffic: ShortenerTraffic, visitor: str, times: int) -> None:
    for _ in range(times):
        await traffic.perform(Operation("open", {"number": 0}, visitor))


@pytest.mark.parametrize(("policy", "seen"), [("301_public", 3), ("301_no_store", 15), ("302", 15)])
async def test_only_301_public_hides_clicks(shortener: MakeShortener, policy: str, seen: int) -> None:
    engine = await shortener(redirect=policy)
    traffic = ShortenerTraffic(engine)
    await traffic.perform(Operation("create", {"number": 0, "url": URL}))
    for visitor in ("ada", "bob", "eve"):
        await visit(traffic, visitor, 5)
    shown = (await picture(engine)).clicks
    assert (shown.made, shown.seen, shown.unseen) == (15, seen, 15 - seen)
    assert shown.browsers == 15 - seen
    await engine.checker.check_clicks()
    assert engine.monitors["seen_at_most_made"].violations == 0


async def test_the_policy_is_switched_while_it_runs_but_browsers_keep_what_they_have(
    shortener: MakeShortener,
) -> None:
    engine = await shortener(redirect="301_public")
    traffic = ShortenerTraffic(engine)
    await traffic.perform(Operation("create", {"number": 0, "url": URL}))
    await visit(traffic, "ada", 2)
    await engine.configure(replace(engine.config, redirect="302"))
    await visit(traffic, "ada", 2)
    await visit(traffic, "bob", 2)
    assert (await picture(engine)).clicks.seen == 3, "ada never asks again"


@pytest.mark.parametrize("policy", REDIRECTS)
async def test_an_answer_carries_the_policy(shortener: MakeShortener, policy: str) -> None:
    engine = await shortener(redirect=policy)
    link = await engine.generate(URL)
    chosen = REDIRECTS[policy]
    assert await engine.resolve(link.code) == Redirect(chosen.status, URL, chosen.cache_control)


@pytest.mark.parametrize(
    ("status", "rule", "kept"),
    [
        (301, "public", True), (301, "", True), (308, "private", True), (301, "no-store", False),
        (301, "public, max-age=0", False), (301, "No-Cache", False), (302, "", False), (302, "no-cache", False),
        (302, "public", False), (302, "max-age=60", True), (307, "private, max-age=60", True),
    ],
)  # fmt: skip
def test_a_browser_keeps_what_it_may(status: int, rule: str, kept: bool) -> None:
    assert may_keep(Redirect(status, URL, rule)) is kept


def test_a_browsers_cache_is_bounded() -> None:
    browsers = Browsers()
    for number in range(BROWSER_CACHE + 5):
        browsers.answered("ada", str(number), Redirect(301, URL, "public"))
    assert browsers.redirects_kept == BROWSER_CACHE
    assert browsers.kept("ada", "0") is None
    assert browsers.kept("ada", str(BROWSER_CACHE)) is not None
    assert browsers.kept("bob", "9") is None


async def test_looking_is_no_click_and_failing_is_one_made(shortener: MakeShortener) -> None:
    engine = await shortener(cache="off", shards=1)
    link = await engine.generate(URL)
    await engine.resolve(link.code, click=False)
    with pytest.raises(NotFound):
        await engine.resolve("nothing")
    await engine.set_fault("shard-0", "down")
    with pytest.raises(Unavailable):
        await engine.resolve(link.code)
    shown = (await picture(engine)).clicks
    assert (shown.made, shown.seen) == (2, 0)
    assert (shown.missed, shown.failed, shown.browsers, shown.under_way) == (1, 1, 0, 0)


async def test_statistics_are_per_minute_and_durable_once_told(shortener: MakeShortener) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await shortener(clock=clock)
    link = await engine.generate(URL)
    for clicks in (3, 0, 2):
        for _ in range(clicks):
            await engine.resolve(link.code)
        per_minute, total, _ = await engine.stats(link.code)
        stored = await engine.room.redis.hget(engine.room.key("clicks"), link.code)
        assert int(stored or 0) == total == sum(count for _, count in per_minute)
        await clock.advance(60)
    per_minute, total, _ = await engine.stats(link.code)
    assert len(per_minute) == 60
    assert [count for _, count in per_minute][-4:] == [3, 0, 2, 0]
    assert [link.clicks for link in await engine.links()] == [total] == [5]


async def test_clicks_survive_a_restart(shortener: MakeShortener) -> None:
    before = await shortener(room="clicked")
    link = await before.generate(URL)
    for _ in range(7):
        await before.resolve(link.code)
    await before.close()
    after = await shortener(room="clicked")
    assert (await after.stats(link.code))[1] == 7
    assert (await picture(after)).clicks.seen == 7


async def test_a_store_that_does_not_answer_loses_no_click(
    shortener: MakeShortener, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await shortener(clock=ManualClock())
    link = await engine.generate(URL)
    await engine.resolve(link.code)

    def silent(*_: object) -> Awaitable[None]:
        raise NoConnection("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(engine.clicks, "_store", silent)
        with pytest.raises(Unavailable):
            await engine.stats(link.code)
    assert (await engine.stats(link.code))[1] == 1


async def test_counting_too_much_is_noticed(shortener: MakeShortener) -> None:
    engine = await shortener(clock=ManualClock())
    link = await engine.generate(URL)
    await engine.resolve(link.code)
    engine.clicks.record_seen(link.code)
    await engine.clicks.flush()
    await engine.checker.check_clicks()
    verdict = engine.monitors["seen_at_most_made"].view()
    assert verdict.violations == 2, "of that link, and of all"
    assert [(one.actor, one.value) for one in verdict.evidence] == [
        ("visitors", "1 made"),
        ("gateway", "2 seen"),
    ]
