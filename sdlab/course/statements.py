"""What happens in a class as xAPI statements: https://github.com/adlnet/xAPI-Spec/blob/master/xAPI-Data.md (1.0.3).

Actors are accounts with a keyed hash for a name; no statement has a person's name, address or id on a platform.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sdlab.registry import design
from sdlab.rooms.happenings import Happening, Kind, Verb

VERBS = "http://adlnet.gov/expapi/verbs/"
TYPES = "http://adlnet.gov/expapi/activities/"
TYPE_OF: dict[Kind, str] = {
    "lab": f"{TYPES}simulation",
    "choice": f"{TYPES}cmi.interaction",
    "number": f"{TYPES}cmi.interaction",
    "words": f"{TYPES}cmi.interaction",
    "lesson": f"{TYPES}lesson",
    "exercise": f"{TYPES}performance",
}
INTERACTIONS: dict[Kind, str] = {"choice": "choice", "number": "numeric", "words": "fill-in"}
LANGUAGE = "en"
PLATFORM = "sdlab"
WITH_AN_END: tuple[Verb, ...] = ("completed",)


@dataclass(frozen=True, slots=True)
class Namer:
    """Names what statements are about. `home` is this server's public address, `secret` its own."""

    home: str
    secret: bytes

    def actor(self, name: str) -> dict[str, Any]:
        """The same account for the same name."""
        return {
            "objectType": "Agent",
            "account": {"homePage": self.home, "name": self._hashed("learner", name)[:32]},
        }

    def registration(self, room: str) -> str:
        """A UUID of a class, from which its room cannot be told."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self._hashed("class", room)))

    def activity(self, one: Happening) -> str:
        """An address that stays the same: of a lab's page, and of what it is about there."""
        place = f"{self.registration(one.place)}/" if one.place else ""
        about = f"#{quote(place + one.subject, safe='/-')}" if one.subject else ""
        return f"{self.home}/labs/{one.lab}{about}"

    def _hashed(self, *parts: str) -> str:
        return hmac.new(self.secret, "\n".join(parts).encode(errors="replace"), hashlib.sha256).hexdigest()


def statement(one: Happening, named: Namer, *, at: float) -> dict[str, Any]:
    """The statement that this happened at `at`, seconds since the epoch. It has an id of its own."""
    lab = design(one.lab)
    context: dict[str, Any] = {"registration": named.registration(one.room), "platform": PLATFORM}
    if one.subject:
        parent = Happening(one.verb, one.room, one.lab, one.name)
        context["contextActivities"] = {"parent": [{"objectType": "Activity", "id": named.activity(parent)}]}
    made: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "actor": named.actor(one.name),
        "verb": {"id": f"{VERBS}{one.verb}", "display": {LANGUAGE: one.verb}},
        "object": {
            "objectType": "Activity",
            "id": named.activity(one),
            "definition": _definition(one, one.title or lab.title),
        },
        "context": context,
        "timestamp": timestamp(at),
    }
    if result := _result(one):
        made["result"] = result
    return made


def _definition(one: Happening, title: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": {LANGUAGE: title}, "type": TYPE_OF[one.kind]}
    if interaction := INTERACTIONS.get(one.kind):
        found["interactionType"] = interaction
    if one.options:
        found["choices"] = [
            {"id": str(number), "description": {LANGUAGE: text}} for number, text in enumerate(one.options)
        ]
    return found


def _result(one: Happening) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if one.response:
        found["response"] = one.response
    if one.success is not None:
        found["success"] = one.success
    if one.verb in WITH_AN_END:
        found["completion"] = True
    if one.seconds is not None:
        found["duration"] = duration(one.seconds)
    return found


def timestamp(at: float) -> str:
    """ISO 8601, in UTC, to the millisecond.

    >>> timestamp(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """ISO 8601, to hundredths of a second, as xAPI compares them.

    >>> duration(75.257), duration(0)
    ('PT75.26S', 'PT0S')
    """
    return f"PT{round(max(0.0, seconds), 2):g}S" if seconds < 1000 else f"PT{round(seconds)}S"
