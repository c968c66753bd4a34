"""Who has sent requests to this room, and the last answers to each."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from designs.rate_limiter.engine.checks import DELAYED, PASSED, UNCHECKED
from designs.rate_limiter.engine.strategies.client_keys import CAST, Caller, caller_of
from sdlab.lab import Invalid, TooMany

NAME = re.compile(r"[\w.@:-]{1,40}", re.ASCII)
MAX_CLIENTS = 2_000
ANSWERS_KEPT = 60
FOLLOWS_AFTER_S = 5.0
BUSIER = 2.0  # times
HALF_LIFE_S = 2.0  # of what was sent lately


@dataclass(slots=True)
class ClientAnswers:
    """What one client sent since the engine was opened, and the last answers: a sign per time.

    `counted_as` and `gateway` are of the newest request.
    """

    sent: int = 0
    passed: int = 0
    refused: int = 0
    counted_as: str = ""
    gateway: str = ""
    sent_at: float = 0.0
    lately: float = 0.0
    times: deque[float] = field(default_factory=lambda: deque(maxlen=ANSWERS_KEPT))
    signs: deque[str] = field(default_factory=lambda: deque(maxlen=ANSWERS_KEPT))

    def lately_at(self, now: float) -> float:
        """How many requests it sent lately: each counts half as much after `HALF_LIFE_S`."""
        return float(self.lately * 0.5 ** ((now - self.sent_at) / HALF_LIFE_S))

    def sends(self, now: float) -> None:
        """One more request is on its way."""
        self.lately = self.lately_at(now) + 1
        self.sent_at = now

    def add(self, t: float, sign: str) -> None:
        """One more answer; a request that nobody answered counts as refused."""
        self.times.append(t)
        self.signs.append(sign)
        if sign in (PASSED, DELAYED, UNCHECKED):
            self.passed += 1
        else:
            self.refused += 1


class Clients:
    """All that are known, the cast from the beginning. One of them is in focus: the panels show it.

    The focus goes to whoever sends by hand. Else it follows the traffic: it leaves a client who has sent
    nothing for `FOLLOWS_AFTER_S`, or, after as long, for one who sends `BUSIER` times as much, unless
    somebody has chosen that client.
    """

    def __init__(self) -> None:
        self.answers = {name: ClientAnswers() for name in CAST}
        self.focus = next(iter(CAST))
        self._chosen = False
        self._since = float("-inf")

    def choose(self, name: str) -> None:
        """Somebody wants to see that client."""
        self.focus, self._chosen = name, True

    def sends(self, name: str, *, now: float, by_hand: bool) -> None:
        """A known client sends a request."""
        leaves = self._leaves_for(name, now)
        self.answers[name].sends(now)
        if by_hand:
            self.focus, self._chosen = name, False
        elif leaves and not self._chosen:
            self.focus, self._since = name, now

    def _leaves_for(self, name: str, now: float) -> bool:
        if now - self.focused.sent_at > FOLLOWS_AFTER_S:
            return True
        busier = self.answers[name].lately_at(now) > BUSIER * self.focused.lately_at(now)
        return busier and now - self._since > FOLLOWS_AFTER_S

    def admit(self, name: str) -> Caller:
        """The caller of that name, known from now on.

        `Invalid` for a name that cannot be one, `TooMany` when the room knows too many clients.
        """
        if not NAME.fullmatch(name):
            raise Invalid("client has 1 to 40 characters out of a–z, A–Z, 0–9 and . _ @ : -", field="client")
        if name not in self.answers:
            if len(self.answers) >= MAX_CLIENTS:
                raise TooMany(
                    f"this room knows {MAX_CLIENTS:,} clients already; restart the lab to forget them"
                )
            self.answers[name] = ClientAnswers()
        return caller_of(name)

    @property
    def focused(self) -> ClientAnswers:
        """The answers to the client in focus."""
        return self.answers[self.focus]
