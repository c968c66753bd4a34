"""Tinder at work over real stores, and what its users do by hand or by an app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

import pytest

from designs.tinder.config import Config
from designs.tinder.engine.engine import SwipeResult, Tinder
from designs.tinder.engine.people import Profile
from designs.tinder.engine.refill import Refill
from sdlab.lab import as_user
from tests.conftest import AtWork

MakeTinder = Callable[..., Awaitable[Tinder]]


@pytest.fixture
def tinder(at_work: AtWork) -> MakeTinder:
    """`await tinder(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    return at_work("tinder", Tinder, Config)


async def refill(
    engine: Tinder, user: str = "visitor", *, held: Collection[str] = (), by_hand: bool = True
) -> Refill:
    """Cards for somebody."""
    return await as_user(user, engine.refill(held=held), by_hand=by_hand)


async def swipe(
    engine: Tinder, user: str, target: str, *, like: bool, mark: str = "", by_hand: bool = True
) -> SwipeResult:
    """Somebody swipes."""
    return await as_user(user, engine.swipe(target, like=like, mark=mark), by_hand=by_hand)


async def put_profile(engine: Tinder, user: str, changes: dict[str, Any]) -> Profile:
    """Somebody changes their profile."""
    return await as_user(user, engine.put_profile(changes))
