"""What the server does for devices and programs alike: announce, take parts in, complete, tell what changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from designs.dropbox.config import Config
from designs.dropbox.engine.bus import Bus, Subscription
from designs.dropbox.engine.claims import ClaimChecker
from designs.dropbox.engine.content import Manifest
from designs.dropbox.engine.counters import Counters
from designs.dropbox.engine.device import Announced, Fetched
from designs.dropbox.engine.metadata import Change, Completed, Content, FileInfo, Metadata, Upload, Wanted
from designs.dropbox.engine.nodes import API
from designs.dropbox.engine.parts import Part, PartStore
from designs.dropbox.engine.strategies import COMPLETINGS, DELTAS
from sdlab.lab import Conflict, EngineContext, Unavailable
from sdlab.parts.presigned import Signed

PAGE = 500
FOLLOWED = 2000
T = TypeVar("T")


class SyncServer:
    """`source` is who asks: a device of the lab, or the visitor."""

    def __init__(  # noqa: PLR0917 - the parts that it is made of
        self,
        context: EngineContext[Config],
        metadata: Metadata,
        parts: PartStore,
        bus: Bus,
        counters: Counters,
        checker: ClaimChecker,
    ) -> None:
        self._context, self._counters, self._checker = context, counters, checker
        self.metadata, self.parts, self.bus = metadata, parts, bus
        self.edited: OrderedDict[tuple[str, int], float] = OrderedDict()  # when a version was edited

    async def _asked(self, what: str, work: Callable[[], Awaitable[T]], source: str) -> T:
        return await self._context.node(API).call(what, work, source=source)

    # Up

    async def announce(self, wanted: Wanted, user: str, *, source: str) -> tuple[Upload, list[Part]]:
        """An upload, and the signed addresses of the chunks that are to be sent for it."""

        async def announce() -> tuple[Upload, list[Part]]:
            began = self._context.clock.time()
            upload = await self.metadata.announce(wanted, user)
            self._checker.announced(upload.owner, upload.there, began)
            sizes = dict(wanted.chunks)
            missing = DELTAS[self._context.config.delta]().wanted(
                list(sizes), upload.there, self._context.decide
            )
            return upload, [self.parts.address("PUT", upload.owner, one, sizes[one]) for one in missing]

        return await self._asked("POST files", announce, source)

    async def put(self, signed: Signed, body: AsyncIterator[bytes], codec: str, *, source: str) -> None:
        """A part comes, at its signed address: straight into the store."""
        await self.parts.put(signed, body, codec, source=source)

    async def complete(self, id: str, user: str, *, source: str) -> Completed:
        """Make a version visible. `Conflict` with the missing parts, where the store does not have all of them."""

        async def complete() -> Completed:
            owner, chunks = await self.metadata.upload(id, user)
            completing = COMPLETINGS[self._context.config.completing]()
            if completing.checks and (
                absent := await self.parts.absent(owner, [print_ for print_, _ in chunks])
            ):
                raise self._incomplete(absent)
            completing.why(self._context.decide)
            done = await self.metadata.commit(id)
            if done.state == "missing":
                raise self._incomplete(done.missing)
            self._completed(done)
            return done

        return await self._asked("POST complete", complete, source)

    def _incomplete(self, missing: Sequence[str]) -> Conflict:
        self._counters.refused += 1
        self._context.decide(f"{len(missing):,} parts are not in the store: nothing becomes visible")
        return Conflict("parts are missing", reason="parts", missing=list(missing))

    def _completed(self, done: Completed) -> None:
        if done.state != "done":
            self._counters.conflicts += 1
            self._counters.copies += done.state == "newer"
            if done.state == "dropped":
                self._counters.dropped += 1
                self._checker.dropped(done.file.path)
        elif done.seq:
            self._counters.completed += 1
            self._checker.committed(done.file)
            self.tell(done.seq, done.file, done.file.by)

    def tell(self, seq: int, file: FileInfo, by: str = "") -> None:
        """There is a new entry in the log."""
        self.bus.publish(seq, file.id, by)
        self._context.changed()

    async def rename(self, id: str, path: str, device: str, *, source: str) -> FileInfo:
        """Another path."""

        async def rename() -> FileInfo:
            file, seq = await self.metadata.rename(id, path, device)
            self._counters.renamed += 1
            self._checker.moved(file)
            self.tell(seq, file, device)
            return file

        return await self._asked("PATCH file", rename, source)

    async def delete(self, id: str, base: int, device: str, *, source: str) -> None:
        """Gone, for everybody."""

        async def delete() -> None:
            file, seq = await self.metadata.delete(id, base, device)
            self._counters.deleted += 1
            self._checker.moved(file)
            self.tell(seq, file, device)

        await self._asked("DELETE file", delete, source)

    # Down

    async def changes(self, cursor: int, limit: int, *, source: str) -> list[Change]:
        """What is behind the cursor; "nothing new" is counted as a miss."""
        found = await self._context.node(API).call(
            "GET changes",
            lambda: self.metadata.changes(cursor, limit),
            source=source,
            outcome=lambda changes: "ok" if changes else "miss",
        )
        self._counters.listed += len(found)
        return found

    async def listing(self, *, source: str) -> tuple[list[FileInfo], int]:
        """Every file."""
        found, head = await self._asked("GET files", self.metadata.listing, source)
        self._counters.listed += len(found)
        return found, head

    async def fetch(
        self, id: str, number: int = 0, *, source: str
    ) -> tuple[FileInfo, Content, tuple[Part, ...]]:
        """A version and the addresses of its chunks."""

        async def fetch() -> tuple[FileInfo, Content, tuple[Part, ...]]:
            file, content = await self.metadata.content(id, number)
            parts = tuple(self.parts.address("GET", content.owner, one, size) for one, size in content.chunks)
            return file, content, parts

        return await self._asked("GET file", fetch, source)


class LabRemote:
    """The line of a device of the lab: as long as the knob says, cut where a fault cuts it."""

    def __init__(
        self,
        context: EngineContext[Config],
        server: SyncServer,
        counters: Counters,
        node: str,
        subscription: Subscription,
    ) -> None:
        self._context, self._server, self._counters, self._node = context, server, counters, node
        self._subscription = subscription
        self.offline = self.quick = False
        self.cut_after: int | None = None  # parts that still pass
        self._acknowledged = -1
        self._cut: set[str] = set()

    async def _line(self) -> None:
        if self._context.config.line_ms and not self.quick:
            await self._context.clock.sleep(self._context.config.line_ms / 1000)
        if self.offline:
            raise Unavailable("offline")

    async def announce(self, wanted: Wanted) -> Announced:
        await self._line()
        upload, parts = await self._server.announce(wanted, self._node, source=self._node)
        if wanted.fingerprint in self._cut:
            self._cut.discard(wanted.fingerprint)
            self._counters.resumed += 1
            self._context.decide("goes on where it was cut: what the store has by now is not sent again")
        if self.cut_after is not None:
            self._cut.add(wanted.fingerprint)
        return Announced(upload.id, upload.file, tuple(parts))

    async def put(self, part: Part, body: bytes, codec: str) -> None:
        await self._line()
        if self.cut_after is not None:
            if self.cut_after <= 0:
                self.cut_after = None
                self._counters.cuts += 1
                self._context.decide("the line was cut in the middle of the upload")
                raise Unavailable("the line was cut")
            self.cut_after -= 1
        await self._server.put(signed_of("PUT", part.path), _one(body), codec, source=self._node)

    async def complete(self, upload: str) -> Completed:
        await self._line()
        return await self._server.complete(upload, self._node, source=self._node)

    async def rename(self, id: str, path: str) -> FileInfo:
        await self._line()
        return await self._server.rename(id, path, self._node, source=self._node)

    async def delete(self, id: str, base: int) -> None:
        await self._line()
        await self._server.delete(id, base, self._node, source=self._node)

    async def changes(self, cursor: int, hold: float) -> list[Change]:
        await self._line()
        self._ask("log")
        await self.acknowledge(cursor)
        if hold and self._server.bus.head <= cursor:
            await self._server.bus.wait(self._subscription, hold)
        self._subscription.take()
        await self._still_there()
        if hold and self._server.bus.head == cursor:
            return []
        found = await self._server.changes(cursor, PAGE, source=self._node)
        self._counters.empty += not found
        return found

    async def acknowledge(self, cursor: int) -> None:
        """The device has everything up to there; written down where that is news."""
        if cursor != self._acknowledged:
            await self._server.metadata.acknowledge(self._node, cursor)
            self._acknowledged = cursor

    async def told(self, hold: float) -> list[str]:
        await self._line()
        self._ask("told")
        if hold and not self._subscription.files:
            await self._server.bus.wait(self._subscription, hold)
        await self._still_there()
        found = self._subscription.take()
        if found or not hold:
            self._context.node(API).touch("GET changes", "ok" if found else "miss", source=self._node)
        self._counters.empty += not found
        self._counters.listed += len(found)
        return found

    async def _still_there(self) -> None:
        if self.offline:
            raise Unavailable("offline")

    async def listing(self) -> tuple[list[FileInfo], int]:
        await self._line()
        self._ask("scan")
        return await self._server.listing(source=self._node)

    def _ask(self, kind: str) -> None:
        self._counters.asked[kind] += 1
        self._counters.asks.add(self._context.clock.monotonic())

    async def fetch(self, id: str) -> Fetched:
        await self._line()
        file, _, parts = await self._server.fetch(id, source=self._node)
        return Fetched(file, parts)

    async def get(self, part: Part) -> tuple[bytes, str]:
        await self._line()
        owner, print_ = self._server.parts.allow(signed_of("GET", part.path))
        body, codec = await self._server.parts.packed(owner, print_, source=self._node)
        self._counters.fetched_parts += 1
        self._counters.fetched_bytes += len(body)
        return body, codec


class LabVoice:
    """A device of the lab says what it does as requests that can be replayed, and counts what went over its line."""

    def __init__(
        self, context: EngineContext[Config], server: SyncServer, counters: Counters, name: str
    ) -> None:
        self._context, self._server, self._counters, self._name = context, server, counters, name
        self.decide = context.decide

    def request(self, title: str, kind: str):  # type: ignore[no-untyped-def]
        """A request of the device, by nobody's hand."""
        return self._context.request(title, by=self._name, by_hand=False, kind=kind)

    def heard(self, what: str, detail: str) -> None:
        """The answer to a question, that something changed or is gone, is here."""
        self._context.node(self._name).touch(what, "ok", source=API, detail=detail)

    def sent(self, file: FileInfo, manifest: Manifest, missing: int, edited: float) -> None:
        """A version is stored."""
        self._counters.changed_bytes += manifest.size
        if edited:
            self._counters.uploads.add((self._context.clock.time() - edited) * 1000)
            self._server.edited[file.id, file.version] = edited
            while len(self._server.edited) > FOLLOWED:
                self._server.edited.popitem(last=False)

    def arrived(self, file: FileInfo) -> None:
        """A version is here."""
        edited = self._server.edited.get((file.id, file.version))
        if edited is not None:
            self._counters.arrived(
                self._context.clock.monotonic(), (self._context.clock.time() - edited) * 1000
            )
        self._context.changed()

    def conflict(self, path: str, copy: str) -> None:
        """Two wrote, and both are kept."""
        self._context.say(
            f"{path} was edited on both: the edit of {self._name} is now {copy}", outcome="miss"
        )

    def problem(self, path: str, text: str) -> None:
        """The folder shows it beside the file."""


class Silence:
    """Says nothing: what is done before anybody looks, and by nobody's wish."""

    def decide(self, text: str) -> None: ...

    def request(self, title: str, kind: str):  # type: ignore[no-untyped-def]
        return _Quiet()

    def heard(self, what: str, detail: str) -> None: ...
    def sent(self, file: FileInfo, manifest: Manifest, missing: int, edited: float) -> None: ...
    def arrived(self, file: FileInfo) -> None: ...
    def conflict(self, path: str, copy: str) -> None: ...
    def problem(self, path: str, text: str) -> None: ...


class _Quiet:
    """Takes a sentence, and keeps it to itself."""

    sentence = ""

    async def __aenter__(self) -> _Quiet:
        return self

    async def __aexit__(self, *error: object) -> None: ...


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


def signed_of(method: str, path: str) -> Signed:
    """The parts of a signed path."""
    base, _, query = path.partition("?")
    fields = dict(one.split("=", 1) for one in query.split("&"))
    key = base.rpartition("/")[2]
    return Signed(method, key, int(fields["size"]), int(fields["expires"]), fields["signature"])
