"""Two thousand random requests, made from the server's own description of its API: never a 5xx but 503.

Two thirds of them name what earlier answers spoke of: the id of a hold, a cursor, a code, a token.
"""

from __future__ import annotations

import json
import urllib.request
from collections import defaultdict
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from sdlab.registry import designs
from tests.e2e.known import Known, lab_of, place_of

EACH = 5  # requests of one operation in a round, however many labs there are
SHARES = 2  # for two processes
CHANCE = 0.1  # of what could be done, how much may by chance not have been
ROUNDS = 3  # through all operations: what one answers with is used by those before it, too


@pytest.fixture(scope="session")
def operations(server_url: str) -> list:
    schema = schemathesis.openapi.from_url(f"{server_url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("share", range(SHARES))
def test_random_requests_are_answered_as_described(server_url: str, operations: list, share: int) -> None:
    room, known = _room(server_url), Known(operations)
    mine = [one for at, design in enumerate(_by_lab(operations)) if at % SHARES == share for one in design]
    asked = sum(_ask(one, server_url, room, EACH, known) for _ in range(ROUNDS) for one in mine)
    _quieten(server_url, room)
    lacking, shown = known.lacking(mine)
    assert len(lacking) <= len(shown) * CHANCE, lacking
    assert asked >= EACH * ROUNDS * len(mine) / 2


def _ask(operation: Any, server_url: str, room: str, most: int, known: Known) -> int:
    """Send it that many random requests; how many there were, since some operations have few that differ."""
    asked = 0
    look = _begins if "text/event-stream" in str(operation.definition.raw["responses"]) else _answers

    @settings(
        max_examples=most, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        case.headers = {**(case.headers or {}), "X-SDLab-Room": room}
        known.use(case, as_shown=asked == 1)  # once in each round
        look(case, server_url, known)

    ask()
    return asked


def _answers(case: Any, server_url: str, known: Known) -> None:
    answer = case.call(base_url=server_url)
    if answer.status_code < 400:
        known.answered.add(case.operation.label)
        if answer.headers.get("content-type", [""])[0].startswith("application/json") and answer.text:
            known.learn(case, answer.json())
    if answer.status_code != 503:
        checks = (not_a_server_error, status_code_conformance, content_type_conformance)
        case.validate_response(answer, checks=checks)


def _begins(case: Any, server_url: str, known: Known) -> None:
    """Look at the head of an answer that has no end: its status and type are as described."""
    with requests.request(**case.as_transport_kwargs(base_url=server_url), stream=True, timeout=10) as answer:
        if answer.status_code == 503:
            return
        assert answer.status_code < 500
        if answer.status_code < 400:
            known.answered.add(case.operation.label)
        described = case.operation.definition.raw["responses"].get(str(answer.status_code))
        assert described is not None, f"{answer.status_code} is not described"
        if described.get("content"):
            assert answer.headers["content-type"].partition(";")[0] in described["content"]


def _by_lab(operations: list) -> list[list]:
    """The operations of each lab together, in the order of its page, and those of the frame."""
    parts: dict[str, list] = defaultdict(list)
    for one in sorted(operations, key=place_of):
        parts[lab_of(one)].append(one)
    return list(parts.values())


def _quieten(server_url: str, room: str) -> None:
    for design in designs():
        for what in ("workload", "compare", "faults"):
            address = f"{server_url}/api/labs/{design.slug}/{what}"
            request = urllib.request.Request(address, method="DELETE", headers={"X-SDLab-Room": room})
            urllib.request.urlopen(request).close()


def _room(server_url: str) -> str:
    request = urllib.request.Request(f"{server_url}/api/rooms", method="POST")
    with urllib.request.urlopen(request) as answer:
        room: str = json.load(answer)["room"]
        return room
