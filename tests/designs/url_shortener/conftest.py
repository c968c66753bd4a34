"""A shortener at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.url_shortener.config import Config
from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.inside.snapshot import build_snapshot
from designs.url_shortener.inside.views import Snapshot
from tests.conftest import AtWork


async def picture(engine: UrlShortener) -> Snapshot:
    """What a viewer sees now: everything is written, and the stores were just looked at."""
    await engine.clicks.flush()
    await engine.refresh_looks(now=True)
    return build_snapshot(engine)


MakeShortener = Callable[..., Awaitable[UrlShortener]]


@pytest.fixture
def shortener(at_work: AtWork) -> MakeShortener:
    """`await shortener(clock=..., quota=..., room=..., **config)`; naming a room twice re-opens it."""
    return at_work("url-shortener", UrlShortener, Config)
