"""Hears from the operating system that something in a folder was changed: inotify, FSEvents, ReadDirectoryChangesW."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import watchfiles

STEP_MS, DEBOUNCE_MS, TURN_MS = 50, 100, 500


class FolderWatcher:
    """One thread for all folders; says through an event of the loop which of them was touched. It follows no other clock."""

    def __init__(self, folders: Mapping[Path, asyncio.Event]) -> None:
        self._folders = dict(folders)
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="folder watcher", daemon=True)
        self.problem = ""
        self._thread.start()

    async def close(self) -> None:
        """Nothing is watched any more when this returns."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)

    def _watch(self) -> None:
        began = False
        try:
            for changes in watchfiles.watch(
                *self._folders,
                stop_event=self._stop,
                step=STEP_MS,
                debounce=DEBOUNCE_MS,
                rust_timeout=TURN_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                watch_filter=None,
            ):
                for folder, event in self._folders.items():
                    touched = any(Path(path).is_relative_to(folder) for _, path in changes)
                    if touched or not began:  # what was changed before the watch began is looked for once
                        self._say(event)
                began = True
        except OSError as error:
            self.problem = str(error)  # edits by hand wait for the next of the lab

    def _say(self, event: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(event.set)
