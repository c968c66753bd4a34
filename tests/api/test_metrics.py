"""What the server measures of itself: there after each kind of work, for the operator alone, without visitors' words."""

from __future__ import annotations

import json
import logging
import re

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from sdlab.api.measured import Measured
from sdlab.metrics import REGISTRY, CountsLines, count_lines
from sdlab.rooms.manager import RoomManager
from sdlab.settings import ROOT, settings

NAMES = re.compile(r"\b(?:sdlab|process)_\w+")


def caller(application: FastAPI, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def samples(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    """By name and the values of its labels."""
    answer = await client.get("/api/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_work_is_counted_where_it_was_done(application: FastAPI, manager: RoomManager) -> None:
    async with caller(application) as client:
        before = await samples(client)
        room = (await client.post("/api/rooms")).json()["room"]
        made = await client.post(
            f"/api/url-shortener/shorturl/generate?room={room}",
            json={"url": "https://example.org/hidden-word"},
        )
        assert made.status_code == 200, made.text
        assert (await client.get("/api/nowhere-of-a-visitor")).status_code == 404
        now = await samples(client)
        text = (await client.get("/api/metrics")).text
    grown = {key for key, value in now.items() if value > before.get(key, 0.0)}
    assert ("sdlab_http_seconds_count", "2xx", "url-shortener") in grown
    assert ("sdlab_http_seconds_count", "4xx", "other") in grown
    assert ("sdlab_store_seconds_count", "valkey") in grown
    assert ("sdlab_store_seconds_count", "sql write") in grown
    assert now["sdlab_open_labs", "url-shortener"] == 1
    assert now["sdlab_rooms",] == 1
    for said in (room, "hidden-word", "nowhere-of-a-visitor"):
        assert said not in text


@pytest.mark.parametrize(
    ("token", "address", "shown", "status"),
    [
        ("", "127.0.0.1", "", 200),
        ("", "::1", "", 200),
        ("", "203.0.113.7", "", 403),
        ("", "203.0.113.7", "Bearer ", 403),
        ("sesame", "127.0.0.1", "", 403),
        ("sesame", "203.0.113.7", "Bearer sesame", 200),
        ("sesame", "203.0.113.7", "Bearer sesam\u00e9", 403),
        ("sesame", "203.0.113.7", "Bearer", 403),
    ],
)
async def test_figures_are_for_the_operator(
    application: FastAPI,
    manager: RoomManager,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    address: str,
    shown: str,
    status: int,
) -> None:
    monkeypatch.setattr(settings(), "metrics_token", token)
    headers = {b"Authorization": shown.encode()} if shown else {}
    async with caller(application, address=address) as client:
        assert (await client.get("/api/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
async def test_a_proxy_on_this_machine_is_not_the_operator(
    application: FastAPI, manager: RoomManager, header: str
) -> None:
    async with caller(application) as client:
        assert (await client.get("/api/metrics", headers={header: "203.0.113.7"})).status_code == 403


async def test_an_application_that_does_not_answer_is_counted_as_an_error() -> None:
    async def fails(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("no answer")

    def errors() -> float:
        return (
            REGISTRY.get_sample_value("sdlab_http_seconds_count", {"part": "pages", "status": "5xx"}) or 0.0
        )

    before = errors()
    with pytest.raises(RuntimeError):
        async with caller(Measured(fails)) as client:  # type: ignore[arg-type]
            await client.get("/")
    assert errors() == before + 1


async def test_every_line_of_the_log_is_counted_once(application: FastAPI, manager: RoomManager) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    count_lines()
    count_lines()
    try:
        async with caller(application) as client:
            was = (await samples(client)).get(("sdlab_logged_total", "error"), 0.0)
            for _ in range(3):
                logging.getLogger("sdlab.test").error("something")
            assert (await samples(client))["sdlab_logged_total", "error"] == was + 3
    finally:
        for handler in [one for one in root.handlers if isinstance(one, CountsLines) and one not in before]:
            root.removeHandler(handler)


async def test_the_dashboard_asks_for_what_there_is(application: FastAPI, manager: RoomManager) -> None:
    board = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in NAMES.findall(target["expr"])
    }
    async with caller(application) as client:
        told = {
            line.split()[2]
            for line in (await client.get("/api/metrics")).text.splitlines()
            if line[:7] == "# HELP "
        }
    families = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in asked}
    assert len(board["panels"]) >= 8
    assert families - told == set()
