"""Tinder at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.tinder.engine.engine import Config, Tinder
from tests.conftest import AtWork

MakeTinder = Callable[..., Awaitable[Tinder]]


@pytest.fixture
def tinder(at_work: AtWork) -> MakeTinder:
    """`await tinder(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    return at_work("tinder", Tinder, Config)
