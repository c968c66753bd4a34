"""The endpoints of Uber: fares and rides for riders, positions and answers for drivers, events for both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.requests import HTTPConnection
from starlette.responses import StreamingResponse

from designs.uber.api.schemas import (
    CarBody,
    DeniedOut,
    DriverId,
    FareBody,
    FareOut,
    LocationOut,
    OfferOut,
    PlaceBody,
    RideBody,
    RideId,
    RideOut,
    StatusBody,
    fare_out,
    offer_out,
    ride_out,
)
from designs.uber.engine.engine import Uber
from designs.uber.engine.streets import Trip
from sdlab.api.kit import IdempotencyKey
from sdlab.api.problems import documented
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.http import ActingUser, EngineOf, LabOf
from sdlab.rooms.lab import RunningLab

SLUG = "uber"
LONGEST_WAIT_S = 5.0
MAX_MARK = 40

EngineHere = Annotated[Uber, EngineOf(SLUG, Uber)]
LabHere = Annotated[RunningLab, LabOf(SLUG)]


def router() -> APIRouter:
    """Everything below `/api/uber`."""
    routes = APIRouter()
    _riders(routes)
    _drivers(routes)
    _answers(routes)
    _events(routes)
    return routes


def _riders(routes: APIRouter) -> None:
    @routes.post("/fares", summary="What would it cost?", status_code=201, responses=documented(409))
    async def fares(
        engine: EngineHere, user: ActingUser, body: FareBody, idempotency_key: IdempotencyKey = None
    ) -> FareOut:
        """Price, time and distance along the streets; 422 for a place outside of the city."""
        trip = Trip(body.start.place, body.end.place)
        return fare_out(await engine.quote(trip, key=idempotency_key))

    @routes.post("/rides", summary="Ask for a ride", status_code=202, responses=documented(409))
    async def rides(
        engine: EngineHere, user: ActingUser, body: RideBody, idempotency_key: IdempotencyKey = None
    ) -> RideOut:
        """202: a driver is looked for. 404 for a fare that is old or somebody else's; 503 where nobody takes it."""
        return ride_out(await engine.order(body.fare_id, key=idempotency_key))

    @routes.get("/rides/{ride_id}", summary="How far is the ride?", responses=documented(404))
    async def ride(engine: EngineHere, user: ActingUser, ride_id: RideId) -> RideOut:
        """For its rider and its driver; 404 for everybody else."""
        return ride_out(await engine.ride(ride_id))


def _drivers(routes: APIRouter) -> None:
    @routes.put("/drivers/{driver_id}/location", summary="A car says where it is", responses=documented(403))
    async def location(
        engine: EngineHere, user: ActingUser, driver_id: DriverId, body: PlaceBody
    ) -> LocationOut:
        """A car belongs to who named it first: 403 for another's, 429 for too many."""
        await engine.driver_app.locate(driver_id, body.place)
        return LocationOut(
            driver_id=driver_id, near=body.place.name, free=driver_id not in engine.positions.busy
        )

    @routes.get("/drivers/{driver_id}/offers", summary="What is a car asked?", responses=documented(403, 404))
    async def offers(
        engine: EngineHere,
        user: ActingUser,
        driver_id: DriverId,
        wait_s: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0.0,
    ) -> list[OfferOut]:
        """Its open offers; with `wait_s`, as soon as there is one, or none after so many seconds."""
        return [offer_out(one) for one in await engine.driver_app.offers_of(driver_id, wait_s=wait_s)]


def _answers(routes: APIRouter) -> None:
    @routes.post(
        "/rides/{ride_id}/accept", summary="A driver takes the ride", responses=documented(403, 404, 409)
    )
    async def accept(
        engine: EngineHere,
        user: ActingUser,
        ride_id: RideId,
        body: CarBody,
        idempotency_key: IdempotencyKey = None,
    ) -> RideOut:
        """409 when the offer is over or the ride is another's; taking it twice is as taking it once."""
        return ride_out(await engine.driver_app.accept(ride_id, body.driver_id, key=idempotency_key))

    @routes.post(
        "/rides/{ride_id}/deny", summary="A driver does not take it", responses=documented(403, 404, 409)
    )
    async def deny(
        engine: EngineHere,
        user: ActingUser,
        ride_id: RideId,
        body: CarBody,
        idempotency_key: IdempotencyKey = None,
    ) -> DeniedOut:
        """The next one is asked; 409 when nothing was offered."""
        await engine.driver_app.deny(ride_id, body.driver_id, key=idempotency_key)
        return DeniedOut(ride_id=ride_id, driver_id=body.driver_id)

    @routes.post(
        "/rides/{ride_id}/status",
        summary="The ride comes into another state",
        responses=documented(403, 404, 409),
    )
    async def status(
        engine: EngineHere,
        user: ActingUser,
        ride_id: RideId,
        body: StatusBody,
        idempotency_key: IdempotencyKey = None,
    ) -> RideOut:
        """409 for a step that its state does not allow; the state that it is in already changes nothing."""
        return ride_out(await engine.progress(ride_id, body.status, key=idempotency_key))


def _events(routes: APIRouter) -> None:
    answers: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/event-stream": {}}, "description": "events with ids"}
    }

    @routes.get(
        "/rides/{ride_id}/events",
        summary="What its rider is told, as it happens",
        response_class=StreamingResponse,
        responses={**documented(404, 429), **answers},
    )
    async def ride_events(  # noqa: PLR0917 - FastAPI fills them by name
        connection: HTTPConnection,
        engine: EngineHere,
        lab: LabHere,
        user: ActingUser,
        ride_id: RideId,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
    ) -> StreamingResponse:
        """Every state of the ride; `Last-Event-ID` resumes."""
        engine.check_sees(await engine.rides.find(ride_id))
        mark = (last_event_id or last_event_id_query or "")[:MAX_MARK]
        return event_stream(_news(engine, f"ride {ride_id}", mark), connection=connection, lab=lab)

    @routes.get(
        "/drivers/{driver_id}/events",
        summary="What a driver is told, as it happens",
        response_class=StreamingResponse,
        responses={**documented(403, 404, 429), **answers},
    )
    async def driver_events(  # noqa: PLR0917 - FastAPI fills them by name
        connection: HTTPConnection,
        engine: EngineHere,
        lab: LabHere,
        user: ActingUser,
        driver_id: DriverId,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
    ) -> StreamingResponse:
        """Offers, and the states of the rides that it drives."""
        engine.owners.check(driver_id)
        mark = (last_event_id or last_event_id_query or "")[:MAX_MARK]
        return event_stream(_news(engine, f"driver {driver_id}", mark), connection=connection, lab=lab)


async def _news(engine: Uber, channel: str, mark: str) -> AsyncIterator[bytes]:
    async for one in engine.news.follow(channel, mark):
        yield encode(one.data, event="news", id=one.mark)
