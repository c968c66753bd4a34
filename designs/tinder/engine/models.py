"""What is kept of profiles: who was changed, and the news of it. Swipes and matches are in Redis."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from sdlab.parts.outbox import OutboxRow


class ProfileRow(SQLModel, table=True):
    """A person who is not as the seed made them; `number` is their row among all people.

    `interests` is a set of bits; `wanted` is the number of an interest, or -1 for any.
    """

    __tablename__ = "tinder_profile"

    room: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    id: str
    name: str
    age: int
    lat: float
    lng: float
    interests: int
    age_min: int
    age_max: int
    km: float
    wanted: int
    changed: float


class NewsRow(OutboxRow, table=True):
    """A changed profile, written in the transaction that changed it."""

    __tablename__ = "tinder_news"
