"""What holds for the API of every lab: whose keys and objects these are, what counts as text, number and time.

Each test bears the numbers of the cases that it holds.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from sdlab.lab import Design, Example
from sdlab.registry import designs
from sdlab.rooms.manager import RoomManager
from tests.conformance.test_examples import filled
from tests.conformance.watching import held

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
WORDS = ("hey 👩‍💻", "می‌خواهم", "☂️ e\u0301", "ab שלום")
NO_WORDS = ("\u200b", "\u2060 \ufe0f", "", "a\u202eb", "a\x07b")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
KEY = "Idempotency-Key"
USER = "X-SDLab-User"

# What is known to be wrong; a lab that is mended is taken out.
KEYS = {"ticketmaster"}
OWNED = {"ticketmaster"}
TEXTS: set[str] = set()
NUMBERS: set[str] = set()
WAITS: set[str] = set()
TIMES: set[str] = set()


@dataclass(slots=True)
class Caller:
    """Makes the examples of a lab in a room of its own, in their order."""

    design: Design
    client: httpx.AsyncClient
    schema: Mapping[str, Any]
    saved: dict[str, str] = field(default_factory=dict)

    def request(self, example: Example) -> dict[str, Any]:
        """The call, with what earlier ones have saved."""
        return {
            "method": example.method,
            "url": example.path.format(**self.saved),
            "json": filled(example.body, self.saved),
            "headers": {name: value.format(**self.saved) for name, value in example.headers.items()},
        }

    async def call(self, **request: Any) -> httpx.Response:
        return await self.client.request(**request)

    async def make(self, example: Example) -> httpx.Response:
        """Call it as shown."""
        answer = await self.call(**self.request(example))
        assert answer.status_code == example.status, answer.text
        self.saved |= {name: str(answer.json()[value]) for name, value in example.saves.items()}
        return answer

    def operation(self, example: Example) -> Mapping[str, Any]:
        """What the published schema says of the call."""
        wanted = example.path.partition("?")[0].replace("{", "").replace("}", "")
        found = [
            methods[example.method.lower()]
            for path, methods in self.schema["paths"].items()
            if example.method.lower() in methods
            and re.fullmatch(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(path)), wanted)
        ]
        return found[0] if found else {}

    def fields(self, example: Example) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
        """The plain fields of its body, by path, as published."""
        content = self.operation(example).get("requestBody", {}).get("content", {})
        yield from self._fields((), content.get("application/json", {}).get("schema", {}))

    def _fields(
        self, at: tuple[str, ...], schema: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str, ...], Any]]:
        while "$ref" in schema:
            schema = self.schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for one in schema.get("anyOf", ()):
            yield from self._fields(at, one)
        for name, one in schema.get("properties", {}).items():
            yield from self._fields((*at, name), one)
        if "type" in schema and schema["type"] not in ("object", "null", "array"):
            yield at, schema

    def somebody_else(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same call by another user of the room."""
        headers = {**request["headers"], USER: "somebody-else"}
        if mine := headers.get("Authorization"):
            tokens = [f"Bearer {one}" for one in self.saved.values()]
            headers["Authorization"] = next(one for one in tokens if one != mine and "." in one)
        return {**request, "headers": headers}


@pytest.fixture
async def caller(manager: RoomManager, application: FastAPI, design: Design) -> Any:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        client.headers["X-SDLab-Room"] = (await client.post("/api/rooms")).json()["room"]
        yield Caller(design, client, application.openapi())


def put(body: Any, path: tuple[str, ...], value: Any) -> Any:
    """A copy of a body with another value at that path."""
    changed = copy.deepcopy(body) if body else {}
    inner = changed
    for name in path[:-1]:
        inner = inner.setdefault(name, {})
    inner[path[-1]] = value
    return changed


def other_body(example: Example, design: Design, body: Mapping[str, Any]) -> Any:
    """Another valid body for the same operation: of another example, or with one more letter."""
    for other in design.examples:
        if (other.method, other.path) == (example.method, example.path) and other.body != example.body:
            return (
                {**body, **{name: value for name, value in other.body.items() if "{" not in str(value)}}
                if other.body
                else None
            )
    name = next(name for name, value in body.items() if isinstance(value, str))
    return {**body, name: f"{body[name]}x"}


@ALL
async def test_c2_c4_a_key_belongs_to_its_user_and_its_request(caller: Caller, design: Design) -> None:
    problems = []
    for example in design.examples:
        keyed = any(one["name"] == KEY for one in caller.operation(example).get("parameters", ()))
        if not keyed or not 200 <= example.status < 300:
            await caller.make(example)
            continue
        request = caller.request(example)
        request["headers"][KEY] = f"key of {example.title}"
        another = {**request, "json": other_body(example, design, request["json"])}
        first, at_once = await asyncio.gather(caller.call(**request), caller.call(**request))
        again = await caller.call(**request)
        other = await caller.call(**another)
        theirs = await caller.call(**caller.somebody_else(another))
        assert first.status_code == example.status, first.text
        if not first.json() == at_once.json() == again.json():
            problems.append(f"{example.title}: another answer to the same request")
        if other.status_code != 422 or other.json().get("field") != KEY:
            problems.append(f"{example.title}: {other.status_code} to another request")
        refused = theirs.status_code == 422 and theirs.json().get("field") == KEY
        if refused or ids_in(first.json()) & ids_in(theirs.json()) - ids_in(request["json"]):
            problems.append(f"{example.title}: another user meets what this key made")
        await caller.make(example)
    held(problems, design.slug, KEYS)


