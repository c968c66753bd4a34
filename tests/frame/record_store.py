"""A small learning record store: takes what xAPI 1.0.3 lets pass, keeps it by id, and may be down, slow or forgetful.

https://github.com/adlnet/xAPI-Spec/blob/1.0.3/xAPI-Data.md and xAPI-Communication.md.
"""

from __future__ import annotations

import asyncio
import base64
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

KEY, SECRET = "sdlab", "a secret"
DURATION = re.compile(r"P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
STATEMENT = {"id", "actor", "verb", "object", "result", "context", "timestamp"}
RESULT = {"success": bool, "completion": bool, "response": str, "duration": str}
DEFINITION = {
    "name",
    "description",
    "type",
    "moreInfo",
    "interactionType",
    "choices",
    "correctResponsesPattern",
}
CONTEXT = {"registration", "platform", "contextActivities", "language"}
INTERACTIONS = {"choice", "sequencing", "likert", "true-false", "fill-in", "long-fill-in", "numeric", "other"}


class Wrong(Exception):
    """A statement that a store must refuse."""


def demand(so: bool, what: str) -> None:
    if not so:
        raise Wrong(what)


def check(one: Any) -> None:
    """`Wrong` for what is no statement."""
    demand(isinstance(one, dict) and not one.keys() - STATEMENT, "unknown properties")
    demand({"actor", "verb", "object"} <= one.keys(), "required properties")
    _without_nothing(one)
    demand(str(uuid.UUID(one["id"])) == one["id"], "the id is a UUID")
    account = one["actor"]["account"]
    demand(one["actor"].keys() == {"objectType", "account"}, "an actor has one identifier")
    demand(account.keys() == {"homePage", "name"} and isinstance(account["name"], str), "an account")
    _iri(account["homePage"])
    _iri(one["verb"]["id"])
    _language_map(one["verb"]["display"])
    _activity(one["object"])
    _result(one.get("result", {}))
    context = one.get("context", {})
    demand(not context.keys() - CONTEXT, "unknown properties of a context")
    demand(str(uuid.UUID(context["registration"])) == context["registration"], "a registration is a UUID")
    for kind, found in context.get("contextActivities", {}).items():
        demand(kind in ("parent", "grouping", "category", "other"), "an unknown kind of context")
        for activity in found:
            _activity(activity)
    demand(TIMES.fullmatch(one["timestamp"]) is not None, "a timestamp is RFC 3339, with its offset")
    demand(datetime.fromisoformat(one["timestamp"]).tzinfo is not None, "a timestamp")


def _without_nothing(one: Any) -> None:
    if isinstance(one, dict):
        demand(all(isinstance(name, str) and name for name in one), "names of properties")
        for value in one.values():
            _without_nothing(value)
    elif isinstance(one, list):
        for value in one:
            _without_nothing(value)
    else:
        demand(one is not None, "null is no value")


def _iri(text: Any) -> None:
    demand(isinstance(text, str) and text.isprintable() and " " not in text, "an IRI")
    demand(bool(urlsplit(text).scheme and urlsplit(text).netloc), "an IRI has a scheme")


def _language_map(one: Any) -> None:
    demand(isinstance(one, dict) and bool(one), "a language map")
    for language, text in one.items():
        demand(LANGUAGE.fullmatch(language) is not None and isinstance(text, str), "a language")


def _activity(one: Any) -> None:
    demand(not one.keys() - {"objectType", "id", "definition"}, "unknown properties of an activity")
    demand(one.get("objectType", "Activity") == "Activity", "an activity")
    _iri(one["id"])
    definition = one.get("definition", {})
    demand(not definition.keys() - DEFINITION, "unknown properties of a definition")
    if "name" in definition:
        _language_map(definition["name"])
    if "type" in definition:
        _iri(definition["type"])
    interaction = definition.get("interactionType")
    demand(interaction is None or interaction in INTERACTIONS, "an interaction type")
    if "choices" in definition:
        demand(interaction in ("choice", "sequencing"), "only choices have choices")
        ids = [choice["id"] for choice in definition["choices"]]
        demand(len(set(ids)) == len(ids), "ids of choices are distinct")
        for choice in definition["choices"]:
            _language_map(choice["description"])


def _result(one: Any) -> None:
    demand(not one.keys() - RESULT.keys(), "unknown properties of a result")
    for name, value in one.items():
        demand(isinstance(value, RESULT[name]), f"{name} is another type")
    if "duration" in one:
        demand(
            DURATION.fullmatch(one["duration"]) is not None and one["duration"][-1] not in "PT", "ISO 8601"
        )


class Store:
    """What it has been told, by id in the order of arrival; `mood` says how it is."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.calls: list[int] = []
        self.wrong: list[str] = []
        self.mood = "well"
        self.never = asyncio.Event()
        self.url = ""

    def saying(self, verb: str) -> list[dict[str, Any]]:
        """Statements of that verb."""
        return [one for one in self.kept.values() if one["verb"]["id"].endswith(f"/{verb}")]

    async def take(self, request: web.Request) -> web.StreamResponse:
        """POST of a batch: all of it is kept, or nothing."""
        mood = self.mood
        if mood == "silent":
            await self.never.wait()
        status, said = (503, {}) if mood == "down" else self._kept(request, await request.json())
        if mood == "forgetful" and status == 200:  # it has them, and nobody is told
            status, self.mood = 500, "well"
        self.calls.append(status)
        if status >= 400:
            return web.json_response(said, status=status)
        return web.json_response(said)

    def _kept(self, request: web.Request, batch: Any) -> tuple[int, Any]:
        shown = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {shown}":
            return 401, {}
        if (
            request.headers.get("X-Experience-API-Version") != "1.0.3"
            or request.content_type != "application/json"
        ):
            return 400, {}
        try:
            demand(isinstance(batch, list) and 0 < len(batch) <= 500, "a batch")
            for one in batch:
                check(one)
            ids = [one["id"] for one in batch]
            demand(len(set(ids)) == len(ids), "an id stands there twice")
        except (Wrong, KeyError, TypeError, ValueError, AttributeError) as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            return 400, {"error": str(error)}
        if any(one["id"] in self.kept and self.kept[one["id"]] != one for one in batch):
            return 409, {}
        for one in batch:
            self.kept.setdefault(one["id"], one)
        return 200, ids


@asynccontextmanager
async def record_store() -> AsyncIterator[Store]:
    """One that listens, for the block."""
    store, application = Store(), web.Application()
    application.router.add_post("/xapi/statements", store.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        store.url = f"http://127.0.0.1:{runner.addresses[0][1]}/xapi"
        yield store
    finally:
        store.never.set()
        await runner.cleanup()
