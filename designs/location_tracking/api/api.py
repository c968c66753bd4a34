"""The endpoints of location tracking: positions in, neighbours and arrival times out, both also as streams."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from designs.location_tracking.engine.engine import MAX_K, MAX_RADIUS_M, Reported, Tracking
from designs.location_tracking.engine.shards import Position
from designs.location_tracking.engine.watch import Fence
from sdlab.api.problems import documented
from sdlab.lab import Forbidden, LabError
from sdlab.live.connections import connection_of
from sdlab.rooms.house import house
from sdlab.rooms.http import acting_user, address_of, cookie_room, engine_of, may_act
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.lab import RunningLab

SLUG = "location-tracking"
MAX_MESSAGE = 512
SERVICE_RESTART, POLICY_VIOLATION, TRY_AGAIN = 1012, 1008, 1013

EngineHere = Annotated[Tracking, Depends(engine_of(SLUG))]
User = Annotated[str, Depends(acting_user)]
BusId = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", examples=["bus-1"])]


class PositionBody(BaseModel):
    """Where a bus is. `t` is the time of the measurement in Unix seconds; now when left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"lat": 48.02, "lng": 11.05}]})

    lat: float = Field(ge=-85, le=85, allow_inf_nan=False)
    lng: float = Field(ge=-180, le=180, allow_inf_nan=False)
    t: float | None = Field(default=None, ge=0, le=1e11, allow_inf_nan=False)


class PositionOut(BaseModel):
    """What became of a position; `stored` is false for one that is older than the stored one."""

    bus: str
    t: float
    stored: bool
    shard: int
    why: str


class Near(BaseModel):
    """A bus that was found."""

    bus: str
    metres: float
    lat: float
    lng: float
    age_s: float


class Question(BaseModel):
    """Which buses are near a place; a radius of 0 looks however far."""

    lat: float = Field(ge=-85, le=85, allow_inf_nan=False, examples=[48.02])
    lng: float = Field(ge=-180, le=180, allow_inf_nan=False, examples=[11.05])
    k: int = Field(default=5, ge=1, le=MAX_K)
    radius_m: float = Field(default=0, ge=0, le=MAX_RADIUS_M, allow_inf_nan=False)


class NearOut(BaseModel):
    """Buses, nearest first, and what the index did for them."""

    index: str
    cells: int
    examined: int
    missed: list[str] = Field(description="buses that a full scan finds as well and the index did not")
    buses: list[Near]


