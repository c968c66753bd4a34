"""Pages at their own address: a built page is a folder, and asking for it costs no redirect to its slash."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from sdlab.rooms.http import SAFE
from sdlab.settings import ROOT


def built_pages() -> frozenset[str]:
    """Addresses of the built pages, without a slash at the end; none where nothing is built."""
    web = Path(os.environ.get("REFLEX_WEB_WORKDIR", ROOT / ".web")) / "build" / "client"
    found = (page.parent.relative_to(web).as_posix() for page in web.rglob("index.html"))
    return frozenset(f"/{place}" for place in found if place != ".")


class WithoutSlash:
    """Gives a page to whoever asks for its address, as if a slash stood at the end."""

    def __init__(self, app: ASGIApp, *, pages: frozenset[str]) -> None:
        self.app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in self._pages and scope["method"] in SAFE:
            path = f"{scope['path']}/"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)
