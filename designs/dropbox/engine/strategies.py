"""The approaches: what each is, what it costs, and why it decides so."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from pyfastcdc import FastCDC

from sdlab.blocks.gear_cdc import cut

Decide = Callable[[str], None]
BIG, HUGE = 1 << 20, 256 << 20
BIG_CHUNK, HUGE_CHUNK = 64 << 10, 1 << 20
MOST_CHUNK = 4 * HUGE_CHUNK
HOLD = 60.0  # seconds that a long poll is held at most
QUICK = 0.25  # seconds between two questions of a device that just heard of a change
SLOWEST = 8  # times the interval, at most
INCOMPRESSIBLE = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "webp",
        "gif",
        "mp4",
        "mov",
        "mkv",
        "mp3",
        "ogg",
        "opus",
        "flac",
        "zip",
        "gz",
        "xz",
        "zst",
        "7z",
        "rar",
        "docx",
        "xlsx",
        "pptx",
        "pdf",
    ]
)


def average_for(size: int, chunk_bytes: int) -> int:
    """The mean size of chunks: a number of the room for small files, larger ones so that a list of chunks stays short."""
    if size >= HUGE:
        return max(HUGE_CHUNK, chunk_bytes)
    return max(BIG_CHUNK, chunk_bytes) if size >= BIG else chunk_bytes


class Approach(Protocol):
    """One option of a deep dive."""

    label: str
    tradeoff: str


class Chunking(Approach, Protocol):
    """Where files are cut."""

    def pieces(self, path: Path, size: int, average: int) -> Iterator[bytes]:
        """The chunks of a file, one after the other; at most one of them is held."""
        ...

    def why(self, decide: Decide, count: int) -> None: ...


class FixedSize:
    """A boundary every so many bytes."""

    label = "Every so many bytes"
    tradeoff = "Simple; one byte put in front moves every boundary, and all chunks behind are new."

    def pieces(self, path: Path, size: int, average: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            while piece := file.read(average):
                yield piece

    def why(self, decide: Decide, count: int) -> None:
        decide(f"cut every so many bytes: {count:,} chunks")


class ContentDefined:
    """A boundary where the bytes before it say so."""

    label = "Where the content says so"
    tradeoff = "An insertion changes one or two chunks; a hash for each byte, and chunks of uneven sizes."

    def pieces(self, path: Path, size: int, average: int) -> Iterator[bytes]:
        if size >= BIG:  # the same rule in C, with other constants
            with path.open("rb", buffering=io.DEFAULT_BUFFER_SIZE * 32) as file:
                for chunk in FastCDC(
                    min_size=average // 4, avg_size=average, max_size=average * 4
                ).cut_stream(file):
                    yield bytes(chunk.data)
            return
        content = path.read_bytes()
        for start, end in cut(content, average=average):
            yield content[start:end]

    def why(self, decide: Decide, count: int) -> None:
        decide(f"cut where the gear hash of the last 32 bytes says so: {count:,} chunks")


class Sharing(Approach, Protocol):
    """Whose a chunk is."""

    def owner(self, file: str, decide: Decide) -> str: ...


class SharedChunks:
    """One object for equal chunks, whatever files they are in."""

    label = "Equal chunks once"
    tradeoff = "A copy costs nothing; references have to be counted, and whoever asks learns what is there."

    def owner(self, file: str, decide: Decide) -> str:
        decide("looked for by fingerprint in the whole room: equal chunks are stored once")
        return ""


class ChunksPerFile:
    """Every file has chunks of its own."""

    label = "Each file its own"
    tradeoff = "Nothing is shared, nothing is learnt from it; copies are sent and stored again."

    def owner(self, file: str, decide: Decide) -> str:
        decide("looked for among the chunks of this file alone")
        return file


class Delta(Approach, Protocol):
    """Which chunks travel."""

    def wanted(self, chunks: Sequence[str], there: frozenset[str], decide: Decide) -> list[str]: ...


class OnlyMissing:
    """Chunks that the other side has do not travel."""

    label = "What is missing"
    tradeoff = "A question before, and a list of chunks kept on both sides."

    def wanted(self, chunks: Sequence[str], there: frozenset[str], decide: Decide) -> list[str]:
        missing = [one for one in dict.fromkeys(chunks) if one not in there]
        decide(f"{len(missing):,} of {len(chunks):,} chunks are not there: these travel")
        return missing


class WholeFile:
    """Every chunk travels each time."""

    label = "The whole file"
    tradeoff = "Nothing to compare; one letter sends everything again."

    def wanted(self, chunks: Sequence[str], there: frozenset[str], decide: Decide) -> list[str]:
        decide("all chunks travel, whether they are there or not")
        return list(dict.fromkeys(chunks))


class Compression(Approach, Protocol):
    """What is compressed before it travels."""

    def codec(self, path: str, decide: Decide) -> str: ...


class NoCompression:
    """Bytes as they are."""

    label = "None"
    tradeoff = "No work; text travels and lies there at three times what it needs."

    def codec(self, path: str, decide: Decide) -> str:
        decide("as it is, uncompressed")
        return "none"


class ByType:
    """zstd for what is not compressed yet."""

    label = "zstd, by file type"
    tradeoff = "Text shrinks to a third; pictures and archives are left alone, since they would not."

    def codec(self, path: str, decide: Decide) -> str:
        kind = path.rpartition(".")[2].lower()
        if kind in INCOMPRESSIBLE:
            decide(f".{kind} is compressed already: left alone")
            return "none"
        decide(f"compressed with zstd: .{kind} is not compressed by itself")
        return "zstd"


class Upload(Approach, Protocol):
    """How parts go."""

    async def send(
        self, parts: Sequence[str], one: Callable[[str], Awaitable[None]], at_once: int, decide: Decide
    ) -> None: ...


class OneByOne:
    """A part after the other."""

    label = "One after the other"
    tradeoff = "One connection; the line idles while an answer is on its way."

    async def send(
        self, parts: Sequence[str], one: Callable[[str], Awaitable[None]], at_once: int, decide: Decide
    ) -> None:
        decide("one part after the other: each waits for the answer to the one before")
        for part in parts:
            await one(part)


class SeveralAtOnce:
    """Some parts at a time."""

    label = "Several at once"
    tradeoff = "Fills the line; several connections, and parts arrive in any order."

    async def send(
        self, parts: Sequence[str], one: Callable[[str], Awaitable[None]], at_once: int, decide: Decide
    ) -> None:
        decide(f"up to {at_once} parts at once")
        waiting = list(reversed(parts))

        async def line() -> None:
            while waiting:
                await one(waiting.pop())

        results = await asyncio.gather(
            *(line() for _ in range(min(at_once, len(parts)))), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result


class Delivery(Approach, Protocol):
    """When a device asks for changes. `hold` is how many seconds the server keeps a question without an answer."""

    hold: float

    def interval(self, every: float, idle: int) -> float: ...
    def why(self, decide: Decide) -> None: ...


class FixedPolling:
    """A question every so often."""

    label = "Poll at a fixed interval"
    tradeoff = "Late by half the interval, and most answers are empty."
    hold = 0.0

    def interval(self, every: float, idle: int) -> float:
        return every

    def why(self, decide: Decide) -> None:
        decide("the device asked because its interval was over")


class AdaptivePolling:
    """Often after a change, seldom after silence."""

    label = "Poll by how busy it is"
    tradeoff = "Quick while something happens, few questions while nothing does; the first change comes late."
    hold = 0.0

    def interval(self, every: float, idle: int) -> float:
        return min(every * SLOWEST, QUICK * 2.0 ** min(idle, 16))

    def why(self, decide: Decide) -> None:
        decide("the device asked: after a change soon again, after silence later and later")


class LongPolling:
    """A question that waits for its answer."""

    label = "Long poll"
    tradeoff = "At once, with few questions; a connection for each device is held open."
    hold = HOLD

    def interval(self, every: float, idle: int) -> float:
        return 0.0

    def why(self, decide: Decide) -> None:
        decide("the question was already there, and was answered when something changed")


class Changes(Approach, Protocol):
    """What a device asks for. `kind` is log, scan or told."""

    kind: str

    def why(self, decide: Decide) -> None: ...


class LogWithCursor:
    """The entries of the change log since the cursor."""

    label = "Change log with a cursor"
    tradeoff = "Asks for what is new alone, and misses nothing; a log to keep, and a cursor for each device."
    kind = "log"

    def why(self, decide: Decide) -> None:
        decide("read on in the change log from the cursor of this device")


class ScanOfFiles:
    """All files, compared with what the device has."""

    label = "Scan of all files"
    tradeoff = "No log; every answer lists every file, however few have changed."
    kind = "scan"

    def why(self, decide: Decide) -> None:
        decide("all files were listed and compared with the device's own database")


class NotificationsAlone:
    """What was told, and nothing else."""

    label = "Notifications, no log"
    tradeoff = "Nothing is kept; what was not heard is missing until everything is compared."
    kind = "told"

    def why(self, decide: Decide) -> None:
        decide("fetched what the notification named; there is no log to look into")


class Conflicts(Approach, Protocol):
    """What becomes of an edit whose base is not the newest version: copy, overwrite or drop."""

    def resolve(self, mine: float, newest: float, decide: Decide) -> str: ...


class ConflictCopy:
    """Both stay."""

    label = "Keep both, as a copy"
    tradeoff = "Nothing is lost, whatever clocks say; somebody has to look at two files."

    def resolve(self, mine: float, newest: float, decide: Decide) -> str:
        decide("somebody else wrote since: this edit becomes a file of its own, a conflict copy")
        return "copy"


class LastWriterWins:
    """The later by the clocks of devices."""

    label = "Last writer wins"
    tradeoff = "One file, no questions; the other edit is gone, and a wrong clock decides which."

    def resolve(self, mine: float, newest: float, decide: Decide) -> str:
        if mine >= newest:
            decide("somebody else wrote since, earlier by the clocks: overwritten")
            return "overwrite"
        decide("somebody else wrote since, later by the clocks: this edit is dropped")
        return "drop"


class Completing(Approach, Protocol):
    """What is asked of the store before a version is visible."""

    checks: bool

    def why(self, decide: Decide) -> None: ...


class VerifiedParts:
    """Every part is checked when it comes, and looked for before a version is visible."""

    label = "Verify every part"
    tradeoff = "A hash for each part and a look into the store; a corrupt one is refused and sent again."
    checks = True

    def why(self, decide: Decide) -> None:
        decide("the store was asked for every part, and each was checked by its fingerprint when it came")


class TrustedClient:
    """What the device says is taken for true."""

    label = "Believe the device"
    tradeoff = "Nothing to wait for; a part that was damaged on its way is in the file from then on."
    checks = False

    def why(self, decide: Decide) -> None:
        decide("the device says that all parts are there, and nobody looked")


class Collecting(Approach, Protocol):
    """When a chunk without references is deleted."""

    graceful: bool

    def why(self, decide: Decide, count: int) -> None: ...


class AfterGrace:
    """Only after a time without references, and looked at once more in the step that deletes."""

    label = "After a time of grace"
    tradeoff = "An upload under way keeps its chunks; what is free lies there a little longer."
    graceful = True

    def why(self, decide: Decide, count: int) -> None:
        decide(
            f"{count:,} chunks were free for longer than the grace: deleted if they still are, in the same step"
        )


class AtOnce:
    """What had no references when it was marked."""

    label = "At once"
    tradeoff = "Nothing lies around; a chunk that an upload counts on may be swept away under it."
    graceful = False

    def why(self, decide: Decide, count: int) -> None:
        decide(f"{count:,} chunks had no references when they were marked: swept")


CHUNKINGS: dict[str, type[Chunking]] = {"fixed": FixedSize, "content": ContentDefined}
SHARINGS: dict[str, type[Sharing]] = {"shared": SharedChunks, "per_file": ChunksPerFile}
DELTAS: dict[str, type[Delta]] = {"missing": OnlyMissing, "whole": WholeFile}
COMPRESSIONS: dict[str, type[Compression]] = {"none": NoCompression, "by_type": ByType}
UPLOADS: dict[str, type[Upload]] = {"serial": OneByOne, "parallel": SeveralAtOnce}
DELIVERIES: dict[str, type[Delivery]] = {
    "fixed": FixedPolling,
    "adaptive": AdaptivePolling,
    "long_poll": LongPolling,
}
CHANGES: dict[str, type[Changes]] = {"log": LogWithCursor, "scan": ScanOfFiles, "told": NotificationsAlone}
CONFLICTS: dict[str, type[Conflicts]] = {"copy": ConflictCopy, "last": LastWriterWins}
COMPLETINGS: dict[str, type[Completing]] = {"verified": VerifiedParts, "trusted": TrustedClient}
COLLECTINGS: dict[str, type[Collecting]] = {"grace": AfterGrace, "at_once": AtOnce}