class FenceBody(BaseModel):
    """A circle; without a bus it rings for every bus that is followed or driven by hand."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "School", "lat": 48.02, "lng": 11.05, "radius_m": 250}]},
    )

    name: str = Field(min_length=1, max_length=60, pattern=r"\S")
    lat: float = Field(ge=-85, le=85, allow_inf_nan=False)
    lng: float = Field(ge=-180, le=180, allow_inf_nan=False)
    radius_m: float = Field(ge=20, le=5000, allow_inf_nan=False)
    bus: str = Field(default="", max_length=40, pattern=r"^[A-Za-z0-9_-]*$")


class FenceOut(FenceBody):
    """A circle as it is kept."""

    id: str


class Arrival(BaseModel):
    """When a bus will be at a stop, if it goes on as it does."""

    bus: str
    stop: str
    name: str
    metres: float
    kmh: float
    seconds: float


class Track(BaseModel):
    """Where a bus was, newest first."""

    bus: str
    positions: list[PositionBody]


def router() -> APIRouter:
    """Everything below `/api/location-tracking`."""
    routes = APIRouter()

    @routes.put(
        "/buses/{bus_id}/location",
        summary="A bus says where it is",
        response_model=PositionOut,
        responses=documented(),
    )
    async def put(engine: EngineHere, user: User, bus_id: BusId, body: PositionBody) -> PositionOut:
        """200 also for an older position, with `stored: false`; 422 out of range; 503 while its shard is down."""
        return _reported(await engine.report(bus_id, body.lat, body.lng, t=body.t, by=user))

    @routes.get(
        "/buses/{bus_id}/location", summary="Where a bus is", response_model=Near, responses=documented()
    )
    async def where(engine: EngineHere, bus_id: BusId) -> Near:
        """404 for a bus that never said anything."""
        one = engine.position(bus_id)
        return Near(bus=one.bus, metres=0, lat=one.lat, lng=one.lng, age_s=_age(engine, one))

    @routes.get(
        "/buses/{bus_id}/track", summary="Where a bus was", response_model=Track, responses=documented()
    )
    async def track(
        engine: EngineHere, bus_id: BusId, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> Track:
        """The buses with a round, and those that were driven by hand; newest first."""
        rows = await engine.keeping.newest(bus_id, limit)
        return Track(bus=bus_id, positions=[PositionBody(lat=one.lat, lng=one.lng, t=one.t) for one in rows])

    @routes.get(
        "/buses/{bus_id}/eta",
        summary="When will it be at my stop?",
        response_model=Arrival,
        responses=documented(),
    )
    async def eta(
        engine: EngineHere,
        bus_id: BusId,
        stop: Annotated[str, Query(min_length=1, max_length=20, examples=["s12"])],
    ) -> Arrival:
        """404 for an unknown bus or stop; 410 when the bus has been silent for too long."""
        where, metres, speed, seconds = engine.eta(bus_id, stop)
        return Arrival(
            bus=bus_id,
            stop=stop,
            name=where.name,
            metres=round(metres, 1),
            kmh=round(speed * 3.6, 1),
            seconds=round(seconds, 1),
        )

    @routes.get("/nearby", summary="Which buses are near?", response_model=NearOut, responses=documented())
    async def nearby(
        engine: EngineHere,
        user: User,
        asked: Annotated[Question, Query()],
    ) -> NearOut:
        """The `k` nearest, within `radius_m` if it is given."""
        said = await engine.nearby(asked.lat, asked.lng, k=asked.k, radius_m=asked.radius_m, by=user)
        places = [(hit, engine.position(hit.id)) for hit in said.found.hits if hit.id in engine.known]
        return NearOut(
            index=engine.config.index,
            cells=len(said.found.cells),
            examined=said.found.examined,
            missed=list(said.missed),
            buses=[
                Near(
                    bus=hit.id, metres=round(hit.metres, 2), lat=one.lat, lng=one.lng, age_s=_age(engine, one)
                )
                for hit, one in places
            ],
        )

    @routes.get("/geofences", summary="All geofences", response_model=list[FenceOut], responses=documented())
    async def fences(engine: EngineHere) -> list[FenceOut]:
        """In the order of their making."""
        return [_fence(one) for one in engine.fences.fences.values()]

    @routes.post(
        "/geofences",
        summary="Ring when a bus comes",
        status_code=201,
        response_model=FenceOut,
        responses=documented(),
    )
    async def fence(engine: EngineHere, user: User, body: FenceBody) -> FenceOut:
        """201; 429 when the room has its share of circles."""
        return _fence(await engine.add_fence(body.name, body.lat, body.lng, body.radius_m, body.bus, by=user))

    @routes.delete(
        "/geofences/{fence_id}", summary="Take a geofence away", status_code=204, responses=documented()
    )
    async def unfence(
        engine: EngineHere, user: User, fence_id: Annotated[str, Path(max_length=20)]
    ) -> Response:
        """204; 404 for an unknown one."""
        await engine.remove_fence(fence_id, by=user)
        return Response(status_code=204)

    routes.add_api_websocket_route("/ws/bus/{bus_id}", send_positions)
    routes.add_api_websocket_route("/ws/track/{bus_id}", receive_positions)
    return routes


def _reported(said: Reported) -> PositionOut:
    return PositionOut(bus=said.bus, t=said.t, stored=said.stored, shard=said.shard, why=said.why)


def _fence(one: Fence) -> FenceOut:
    return FenceOut(id=one.id, name=one.name, lat=one.lat, lng=one.lng, radius_m=one.radius_m, bus=one.bus)


def _age(engine: Tracking, one: Position) -> float:
    return round(max(0.0, engine.clock.time() - one.t), 2)


async def send_positions(socket: WebSocket, bus_id: str, room: str = "") -> None:
    """A bus sends `{"lat", "lng", "t"?}` messages; each is answered with what became of it."""
    await _serve(socket, room, lambda lab, where: _sending(socket, lab, bus_id, where))


async def receive_positions(socket: WebSocket, bus_id: str, room: str = "") -> None:
    """Who follows a bus gets its newest position now, and each one that comes."""
    await _serve(socket, room, lambda lab, where: _following(socket, lab, bus_id))


async def _serve(socket: WebSocket, room: str, work: Any) -> None:
    """Refusals are said in the close reason, after accepting."""
    await socket.accept()
    try:
        with connection_of(address_of(socket)):
            where = await house().enter(room or cookie_room(socket) or PUBLIC, address_of(socket))
            lab = await house().lab(where, SLUG)
            with lab.listening():
                await work(lab, where)
    except LabError as error:
        await socket.close(TRY_AGAIN if error.status in (429, 503) else POLICY_VIOLATION, error.detail[:120])
    except (WebSocketDisconnect, RuntimeError):
        return  # the peer is gone


def _engine(lab: RunningLab) -> Tracking:
    assert isinstance(lab.engine, Tracking)
    return lab.engine


async def _sending(socket: WebSocket, lab: RunningLab, bus: str, room: str) -> None:
    followers = _engine(lab).followers
    cut = asyncio.ensure_future(followers.cut.wait())
    closed = asyncio.ensure_future(lab.closed.wait())
    coming: asyncio.Future[str] = asyncio.ensure_future(socket.receive_text())
    try:
        with followers.send(bus):
            while True:
                await asyncio.wait((coming, cut, closed), return_when=asyncio.FIRST_COMPLETED)
                if cut.done() or closed.done():
                    await _end(coming)
                    await socket.close(SERVICE_RESTART, "the connection was dropped; come back")
                    return
                answer = await _one_message(socket, lab, bus, room, coming.result())
                await socket.send_text(orjson.dumps(answer).decode())
                coming = asyncio.ensure_future(socket.receive_text())
    finally:
        await _end(cut, closed, coming)


async def _one_message(
    socket: WebSocket, lab: RunningLab, bus: str, room: str, text: str
) -> dict[str, object]:
    """Bad input is answered with its reason and loses nothing: the connection stays."""
    try:
        if not await may_act(socket, room):
            raise Forbidden("only the leader of the class drives")
        if len(text) > MAX_MESSAGE:
            raise ValueError(f"a message has at most {MAX_MESSAGE} characters")
        body = PositionBody.model_validate(json.loads(text))
        said = await _engine(lab).report(bus, body.lat, body.lng, t=body.t, by=bus)
    except LabError as error:
        return {"status": error.status, "detail": error.detail}
    except ValueError:
        return {"status": 422, "detail": 'messages are {"lat": -85..85, "lng": -180..180, "t": seconds}'}
    return {"status": 200, **_reported(said).model_dump()}


async def _following(socket: WebSocket, lab: RunningLab, bus: str) -> None:
    engine = _engine(lab)
    with engine.followers.follow(bus) as box:
        cut = asyncio.ensure_future(engine.followers.cut.wait())
        closed = asyncio.ensure_future(lab.closed.wait())
        gone = asyncio.ensure_future(socket.receive_text())
        coming: asyncio.Future[Position] = asyncio.ensure_future(box.get())
        try:
            if bus in engine.known:
                await socket.send_text(_moved(engine, engine.known[bus]))
            while True:
                await asyncio.wait((coming, gone, cut, closed), return_when=asyncio.FIRST_COMPLETED)
                if cut.done() or closed.done():
                    await _end(gone)
                    await socket.close(SERVICE_RESTART, "the connection was dropped; come back")
                    return
                if gone.done():
                    gone.result()
                    gone = asyncio.ensure_future(socket.receive_text())
                if coming.done():
                    await socket.send_text(_moved(engine, coming.result()))
                    coming = asyncio.ensure_future(box.get())
        finally:
            await _end(cut, closed, gone, coming)


def _moved(engine: Tracking, one: Position) -> str:
    stamp = datetime.fromtimestamp(one.t, UTC).isoformat()
    body = {"bus": one.bus, "t": one.t, "at": stamp, "lat": one.lat, "lng": one.lng, "cell": one.home}
    return orjson.dumps(body).decode()


async def _end(*futures: asyncio.Future[Any]) -> None:
    for one in futures:
        one.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
