"""What breaks a claim behind the engine leaves no record: its evidence says that the cause is not known."""

from __future__ import annotations

import importlib

import pytest

from sdlab.lab import InvariantView
from sdlab.registry import design as design_of
from sdlab.registry import designs
from tests.sabotage import MakeRoom, Sabotage, run_sabotage

UNKNOWN = "is not known"
KNOWN = {one.slug for one in designs()}  # a project of one's own may have none of these
# Claims whose evidence has a cause, and the sabotage of which is nothing that a part of the lab records.
UNRECORDED = (
    ("job-scheduler", "owner"),
    ("job-scheduler", "once"),
    ("job-scheduler", "run"),
    ("stock-alerts", "fires"),
    ("stock-alerts", "once"),
    ("stock-alerts", "crossed"),
    ("url-shortener", "acknowledged_found"),
    ("tagging-service", "one_answer"),
    ("tweet-search", "first_page"),
    ("tweet-search", "pages"),
    ("local-delivery", "whole"),
    ("local-delivery", "comes_back"),
    ("ad-click-aggregator", "totals"),
    ("rate-limiter", "nothing_unchecked"),
    ("yelp", "fresh"),
)

# And one whose sabotage has no effect but after a fault that the traffic sets: that is recorded, with its time.
RECORDED = (("twitter", "survive", "was restarted, nothing persisted"),)


async def _broken(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, slug: str, claim: str
) -> InvariantView:
    beside = importlib.import_module(f"tests.designs.{design_of(slug).folder.name}.test_sabotage")
    sabotage: Sabotage = beside.SABOTAGES[claim]
    verdict = await run_sabotage(make_room, slug, claim, sabotage, monkeypatch)
    assert verdict.violations
    return verdict


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    ("slug", "claim"), [one for one in UNRECORDED if one[0] in KNOWN], ids=lambda one: one
)
async def test_a_cause_that_nobody_saw_is_not_named(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, slug: str, claim: str
) -> None:
    verdict = await _broken(make_room, monkeypatch, slug, claim)
    named = [one.text for one in verdict.evidence if one.kind == "cause" and "time is over" not in one.text]
    assert set(named) <= {UNKNOWN}


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    ("slug", "claim", "cause"), [one for one in RECORDED if one[0] in KNOWN], ids=lambda one: one
)
async def test_a_cause_that_was_recorded_is_named(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, slug: str, claim: str, cause: str
) -> None:
    verdict = await _broken(make_room, monkeypatch, slug, claim)
    assert cause in [one.text for one in verdict.evidence if one.kind == "cause"]
