"""All approaches, by the switch that chooses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from designs.youtube.engine import abr
from designs.youtube.engine.nodes import APP, NETWORK
from sdlab.lab import EngineContext

Context = EngineContext[Any]


class UploadPath(Protocol):
    """Which way the bytes of a chunk go."""

    label: str
    tradeoff: str

    @staticmethod
    def source(context: Context, size: int) -> str:
        """Who hands the bytes to the store."""
        ...


class Direct:
    label = "Straight to the object store"
    tradeoff = "App servers see announcements and events, no bytes; every address has to be signed."

    @staticmethod
    def source(context: Context, size: int) -> str:
        context.decide(f"the address is signed for this chunk: its {size:,} bytes go straight to the store")
        return NETWORK


class ThroughApp:
    label = "Through the app servers"
    tradeoff = "One address for everything; every byte is received and sent once more by a server that does nothing with it."

    @staticmethod
    def source(context: Context, size: int) -> str:
        context.node(APP).touch(f"receive {size:,} bytes", "ok", source=NETWORK)
        context.decide(f"the app server takes in {size:,} bytes, and sends them on to the store")
        return APP


PATHS: Mapping[str, type[UploadPath]] = {"direct": Direct, "app": ThroughApp}


class Fingerprints(Protocol):
    """Whether the store compares what came with what was announced."""

    label: str
    tradeoff: str

    @staticmethod
    def expected(context: Context, announced: str) -> str:
        """The fingerprint that the store is to compare; nothing for none."""
        ...


class Checked:
    label = "Compared while it streams"
    tradeoff = "A hash over every byte that comes, some 600 MB/s of a core; what is wrong is never stored."

    @staticmethod
    def expected(context: Context, announced: str) -> str:
        context.decide(
            "the store hashes the bytes as they come, and takes them only with the announced fingerprint"
        )
        return announced


class Unchecked:
    label = "Not compared"
    tradeoff = "Costs nothing, and whatever the network did to the bytes is what everybody will see."

    @staticmethod
    def expected(context: Context, announced: str) -> str:
        context.decide("nobody compares: what came is what is stored")
        return ""


FINGERPRINTS: Mapping[str, type[Fingerprints]] = {"checked": Checked, "unchecked": Unchecked}


class Resume(Protocol):
    """What is left of an upload whose connection broke."""

    label: str
    tradeoff: str

    @staticmethod
    def keeps(context: Context) -> bool:
        """Whether chunks that are stored stay stored."""
        ...


class GoesOn:
    label = "It goes on where it stopped"
    tradeoff = "A state for each chunk, kept until somebody gives up; only the broken chunk is sent again."

    @staticmethod
    def keeps(context: Context) -> bool:
        context.decide("the connection broke: what is stored stays, the client asks what is missing")
        return True


class BeginsAnew:
    label = "It begins anew"
    tradeoff = "Nothing to remember; on a bad network a large file never arrives."

    @staticmethod
    def keeps(context: Context) -> bool:
        context.decide("the connection broke: the upload is void, every chunk is pending again")
        return False


RESUMES: Mapping[str, type[Resume]] = {"on": GoesOn, "off": BeginsAnew}


class Split(Protocol):
    """What one job of the queue is."""

    label: str
    tradeoff: str

    @staticmethod
    def jobs(context: Context, cells: list[tuple[str, int]]) -> list[tuple[str, list[tuple[str, int]]]]:
        """Jobs by name, each with its cells."""
        ...


class PerSegment:
    label = "Each segment and rendition is a job"
    tradeoff = "All transcoders work on one video at once, and little is lost with one; more jobs, and each decodes again."

    @staticmethod
    def jobs(context: Context, cells: list[tuple[str, int]]) -> list[tuple[str, list[tuple[str, int]]]]:
        context.decide(f"{len(cells)} jobs, one for each segment of each rendition")
        return [(f"{rendition}.{seq}", [(rendition, seq)]) for rendition, seq in cells]


class WholeFile:
    label = "The whole file is one job"
    tradeoff = "One job, one transcoder: others stand idle, and who dies at the end begins at the beginning."

    @staticmethod
    def jobs(context: Context, cells: list[tuple[str, int]]) -> list[tuple[str, list[tuple[str, int]]]]:
        context.decide(f"one job for all {len(cells)} cells: one transcoder does them one after the other")
        return [("whole", cells)]


SPLITS: Mapping[str, type[Split]] = {"segments": PerSegment, "whole": WholeFile}


class Fencing(Protocol):
    """Whether a segment is written by whoever has the newest lease, or by whoever comes."""

    label: str
    tradeoff: str
    compares: bool

    @staticmethod
    def said(context: Context, token: int) -> None:
        """Why the write is as it is."""
        ...


class Fenced:
    label = "A token, compared when writing"
    tradeoff = "One comparison in the transaction that writes; a transcoder that slept is refused."
    compares = True

    @staticmethod
    def said(context: Context, token: int) -> None:
        context.decide(f"written with token {token}, if no higher one has written this cell before")


class LeaseOnly:
    label = "The lease alone"
    tradeoff = "Nothing to compare; whoever slept through the end of its lease writes the cell once more."
    compares = False

    @staticmethod
    def said(context: Context, token: int) -> None:
        context.decide(
            "appended to the list of segments: whoever wakes up believes that the cell is still its own"
        )


FENCINGS: Mapping[str, type[Fencing]] = {"on": Fenced, "off": LeaseOnly}


class ManifestTime(Protocol):
    """When the manifest is written."""

    label: str
    tradeoff: str
    early: bool

    @staticmethod
    def said(context: Context, segments: int) -> None:
        """Why now."""
        ...


class AfterSegments:
    label = "After the last segment"
    tradeoff = "A video is watched when all of it is there; the first viewer waits longest."
    early = False

    @staticmethod
    def said(context: Context, segments: int) -> None:
        context.decide(f"all {segments} segments are stored: now the manifest may name them")


class BeforeSegments:
    label = "As soon as the file is cut"
    tradeoff = "The page of the video is there at once; players are sent to segments that are not."
    early = True

    @staticmethod
    def said(context: Context, segments: int) -> None:
        context.decide(f"the names of {segments} segments are known, so the manifest is written already")


MANIFESTS: Mapping[str, type[ManifestTime]] = {"after": AfterSegments, "before": BeforeSegments}


class Adaption(Protocol):
    """How players choose."""

    label: str
    tradeoff: str

    @staticmethod
    def said(context: Context, rendition: str, player: abr.PlayerModel) -> None:
        """Why this rendition."""
        ...


class FixedHigh(abr.Fixed):
    @staticmethod
    def said(context: Context, rendition: str, player: abr.PlayerModel) -> None:
        context.decide(f"{rendition}, as always")


class ByThroughput(abr.Throughput):
    @staticmethod
    def said(context: Context, rendition: str, player: abr.PlayerModel) -> None:
        mean = abr.harmonic_mean(list(player.speeds))
        context.decide(
            f"{rendition}: the last downloads had {mean:,.0f} kbit/s, and {abr.MARGIN:.0%} of that is used"
        )


class ByBuffer(abr.BufferBased):
    @staticmethod
    def said(context: Context, rendition: str, player: abr.PlayerModel) -> None:
        context.decide(f"{rendition}: {player.buffer_s:.1f} s of {player.target_s:g} s are in the buffer")


ABRS: Mapping[str, type[Adaption]] = {"throughput": ByThroughput, "buffer": ByBuffer, "fixed": FixedHigh}
