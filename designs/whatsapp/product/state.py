"""What a visitor wants of the phones: write, look at a chat, send a picture, flight mode, a second device."""

from __future__ import annotations

from designs.whatsapp.engine.directory import DEMO
from designs.whatsapp.engine.engine import Whatsapp
from sdlab.lab import NotFound, as_user
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("whatsapp", Whatsapp)


class WhatsappState(VerbState):
    """Nothing of its own: what phones show is in the live frames."""

    @verb
    async def write(self, engine: Whatsapp, phone: str, chat: str, text: str) -> None:
        """Somebody writes on one of the devices."""
        await as_user(_owner(phone), engine.send(chat, text, device=phone))

    @verb
    async def picture(self, engine: Whatsapp, phone: str, chat: str) -> None:
        """Somebody takes a picture and sends it."""
        await as_user(_owner(phone), engine.send_picture(phone, chat))

    @verb
    async def typing(self, engine: Whatsapp, phone: str, chat: str) -> None:
        """Somebody types."""
        await as_user(_owner(phone), engine.typing(phone, chat))

    @verb
    async def open(self, engine: Whatsapp, phone: str, chat: str) -> None:
        """Somebody looks at a chat."""
        await as_user(_owner(phone), engine.open_chat(phone, chat))

    @verb
    async def flight(self, engine: Whatsapp, phone: str, on: bool) -> None:
        """Into flight mode, or back."""
        await as_user(_owner(phone), engine.flight(phone, on))

    @verb
    async def link(self, engine: Whatsapp, user: str) -> None:
        """A second device of the same person."""
        await as_user(_owner(f"{user}/tablet"), engine.link(user, "tablet"))


def _owner(phone: str) -> str:
    user = phone.partition("/")[0]
    if user not in DEMO:
        raise NotFound("nobody of that name is on the page")
    return user
