"""Spans that a collector gets: calls, requests of labs below them, hops below these; and nothing of a visitor's."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sdlab import telemetry
from sdlab.api.server import build_api
from sdlab.lab.trace import finished
from sdlab.settings import settings
from tests.machine import budget

CALLER = "0af7651916cd43dd8448eb211c80319c"
SECRET = "my-own-words"


class Collector(ThreadingHTTPServer):
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resource: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), _Takes)

    def keep(self, body: bytes) -> None:
        for one in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = {entry.key: entry.value.string_value for entry in one.resource.attributes}
            self.spans += [span for scope in one.scope_spans for span in scope.spans]


class _Takes(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.server.keep(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as one:
        serving = threading.Thread(target=one.serve_forever)
        serving.start()
        yield one
        one.shutdown()
        serving.join(budget(5))


@pytest.fixture
async def traced(
    manager: object, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that sends to the collector."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}/")
    settings.cache_clear()
    telemetry.begin(settings().otel_endpoint)
    transport = httpx.ASGITransport(app=build_api(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        yield one
    await telemetry.end()
    settings.cache_clear()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


async def test_a_call_its_request_and_its_hops_are_one_trace(
    traced: httpx.AsyncClient, collector: Collector
) -> None:
    room = (await traced.post("/api/rooms")).json()["room"]
    answer = await traced.post(
        "/api/url-shortener/shorturl/generate",
        json={"url": f"https://example.com/{SECRET}"},
        headers={"X-SDLab-Room": room, "traceparent": f"00-{CALLER}-b7ad6b7169203331-01"},
    )
    assert answer.status_code == 200, answer.text
    await telemetry.end()
    assert collector.resource["service.name"] == "sdlab"
    mine = [one for one in collector.spans if one.trace_id.hex() == CALLER]
    call = next(one for one in mine if one.parent_span_id.hex() == "b7ad6b7169203331")
    assert call.name == "POST /api/url-shortener/shorturl/generate"
    assert attributes(call)["http.response.status_code"] == 200
    request = next(one for one in mine if one.parent_span_id == call.span_id)
    assert attributes(request)["sdlab.lab"] == "url-shortener"
    assert attributes(request)["sdlab.outcome"] in ("ok", "miss")  # a part on its way may have had nothing
    hops = [one for one in mine if one.parent_span_id == request.span_id]
    assert hops
    assert len(hops) + 2 == len(mine)
    assert all(request.start_time_unix_nano <= one.start_time_unix_nano for one in hops)
    assert {attributes(one)["sdlab.to"] for one in hops} >= {"bloom"}
    assert not [one for one in collector.spans if SECRET in str(one) or room in str(one)]


async def test_a_call_that_is_refused_has_its_status_and_no_path_of_a_visitors(
    traced: httpx.AsyncClient, collector: Collector
) -> None:
    assert (await traced.get(f"/api/nothing/{SECRET}")).status_code == 404
    assert (
        await traced.post("/api/url-shortener/shorturl/generate", json={"url": SECRET})
    ).status_code == 422
    await telemetry.end()
    assert {attributes(one)["http.response.status_code"] for one in collector.spans if one.kind == 2} == {
        404,
        422,
    }
    assert SECRET not in str(collector.spans)


async def test_a_collector_that_is_not_there_costs_nobody_anything(manager: object) -> None:
    telemetry.begin("http://127.0.0.1:9")
    assert len(finished) == 1
    await telemetry.end()
    assert finished == []


async def test_without_an_endpoint_nothing_is_made(manager: object) -> None:
    telemetry.begin("")
    assert finished == []
    assert not [one for one in build_api().user_middleware if one.cls is telemetry.Traced]  # type: ignore[comparison-overlap]
