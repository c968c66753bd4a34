"""What the API takes and answers, and calls of it that run as shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from designs.uber.engine.fares import Fare
from designs.uber.engine.offers import Offer
from designs.uber.engine.rides import Ride
from designs.uber.engine.streets import CITY, Place, place_at
from sdlab.api.kit import StrictModel
from sdlab.lab import Example

MAX_ID = 40
ID = r"^[A-Za-z0-9_-]+$"
RideId = Annotated[str, Path(min_length=1, max_length=MAX_ID, pattern=ID)]
DriverId = Annotated[str, Path(min_length=1, max_length=MAX_ID, pattern=ID, examples=["my-car"])]
Latitude = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False, examples=[48.03])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[11.05])]


class PlaceBody(StrictModel):
    """A place in degrees."""

    lat: Latitude
    lng: Longitude

    @property
    def place(self) -> Place:
        """As the engine has it."""
        return Place(self.lat, self.lng)


class PlaceOut(BaseModel):
    """A place in degrees."""

    model_config = ConfigDict(from_attributes=True)

    lat: float
    lng: float


class FareBody(StrictModel):
    """A trip: `from` here `to` there, both in the city."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": {"lat": 48.03, "lng": 11.05}, "to": {"lat": 48.04, "lng": 11.07}}]
        }
    )

    start: PlaceBody = Field(alias="from")
    end: PlaceBody = Field(alias="to")


class FareOut(BaseModel):
    """What a trip costs, for ten minutes. `eta_s` is how long it takes; `price` is in euros."""

    fare_id: str
    price: float
    currency: Literal["EUR"] = "EUR"
    surge: float
    metres: float
    eta_s: float


class RideBody(StrictModel):
    """The fare that was quoted. Of one fare there is one ride."""

    fare_id: str = Field(min_length=1, max_length=MAX_ID, pattern=ID)


class CarBody(StrictModel):
    """The car that answers."""

    driver_id: str = Field(min_length=1, max_length=MAX_ID, pattern=ID, examples=["my-car"])


class StatusBody(StrictModel):
    """The state that a ride comes into: by its driver, or cancelled by its rider."""

    status: Literal["arrived", "in_ride", "completed", "cancelled"]


class RideOut(BaseModel):
    """A ride. `pickup_s` is how long the car was away when its driver took the ride; 0 before that."""

    model_config = ConfigDict(populate_by_name=True)

    ride_id: str
    status: str
    rider: str
    driver_id: str
    offers: int
    price: float
    surge: float
    start: PlaceOut = Field(alias="from")
    end: PlaceOut = Field(alias="to")
    requested_at: datetime
    pickup_s: float


class LocationOut(BaseModel):
    """Where a car is now, and near which crossing."""

    driver_id: str
    near: str
    free: bool


class OfferOut(BaseModel):
    """A ride that a car is asked for, until `ends_at`."""

    ride_id: str
    ends_at: datetime


class DeniedOut(BaseModel):
    """The next driver is asked."""

    ride_id: str
    driver_id: str
    denied: Literal[True] = True


def fare_out(fare: Fare) -> FareOut:
    """A quote."""
    return FareOut(
        fare_id=fare.id, price=fare.cents / 100, surge=fare.surge, metres=fare.metres, eta_s=fare.eta_s
    )


def ride_out(ride: Ride) -> RideOut:
    """A ride as its row says."""
    return RideOut(
        ride_id=ride.id,
        status=ride.status,
        rider=ride.rider,
        driver_id=ride.driver,
        offers=ride.round,
        price=ride.cents / 100,
        surge=ride.surge,
        start=PlaceOut.model_validate(ride.trip.start),
        end=PlaceOut.model_validate(ride.trip.end),
        requested_at=datetime.fromtimestamp(ride.requested_at, UTC),
        pickup_s=round(ride.pickup_s, 1),
    )


def offer_out(offer: Offer) -> OfferOut:
    """An open offer."""
    return OfferOut(ride_id=offer.ride, ends_at=datetime.fromtimestamp(offer.ends, UTC))


ROOT = "/api/uber"


def _at(place: Place) -> dict[str, float]:
    return {"lat": place.lat, "lng": place.lng}


_X, _Y = CITY.corner(len(CITY.xs) // 3, len(CITY.ys) // 3)
HERE = _at(place_at(_X + 60, _Y + 60))
THERE = _at(place_at(*CITY.corner(len(CITY.xs) // 2, len(CITY.ys) // 2)))
ELSEWHERE = _at(place_at(*CITY.corner(len(CITY.xs) // 4, len(CITY.ys) // 2)))
OUTSIDE = {"lat": 52.5, "lng": 13.4}
NEXT_TO_IT = _at(place_at(_X + 75, _Y + 60))
FIRST_CAR, SECOND_CAR = {"driver_id": "my-car"}, {"driver_id": "my-other-car"}

EXAMPLES = (
    Example(
        "What would it cost?",
        "POST",
        f"{ROOT}/fares",
        body={"from": HERE, "to": THERE},
        status=201,
        saves={"fare": "fare_id"},
    ),
    Example(
        "Somewhere else?",
        "POST",
        f"{ROOT}/fares",
        body={"from": HERE, "to": ELSEWHERE},
        status=201,
    ),
    Example("A car says where it is", "PUT", f"{ROOT}/drivers/my-car/location", body=HERE),
    Example("Another one, next to it", "PUT", f"{ROOT}/drivers/my-other-car/location", body=NEXT_TO_IT),
    Example(
        "Ask for the ride",
        "POST",
        f"{ROOT}/rides",
        body={"fare_id": "{fare}"},
        status=202,
        saves={"ride": "ride_id"},
        note="the answer is quick; a driver is looked for meanwhile",
    ),
    Example("What is my car asked?", "GET", f"{ROOT}/drivers/my-car/offers?wait_s=3"),
    Example(
        "No, thank you",
        "POST",
        f"{ROOT}/rides/{{ride}}/deny",
        body=FIRST_CAR,
        note="the next driver is asked",
    ),
    Example("And the other one?", "GET", f"{ROOT}/drivers/my-other-car/offers?wait_s=3"),
    Example("Yes, it takes the ride", "POST", f"{ROOT}/rides/{{ride}}/accept", body=SECOND_CAR),
    Example("How far is the ride?", "GET", f"{ROOT}/rides/{{ride}}"),
    Example("The car is there", "POST", f"{ROOT}/rides/{{ride}}/status", body={"status": "arrived"}),
    Example("The rider is aboard", "POST", f"{ROOT}/rides/{{ride}}/status", body={"status": "in_ride"}),
    Example(
        "A step that there is not",
        "POST",
        f"{ROOT}/rides/{{ride}}/status",
        body={"status": "cancelled"},
        status=409,
        note="whoever is aboard does not cancel",
    ),
    Example("Arrived", "POST", f"{ROOT}/rides/{{ride}}/status", body={"status": "completed"}),
    Example(
        "Outside of the city",
        "POST",
        f"{ROOT}/fares",
        body={"from": HERE, "to": OUTSIDE},
        status=422,
    ),
)
