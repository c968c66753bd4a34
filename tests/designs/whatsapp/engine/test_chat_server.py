"""A chat server without its process: what its turns give out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from designs.whatsapp.config import Config
from designs.whatsapp.engine.chat_server import PAGE, ChatServer
from sdlab.parts.worker_process import address_of


async def test_what_is_told_does_not_overtake_what_waits_beyond_the_first_page(
    make_room: Any, tmp_path: Any
) -> None:
    """A device knows nothing of a chat yet, and its first message is behind a whole page of others in the inbox."""
    room = await make_room("whatsapp", seed=5)

    class Parent:
        async def ask(self, what: str, **fields: Any) -> Any:
            return {"ann": ["phone"], "ben": ["phone"]}

    parent: Any = Parent()
    server = ChatServer(
        parent, name="s1", redis=address_of(room.redis), prefix=room.key(), folder=str(tmp_path)
    )
    config = {**asdict(Config()), "reach": "pubsub", "footprint": "by_device"}
    written = 0

    def said(chat: str) -> dict[str, Any]:
        nonlocal written
        written += 1
        frame = {"t": "send", "d": "ann/phone", "u": "ann", "chat": chat, "cid": str(written)}
        return {**frame, "text": "", "att": "", "at": 0.0}

    try:
        await server.turn([*(said("loud") for _ in range(PAGE)), said("quiet")], config, [])
        ben = {"t": "connect", "d": "ben/phone", "u": "ben", "last": {}}
        turns = [await server.turn([ben], config, []), await server.turn([said("quiet")], config, ["ben"])]
        got = [out for turn in turns for out in turn["out"]]
        acked = {"t": "ack", "d": "ben/phone", "kind": "have", "items": [out[0] for out in got]}
        got += (await server.turn([acked], config, [], sweep=True))["out"]
    finally:
        await server.redis.aclose()
    assert [out[2] for out in got if out[0].startswith("m|quiet|")] == [1, 2]
    assert [out[2] for out in got if out[0].startswith("m|loud|")] == list(range(1, PAGE + 1))
