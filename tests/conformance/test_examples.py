"""The calls that a page shows run as shown, one after the other."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from sdlab.lab import Design
from sdlab.registry import designs
from sdlab.rooms.manager import RoomManager

pytestmark = pytest.mark.virtual_time


def filled(body: Any, saved: dict[str, str]) -> Any:
    """The body with every `{name}` in its texts replaced."""
    return json.loads(re.sub(r"\{(\w+)\}", lambda at: saved[at[1]], json.dumps(body)))


def described(application: FastAPI, method: str, path: str) -> set[str]:
    """The statuses that the description of the API has for a call of that path."""
    plain = path.partition("?")[0]
    for known, operations in application.openapi()["paths"].items():
        if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), plain):
            return set(operations[method.lower()]["responses"])
    return set()


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
async def test_examples_run_as_shown(manager: RoomManager, application: FastAPI, design: Design) -> None:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        client.headers["X-SDLab-Room"] = (await client.post("/api/rooms")).json()["room"]
        saved: dict[str, str] = {}
        assert design.examples
        for example in design.examples:
            path = example.path.format(**saved)
            headers = {name: value.format(**saved) for name, value in example.headers.items()}
            body = filled(example.body, saved)
            answer = await client.request(example.method, path, json=body, headers=headers)
            assert answer.status_code == example.status, f"{example.method} {path}: {answer.text}"
            assert str(example.status) in described(application, example.method, path)
            saved |= {name: str(answer.json()[field]) for name, field in example.saves.items()}
        assert not re.findall(r"\{", "".join(example.path.format(**saved) for example in design.examples))
