"""Who may do what in a class. Rights are keyed marks over the room and the class's own nonce.

A join code or a room's id alone gives none.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Literal

from sdlab.lab import Forbidden

Role = Literal["leader", "follower"]


class ClassRights:
    """Makes the tokens of one class, and knows its own again: `secret` is the server's, `nonce` the class's."""

    def __init__(self, secret: bytes, room: str, *, nonce: str) -> None:
        self._secret, self._room, self._nonce = secret, room, nonce

    def leader_token(self) -> str:
        """The right to drive this class."""
        return f"leader.{self._mark('leader')}"

    def follower_token(self, name: str = "") -> str:
        """The right to vote once per question, for somebody who joined; the same for the same `name`, without dots."""
        name = name or secrets.token_hex(8)
        return f"follower.{name}.{self._mark(f'follower:{name}')}"

    def role_of(self, token: str) -> tuple[Role, str]:
        """Whose token that is; `Forbidden` when it was not made for this class."""
        kind, _, rest = token.partition(".")
        if kind == "leader" and _same(rest, self._mark("leader")):
            return "leader", "leader"
        name, _, mark = rest.partition(".")
        if kind == "follower" and _same(mark, self._mark(f"follower:{name}")):
            return "follower", name
        raise Forbidden("that is no right in this class")

    def demand_leader(self, token: str) -> None:
        """`Forbidden` unless that is the leader's token."""
        if self.role_of(token)[0] != "leader":
            raise Forbidden("only the leader drives this class")

    def _mark(self, what: str) -> str:
        text = f"class:{self._room}:{self._nonce}:{what}"
        return hmac.new(self._secret, text.encode(errors="replace"), hashlib.sha256).hexdigest()[:32]


def hand_of(name: str) -> str:
    """What all may know of a follower's press: the same mark for all presses of one, and no right.

    >>> hand_of("")
    ''
    """
    return hashlib.sha256(f"hand:{name}".encode()).hexdigest()[:6] if name else ""


def _same(shown: str, right: str) -> bool:
    """Whether they are equal, in a time that does not tell how far; a shown mark may be any text."""
    return hmac.compare_digest(shown.encode(errors="replace"), right.encode())
