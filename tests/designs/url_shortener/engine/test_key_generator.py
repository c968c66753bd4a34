"""Four generators: unique under concurrency with the lock, not without; ranges, clocks and full spaces."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from random import Random

import pytest

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.strategies import GENERATORS
from sdlab.blocks import base62, snowflake
from sdlab.lab import ManualClock, SystemClock, Unavailable, as_user
from tests.designs.url_shortener.conftest import MakeShortener, picture

TASKS = 64
CODES = 3_000
AT_MOST = 10_000  # codes, until one comes twice
ALL = pytest.mark.parametrize("generator", GENERATORS)


async def codes_of(engine: UrlShortener, *, codes: int, until_repeated: bool = False) -> list[str]:
    """Codes that 64 tasks get for different URLs, or as many as it takes until one comes twice."""
    numbers, seen, made = itertools.count(), set(), []

    async def task() -> None:
        while (number := next(numbers)) < codes and not (until_repeated and len(made) > len(seen)):
            link = await as_user("load", engine.generate(f"https://a.example/{number}"), by_hand=False)
            made.append(link.code)
            seen.add(link.code)

    await asyncio.gather(*[task() for _ in range(TASKS)])
    return made


@ALL
async def test_64_tasks_get_different_codes_with_the_lock(shortener: MakeShortener, generator: str) -> None:
    engine = await shortener(generator=generator, code_length=3, one_to_one="off", range_size=100)
    codes = await codes_of(engine, codes=CODES)
    assert len(codes) == len(set(codes)) == CODES
    assert engine.monitors["one_url_per_code"].violations == 0
    assert (await picture(engine)).totals.links == CODES
    if generator in ("random", "md5"):
        assert (await picture(engine)).generator.collisions > 5, (
            "the space is small enough for chance to collide"
        )


@ALL
async def test_without_the_lock_two_requests_get_one_code(shortener: MakeShortener, generator: str) -> None:
    engine = await shortener(
        generator=generator,
        code_length=2,
        range_size=10,
        key_servers=1,
        one_to_one="off",
        allocator_lock="off",
    )
    codes = await codes_of(engine, codes=AT_MOST, until_repeated=True)
    assert len(codes) > len(set(codes))
    for _ in range(20):
        await engine.checker.check_links()  # each looks at the newest 200
    for claim in ("one_url_per_code", "acknowledged_found"):
        verdict = engine.monitors[claim].view()
        assert verdict.violations > 0
        assert len(verdict.evidence) >= 2


@ALL
async def test_a_generator_is_switched_while_it_runs(shortener: MakeShortener, generator: str) -> None:
    engine = await shortener(one_to_one="off")
    kept = await engine.generate("https://kept.example/")

    async def create(number: int) -> str:
        return (await as_user("load", engine.generate(f"https://a.example/{number}"), by_hand=False)).code

    under_way = [asyncio.create_task(create(number)) for number in range(50)]
    await asyncio.sleep(0)
    await engine.configure(replace(engine.config, generator=generator))
    codes = [await task for task in under_way] + [await create(99)]
    assert len(set(codes)) == 51
    assert len(codes[-1]) == (11 if generator == "snowflake" else 7)
    assert (await picture(engine)).generator.approach == GENERATORS[generator].label
    assert (await engine.resolve(kept.code)).location == "https://kept.example/"


# Token range


async def test_tokens_come_from_ranges_and_codes_hide_them(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", key_servers=2, range_size=10)
    codes = [(await engine.generate(f"https://a.example/{n}")).code for n in range(20)]
    shuffle = engine.keys.shuffle(7)
    assert sorted(shuffle.restore(base62.decode(code)) for code in codes) == list(range(20))
    assert codes != sorted(codes)
    shown = (await picture(engine)).generator
    assert [(one.leases, one.issued, one.left) for one in shown.servers] == [(1, 10, 0), (1, 10, 0)]
    assert shown.last.code == codes[-1]
    assert shown.last.guess_pct > 0.001


async def test_rooms_have_secrets_of_their_own(shortener: MakeShortener) -> None:
    one, other = await shortener(), await shortener()
    first, second = [(await engine.generate("https://a.example/")).code for engine in (one, other)]
    assert first != second, "the first token gives another code in every room"


async def test_a_dead_server_loses_the_rest_of_its_range_and_nothing_else(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", key_servers=2, range_size=100)
    made = [await engine.generate(f"https://a.example/{n}") for n in range(10)]
    await engine.set_fault("key-A", "down")
    dead = (await picture(engine)).generator.servers[0]
    assert (dead.state, dead.left, dead.lost) == ("down", 0, 95)
    made += [await engine.generate(f"https://b.example/{n}") for n in range(10)]
    assert {engine.keys.servers.servers["key-B"].issued} == {15}
    await engine.clear_fault("key-A")
    made += [await engine.generate(f"https://c.example/{n}") for n in range(10)]
    tokens = [engine.keys.shuffle(7).restore(base62.decode(link.code)) for link in made]
    assert len(set(tokens)) == 30
    assert max(tokens) >= 200, "the revived server leased anew"
    for link in made:
        assert (await engine.resolve(link.code)).location == link.url


async def test_a_server_that_dies_with_a_request_gives_no_token(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", key_servers=1, range_size=10)
    await engine.generate("https://a.example/")
    creating = asyncio.create_task(engine.generate("https://b.example/"))
    await asyncio.sleep(0)
    await engine.set_fault("key-A", "down")
    with pytest.raises(Unavailable, match="died with the request"):
        await creating
    server = engine.keys.servers.servers["key-A"]
    assert (server.issued, server.lost) == (1, 9)
    held, _ = await engine.keys.state.read_range("key-A")
    assert held.left == 0


async def test_the_code_length_changes_under_creates(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", range_size=100_000)
    await engine.generate("https://a.example/")
    making = [
        asyncio.create_task(as_user("load", engine.generate(f"https://b.example/{n}"), by_hand=False))
        for n in range(40)
    ]
    await asyncio.sleep(0)
    await engine.configure(replace(engine.config, code_length=3))
    made = [*await asyncio.gather(*making), await engine.generate("https://c.example/")]
    assert {len(link.code) for link in made} == {7, 3}
    assert len({link.code for link in made}) == 41


async def test_no_range_no_link(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", key_servers=2, range_size=10)
    await engine.generate("https://a.example/")
    await engine.set_fault("counter", "down")
    for number in range(9):
        await engine.generate(
            f"https://a.example/{number}"
        )  # the range that one server holds goes to its end
    with pytest.raises(Unavailable, match="no key range can be leased"):
        await engine.generate("https://b.example/")
    await engine.clear_fault()
    await engine.generate("https://b.example/")
    for server in ("key-A", "key-B"):
        await engine.set_fault(server, "down")
    with pytest.raises(Unavailable):
        await engine.generate("https://c.example/")


async def test_a_range_is_never_leased_twice_whatever_dies(shortener: MakeShortener) -> None:
    codes: list[str] = []
    for _ in range(4):
        engine = await shortener(room="reopened", one_to_one="off", range_size=50)
        codes += [(await engine.generate(f"https://a.example/{n}")).code for n in range(20)]
        await engine.close()  # what was left of the ranges is forgotten, as when the process is killed
    assert len(set(codes)) == 80
    assert int(await engine.room.redis.get(engine.keys.counter.key(7)) or 0) == 4 * 3 * 50
    assert (await picture(engine)).generator.counter == 4 * 3 * 50


async def test_a_used_up_space_is_refused_and_a_longer_code_helps(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", code_length=2, range_size=2000, key_servers=1)
    leased = await engine.keys.counter.lease("key-A", 2)
    await engine.keys.state.install("key-A", replace(leased, following=62**2 - 1, end=62**2))
    await engine.room.redis.set(engine.keys.counter.key(2), 62**2)
    assert len((await engine.generate("https://last.example/")).code) == 2
    with pytest.raises(Unavailable, match="all 3,844 codes of 2 characters are given out"):
        await engine.generate("https://more.example/")
    await engine.configure(replace(engine.config, code_length=3))
    assert len((await engine.generate("https://more.example/")).code) == 3


# Random


async def test_random_codes_fill_their_space_and_then_say_so(shortener: MakeShortener) -> None:
    engine = await shortener(generator="random", one_to_one="off", code_length=2)
    engine.keys.chance = _Cycle(8)  # type: ignore[assignment]
    codes = {(await engine.generate(f"https://a.example/{n}")).code for n in range(8)}
    assert len(codes) == 8
    with pytest.raises(Unavailable, match="codes in a row were taken"):
        await engine.generate("https://more.example/")
    shown = (await picture(engine)).generator
    assert (shown.exhausted, shown.retries) == (1, 128)


class _Cycle:
    """Chance that knows only the first few numbers."""

    def __init__(self, size: int) -> None:
        self._numbers = itertools.cycle(range(size))

    def randrange(self, _: int) -> int:
        return next(self._numbers)


# MD5


async def test_md5_gives_one_url_one_code_and_probes_for_others(shortener: MakeShortener) -> None:
    engine = await shortener(generator="md5", one_to_one="off")
    other = await shortener(generator="md5", one_to_one="off")
    link = await engine.generate("https://a.example/")
    assert (await engine.generate("https://a.example/")).code == link.code
    assert (await other.generate("https://a.example/")).code == link.code, (
        "whoever knows the URL knows the code"
    )
    assert link.code[0] in "01234567", "the first of 22 characters carries three bits"
    await other.generate("https://b.example/", alias="taken")
    taken = base62.fixed(base62.decode(link.code), 7)
    await other.delete(taken)
    again = await other.generate("https://a.example/")
    assert base62.decode(again.code) == base62.decode(link.code) + 1, "the next free place"
    assert (await picture(other)).generator.last.probes == 1


# Snowflake


async def test_snowflake_codes_can_be_read_and_guessed(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock, generator="snowflake", key_servers=1, one_to_one="off")
    first, second = [(await engine.generate(f"https://a.example/{n}")).code for n in range(2)]
    assert base62.decode(second) == base62.decode(first) + 1
    fields = snowflake.split(base62.decode(first))
    assert (fields.time_ms, fields.centre, fields.worker) == (int(clock.time() * 1000), 1, 0)
    shown = (await picture(engine)).generator.last
    assert [one.bits for one in shown.fields] == [41, 6, 4, 12]
    assert shown.distance == "1"


async def test_a_worker_whose_clock_steps_back_refuses_and_others_go_on(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock, generator="snowflake", key_servers=2, one_to_one="off")
    for number in range(4):
        await engine.generate(f"https://a.example/{number}")
    await engine.set_fault("worker-0", "step_back", 500)
    codes = [(await engine.generate(f"https://b.example/{n}")).code for n in range(4)]
    assert {snowflake.split(base62.decode(code)).worker for code in codes} == {1}
    assert (await picture(engine)).generator.workers[0].behind_ms == 500
    await engine.set_fault("worker-1", "step_back", 500)
    with pytest.raises(Unavailable, match="500 ms behind"):
        await engine.generate("https://c.example/")
    await clock.advance(0.5)
    later = [(await engine.generate(f"https://d.example/{n}")).code for n in range(4)]
    assert not set(later) & set(codes)


async def test_a_worker_waits_for_the_next_millisecond_when_its_sequence_is_used_up(
    shortener: MakeShortener,
) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock, generator="snowflake", key_servers=1, one_to_one="off")
    worker = engine.keys.workers.workers["worker-0"]
    used_up = snowflake.State(int(clock.time() * 1000), snowflake.SEQUENCES - 1)
    await engine.keys.state.write_state("worker-0", used_up)
    creating = asyncio.create_task(engine.generate("https://a.example/"))
    for _ in range(100_000):  # turns of the loop, until the script has answered
        if worker.waited:
            break
        await asyncio.sleep(0)
    assert worker.waited == 1
    assert not creating.done()
    await clock.advance(0.001)
    code = (await creating).code
    assert snowflake.split(base62.decode(code)).time_ms == int(clock.time() * 1000)


async def test_a_request_that_comes_late_with_its_time_is_not_taken_for_a_step_of_the_clock(
    shortener: MakeShortener,
) -> None:
    engine = await shortener(generator="snowflake", key_servers=1, one_to_one="off", clock=SystemClock())
    await codes_of(engine, codes=600)
    assert (await picture(engine)).generator.workers[0].refused == 0


@pytest.mark.parametrize("width", [2, 3])
async def test_script_and_block_agree_about_the_next_id(shortener: MakeShortener, width: int) -> None:
    """The script that gives ids with the lock says what the pure one says without."""
    state, machine = (await shortener()).keys.state, snowflake.Snowflake(centre=1, worker=width)
    last, rng = snowflake.State(), Random(width)
    now = 1_800_000_000_000
    for _ in range(200):
        now += rng.choice((0, 0, 0, 1, -1))
        if rng.random() < 0.05:
            last = snowflake.State(now, snowflake.SEQUENCES - 1)
        if last.last_ms >= 0:
            await state.write_state("w", last)
        try:
            _, expected = machine.following(last, now)
        except (snowflake.ClockStepped, snowflake.SequenceExhausted) as error:
            with pytest.raises(type(error)):
                await state.next_state("w", now)
            last = snowflake.State(now, 0)
        else:
            given, _, _ = await state.next_state("w", now)
            assert given == expected
            last = given


@pytest.mark.parametrize("lock", ["off", "on"])
async def test_ranges_are_in_the_store_and_end_with_their_server(shortener: MakeShortener, lock: str) -> None:
    engine = await shortener(one_to_one="off", key_servers=2, range_size=100, allocator_lock=lock)
    for number in range(6):
        await engine.generate(f"https://a.example/{number}")
    stored = {
        server: await engine.room.redis.hgetall(engine.keys.state.range_key(server))
        for server in ("key-A", "key-B")
    }
    shown = (await picture(engine)).generator.servers
    assert [int(one["following"]) - int(one["start"]) for one in stored.values()] == [3, 3]
    assert [(one.start, one.next_token, one.end) for one in shown] == [
        (int(one["start"]), int(one["following"]), int(one["end"])) for one in stored.values()
    ]
    await engine.set_fault("key-B", "down")
    assert await engine.room.redis.hgetall(engine.keys.state.range_key("key-B")) == {}
    await engine.room.redis.delete(engine.keys.state.range_key("key-A"))
    assert [one.left for one in (await picture(engine)).generator.servers] == [0, 0]
