"""Two thousand random requests, made from the server's own description of its API: never a 5xx but 503."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from sdlab.registry import designs

REQUESTS = 2000
SHARES = 2  # for two processes


@pytest.fixture(scope="session")
def operations(server_url: str) -> list:
    schema = schemathesis.openapi.from_url(f"{server_url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("share", range(SHARES))
def test_random_requests_are_answered_as_described(server_url: str, operations: list, share: int) -> None:
    each = REQUESTS // len(operations) + 1
    room = _room(server_url)
    mine = operations[share::SHARES]
    asked = sum(_ask(operation, server_url, room, each) for operation in mine)
    _quieten(server_url, room)
    assert asked >= REQUESTS / SHARES * 0.9


def _ask(operation: Any, server_url: str, room: str, most: int) -> int:
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
        look(case, server_url, operation)

    ask()
    return asked


def _answers(case: Any, server_url: str, operation: Any) -> None:
    answer = case.call(base_url=server_url)
    if answer.status_code != 503:
        checks = (not_a_server_error, status_code_conformance, content_type_conformance)
        case.validate_response(answer, checks=checks)


def _begins(case: Any, server_url: str, operation: Any) -> None:
    """Look at the head of an answer that has no end: its status and type are as described."""
    with requests.request(**case.as_transport_kwargs(base_url=server_url), stream=True, timeout=10) as answer:
        if answer.status_code == 503:
            return
        assert answer.status_code < 500
        described = operation.definition.raw["responses"].get(str(answer.status_code))
        assert described is not None, f"{answer.status_code} is not described"
        if described.get("content"):
            assert answer.headers["content-type"].partition(";")[0] in described["content"]


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
