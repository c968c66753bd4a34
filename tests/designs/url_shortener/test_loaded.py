"""Every claim holds by default on a busy machine, whatever the order in which things happen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.url_shortener.engine.engine import UrlShortener
from tests.conftest import MakeRoom
from tests.loaded import default_claims

pytestmark = pytest.mark.virtual_time
SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_claim_holds_by_default(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for claim, verdict in (await default_claims(make_room, "url-shortener", seed, monkeypatch)).items():
        assert verdict.checked > 0, claim
        assert verdict.violations == 0, verdict


CHANGES = (
    {"shards": 5, "cache_size": 20},
    {"generator": "snowflake", "replicas": 2, "bloom_capacity": 500},
    {"generator": "token_range", "placement": "modulo", "one_to_one": "index", "code_length": 5},
)


async def change(engine: UrlShortener, number: int) -> None:
    """Other answers in the middle of the traffic, none of which removes a protection."""
    await engine.configure(replace(engine.config, **CHANGES[number]))


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_claim_holds_while_answers_change(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    verdicts = await default_claims(make_room, "url-shortener", seed, monkeypatch, between=change)
    for verdict in verdicts.values():
        assert verdict.violations == 0, verdict
