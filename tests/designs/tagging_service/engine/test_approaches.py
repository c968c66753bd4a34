"""Whatever was tagged, renamed and merged: all approaches answer as the pairs in a dictionary of sets do."""

from __future__ import annotations

from random import Random

import pytest

from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.library import pictures
from designs.tagging_service.engine.names import TagQuery
from designs.tagging_service.engine.strategies.approaches import APPROACHES
from designs.tagging_service.engine.strategies.shardings import SHARDINGS
from sdlab.lab import Quota
from tests.designs.tagging_service.conftest import Opener

pytestmark = pytest.mark.virtual_time
ITEMS = 60
WORDS = ("night", "red", "blue", "circle", "square", "calm", "wild", "nyc", "new york", "dusk")


class Account:
    """The simple truth: who has which tags, and what a name means."""

    def __init__(self, engine: TaggingService) -> None:
        room = engine.room
        self.tags = {one.id: set(one.tags) for one in pictures(room.rng("library"), room.quota.prepared)}
        self.active = {one.id for one in pictures(room.rng("library"), room.quota.prepared) if one.active}
        self.means: dict[str, str] = {}

    def name(self, word: str) -> str:
        while word in self.means:
            word = self.means[word]
        return word

    def known(self, word: str) -> bool:
        return word in self.means or any(word in tags for tags in self.tags.values())

    def becomes(self, old: str, new: str) -> None:
        self.means.pop(new, None)
        self.means[old] = new
        for tags in self.tags.values():
            if old in tags:
                tags.discard(old)
                tags.add(new)

    def find(self, query: TagQuery) -> list[int]:
        all_of, any_of, none_of = (
            {self.name(one) for one in part} for part in (query.all, query.any, query.none)
        )
        return sorted(
            item
            for item, tags in self.tags.items()
            if all_of <= tags
            and (not any_of or any_of & tags)
            and not none_of & tags
            and (not query.active or item in self.active)
        )


def random_query(rng: Random) -> TagQuery:
    words = rng.sample(WORDS, 6)
    cut, other = sorted((rng.randrange(4), rng.randrange(4)))
    return TagQuery(
        tuple(words[:cut]),
        tuple(words[cut:other]),
        tuple(words[other : other + rng.randrange(3)]),
        rng.random() < 0.3,
    )


async def act(engine: TaggingService, account: Account, rng: Random) -> None:
    """One random change, in the lab and in the account."""
    item, word = rng.randrange(1, ITEMS + 1), rng.choice(WORDS)
    chance = rng.random()
    if chance < 0.55:
        await engine.put_tag(item, word)
        account.tags[item].add(account.name(word))
    elif chance < 0.8:
        await engine.remove_tag(item, word)
        account.tags[item].discard(account.name(word))
    else:
        one, other = (account.name(each) for each in rng.sample(WORDS, 2))
        if one == other or not await engine.tags.find(one) or not await engine.tags.find(other):
            return
        if chance < 0.9:
            await engine.merge(one, other)
            account.becomes(one, other)
        else:
            new = f"{one} {rng.randrange(1000)}"
            await engine.rename(one, new)
            account.becomes(one, new)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_all_approaches_answer_as_the_pairs_do(service: Opener, seed: int) -> None:
    rng = Random(seed)
    engine = await service(sharding=["one", "item", "tag"][seed - 1], quota=Quota(prepared=ITEMS))
    account = Account(engine)
    for _ in range(8):
        for _ in range(5):
            await act(engine, account, rng)
        for _ in range(4):
            query = random_query(rng)
            wanted, right = await engine.tags.look_up(query), account.find(query)
            for approach, one in APPROACHES.items():
                found = [] if wanted.unknown else await one.find(engine.copies, wanted)
                assert found == right, (approach, query, account.means)
    await engine.checker.check()
    assert {monitor.violations for monitor in engine.monitors.values()} == {0}


async def test_shards_answer_alike_and_ask_as_they_must(service: Opener) -> None:
    engine = await service(approach="bitmap", sharding="item")
    query = TagQuery(all=("night", "circle"), none=("red",))
    answers = {}
    for sharding in SHARDINGS:
        await engine.configure(engine.config.__class__(approach="bitmap", sharding=sharding))
        answers[sharding] = [one.id for one in await engine.find(query, limit=1000)]
        asked = len(engine.bitmaps.last.asked)
        assert asked == (1 if sharding == "one" else 4) if sharding != "tag" else asked <= 3
    assert answers["one"]
    assert answers["one"] == answers["item"] == answers["tag"]
