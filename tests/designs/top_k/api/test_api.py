"""Every row of top-k's API with every status, and bad input of each parameter."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from designs.top_k.engine.strategies import COUNTINGS
from sdlab.api.problems import MEDIA_TYPE

API = "/api/top-k/v1"
LAB = "/api/labs/top-k"


async def view(client: httpx.AsyncClient, video: str = "v1") -> dict[str, Any]:
    answer = await client.post(f"{API}/views", json={"video_id": video})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def top(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"{API}/top-videos", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def choose(client: httpx.AsyncClient, *, knobs: dict[str, float] | None = None, **toggles: str) -> None:
    answer = await client.patch(f"{LAB}/config", json={"toggles": toggles, "knobs": knobs or {}})
    assert answer.status_code == 200, answer.text


def is_problem(answer: httpx.Response, status: int, *, field: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    if field:
        assert field in problem["field"]


async def test_a_view_is_accepted_with_an_id_and_counted(client: httpx.AsyncClient) -> None:
    first, second = await view(client), await view(client)
    assert set(first) == {"view_id", "video_id", "at", "views"}
    assert first["view_id"] != second["view_id"]
    assert (first["views"], second["views"]) == (1, 2)
    assert first["at"].endswith("Z")


@pytest.mark.parametrize("counting", [name for name, one in COUNTINGS.items() if one.on_hosts])
@pytest.mark.parametrize("window", ["1m", "5m", "1h"])
async def test_the_most_viewed_come_first(client: httpx.AsyncClient, counting: str, window: str) -> None:
    await choose(client, counting=counting)
    for video in ("v2", "v1", "v2", "v3", "v2", "v1"):
        await view(client, video)
    found = await top(client, window=window, k=2)
    assert found["window"] == window
    assert found["k"] == 2
    assert [(one["rank"], one["video_id"], one["views"]) for one in found["items"]] == [
        (1, "v2", 3),
        (2, "v1", 2),
    ]
    assert found["items"][0]["title"] == "Sourdough in one pot"
    assert found["method"] == ("estimated" if counting == "sketch" else "exact")
    assert (found["error_bound"] > 0) == (counting == "sketch") == (found["error_chance"] > 0)
    assert found["missing_slots"] == 0


async def test_nothing_viewed_is_an_empty_list(client: httpx.AsyncClient) -> None:
    found = await top(client)
    assert (found["items"], found["window"], found["k"]) == ([], "1m", 10)


async def test_ids_that_are_in_no_catalogue_count_too(client: httpx.AsyncClient) -> None:
    await view(client, "My_own-video")
    assert (await top(client))["items"][0]["title"] == "My_own-video"


BAD = ["", "a b", "x" * 41, "ä", "a/b", None, 5, ["v1"], {"a": 1}, True]


@pytest.mark.parametrize("video", BAD)
async def test_what_cannot_be_an_id_is_refused(client: httpx.AsyncClient, video: object) -> None:
    is_problem(await client.post(f"{API}/views", json={"video_id": video}), 422, field="video_id")
    assert (await top(client))["items"] == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"{", 400), (b"[]", 422), (b"null", 422), (b"{}", 422), (b"\xff", 400)],
)
async def test_a_body_that_is_none_is_refused(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    answer = await client.post(f"{API}/views", content=content, headers={"content-type": "application/json"})
    is_problem(answer, status)


async def test_an_unknown_field_is_refused(client: httpx.AsyncClient) -> None:
    is_problem(await client.post(f"{API}/views", json={"video_id": "v1", "count": 5}), 422, field="count")


@pytest.mark.parametrize("window", ["5h", "10m", "", "1M", "60", "1m,5m"])
async def test_another_window_is_refused(client: httpx.AsyncClient, window: str) -> None:
    is_problem(await client.get(f"{API}/top-videos", params={"window": window}), 422, field="window")


@pytest.mark.parametrize("k", ["0", "-1", "101", "x", "", "1.5", "1e9", "99999999999999999999"])
async def test_another_k_is_refused(client: httpx.AsyncClient, k: str) -> None:
    is_problem(await client.get(f"{API}/top-videos", params={"k": k}), 422, field="k")


async def test_other_methods_and_paths_are_problems(client: httpx.AsyncClient) -> None:
    is_problem(await client.get(f"{API}/views"), 405)
    is_problem(await client.delete(f"{API}/top-videos"), 405)
    is_problem(await client.get(f"{API}/top-videoes"), 404)


async def test_a_room_that_is_none_is_not_found(client: httpx.AsyncClient) -> None:
    is_problem(await client.get(f"{API}/top-videos", params={"room": "nobody"}), 404)


async def test_a_dead_host_is_left_out_and_said_so(client: httpx.AsyncClient) -> None:
    await choose(client, counting="partitioned", knobs={"replicas": 1, "hosts": 2})
    for number in range(20):
        await view(client, f"v{number}")
    await client.post(f"{LAB}/faults", json={"node": "host-0", "kind": "down"})
    found = await top(client, k=50)
    assert 0 < found["missing_slots"] < found["slots"] == 32
    assert 0 < len(found["items"]) < 20
    answers = [await client.post(f"{API}/views", json={"video_id": f"v{n}"}) for n in range(20)]
    refused = [one for one in answers if one.status_code == 503]
    assert refused
    assert len(refused) == 20 - len(found["items"])
    is_problem(refused[0], 503)
    assert int(refused[0].headers["retry-after"]) > 0


async def test_nobody_left_is_unavailable(client: httpx.AsyncClient) -> None:
    await choose(client, counting="one_host", knobs={"replicas": 1})
    await view(client)
    await client.post(f"{LAB}/faults", json={"node": "host-0", "kind": "down"})
    is_problem(await client.get(f"{API}/top-videos"), 503)
    is_problem(await client.post(f"{API}/views", json={"video_id": "v1"}), 503)


async def test_rooms_count_apart(client: httpx.AsyncClient) -> None:
    await view(client)
    other = (await client.post("/api/rooms")).json()["room"]
    answer = await client.get(f"{API}/top-videos", headers={"X-SDLab-Room": other})
    assert answer.json()["items"] == []
