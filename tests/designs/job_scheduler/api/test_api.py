"""The API: what is taken, what is given, what is refused."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.virtual_time
BASE = "/api/job-scheduler"
ANN, BOB = {"X-SDLab-User": "ann"}, {"X-SDLab-User": "bob"}


async def test_a_job_and_its_story(client: httpx.AsyncClient) -> None:
    body = {"callback": "/bin", "delay_s": 3600.0, "payload": "tea", "retry": {"policy": "none"}}
    made = await client.post(f"{BASE}/jobs", json=body, headers=ANN)
    assert made.status_code == 201
    job = made.json()
    assert (job["state"], job["policy"]) == ("scheduled", "none")
    assert (await client.get(f"{BASE}/jobs/{job['id']}", headers=BOB)).status_code == 404
    story = (await client.get(f"{BASE}/jobs/{job['id']}", headers=ANN)).json()
    assert [run["state"] for run in story["runs"]] == ["waiting"]
    assert (await client.delete(f"{BASE}/jobs/{job['id']}", headers=BOB)).status_code == 404
    assert (await client.delete(f"{BASE}/jobs/{job['id']}", headers=ANN)).status_code == 204
    assert (await client.delete(f"{BASE}/jobs/{job['id']}", headers=ANN)).status_code == 409


async def test_pages_and_states(client: httpx.AsyncClient) -> None:
    for delay in (100.0, 200.0, 300.0):
        await client.post(f"{BASE}/jobs", json={"callback": "/bin", "delay_s": delay}, headers=ANN)
    first = (await client.get(f"{BASE}/jobs?state=scheduled&limit=2", headers=ANN)).json()
    rest = (await client.get(f"{BASE}/jobs?limit=2&cursor={first['next_cursor']}", headers=ANN)).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    assert (await client.get(f"{BASE}/jobs?state=dead", headers=ANN)).json()["items"] == []
    assert (await client.get(f"{BASE}/jobs?state=odd", headers=ANN)).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"callback": "/bin"}, "run_at"),
        ({"callback": "/bin", "delay_s": 1.0, "cron": "* * * * *"}, "run_at"),
        ({"callback": "/elsewhere", "delay_s": 1.0}, "callback"),
        ({"callback": "http://127.0.0.1:8000/", "delay_s": 1.0}, "callback"),
        ({"callback": "http://localhost/", "delay_s": 1.0}, "callback"),
        ({"callback": "/bin", "cron": "* * * * * *"}, "cron"),
        ({"callback": "/bin", "cron": "0 0 30 2 *"}, "cron"),
        ({"callback": "/bin", "cron": "* * * * *", "zone": "Mars/Olympus"}, "zone"),
        ({"callback": "/bin", "run_at": "2026-01-01T00:00:00"}, "run_at"),
        ({"callback": "/bin", "run_at": "1999-01-01T00:00:00Z"}, "run_at"),
    ],
)
async def test_what_is_refused(client: httpx.AsyncClient, body: dict[str, object], field: str) -> None:
    answer = await client.post(f"{BASE}/jobs", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
