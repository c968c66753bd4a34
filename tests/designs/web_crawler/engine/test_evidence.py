"""Evidence says what was seen to happen: who was restarted or died, what was read, what nobody asked for."""

from __future__ import annotations

import pytest

from sdlab.lab import EvidenceView
from tests.designs.web_crawler.conftest import Make, play
from tests.designs.web_crawler.test_sabotage import entries_are_stolen, rules_are_not_read

pytestmark = pytest.mark.virtual_time


def cause_of(steps: tuple[EvidenceView, ...]) -> EvidenceView:
    """The one cause."""
    (cause,) = (one for one in steps if one.kind == "cause")
    return cause


async def test_whoever_asks_for_no_robots_txt_is_not_said_to_have_read_it(crawler: Make) -> None:
    engine = await crawler(robots="ignore")
    await play(engine, "forbidden", rate=12, seconds=3)
    steps = engine.monitors["robots"].view().evidence
    assert "nobody has asked for its robots.txt" in cause_of(steps).text
    assert not [one for one in steps if one.kind == "read"]


async def test_what_was_read_before_it_was_disobeyed_has_the_time_of_the_hosts_log(
    crawler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await crawler()
    await play(engine, "forbidden", rate=12, seconds=3)
    rules_are_not_read(monkeypatch, engine)
    await play(engine, "forbidden", rate=12, seconds=3, seed=5)
    steps = engine.monitors["robots"].view().evidence
    asked = {one.at_ms / 1000 for one in engine.web.visits if one.path == "/robots.txt"}
    for one in steps:
        assert one.kind != "read" or one.t in asked


async def test_a_page_that_was_stored_twice_names_the_restart(crawler: Make) -> None:
    engine = await crawler(seen="memory")
    await engine.set_fault("seen", "restarts")
    await play(engine, "seeds", rate=12, seconds=3)
    assert cause_of(engine.monitors["stored"].view().evidence).t in engine.checker.forgotten_at


async def test_what_was_stolen_is_not_said_to_have_died_with_a_fetcher(
    crawler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await crawler()
    entries_are_stolen(monkeypatch, engine)
    await play(engine, "seeds", rate=20, seconds=4)
    cause = cause_of(engine.monitors["stored"].view().evidence)
    assert (cause.actor, cause.text) == ("frontier", "has it no more, and nobody has died since")


async def test_a_calendar_without_an_end_has_its_first_page_and_its_last(crawler: Make) -> None:
    engine = await crawler(guard="off")
    await play(engine, "calendar", rate=3, seconds=4)
    first, *_, last = engine.monitors["ends"].view().evidence
    assert first.text.endswith("the first")
    assert last.lost
    assert first.t < last.t
