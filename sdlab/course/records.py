"""Keeps records of learning, where a learning record store is set: what happens is told to it as statements."""

from __future__ import annotations

import logging
import time

from sdlab.course.record_store import RecordStore
from sdlab.course.statements import Namer, statement
from sdlab.rooms.happenings import Happening, listeners
from sdlab.settings import Settings

log = logging.getLogger("sdlab.xapi")


class Records:
    """Between classes and one store."""

    def __init__(self, store: RecordStore, named: Namer) -> None:
        self._store, self._named = store, named
        store.start()
        listeners.append(self.hear)

    def hear(self, one: Happening) -> None:
        """Never delays whoever tells, and never fails them."""
        try:
            self._store.tell(statement(one, self._named, at=time.time()))
        except Exception:
            log.exception("a statement could not be made")

    async def close(self) -> None:
        """Hear no more, and send what waits."""
        listeners.remove(self.hear)
        await self._store.close()


def keep_records(chosen: Settings, secret: bytes) -> Records | None:
    """Begin, if a store is set."""
    if not chosen.xapi_endpoint:
        return None
    store = RecordStore(chosen.xapi_endpoint, key=chosen.xapi_key, secret=chosen.xapi_secret)
    return Records(store, Namer(chosen.public_url, secret))
