"""Twitter over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.twitter.config import Config
from designs.twitter.engine.engine import Twitter
from tests.conftest import AtWork

Opener = Callable[..., Awaitable[Twitter]]


@pytest.fixture
def opener(at_work: AtWork) -> Opener:
    """`await opener(search="scan", ...)`: a room with those answers."""
    return at_work("twitter", Twitter, Config)
