"""Tagging services over real stores, with few pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.tagging_service.config import Config
from designs.tagging_service.engine.engine import TaggingService
from tests.conftest import AtWork

Opener = Callable[..., Awaitable[TaggingService]]


@pytest.fixture
def service(at_work: AtWork) -> Opener:
    """`await service(room=..., **config)`: an engine that has started."""
    return at_work("tagging-service", TaggingService, Config)
