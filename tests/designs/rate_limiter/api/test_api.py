"""The endpoints: statuses, headers, ranges."""

from __future__ import annotations

import httpx
import pytest

RULE = {"algorithm": "sliding_log", "limit": 2, "window_s": 10, "burst": 1}


async def test_both_answers_carry_the_state_of_the_allowance(client: httpx.AsyncClient) -> None:
    assert (await client.put("/api/rate-limiter/rules", json=RULE)).json() == RULE
    first, second, third = [await client.get("/api/rate-limiter/check?client=ana") for _ in range(3)]
    assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
    assert [one.headers["RateLimit-Remaining"] for one in (first, second, third)] == ["1", "0", "0"]
    assert {one.headers["RateLimit-Limit"] for one in (first, second, third)} == {"2"}
    assert 1 <= int(third.headers["RateLimit-Reset"]) <= 10
    assert 1 <= int(third.headers["Retry-After"]) <= 10
    assert "Retry-After" not in second.headers
    assert third.headers["content-type"] == "application/problem+json"
    assert third.json()["detail"].startswith("2 of 2 in the last 10 s, room for one more in")
    assert third.json()["refused_by"] == "client"
    assert first.json()["counted_as"] == "user:ana"


async def test_a_request_may_choose_its_algorithm(client: httpx.AsyncClient) -> None:
    said = await client.get("/api/rate-limiter/check?client=ana&algorithm=leaky_bucket")
    assert said.json()["algorithm"] == "leaky_bucket"
    refused = await client.get("/api/rate-limiter/check?client=ana&algorithm=magic")
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": 2.5},
        {"limit": "2"},
        {"limit": True},
        {"window_s": 0},
        {"window_s": 61},
        {"burst": 0},
        {"burst": 1001},
        {"algorithm": "magic"},
        {"algorithm": None},
        {"colour": "red"},
    ],
)
async def test_a_rule_out_of_range_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, change: dict
) -> None:
    before = (await client.get("/api/rate-limiter/rules")).json()
    answer = await client.put("/api/rate-limiter/rules", json={**RULE, **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/api/rate-limiter/rules")).json() == before


@pytest.mark.parametrize("query", ["", "?client=", "?client=a%20b", "?client=" + "x" * 41, "?client=%C3%A4"])
async def test_a_client_must_have_a_name(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/api/rate-limiter/check{query}")).status_code == 422


async def test_a_rule_that_is_no_json_is_a_400(client: httpx.AsyncClient) -> None:
    answer = await client.put(
        "/api/rate-limiter/rules", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


async def test_failing_closed_is_a_503_that_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    set_ = await client.post("/api/labs/rate-limiter/faults", json={"node": "redis", "kind": "down"})
    assert set_.is_success, set_.text
    answer = await client.get("/api/rate-limiter/check?client=ana")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    await client.patch("/api/labs/rate-limiter/config", json={"toggles": {"on_failure": "open"}})
    passed = await client.get("/api/rate-limiter/check?client=ana")
    assert passed.status_code == 200
    assert "RateLimit-Remaining" not in passed.headers


async def test_the_rule_is_what_the_page_shows(client: httpx.AsyncClient) -> None:
    await client.put("/api/rate-limiter/rules", json=RULE)
    config = (await client.patch("/api/labs/rate-limiter/config", json={})).json()["config"]
    assert {name: config[name] for name in RULE} == RULE
