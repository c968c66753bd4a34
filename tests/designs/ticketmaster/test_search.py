"""The index finds what a scan finds, for words that are whole in both."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from designs.ticketmaster.search import EVENT, Event, Index, like
from tests.conftest import MakeRoom

CITIES = ("Berlin", "Paris", "Oslo")
EVENTS = [
    Event(f"e{n}", f"{('Winter', 'Summer')[n % 2]} tour {n}", f"Band{n % 7}", "Arena", CITIES[n % 3], 1e9 + n)
    for n in range(40)
]


@pytest.mark.parametrize("term", ["berlin", "winter Paris", "band3", "nothing", "", "oslo (tour) band5"])
async def test_index_and_scan_agree(make_room: MakeRoom, term: str) -> None:
    room = await make_room("ticketmaster")
    rows = [{"room": room.id, **asdict(one)} for one in EVENTS]
    await room.sql.write(lambda c: c.execute(EVENT.insert(), rows) and None)
    index = Index()
    index.put(EVENTS)
    plain = term.replace("(", "").replace(")", "")
    assert sorted(index.find(term)) == sorted(await room.sql.read(lambda c: like(c, room.id, plain)))


def test_a_changed_event_is_found_under_its_new_name_only() -> None:
    index = Index()
    index.put(EVENTS)
    index.put([replace(EVENTS[0], performer="Quartet")])
    assert index.find("quartet") == ["e0"]
    assert "e0" not in index.find("band0")


@pytest.mark.parametrize("term", ['"', "title:", "AND OR", "*", "a:b:c", "\\", "(((", "é ß 東京"])
def test_nothing_in_a_term_is_syntax(term: str) -> None:
    index = Index()
    index.put(EVENTS)
    assert isinstance(index.find(term), list)