def ids_in(data: Any) -> set[str]:
    """Every text in it that could open something."""
    if isinstance(data, Mapping):
        return {
            one
            for name, value in data.items()
            for one in ids_in(value)
            if not isinstance(value, str) or _names_one(name)
        }
    if isinstance(data, list):
        return {one for value in data for one in ids_in(value)}
    return {data} if isinstance(data, str) else set()


def _names_one(name: str) -> bool:
    return name in ("id", "code", "token") or name.endswith(("_id", "Id"))


@ALL
async def test_c3_what_belongs_to_somebody_is_nobody_elses(caller: Caller, design: Design) -> None:
    problems = []
    for example in design.examples:
        request = caller.request(example)
        mine = {
            value for name, value in caller.saved.items() if f"{{{name}}}" in f"{example.path}{example.body}"
        }
        if mine and example.method != "GET" and 200 <= example.status < 300:
            theirs = await caller.call(**caller.somebody_else(request))
            if theirs.status_code not in (403, 404):
                problems.append(f"{example.method} {example.path}: {theirs.status_code} to somebody else")
            handed = [one for one in caller.saved.values() if one not in mine and one in theirs.text]
            if handed:
                problems.append(f"{example.method} {example.path}: hands out {handed}")
        await caller.make(example)
    held(problems, design.slug, OWNED)


@ALL
async def test_c5_c10_any_script_is_text_and_nothing_visible_is_none(caller: Caller, design: Design) -> None:
    problems = []
    tried = set()
    for example in design.examples:
        if 200 <= example.status < 300:
            for path, schema in caller.fields(example):
                if schema.get("format") == "text" and (example.path, path) not in tried:
                    tried.add((example.path, path))
                    problems += await badly_read(caller, example, path, optional=schema.get("minLength") == 0)
        await caller.make(example)
    held(problems, design.slug, TEXTS)


async def badly_read(caller: Caller, example: Example, path: tuple[str, ...], *, optional: bool) -> list[str]:
    """Texts that a field takes and should not, or the other way round."""
    found = []
    for text in (*WORDS, *NO_WORDS):
        if optional and not text.strip("\u200b\u2060 \ufe0f"):
            continue
        request = caller.request(example)
        answer = await caller.call(**{**request, "json": put(request["json"], path, text)})
        if answer.status_code != (example.status if text in WORDS else 422):
            found.append(f"{example.method} {example.path} {path[-1]} {text!r}: {answer.status_code}")
    return found


@ALL
async def test_c9_booleans_and_texts_are_no_numbers(caller: Caller, design: Design) -> None:
    problems = []
    for example in design.examples:
        if 200 <= example.status < 300:
            for path, schema in caller.fields(example):
                if schema["type"] in ("number", "integer"):
                    for value in (True, "1"):
                        request = caller.request(example)
                        answer = await caller.call(**{**request, "json": put(request["json"], path, value)})
                        if answer.status_code != 422:
                            problems.append(f"{example.path} {path[-1]} {value!r}: {answer.status_code}")
        await caller.make(example)
    held(problems, design.slug, NUMBERS)


@ALL
async def test_c8_who_waits_as_long_as_told_may_pass(
    caller: Caller, manager: RoomManager, design: Design
) -> None:
    problems = []
    for example in design.examples:
        answer = await caller.make(example)
        if example.status in (429, 503):
            wait = answer.headers.get("Retry-After", "")
            assert wait.isdigit(), f"{example.title}: no whole seconds to wait"
            await manager.clock.sleep(int(wait))
            later = await caller.call(**caller.request(example))
            if later.status_code == example.status:
                problems.append(f"{example.title}: {later.status_code} again after {wait} s")
    held(problems, design.slug, WAITS)


@ALL
async def test_c12_times_bear_their_zone(caller: Caller, design: Design) -> None:
    problems = []
    for example in design.examples:
        answer = await caller.make(example)
        if answer.content and answer.headers.get("Content-Type", "").startswith("application/json"):
            problems += [
                f"{example.title}: {one}"
                for one in texts_in(answer.json())
                if TIME.match(one) and not ZONED.fullmatch(one)
            ]
    held(problems, design.slug, TIMES)


def texts_in(data: Any) -> Iterator[str]:
    """Every text of an answer."""
    if isinstance(data, Mapping):
        for value in data.values():
            yield from texts_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts_in(value)
    elif isinstance(data, str):
        yield data


@ALL
async def test_c15_names_in_headers_are_utf_8(caller: Caller, design: Design) -> None:
    example = next(one for one in design.examples if one.status < 300)

    async def named(name: str) -> httpx.Response:
        request = caller.request(example)
        return await caller.call(**{**request, "headers": {**request["headers"], USER: name.encode()}})

    plain = await named("zoe")
    for name in ("Zoë", "شهرزاد", "👩‍💻"):
        answer = await named(name)
        assert answer.status_code == plain.status_code
        assert name.encode().decode("latin-1") not in answer.text
