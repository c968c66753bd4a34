"""The database: who is in which chat, which devices people have linked, and the media that was announced."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class ChatRow(SQLModel, table=True):
    """A chat. `place` orders them as they were made."""

    __tablename__ = "whatsapp_chat"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    place: int


class MemberRow(SQLModel, table=True):
    """Somebody who is in a chat."""

    __tablename__ = "whatsapp_member"

    room: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    user: str = Field(primary_key=True)


class DeviceRow(SQLModel, table=True):
    """A device that somebody has linked; from then on everything that comes waits for it, too."""

    __tablename__ = "whatsapp_device"

    room: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    name: str = Field(primary_key=True)


class AttachmentRow(SQLModel, table=True):
    """Media of a chat: announced by its size and fingerprint before it is uploaded."""

    __tablename__ = "whatsapp_attachment"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    chat: str
    size: int
    sha256: str
    kind: str
