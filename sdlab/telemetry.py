"""Calls of the API and requests of labs as OpenTelemetry spans, where an endpoint is configured.

A call is a span; each request of a lab is one below it (or begins a trace, when no call has asked for it), and
each of its hops one below that. A call that brings `traceparent` goes on with that trace. Of requests those are sent
that the feed shows: a bounded number each second, whatever the traffic. Names are kinds, parts and outcomes, never what
a visitor sent. https://opentelemetry.io/docs/specs/otel/trace/ and
https://opentelemetry.io/docs/specs/semconv/http/http-spans/ for names.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sdlab import __version__
from sdlab.lab.trace import Trace, finished

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

PATH = "v1/traces"
MOST_WAITING = 2_048  # spans that wait to be sent; more are thrown away
SENT_AT_ONCE = 256
SEND_EVERY_MS = 1_000
SEND_WITHIN_MS = 3_000
NANO = 1_000_000_000
API = "/api"


class Telemetry:
    """Sends spans to one collector, by OTLP over HTTP, from a thread of its own. `close` sends what still waits."""

    def __init__(self, endpoint: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": "sdlab", "service.version": __version__})
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/{PATH}", timeout=SEND_WITHIN_MS / 1000)
        # Not the global provider: what libraries tell of themselves is not ours to send.
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=MOST_WAITING,
                max_export_batch_size=SENT_AT_ONCE,
                schedule_delay_millis=SEND_EVERY_MS,
                export_timeout_millis=SEND_WITHIN_MS,
            )
        )
        self.tracer: Tracer = self._provider.get_tracer("sdlab", __version__)
        finished.append(self.request)

    def request(self, lab: str, trace: Trace) -> None:
        """A request of a lab has ended; the call that asked for it is the current span."""
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        began = round(trace.started * NANO)
        attributes: dict[str, str | bool] = {
            "sdlab.lab": lab,
            "sdlab.outcome": trace.ended,
            "sdlab.by_hand": trace.by_hand,
        }
        if trace.reason:
            attributes["sdlab.reason"] = trace.reason
        span = self.tracer.start_span(f"{lab} {trace.kind}", start_time=began, attributes=attributes)
        if trace.outcome == "error":
            span.set_status(Status(StatusCode.ERROR))
        below = set_span_in_context(span)
        for hop in trace.hops:
            first = began + round(hop.at * NANO / 1000)
            names = {"sdlab.from": hop.source, "sdlab.to": hop.target, "sdlab.outcome": hop.outcome}
            one = self.tracer.start_span(
                f"{hop.target} {hop.operation}", context=below, start_time=first, attributes=names
            )
            if hop.outcome == "error":
                one.set_status(Status(StatusCode.ERROR))
            one.end(first + round(hop.ms * NANO / 1000))
        span.end(began + round(trace.ms * NANO / 1000))

    async def close(self) -> None:
        """Send what waits, for at most `SEND_WITHIN_MS`, and end."""
        finished.remove(self.request)
        await asyncio.to_thread(self._provider.force_flush, SEND_WITHIN_MS)
        await asyncio.to_thread(self._provider.shutdown)


_ours: Telemetry | None = None


def begin(endpoint: str) -> None:
    """Send spans there from now on; nothing for no endpoint."""
    global _ours  # noqa: PLW0603 - one per process, as the endpoint is
    _ours = Telemetry(endpoint) if endpoint else None


async def end() -> None:
    """Send the rest, and no more."""
    global _ours
    if _ours is not None:
        ending, _ours = _ours, None
        await ending.close()


class Traced:
    """Makes a span of every call of the API, and of the addresses that labs have outside it (`roots`, as `/s`)."""

    def __init__(self, app: ASGIApp, *, roots: frozenset[str] = frozenset()) -> None:
        self.app = app
        self._roots = roots | {API}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _ours is None or scope["type"] != "http" or f"/{scope['path'].split('/')[1]}" not in self._roots:
            await self.app(scope, receive, send)
            return
        from opentelemetry.propagators.textmap import DefaultGetter
        from opentelemetry.trace import SpanKind, use_span
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        headers = Headers(scope=scope)
        before = TraceContextTextMapPropagator().extract(dict(headers), getter=DefaultGetter())
        method = scope["method"]
        with use_span(
            _ours.tracer.start_span(method, context=before, kind=SpanKind.SERVER), end_on_exit=True
        ) as span:

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _name(span, scope, message["status"])
                await send(message)

            span.set_attribute("http.request.method", method)
            await self.app(scope, receive, noted)


def template_of(path: str, route: str) -> str:
    """The route with the prefix under which it was included, which it does not know itself.

    >>> template_of("/api/top-k/videos/7", "/videos/{id}"), template_of("/s/abc", "/s/{code}")
    ('/api/top-k/videos/{id}', '/s/{code}')
    """
    before = path.count("/") - route.count("/")
    return (
        "/".join([*path.split("/")[: before + 1], route.removeprefix("/")]) if route and before > 0 else route
    )


def _name(span: Span, scope: Scope, status: int) -> None:
    """The route as it is described, and not the path, which has what a visitor sent."""
    from opentelemetry.trace import Status, StatusCode

    route = template_of(scope["path"], getattr(scope.get("route"), "path", ""))
    if route:
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
