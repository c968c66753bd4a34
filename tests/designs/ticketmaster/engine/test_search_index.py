"""The index finds what a scan finds, for words that are whole in both."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from designs.ticketmaster.engine.models import EVENT
from designs.ticketmaster.engine.search_index import Event, EventIndex, SearchQuery, like, matches, sort_key
from tests.conftest import MakeRoom

CITIES = ("Berlin", "Paris", "Oslo")
EVENTS = [
    Event(f"e{n}", f"{('Winter', 'Summer')[n % 2]} tour {n}", f"Band{n % 7}", "Arena", CITIES[n % 3], 1e9 + n)
    for n in range(40)
]


@pytest.mark.parametrize("term", ["berlin", "winter Paris", "band3", "nothing", "", "oslo (tour) band5"])
async def test_index_and_scan_agree(make_room: MakeRoom, term: str) -> None:
    room = await make_room("ticketmaster", database="sqlite")
    rows = [{"room": room.id, "place": sort_key(one), **asdict(one)} for one in EVENTS]
    await room.sql.write(lambda c: c.execute(EVENT.insert(), rows) and None)
    index = EventIndex()
    index.put(EVENTS)
    asked = SearchQuery(term=term, limit=100)
    truth = [one.id for one in EVENTS if matches(one, asked, anywhere=False)]
    assert index.find(asked) == truth
    assert await room.sql.read(lambda c: like(c, room.id, asked)) == truth


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (SearchQuery(city="paris", limit=3), ["e1", "e4", "e7"]),
        (SearchQuery(city="Paris", after=sort_key(EVENTS[7]), limit=2), ["e10", "e13"]),
        (SearchQuery(since=1e9 + 35.5, limit=50), ["e36", "e37", "e38", "e39"]),
        (SearchQuery(until=1e9 + 2), ["e0", "e1", "e2"]),
        (SearchQuery(term="wint band", city="oslo", since=1e9 + 2, until=1e9 + 8), ["e2", "e8"]),
        (SearchQuery(city="Rome"), []),
    ],
)
async def test_city_time_and_place_narrow_both_alike(
    make_room: MakeRoom, asked: SearchQuery, found: list[str]
) -> None:
    room = await make_room("ticketmaster", database="sqlite")
    rows = [{"room": room.id, "place": sort_key(one), **asdict(one)} for one in EVENTS]
    await room.sql.write(lambda c: c.execute(EVENT.insert(), rows) and None)
    index = EventIndex()
    index.put(EVENTS)
    assert index.find(asked) == ([] if asked.term.startswith("wint ") else found)
    assert await room.sql.read(lambda c: like(c, room.id, asked)) == found


def test_the_last_word_may_be_a_beginning() -> None:
    index = EventIndex()
    index.put(EVENTS)
    assert index.find(SearchQuery(term="tour wint", limit=2)) == ["e0", "e2"]
    assert index.find(SearchQuery(term="wint tour")) == []


def test_a_changed_event_is_found_under_its_new_name_only() -> None:
    index = EventIndex()
    index.put(EVENTS)
    index.put([replace(EVENTS[0], performer="Quartet")])
    assert index.find(SearchQuery(term="quartet")) == ["e0"]
    assert "e0" not in index.find(SearchQuery(term="band0", limit=100))


@pytest.mark.parametrize("term", ['"', "title:", "AND OR", "*", "a:b:c", "\\", "(((", "é ß 東京"])
def test_nothing_in_a_term_is_syntax(term: str) -> None:
    index = EventIndex()
    index.put(EVENTS)
    assert isinstance(index.find(SearchQuery(term=term)), list)
