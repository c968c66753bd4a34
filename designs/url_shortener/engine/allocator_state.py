"""What key servers and Snowflake workers remember between two numbers, in Valkey.

A server stands for a machine with several processes that share its state. So whoever takes a number
does so over a store, where others really act between two round trips. A range is kept no longer than
its server lives; a worker's last id outlives it, since a repeated id would be worse than a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from designs.url_shortener.config import Config
from designs.url_shortener.engine.lanes import lane
from sdlab.blocks.snowflake import SEQUENCES, ClockStepped, SequenceExhausted, State
from sdlab.lab import EngineContext, EvidenceView, read_step, write_step

TAKE_TOKEN = Path(__file__).with_name("take_token.lua")
NEXT_ID = Path(__file__).with_name("next_id.lua")
GIVE_UP = """
local held = redis.call('hmget', KEYS[1], 'following', 'end')
redis.call('del', KEYS[1])
if not held[1] or not held[2] then return 0 end
return math.max(0, held[2] - held[1])
"""


@dataclass(frozen=True, slots=True)
class TokenRange:
    """Tokens `following` to `end` - 1 are this server's to give, for codes of `width` characters."""

    start: int
    following: int
    end: int
    width: int

    @property
    def left(self) -> int:
        """How many are still to be given."""
        return max(0, self.end - self.following)


NO_RANGE = TokenRange(0, 0, 0, 0)
RANGE_FIELDS = ("start", "following", "end", "width")
STATE_FIELDS = ("last_ms", "sequence")


class TokenTaken(NamedTuple):
    """What the script took (None: nothing), on which of its branches, and when."""

    token: int | None
    branch: str
    step: EvidenceView


class IdTaken(NamedTuple):
    """What the script gave, on which of its branches, and when."""

    state: State
    branch: str
    step: EvidenceView


class AllocatorState:
    """Reads, writes and scripts over the state of one allocator; each says what it saw, as a step in time."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._redis = context.room.redis
        self._take_token = self._redis.register_script(TAKE_TOKEN.read_text())
        self._next_id = self._redis.register_script(NEXT_ID.read_text())
        self._give_up = self._redis.register_script(GIVE_UP)

    def range_key(self, server: str) -> str:
        """The hash that holds a server's range."""
        return self._context.room.key("range", server)

    def worker_key(self, worker: str) -> str:
        """The hash that holds a worker's last id."""
        return self._context.room.key("worker", worker)

    # Ranges of tokens

    async def install(self, server: str, held: TokenRange) -> None:
        """The server walks that range from now on."""
        values = {name: getattr(held, name) for name in RANGE_FIELDS}
        await self._redis.hset(self.range_key(server), mapping=values)

    async def read_range(self, server: str) -> tuple[TokenRange, EvidenceView]:
        """The range as it is now."""
        began = self._now()
        held = range_of(await self._redis.hmget(self.range_key(server), RANGE_FIELDS))
        saw = f"token {held.following:,}" if held.left else "no range"
        return held, read_step(lane(), f"read the next token of {server}", began, self._now(), saw=saw)

    async def write_following(self, server: str, following: int) -> EvidenceView:
        """Store which token comes next, whatever is there by now."""
        began = self._now()
        await self._redis.hset(self.range_key(server), "following", str(following))
        text = f"wrote the next token of {server}"
        return write_step(lane(), text, began, self._now(), wrote=f"token {following:,}")

    async def take_token(self, server: str, width: int) -> TokenTaken:
        """The next token for codes of that width, read and written in one step."""
        began = self._now()
        branch, found = await self._take_token(keys=[self.range_key(server)], args=[width])
        token = int(found) if branch == "taken" else None
        wrote = "nothing: no range is left" if token is None else f"token {token:,} is taken"
        step = write_step(lane(), f"one script at {server}", began, self._now(), wrote=wrote)
        return TokenTaken(token, branch, step)

    async def give_up(self, server: str) -> int:
        """Forget the rest of the range: nobody will ever be given it. How many tokens."""
        return int(await self._give_up(keys=[self.range_key(server)]))

    async def forget_ranges(self, servers: Iterable[str]) -> None:
        """Ranges of servers that have ended with their process are lost."""
        await self._redis.unlink(*map(self.range_key, servers))

    # Snowflake workers

    async def read_state(self, worker: str) -> tuple[State, EvidenceView]:
        """The worker's last id, as it is now."""
        began = self._now()
        state = state_of(await self._redis.hmget(self.worker_key(worker), STATE_FIELDS))
        text = f"read the last id of {worker}"
        return state, read_step(lane(), text, began, self._now(), saw=_said(state))

    async def write_state(self, worker: str, state: State) -> EvidenceView:
        """Store what was given last, whatever is there by now."""
        began = self._now()
        values = {name: getattr(state, name) for name in STATE_FIELDS}
        await self._redis.hset(self.worker_key(worker), mapping=values)
        return write_step(lane(), f"wrote the last id of {worker}", began, self._now(), wrote=_said(state))

    async def next_state(self, worker: str, now_ms: int) -> IdTaken:
        """What follows the last id at `now_ms`, read and written in one step; errors as `Snowflake.following`."""
        began = self._now()
        branch, value = await self._next_id(keys=[self.worker_key(worker)], args=[now_ms, SEQUENCES])
        if branch == "clock-behind":
            raise ClockStepped(int(value))
        if branch == "ms-used-up":
            raise SequenceExhausted
        state = State(now_ms, int(value))
        step = write_step(lane(), f"one script at {worker}", began, self._now(), wrote=_said(state))
        return IdTaken(state, branch, step)

    def _now(self) -> float:
        return self._context.clock.time()


def range_of(found: Iterable[str | None]) -> TokenRange:
    """A range as Valkey has it; `NO_RANGE` when a part of it is missing."""
    values = [int(one) for one in found if one is not None]
    return TokenRange(*values) if len(values) == len(RANGE_FIELDS) else NO_RANGE


def state_of(found: Iterable[str | None]) -> State:
    """A worker's last id as Valkey has it."""
    values = [int(one) for one in found if one is not None]
    return State(*values) if len(values) == len(STATE_FIELDS) else State()


def _said(state: State) -> str:
    return f"{state.last_ms % 100_000:05d} ms, sequence {state.sequence}"
