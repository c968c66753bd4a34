"""Blobs behind one port: a folder by default, an object store when `BLOB_URL` says so."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import obstore
from obstore.store import LocalStore, from_url

from sdlab.lab.errors import Unavailable

MAX_BLOB = 512 * 1024 * 1024
ANSWER_WITHIN = 10.0


class Blobs:
    """Named bytes. Names are paths with `/`, without `..`. `Unavailable` when the store does not answer."""

    def __init__(self, url: str, *, files: Path | None = None) -> None:
        self.url = url
        self._files = Path(url) if files is None else files
        self._store: Any
        if "://" in url:
            self._store = from_url(url)
        else:
            Path(url).mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(Path(url))

    @property
    def store(self) -> Any:
        """The store itself, for the part that keeps objects in it; whoever uses it keeps below a prefix of its room."""
        return self._store

    def folder(self, name: str) -> Path:
        """A folder of this machine, made when it is missing, for what a library keeps in files by itself.

        `forget` takes it along. Another machine does not have it: only what can be made again lies there.
        """
        made = self._files / _checked(name)
        made.mkdir(parents=True, exist_ok=True)
        return made

    async def put(self, name: str, content: bytes) -> None:
        """Store `content` under `name`; replaces what was there."""
        async with _limit():
            await obstore.put_async(self._store, _checked(name), content)

    async def get(self, name: str) -> bytes:
        """The content; `FileNotFoundError` when there is none."""
        async with _limit():
            answer = await obstore.get_async(self._store, _checked(name))
            return bytes(await answer.bytes_async())

    async def delete(self, name: str) -> None:
        """Remove it, if it is there."""
        try:
            async with _limit():
                await obstore.delete_async(self._store, _checked(name))
        except FileNotFoundError:
            return

    async def names(self, prefix: str) -> list[str]:
        """The names that begin with `prefix` (a folder, ending in `/`)."""
        found = []
        async with _limit():
            async for chunk in obstore.list(self._store, prefix=prefix.rstrip("/") or None):
                found += [meta["path"] for meta in chunk]
        return sorted(found)

    async def forget(self, prefix: str) -> None:
        """Remove everything below `prefix`."""
        for name in await self.names(prefix):
            await self.delete(name)
        await asyncio.to_thread(shutil.rmtree, self._files / _checked(prefix), ignore_errors=True)


@asynccontextmanager
async def _limit() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            yield
    except TimeoutError:
        raise Unavailable("the store of blobs does not answer", retry_after=1) from None


def _checked(name: str) -> str:
    if not name or name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"not a blob name: {name!r}")
    return name
