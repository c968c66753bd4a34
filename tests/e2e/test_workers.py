"""With several workers: what a page does reaches the one that has its room, also in the room of a class."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdlab.launcher.server import running_server
from sdlab.launcher.testing import LIMITS
from tests.e2e.test_classes import (  # noqa: F401 - the same again, in this mode
    leader,
    test_followers_go_where_the_class_goes,
    test_only_the_leader_drives_until_everyone_may_click,
)
from tests.e2e.test_exercises import test_an_exercise_from_its_beginning_to_its_end  # noqa: F401
from tests.e2e.test_socket import (  # noqa: F401
    test_a_viewer_who_says_nonsense_is_sent_away,
    test_more_rooms_travel_on_the_same_socket,
)
from tests.e2e.test_url_shortener import (  # noqa: F401 - a whole lab, in this mode
    target,
    test_a_link_is_made_opened_and_counted,
    test_each_switch_changes_its_panel,
)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two of them."""
    with running_server(tmp_path_factory.mktemp("workers"), env=LIMITS, workers=2) as server:
        yield server.url
