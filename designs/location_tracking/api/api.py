"""The endpoints of location tracking: positions in, neighbours and arrival times out, both also as streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Response, WebSocket

from designs.location_tracking.api.schemas import (
    ArrivalOut,
    BusId,
    BusOut,
    GeofenceBody,
    GeofenceOut,
    NearbyOut,
    NearbyQuery,
    PositionBody,
    PositionOut,
    ReportOut,
    StopId,
    TrackOut,
    arrival_out,
    bus_out,
)
from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.position import Position
from sdlab.api.problems import documented
from sdlab.api.sockets import SERVICE_RESTART, LabSocket, serve_socket
from sdlab.lab import Forbidden, LabError
from sdlab.rooms.http import ActingUser, EngineOf, cookie_room

SLUG = "location-tracking"
MAX_MESSAGE = 512
BAD_MESSAGE = 'messages are {"lat": -85..85, "lng": -180..180, "t": seconds}'

EngineHere = Annotated[Tracking, EngineOf(SLUG, Tracking)]


def router() -> APIRouter:
    """Everything below `/api/location-tracking`."""
    routes = APIRouter()
    _buses(routes)
    _geofences(routes)

    @routes.get("/nearby", summary="Which buses are near?", responses=documented())
    async def nearby(
        engine: EngineHere, user: ActingUser, asked: Annotated[NearbyQuery, Query()]
    ) -> NearbyOut:
        """The `k` nearest, within `radius_m` if it is given."""
        answer = await engine.nearby(asked.lat, asked.lng, k=asked.k, radius_m=asked.radius_m)
        now, known = engine.clock.time(), engine.latest.by_bus
        found = [hit for hit in answer.found.hits if hit.id in known]
        return NearbyOut(
            index=engine.config.index,
            cells=len(answer.found.cells),
            examined=answer.found.examined,
            missed=list(answer.missed),
            buses=[bus_out(known[hit.id], now, metres=hit.metres) for hit in found],
        )

    routes.add_api_websocket_route("/ws/bus/{bus_id}", send_positions)
    routes.add_api_websocket_route("/ws/track/{bus_id}", receive_positions)
    return routes


def _buses(routes: APIRouter) -> None:
    @routes.put("/buses/{bus_id}/location", summary="A bus says where it is", responses=documented())
    async def put(engine: EngineHere, user: ActingUser, bus_id: BusId, body: PositionBody) -> ReportOut:
        """200 also for an older position, with `stored: false`; 422 out of range; 503 while its shard is down."""
        return ReportOut.model_validate(await engine.report(bus_id, body.lat, body.lng, t=body.t))

    @routes.get("/buses/{bus_id}/location", summary="Where a bus is", responses=documented())
    async def where(engine: EngineHere, bus_id: BusId) -> BusOut:
        """404 for a bus that never said anything."""
        return bus_out(engine.position(bus_id), engine.clock.time())

    @routes.get("/buses/{bus_id}/track", summary="Where a bus was", responses=documented())
    async def track(
        engine: EngineHere, bus_id: BusId, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> TrackOut:
        """The buses with a route, and those that were driven by hand; newest first."""
        positions = await engine.track(bus_id, limit)
        return TrackOut(bus=bus_id, positions=[PositionOut.model_validate(one) for one in positions])

    @routes.get("/buses/{bus_id}/eta", summary="When will it be at my stop?", responses=documented(410))
    async def eta(engine: EngineHere, bus_id: BusId, stop: StopId) -> ArrivalOut:
        """404 for an unknown bus or stop; 410 when the bus has been silent for too long."""
        return arrival_out(engine.eta(bus_id, stop))


def _geofences(routes: APIRouter) -> None:
    @routes.get("/geofences", summary="All geofences", responses=documented())
    async def geofences(engine: EngineHere) -> list[GeofenceOut]:
        """In the order of their making."""
        return [GeofenceOut.model_validate(one) for one in engine.geofences.by_id.values()]

    @routes.post("/geofences", summary="Alert when a bus comes", status_code=201, responses=documented())
    async def add(engine: EngineHere, user: ActingUser, body: GeofenceBody) -> GeofenceOut:
        """201; 429 when the room has its share of geofences."""
        fence = await engine.add_geofence(body.name, body.lat, body.lng, body.radius_m, body.bus)
        return GeofenceOut.model_validate(fence)

    @routes.delete(
        "/geofences/{fence_id}", summary="Take a geofence away", status_code=204, responses=documented()
    )
    async def remove(
        engine: EngineHere, user: ActingUser, fence_id: Annotated[str, Path(max_length=20)]
    ) -> Response:
        """204; 404 for an unknown one."""
        await engine.remove_geofence(fence_id)
        return Response(status_code=204)


async def send_positions(socket: WebSocket, bus_id: str, room: str = "") -> None:
    """A bus sends `{"lat", "lng", "t"?}` messages; each is answered with what became of it."""

    async def work(peer: LabSocket[Tracking]) -> None:
        with peer.engine.connections.send(bus_id):
            await _run_until_cut(peer, _answer(peer, bus_id))

    await serve_socket(socket, SLUG, Tracking, work, room=_room(socket, room), user=bus_id)


async def receive_positions(socket: WebSocket, bus_id: str, room: str = "") -> None:
    """Who follows a bus gets its newest position now, and each one that comes."""

    async def work(peer: LabSocket[Tracking]) -> None:
        with peer.engine.connections.follow(bus_id) as newest:
            if bus_id in peer.engine.latest.by_bus:
                newest.put_nowait(peer.engine.position(bus_id))
            await _run_until_cut(peer, _pass_on(peer, newest), peer.ignore())

    await serve_socket(socket, SLUG, Tracking, work, room=_room(socket, room))


def _room(socket: WebSocket, named: str) -> str:
    return named or cookie_room(socket) or ""


async def _run_until_cut(peer: LabSocket[Tracking], *parts: Coroutine[Any, Any, None]) -> None:
    """Run the parts until one ends, or until all connections of now are dropped."""
    cut = peer.engine.connections.cut

    async def until_cut() -> None:
        await cut.wait()

    await peer.run(*parts, until_cut())
    if cut.is_set():  # closed only now: a socket is not closed while somebody reads from it
        await peer.socket.close(SERVICE_RESTART, "the connection was dropped; come back")


async def _answer(peer: LabSocket[Tracking], bus: str) -> None:
    while True:
        await peer.send(orjson.dumps(await _report(peer, bus, await peer.receive())))


async def _report(peer: LabSocket[Tracking], bus: str, text: str) -> dict[str, object]:
    """Bad input is answered with its reason and loses nothing: the connection stays."""
    try:
        if not await peer.may_act():
            raise Forbidden("only the leader of the class drives")
        if len(text) > MAX_MESSAGE:
            raise ValueError(f"a message has at most {MAX_MESSAGE} characters")
        body = PositionBody.model_validate(json.loads(text))
        result = await peer.engine.report(bus, body.lat, body.lng, t=body.t)
    except LabError as error:
        return {"status": error.status, "detail": error.detail}
    except ValueError:
        return {"status": 422, "detail": BAD_MESSAGE}
    return {"status": 200, **ReportOut.model_validate(result).model_dump()}


async def _pass_on(peer: LabSocket[Tracking], newest: asyncio.Queue[Position]) -> None:
    while True:
        await peer.send(_message(await newest.get()))


def _message(one: Position) -> bytes:
    at = datetime.fromtimestamp(one.t, UTC).isoformat()
    return orjson.dumps({**one._asdict(), "at": at, "cell": one.cell})
