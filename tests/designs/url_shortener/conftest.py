"""A shortener at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.url_shortener.config import Config
from designs.url_shortener.engine.engine import UrlShortener
from tests.conftest import AtWork

MakeShortener = Callable[..., Awaitable[UrlShortener]]


@pytest.fixture
def shortener(at_work: AtWork) -> MakeShortener:
    """`await shortener(clock=..., quota=..., room=..., **config)`; naming a room twice re-opens it."""
    return at_work("url-shortener", UrlShortener, Config)
