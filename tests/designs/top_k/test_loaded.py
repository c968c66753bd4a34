"""Every claim holds by default on a busy machine, and in every picture, whatever the order in which things happen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.top_k.engine.engine import TopK
from designs.top_k.inside.snapshot import build_snapshot
from tests.conftest import MakeRoom
from tests.loaded import default_claims

pytestmark = pytest.mark.virtual_time
SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_claim_holds_by_default(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for claim, verdict in (await default_claims(make_room, "top-k", seed, monkeypatch)).items():
        assert verdict.checked > 0, claim
        assert verdict.violations == 0, verdict


CHANGES = (
    {"counting": "random", "sliding": "ring_6", "hosts": 4},
    {"counting": "partitioned", "width": 64, "hosts": 5, "replicas": 3},
    {"counting": "batch", "flush_s": 1},
)


async def change(engine: TopK, number: int) -> None:
    """Other answers in the middle of the traffic, none of which removes a protection."""
    await engine.configure(replace(engine.config, **CHANGES[number]))


@pytest.mark.parametrize("seed", range(8))
async def test_every_claim_holds_while_answers_change(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    verdicts = await default_claims(make_room, "top-k", seed, monkeypatch, between=change)
    for verdict in verdicts.values():
        assert verdict.violations == 0, verdict


async def frames(engine: TopK, number: int) -> None:
    """In every frame of a second, errors have the sign that they must have."""
    await engine.configure(replace(engine.config, counting=("partitioned", "sketch", "one_host")[number]))
    for _ in range(20):
        await engine.clock.sleep(0.05)
        shown = build_snapshot(engine)
        assert shown.sketch.on
        assert shown.sketch.under == 0
        assert all(point.error >= 0 for point in shown.sketch.points)
        for board in (shown.boards.minute, shown.boards.five, shown.boards.hour):
            errors = [one.error for one in board.ranks if one.id]
            assert board.exact or all(error >= 0 for error in errors)
            assert not board.exact or board.partial or board.max_error in (None, 0), board


@pytest.mark.parametrize("seed", SEEDS)
async def test_p3_answer_sketch_and_truth_are_of_one_cut(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    verdicts = await default_claims(make_room, "top-k", seed, monkeypatch, between=frames)
    assert verdicts["sketch_never_under"].violations == 0
