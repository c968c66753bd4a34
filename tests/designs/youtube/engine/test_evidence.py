"""Evidence says what was seen to happen, and panels what lies in the store."""

from __future__ import annotations

import pytest

from designs.youtube.inside.snapshot import build_snapshot
from sdlab.lab import EvidenceView
from tests.designs.youtube.conftest import Make, play
from tests.designs.youtube.test_sabotage import chunks_are_changed, manifests_repeat, rows_are_pending_again

pytestmark = pytest.mark.virtual_time


def cause_of(steps: tuple[EvidenceView, ...]) -> EvidenceView:
    """The one cause."""
    (cause,) = (one for one in steps if one.kind == "cause")
    return cause


async def test_a_chunk_that_was_changed_in_the_store_is_not_laid_at_the_networks_door(
    youtube: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await youtube()
    chunks_are_changed(monkeypatch, engine)
    await play(engine, "uploads", rate=8, seconds=2)
    assert cause_of(engine.monitors["bytes"].view().evidence).text == (
        "has other bytes now than those that it took"
    )


async def test_a_line_that_somebody_wrote_again_is_no_transcoders_doing(
    youtube: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await youtube()
    manifests_repeat(monkeypatch, engine)
    await play(engine, "uploads", rate=8, seconds=2)
    steps = engine.monitors["once"].view().evidence
    assert cause_of(steps).actor == "manifest"
    assert not [one for one in steps if one.actor == "a player"]


async def test_a_chunk_that_is_sent_again_names_a_broken_connection_only_where_one_broke(
    youtube: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await youtube()
    rows_are_pending_again(monkeypatch, engine)
    await play(engine, "uploads", rate=8, seconds=2)
    assert cause_of(engine.monitors["resume"].view().evidence).actor == "metadata"


async def test_a_segment_that_is_gone_from_the_store_is_missing_in_the_manifests_panel(youtube: Make) -> None:
    engine = await youtube()
    await engine.refresh_looks(now=True)
    await engine.refresh_looks(now=True)
    before = build_snapshot(engine).manifest
    assert before.stored == before.named > 0
    video = engine.reader.rows.last.listed
    assert video is not None
    rows = await engine.catalogue.segments(video, source="app")
    await engine.store.delete(rows[0].object)
    await engine.refresh_looks(now=True)
    after = build_snapshot(engine).manifest
    assert after.stored == before.stored - 1
