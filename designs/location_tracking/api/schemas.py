"""What the API takes and answers, and calls of it that run as shown."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from designs.location_tracking.engine.arrivals import Arrival
from designs.location_tracking.engine.geofences import LEAST_RADIUS_M, MOST_RADIUS_M, NAME
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.proximity import MAX_K, MAX_RADIUS_M
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

BusId = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", examples=["bus-1"])]
StopId = Annotated[str, Query(min_length=1, max_length=20, examples=["s12"])]
Latitude = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False, examples=[48.02])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[11.05])]


class PositionBody(StrictModel):
    """Where a bus is. `t` is the time of the measurement in Unix seconds; now when left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lat": 48.02, "lng": 11.05}]})

    lat: Latitude
    lng: Longitude
    t: float | None = Field(default=None, ge=0, le=1e11)


class ReportOut(BaseModel):
    """What became of a position; `stored` is false for one that is older than the stored one."""

    model_config = ConfigDict(from_attributes=True)

    bus: str
    t: float
    stored: bool
    shard: int
    why: str


class NearbyQuery(BaseModel):
    """Which buses are near; a radius of 0 looks however far."""

    lat: Latitude
    lng: Longitude
    k: int = Field(default=5, ge=1, le=MAX_K)
    radius_m: float = Field(default=0, ge=0, le=MAX_RADIUS_M, allow_inf_nan=False)


class BusOut(BaseModel):
    """The newest position of a bus, and how far away it is from where somebody asked."""

    bus: str
    metres: float
    lat: float
    lng: float
    age_s: float


class NearbyOut(BaseModel):
    """Buses, nearest first, and what the index did for them."""

    index: str
    cells: int
    examined: int
    missed: list[str] = Field(description="buses that a full scan finds as well and the index did not")
    buses: list[BusOut]


class GeofenceBody(StrictModel):
    """A circle; without a bus it alerts for every bus that is followed or driven by hand."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "School", "lat": 48.02, "lng": 11.05, "radius_m": 250}]}
    )

    name: Annotated[str, TextOf(NAME)]
    lat: Latitude
    lng: Longitude
    radius_m: float = Field(ge=LEAST_RADIUS_M, le=MOST_RADIUS_M)
    bus: str = Field(default="", max_length=40, pattern=r"^[A-Za-z0-9_-]*$")


class GeofenceOut(BaseModel):
    """A geofence as it is kept."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    lat: float
    lng: float
    radius_m: float
    bus: str
    owner: str


class ArrivalOut(BaseModel):
    """When a bus will be at a stop, if it goes on as it does."""

    bus: str
    stop: str
    name: str
    metres: float
    kmh: float
    seconds: float


class PositionOut(BaseModel):
    """Where a bus was at `t`, Unix seconds."""

    model_config = ConfigDict(from_attributes=True)

    lat: float
    lng: float
    t: float


class TrackOut(BaseModel):
    """Where a bus was, newest first."""

    bus: str
    positions: list[PositionOut]


def bus_out(position: Position, now: float, *, metres: float = 0.0) -> BusOut:
    """A position, asked for at `now`, so many metres away."""
    age_s = round(max(0.0, now - position.t), 2)
    return BusOut(bus=position.bus, metres=round(metres, 2), lat=position.lat, lng=position.lng, age_s=age_s)


def arrival_out(arrival: Arrival) -> ArrivalOut:
    """An estimate, rounded."""
    return ArrivalOut(
        bus=arrival.bus,
        stop=arrival.stop.id,
        name=arrival.stop.name,
        metres=round(arrival.metres, 1),
        kmh=round(arrival.speed * 3.6, 1),
        seconds=round(arrival.seconds, 1),
    )


ROOT = "/api/location-tracking"
HERE = {"lat": 48.0301, "lng": 11.0502}

EXAMPLES = (
    Example("A bus says where it is", "PUT", f"{ROOT}/buses/my-bus/location", body=HERE),
    Example(
        "An older position is dropped",
        "PUT",
        f"{ROOT}/buses/my-bus/location",
        body={"lat": 48.04, "lng": 11.06, "t": 1_700_000_000},
        note="stored is false",
    ),
    Example("Which buses are near?", "GET", f"{ROOT}/nearby?lat=48.03&lng=11.05&k=3"),
    Example("Within 500 m", "GET", f"{ROOT}/nearby?lat=48.03&lng=11.05&radius_m=500"),
    Example(
        "Alert when it comes",
        "POST",
        f"{ROOT}/geofences",
        body={"name": "School", **HERE, "radius_m": 200, "bus": "my-bus"},
        status=201,
    ),
    Example("When is it at a stop?", "GET", f"{ROOT}/buses/my-bus/eta?stop=s12"),
    Example("Where it was", "GET", f"{ROOT}/buses/my-bus/track?limit=5"),
    Example(
        "Coordinates out of range are refused",
        "PUT",
        f"{ROOT}/buses/my-bus/location",
        body={"lat": 95, "lng": 11},
        status=422,
    ),
)
