"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY_S = 86_400
YEAR_D = 365

ASSUMPTIONS = (
    Assumption("uploads", "Uploads per day", "videos", 1e6, 1, 1e9),
    Assumption("views", "Views per day", "views", 1e8, 1, 1e12),
    Assumption("minutes", "Length of a video", "min", 5, 0.1, 600),
    Assumption("source_mbits", "Rate of an uploaded file", "Mbit/s", 8, 0.1, 500),
    Assumption(
        "ladder_mbits",
        "Rates of all renditions together",
        "Mbit/s",
        12,
        0.1,
        500,
        "240p to 1080p, two codecs",
    ),
    Assumption("watched_mbits", "Rate that is watched, on average", "Mbit/s", 3, 0.1, 100),
    Assumption("watched", "Share of a video that is watched", "%", 50, 1, 100),
    Assumption("segment_s", "A segment", "s", 4, 1, 60),
    Assumption("renditions", "Renditions", "renditions", 6, 1, 40),
    Assumption("speed", "One encoder does", "× real time", 1.0, 0.05, 100, "a core, a slow preset"),
    Assumption("row_bytes", "Metadata of a video", "bytes", 1_000, 100, 1e6),
    Assumption("videos", "Videos that there are", "videos", 5e9, 1, 1e12),
)


def segments(minutes: float, segment_s: float) -> float:
    """Segments of a video; the last one may be short."""
    return float(math.ceil(minutes * 60 / segment_s))


def stored_per_day(values: Mapping[str, float]) -> float:
    """Bytes per day: what was uploaded, and its ladder."""
    seconds = values["uploads"] * values["minutes"] * 60
    return seconds * (values["source_mbits"] + values["ladder_mbits"]) * 1e6 / 8


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    seconds = values["uploads"] * values["minutes"] * 60
    stored = stored_per_day(values)
    cells = segments(values["minutes"], values["segment_s"]) * values["renditions"]
    watching = values["views"] * values["minutes"] * 60 * values["watched"] / 100 / DAY_S
    return (
        Result("upload_rate", "Uploads", values["uploads"] / DAY_S, "videos/s", "uploads per day ÷ 86,400 s"),
        Result(
            "ingest", "Bytes that come in", seconds * values["source_mbits"] / DAY_S / 1000, "Gbit/s",
            "uploads × length × rate of a file ÷ 86,400 s",
            "Through app servers they would come in once and go out once more.",
        ),
        Result(
            "stored", "Storage per day", stored / 1e15, "PB", "uploads × length × (rate of a file + rates of all renditions)",
            "The ladder weighs more than what was uploaded.",
        ),
        Result("stored_year", "Storage per year", stored * YEAR_D / 1e18, "EB", "storage per day × 365; copies come on top"),
        Result("segments", "Segments of a video", segments(values["minutes"], values["segment_s"]), "segments",
               "length ÷ a segment, rounded up"),
        Result("cells", "Cells of a video", cells, "cells", "segments × renditions"),
        Result(
            "cell_rate", "Cells to be encoded", cells * values["uploads"] / DAY_S, "cells/s",
            "cells of a video × uploads ÷ 86,400 s",
        ),
        Result(
            "encoders", "Encoders", float(math.ceil(seconds * values["renditions"] / values["speed"] / DAY_S)), "cores",
            "uploads × length × renditions ÷ speed ÷ 86,400 s",
        ),
        Result("at_once", "Who watches at the same time", watching, "players", "views × length × share watched ÷ 86,400 s"),
        Result(
            "egress", "Bytes that go out", watching * values["watched_mbits"] / 1e6, "Tbit/s",
            "players at the same time × rate watched",
            "The average of a day; evenings carry two to three times as much.",
        ),
        Result(
            "metadata", "Metadata", values["videos"] * values["row_bytes"] / 1e12, "TB", "videos × bytes of a video",
            "It fits on a few machines: shards are for requests, and for the day when one breaks.",
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("cells", "Cells done in the last seconds", "cells/s", "grid.cells_per_s", "cell_rate"),
    ),
)
