"""The estimate, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("file_gb", "Largest file", "GB", 50, 0.001, 10_000),
    Assumption("chunk_mb", "Size of a part", "MB", 4, 0.001, 5_000),
    Assumption("line_mbit", "Line of a device", "Mbit/s", 100, 0.1, 100_000),
    Assumption("users", "Users", "users", 500e6, 1, 1e11),
    Assumption("files", "Files per user", "files", 200, 1, 1e6),
    Assumption("file_mb", "Mean size of a file", "MB", 1, 0.001, 10_000),
    Assumption(
        "row_bytes", "Metadata of a file", "bytes", 1_000, 10, 1e6, "its row, a version, its list of chunks"
    ),
    Assumption("online", "Devices that are online", "%", 20, 0, 100),
    Assumption("poll_s", "A device asks every", "s", 60, 0.1, 86_400),
    Assumption("changes", "Changes per user and day", "changes", 5, 0, 100_000),
)


def parts(file_bytes: float, part_bytes: float) -> int:
    """How many parts a file has."""
    return math.ceil(file_bytes / part_bytes)


def hours(file_bytes: float, bits_per_second: float) -> float:
    """How long it is on the line."""
    return file_bytes * 8 / bits_per_second / 3600


def polls(devices: float, every: float) -> float:
    """Questions per second of so many devices."""
    return devices / every


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    devices = values["users"] * values["online"] / 100
    all_files = values["users"] * values["files"]
    asked = polls(devices, values["poll_s"])
    changed = values["users"] * values["changes"] / DAY
    return (
        Result(
            "parts",
            "Parts of the largest file",
            parts(values["file_gb"] * 1e9, values["chunk_mb"] * 1e6),
            "parts",
            "⌈largest file ÷ size of a part⌉",
            "S3 takes 10,000 parts of one upload: of 50 GB a part has at least 5 MB there.",
        ),
        Result(
            "hours",
            "Time on the line",
            hours(values["file_gb"] * 1e9, values["line_mbit"] * 1e6),
            "h",
            "largest file × 8 ÷ line",
        ),
        Result("rows", "Files", all_files, "rows", "users × files per user"),
        Result(
            "metadata", "Metadata", all_files * values["row_bytes"] / 1e12, "TB", "files × bytes of a row"
        ),
        Result("content", "Content", all_files * values["file_mb"] / 1e9, "PB", "files × mean size"),
        Result(
            "polls",
            "Questions for changes",
            asked,
            "per s",
            "users × online ÷ interval",
            "Most of them are answered with nothing.",
        ),
        Result("changed", "Changes", changed, "per s", "users × changes ÷ 86,400 s"),
        Result(
            "empty",
            "Questions per change",
            asked / changed if changed else 0.0,
            "questions",
            "questions ÷ changes",
        ),
        Result(
            "waiting",
            "Connections of long polls",
            devices,
            "connections",
            "one for each device that is online",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("asked", "Questions for changes, last minute", "per s", "polling.rate", "polls"),),
)
