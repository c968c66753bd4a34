"""The room's own piece of a host, for attacks to reach for: a secret in a file, a file to be written over, a door.

Nothing of it is worth anything. It is made with the first attack and taken away with the room.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from designs.leetcode.engine.solutions import ATTACKS, Attack, attack_code
from sdlab.parts.confined.judge import Judged

REMEMBERED = 500
UNTOUCHED = "nobody has written here"
MOST_HEARD = 200


@dataclass(frozen=True, slots=True)
class SeenAttack:
    """An attack that was judged: where, by whom, and what it got of the host."""

    kind: str
    person: str
    runner: str
    tier: str
    got: str
    sent_ms: int
    judged_ms: int
    taken_at: float  # engine's time, when the runner had it


class Host:
    """`heard` counts those that came through the door and knew the word; `seen` are attacks that nobody has looked at yet."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(8)
        self.word = secrets.token_hex(4)
        self.heard = 0
        self.seen: deque[SeenAttack] = deque(maxlen=REMEMBERED)
        self._folder: Path | None = None
        self._door: asyncio.Server | None = None
        self._making = asyncio.Lock()

    async def code(self, attack: Attack) -> str:
        """The attack, about what lies here."""
        async with self._making:
            if self._folder is None:
                await self._make()
        assert self._folder is not None
        assert self._door is not None
        return attack_code(
            attack,
            path=str(self._folder / "secret.txt"),
            canary=str(self._folder / "canary.txt"),
            port=self._door.sockets[0].getsockname()[1],
            word=self.word,
        )

    async def _make(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="sdlab-host-"))
        folder.chmod(0o755)
        (folder / "secret.txt").write_text(self.secret)
        (folder / "canary.txt").write_text(UNTOUCHED)
        (folder / "secret.txt").chmod(0o644)
        (folder / "canary.txt").chmod(0o666)
        self._door = await asyncio.start_server(self._knock, "127.0.0.1", 0)
        self._folder = folder

    async def _knock(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(2):
                if self.word.encode() in await reader.read(MOST_HEARD):
                    self.heard += 1
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()

    def got(self, kind: str, judged: Judged) -> str:
        """What that attack got of the host; empty when nothing. What it wrote over is put right."""
        said = " ".join([judged.printed, *(str(one.get("answer")) for one in judged.answers)])
        if kind == "secret" and self.secret in said:
            return "the secret was read"
        if kind == "passwd" and "root:" in said:
            return "/etc/passwd was read"
        if kind == "socket" and "connected" in said:
            return "it came through the door"
        if kind == "write" and self._written():
            return "a file was written over"
        if kind == "fork" and any(_number(one.get("answer")) > 0 for one in judged.answers):
            most = max(_number(one.get("answer")) for one in judged.answers)
            return f"{most} processes were started"
        return ""

    def _written(self) -> bool:
        assert self._folder is not None
        canary = self._folder / "canary.txt"
        if canary.read_text() == UNTOUCHED:
            return False
        canary.write_text(UNTOUCHED)
        return True

    async def close(self) -> None:
        """Nothing of it stays."""
        if self._door is not None:
            self._door.close()
            self._door = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def label_of(kind: str) -> str:
    """What an attack is called."""
    return ATTACKS[kind].label
