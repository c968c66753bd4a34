"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from designs.whatsapp.engine.engine import MOST_TEXT, Sent
from designs.whatsapp.engine.inboxes import Kept
from designs.whatsapp.engine.media import KINDS, MOST_BYTES
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example
from sdlab.lab.text import TextRule
from sdlab.rooms.http import MAX_USER

BASE = "/api/whatsapp"
MOST_NAMED = 255
MOST_ACKS = 200
Name = Annotated[str, TextOf(TextRule("name", 60))]
User = Annotated[str, TextOf(TextRule("participant", MAX_USER))]
Text = Annotated[str, TextOf(TextRule("text", MOST_TEXT, lines=True))]
Caption = Annotated[str, TextOf(TextRule("text", MOST_TEXT, minimum=0, lines=True))]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Id = Annotated[str, Field(min_length=1, max_length=80)]


class NewChat(StrictModel):
    """A chat of the acting user with others."""

    name: Name = Field(examples=["Book club"])
    participants: list[User] = Field(min_length=1, max_length=MOST_NAMED, examples=[["ann"]])


class ChatOut(BaseModel):
    """A chat that was made."""

    id: str = Field(examples=["c-5f0c9d3ab1"])


class Participants(StrictModel):
    """Who comes in, and who goes."""

    add: list[User] = Field(default=[], max_length=MOST_NAMED)
    remove: list[User] = Field(default=[], max_length=MOST_NAMED)


class NewMessage(StrictModel):
    """A message; under the same client id it is sent once, however often it comes."""

    text: Text = Field(examples=["Shall we meet at eight?"])
    client_id: ClientId = Field(examples=["m-1"])


class SentOut(BaseModel):
    """A message that was taken in: its number in its chat, and whether it was known already."""

    id: str
    chat: str
    seq: int = Field(examples=[17])
    client_id: str
    again: bool


class MessageOut(BaseModel):
    """A message that the servers still have."""

    id: str
    seq: int
    sender: str
    text: str
    attachment: str


class NewAttachment(StrictModel):
    """What will be uploaded: its size, its SHA-256 in hexadecimal digits, and its kind."""

    size: int = Field(gt=0, le=MOST_BYTES, examples=[5])
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kind: Literal[KINDS] = Field(examples=["image/png"])  # type: ignore[valid-type]


class AttachmentOut(BaseModel):
    """An announced attachment, and the signed path to upload it to, with PUT."""

    id: str
    upload: str


class AddressOut(BaseModel):
    """A signed path to read an attachment by."""

    download: str


class SendFrame(StrictModel):
    """A message from a device."""

    type: Literal["sendMessage"]
    chat: Id
    client_id: ClientId
    text: Caption = ""
    attachment: Annotated[str, Field(max_length=80)] = ""


class CreateFrame(StrictModel):
    """A chat from a device."""

    type: Literal["createChat"]
    name: Name
    participants: list[User] = Field(min_length=1, max_length=MOST_NAMED)


class AttachFrame(StrictModel):
    """An attachment that a device will upload."""

    type: Literal["createAttachment"]
    chat: Id
    size: int = Field(gt=0, le=MOST_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kind: Literal[KINDS]  # type: ignore[valid-type]


class ModifyFrame(StrictModel):
    """Who comes in, and who goes."""

    type: Literal["modifyParticipants"]
    chat: Id
    add: list[User] = Field(default=[], max_length=MOST_NAMED)
    remove: list[User] = Field(default=[], max_length=MOST_NAMED)


class Acked(StrictModel):
    """One message."""

    chat: Id
    id: Annotated[str, Field(min_length=1, max_length=200)]


class AckFrame(StrictModel):
    """What a device has, or what was read on it."""

    type: Literal["ack"]
    messages: list[Acked] = Field(min_length=1, max_length=MOST_ACKS)
    read: bool = False


class TypingFrame(StrictModel):
    """Somebody types."""

    type: Literal["typing"]
    chat: Id


Frame = SendFrame | CreateFrame | AttachFrame | ModifyFrame | AckFrame | TypingFrame


def sent_out(sent: Sent) -> SentOut:
    """What the engine answered, as it travels."""
    return SentOut(id=sent.id, chat=sent.chat, seq=sent.seq, client_id=sent.client_id, again=sent.again)


def message_out(one: Kept) -> MessageOut:
    """A kept message, as it travels."""
    said = one.said
    return MessageOut(
        id=one.id, seq=one.seq, sender=said["from"], text=said["text"], attachment=said["attachment"]
    )


HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

EXAMPLES = (
    Example(
        "A chat with Ann",
        "POST",
        f"{BASE}/chats",
        {"name": "Book club", "participants": ["ann"]},
        status=201,
        saves={"chat": "id"},
    ),
    Example(
        "Write into it",
        "POST",
        f"{BASE}/chats/{{chat}}/messages",
        {"text": "Shall we meet at eight?", "client_id": "m-1"},
        status=201,
        note="Ann's phone on the page has it at once.",
    ),
    Example(
        "The same again",
        "POST",
        f"{BASE}/chats/{{chat}}/messages",
        {"text": "Shall we meet at eight?", "client_id": "m-1"},
        status=201,
        note="The same client id: the same message, with the same number.",
    ),
    Example("What the servers still have", "GET", f"{BASE}/chats/{{chat}}/messages"),
    Example("Ben comes in", "PATCH", f"{BASE}/chats/{{chat}}/participants", {"add": ["ben"], "remove": []}),
    Example(
        "Announce a picture",
        "POST",
        f"{BASE}/chats/{{chat}}/attachments",
        {"size": 5, "sha256": HELLO, "kind": "image/png"},
        status=201,
        note="Then PUT these bytes to the path that comes back; it is signed, and good for five minutes.",
    ),
    Example("A chat of others", "GET", f"{BASE}/chats/weekend/messages", status=404),
)
