"""Performs what workloads want: people write, phones lose their connections, servers are killed, outsiders ask."""

from __future__ import annotations

from collections import deque
from typing import Any

from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.servers import PHONE_OF
from sdlab.lab import Operation, Traffic, acting_as, performs

TEXTS = (
    "On my way", "Ten minutes", "Did you see this?", "Yes!", "No idea", "See you at eight", "Bring an umbrella",
    "Who has the keys?", "Left them at yours", "The train is late", "Again?", "Tell me more", "Lunch on Sunday?",
    "I cook", "Then I bring cake", "Perfect", "Where are you?", "By the fountain", "I see you", "Good night",
)  # fmt: skip


class WhatsappTraffic(Traffic[Whatsapp]):
    """Chats are named by a number, or by what they are called where they are on the page."""

    def __init__(self, engine: Whatsapp) -> None:
        super().__init__(engine)
        self._media: deque[str] = deque(maxlen=50)

    def _chat(self, operation: Operation) -> str:
        chat = operation.args["chat"]
        return chat if isinstance(chat, str) else self.engine.busy_chat(chat)

    def _who(self, operation: Operation, chat: str) -> str:
        return str(operation.args.get("who") or self.engine.member(chat, operation.args["by"]))

    @performs("write")
    async def write(self, operation: Operation) -> dict[str, Any]:
        """Somebody who is in a chat writes into it."""
        chat = self._chat(operation)
        with acting_as(who := self._who(operation, chat), by_hand=False):
            sent = await self.engine.send(
                chat, TEXTS[operation.args["text"] % len(TEXTS)], device=f"{who}/phone"
            )
        return {"chat": sent.chat, "id": sent.id, "user": who, "client": sent.client_id} if sent.id else {}

    @performs("twice")
    async def twice(self, operation: Operation) -> dict[str, Any]:
        """Somebody writes, hears no answer, and sends the same again over another server."""
        chat, client = self._chat(operation), f"again-{operation.args['nonce']}"
        text = TEXTS[operation.args["text"] % len(TEXTS)]
        with acting_as(who := self._who(operation, chat), by_hand=False):
            await self.engine.send(chat, text, device=f"{who}/phone", client_id=client)
            await self.engine.send_again(f"{who}/phone", chat, client, text)
        return {}

    @performs("type")
    async def type(self, operation: Operation) -> dict[str, Any]:
        """Somebody types."""
        chat = self._chat(operation)
        await self.engine.typing(f"{self._who(operation, chat)}/phone", chat)
        return {}

    @performs("picture")
    async def picture(self, operation: Operation) -> dict[str, Any]:
        """Somebody sends a picture."""
        chat = self._chat(operation)
        with acting_as(who := self._who(operation, chat), by_hand=False):
            sent = await self.engine.send_picture(f"{who}/phone", chat)
        shown = self.engine.devices.all[f"{who}/phone"].find(chat, sent.client_id)
        if shown is not None:
            self._media.append(shown.attachment)
        return {}

    @performs("open")
    async def open(self, operation: Operation) -> dict[str, Any]:
        """Somebody on the page looks at a chat."""
        await self.engine.open_chat(f"{operation.args['who']}/phone", operation.args["chat"])
        return {}

    @performs("kill")
    async def kill(self, operation: Operation) -> dict[str, Any]:
        """A chat server dies."""
        self.engine.kill(operation.args["nth"])
        return {}

    @performs("lose")
    async def lose(self, operation: Operation) -> dict[str, Any]:
        """A phone will lose what is written to it next, with its connection."""
        if found := self.engine.connected():
            found[operation.args["nth"] % len(found)].losing = True
        return {}

    @performs("move")
    async def move(self, operation: Operation) -> dict[str, Any]:
        """A device connects anew."""
        if found := self.engine.connected():
            self.engine.pool.disconnect(found[operation.args["nth"] % len(found)], back=True)
        return {}

    @performs("away")
    async def away(self, operation: Operation) -> dict[str, Any]:
        """Cleo goes into flight mode."""
        await self.engine.flight(PHONE_OF, True)
        return {}

    @performs("back")
    async def back(self, operation: Operation) -> dict[str, Any]:
        """Cleo comes back."""
        await self.engine.flight(PHONE_OF, False)
        return {}

    @performs("snoop")
    async def snoop(self, operation: Operation) -> dict[str, Any]:
        """Somebody who is in no chat of theirs asks for messages, and for media, by id."""
        await self.engine.history(operation.args["chat"], below=None, limit=20)
        if self._media:
            await self.engine.media_address(self._media[operation.args["nth"] % len(self._media)])
        return {}

    @performs("read")
    async def read(self, operation: Operation) -> dict[str, Any]:
        """Somebody who is in the chat asks for what is still there."""
        chat = self._chat(operation)
        with acting_as(self._who(operation, chat), by_hand=False):
            return {"found": len(await self.engine.history(chat, below=None, limit=20))}

    async def honours(self, answer: Any) -> bool:
        """A message that was acknowledged is known by its client id, at its number."""
        if not isinstance(answer, dict) or "id" not in answer:
            return True
        key = self.engine.room.key("clients", answer["chat"])
        found = await self.engine.room.redis.hget(key, f"{answer['user']}|{answer['client']}")
        return bool(found) and found.rpartition("|")[0] == answer["id"]
