"""The control API that every lab has: what it answers, and what it refuses, in every lab."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from sdlab.api.problems import MEDIA_TYPE
from sdlab.lab import Design
from sdlab.registry import design, designs
from sdlab.rooms.lab import RunningLab

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)


def refused(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body: dict = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert "Traceback" not in answer.text
    return body


async def test_health_tells_of_the_stores(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/health")).json()
    assert body["status"] == "ok"
    assert all(body[part]["ms"] >= 0 for part in ("store", "database", "blobs"))


async def test_all_labs_are_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/labs")).json()
    assert [one["slug"] for one in listed] == [design.slug for design in designs()]


@ALL
async def test_a_lab_is_described_as_its_design_says(client: httpx.AsyncClient, design: Design) -> None:
    body = (await client.get(f"/api/labs/{design.slug}")).json()
    assert [one["id"] for one in body["toggles"]] == [toggle.id for toggle in design.toggles]
    assert [one["id"] for one in body["knobs"]] == [knob.id for knob in design.knobs]
    assert [one["id"] for one in body["workloads"]] == [workload.id for workload in design.workloads]
    assert [one["id"] for one in body["invariants"]] == [claim.id for claim in design.engine.claims]
    assert all(one["faults"] or one["kind"] for one in body["nodes"])


@ALL
async def test_a_toggle_and_a_knob_show_in_the_snapshot(client: httpx.AsyncClient, design: Design) -> None:
    toggle = design.toggles[0]
    other = next(option.id for option in toggle.options if option.id != toggle.default)
    knob = design.knobs[0]
    change = {"toggles": {toggle.id: other}, "knobs": {knob.id: knob.maximum}}
    answer = await client.patch(f"/api/labs/{design.slug}/config", json=change)
    assert answer.status_code == 200, answer.text
    config = (await client.get(f"/api/labs/{design.slug}/snapshot")).json()["snapshot"]["config"]
    assert config[toggle.id] == other
    assert config[knob.id] == knob.maximum


@ALL
async def test_one_bad_answer_changes_nothing(client: httpx.AsyncClient, design: Design) -> None:
    toggle, knob = design.toggles[0], design.knobs[0]
    other = next(option.id for option in toggle.options if option.id != toggle.default)
    path = f"/api/labs/{design.slug}/config"
    for change in (
        {"toggles": {toggle.id: other, "nonsense": "x"}},
        {"toggles": {toggle.id: "nonsense"}},
        {"knobs": {knob.id: knob.maximum + 1}},
        {"knobs": {knob.id: "many"}},
        {"toggles": {toggle.id: other}, "knobs": {knob.id: knob.minimum - 1}},
        {"unknown": {}},
        {"toggles": {toggle.id: {"nested": 1}}},
    ):
        refused(await client.patch(path, json=change), 422)
    config = (await client.get(f"/api/labs/{design.slug}/snapshot")).json()["snapshot"]["config"]
    assert config[toggle.id] == toggle.default


@ALL
async def test_traffic_starts_and_stops(client: httpx.AsyncClient, design: Design) -> None:
    path = f"/api/labs/{design.slug}/workload"
    started = await client.post(path, json={"name": design.workloads[0].id, "rate": 50, "seed": 3})
    assert started.status_code == 200, started.text
    assert started.json()["running"]
    assert started.json()["seed"] == 3
    stopped = await client.request("DELETE", path)
    assert not stopped.json()["running"]


@ALL
async def test_a_bad_workload_is_refused(client: httpx.AsyncClient, design: Design) -> None:
    path, name = f"/api/labs/{design.slug}/workload", design.workloads[0].id
    refused(await client.post(path, json={"name": "nonsense"}), 404)
    for bad in ({"rate": 0}, {"rate": -1}, {"rate": 1e9}, {"seed": -1}, {"seconds": -1}, {"seconds": 1e9}):
        refused(await client.post(path, json={"name": name, **bad}), 422)
    refused(await client.post(path, content=b"{", headers={"Content-Type": "application/json"}), 400)


@ALL
async def test_every_fault_of_every_node_can_be_set_and_undone(
    client: httpx.AsyncClient, design: Design
) -> None:
    path = f"/api/labs/{design.slug}/faults"
    await client.get(f"/api/labs/{design.slug}/snapshot")
    for node in design.engine.plan(design.config()):
        for fault in node.faults:
            answer = await client.post(path, json={"node": node.id, "kind": fault.kind})
            assert answer.status_code == 200, answer.text
            lasting = [(one["node"], one["kind"]) for one in answer.json()["faults"]]
            assert ((node.id, fault.kind) in lasting) is not fault.momentary
            undone = await client.request("DELETE", path, json={"node": node.id, "kind": fault.kind})
            assert undone.json()["faults"] == []


@ALL
async def test_a_bad_fault_is_refused(client: httpx.AsyncClient, design: Design) -> None:
    path = f"/api/labs/{design.slug}/faults"
    node = next(spec for spec in design.engine.plan(design.config()) if spec.faults)
    refused(await client.post(path, json={"node": "nobody", "kind": "down"}), 404)
    refused(await client.post(path, json={"node": node.id, "kind": "nonsense"}), 422)
    refused(await client.post(path, json={"node": node.id}), 422)
    refused(await client.request("DELETE", path, json={"node": "nobody"}), 404)


@ALL
async def test_invariants_and_restart(client: httpx.AsyncClient, design: Design) -> None:
    verdicts = (await client.get(f"/api/labs/{design.slug}/invariants")).json()
    assert {"id", "claim", "holds", "checked", "violations", "evidence"} <= set(verdicts[0])
    assert (await client.post(f"/api/labs/{design.slug}/restart", json={"seed": 5})).json() == {"seed": 5}
    assert (await client.post(f"/api/labs/{design.slug}/restart")).json() == {"seed": 5}
    refused(await client.post(f"/api/labs/{design.slug}/restart", json={"seed": -5}), 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/labs/nonsense", 404),
        ("GET", "/api/labs/nonsense/snapshot", 404),
        ("PATCH", "/api/labs/nonsense/config", 404),
        ("GET", "/api/nothing/here", 404),
        ("GET", "/api", 404),
        ("PUT", "/api/labs", 405),
        ("GET", "/api/rooms", 405),
        ("DELETE", "/api/health", 405),
    ],
)
async def test_unknown_paths_and_methods_are_problems(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, json={} if method == "PATCH" else None)
    refused(answer, status)
    assert (status == 405) == ("allow" in answer.headers)


@ALL
async def test_a_room_that_was_not_made_here_is_not_found(client: httpx.AsyncClient, design: Design) -> None:
    for bad in ("x", "a" * 24, "../public"):
        refused(await client.get(f"/api/labs/{design.slug}/snapshot", params={"room": bad}), 404)
    refused(await client.get(f"/api/labs/{design.slug}/snapshot", params={"room": "a" * 65}), 422)


@ALL
async def test_rooms_have_configurations_of_their_own(client: httpx.AsyncClient, design: Design) -> None:
    toggle = design.toggles[0]
    other = next(option.id for option in toggle.options if option.id != toggle.default)
    await client.patch(f"/api/labs/{design.slug}/config", json={"toggles": {toggle.id: other}})
    room = (await client.post("/api/rooms")).json()["room"]
    body = (await client.get(f"/api/labs/{design.slug}/snapshot", params={"room": room})).json()
    assert body["snapshot"]["config"][toggle.id] == toggle.default


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    refused(await client.post("/api/rooms", content=b"x" * (1024 * 1024 + 1)), 413)


@ALL
async def test_many_callers_open_one_lab_once(
    client: httpx.AsyncClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[RunningLab] = []
    usual = RunningLab.open

    async def counted(lab: RunningLab) -> None:
        opened.append(lab)
        await usual(lab)

    monkeypatch.setattr(RunningLab, "open", counted)
    answers = await asyncio.gather(*[client.get(f"/api/labs/{design.slug}/snapshot") for _ in range(20)])
    assert {one.status_code for one in answers} == {200}
    assert len(opened) == 1


async def test_the_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert "https://" not in page.replace("https://fastapi", "")
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "/api/labs/{slug}/snapshot" in paths


async def test_a_prepared_comparison_runs_by_its_name(client: httpx.AsyncClient) -> None:
    prepared = design("url-shortener").comparisons[0]
    started = await client.post(f"/api/labs/url-shortener/compare/{prepared.id}")
    assert started.status_code == 200
    body = started.json()
    assert (body["prepared"], body["answer"]) == (prepared.id, prepared.answer)
    assert [one["name"] for one in body["variants"]] == [one.name for one in prepared.alternatives]
    assert (await client.delete("/api/labs/url-shortener/compare")).status_code == 204
    unknown = await client.post("/api/labs/url-shortener/compare/nothing")
    assert unknown.status_code == 404
