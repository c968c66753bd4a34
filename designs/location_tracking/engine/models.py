"""What lasts beyond the last position: tracks of the buses that people follow, and geofences."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class TrackRow(SQLModel, table=True):
    """Where a bus was. `t` is Unix seconds as the bus stamped it."""

    __tablename__ = "location_tracking_track"

    room: str = Field(primary_key=True)
    bus: str = Field(primary_key=True)
    t: float = Field(primary_key=True)
    lat: float
    lng: float


class FenceOwnerRow(SQLModel, table=True):
    """Who made a geofence; one without such a row is the visitor's."""

    __tablename__ = "location_tracking_fence_owner"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    owner: str


class FenceRow(SQLModel, table=True):
    """A geofence. `bus` empty: any bus that people follow."""

    __tablename__ = "location_tracking_fence"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    lat: float
    lng: float
    radius_m: float
    bus: str
    made_at: float
