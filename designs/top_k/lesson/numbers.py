"""The back-of-the-envelope estimate: from views per day to hosts, and from error to a sketch."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.blocks.count_min import CELL, depth_for, width_for
from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400
WINDOWS = 3

ASSUMPTIONS = (
    Assumption("views_per_day", "Views per day", "views", 5e9, 1, 1e13),
    Assumption("peak", "Peak over the mean", "×", 3, 1, 100),
    Assumption("videos", "Different videos viewed within an hour", "videos", 50e6, 1, 1e10),
    Assumption("bytes_per_entry", "A counter in a hash map", "bytes", 110, 16, 10_000, note="key, count, table"),
    Assumption("held_slices", "Slices that hold a video, on average", "slices", 6, 1, 180, note="of three windows"),
    Assumption("copies", "Copies of every counter", "copies", 2, 1, 9),
    Assumption("host_gib", "Memory of a host for counters", "GiB", 16, 0.1, 4096),
    Assumption("host_views", "Views that a host can count", "per s", 20_000, 1, 1e8),
    Assumption("epsilon_ppm", "Error of the sketch, ε", "views per million", 20, 0.01, 500_000),
    Assumption("delta_pct", "Chance of a larger error, δ", "%", 1, 0.0001, 50),
    Assumption("slices", "Slices per window", "slices", 12, 1, 60),
    Assumption("k", "Ranks of an answer", "videos", 10, 1, 1000),
    Assumption("hosts", "Hosts that are asked", "hosts", 20, 1, 100_000),
    Assumption("interval_s", "Batch interval", "s", 60, 1, 86_400),
)  # fmt: skip


def views_per_second(values: Mapping[str, float]) -> float:
    """Views per second, averaged over a day."""
    return values["views_per_day"] / DAY


def exact_bytes(values: Mapping[str, float]) -> float:
    """Memory of one copy of all counters of all slices."""
    return values["videos"] * values["held_slices"] * values["bytes_per_entry"]


def sketch_cells(values: Mapping[str, float]) -> tuple[int, int]:
    """Width and depth of a sketch with that ε and δ."""
    return width_for(values["epsilon_ppm"] / 1e6), depth_for(values["delta_pct"] / 100)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    return (*_rates(values), *_exact(values), *_sketch(values), *_answers(values))


def _rates(values: Mapping[str, float]) -> tuple[Result, ...]:
    mean = views_per_second(values)
    return (
        Result("views", "Views", mean, "per s", "views per day ÷ 86,400 s"),
        Result("peak_views", "Views at the peak", mean * values["peak"], "per s", "views per second × peak"),
        Result(
            "hosts_rate",
            "Hosts to count them",
            math.ceil(mean * values["peak"] * values["copies"] / values["host_views"]),
            "hosts",
            "peak × copies ÷ views that a host can count",
            "A sketch removes the need for memory on many machines, not the need for their processors: one "
            "machine must still count every view, or several sketches are added up.",
        ),
    )


def _exact(values: Mapping[str, float]) -> tuple[Result, ...]:
    stored = exact_bytes(values)
    hosts = math.ceil(stored * values["copies"] / (values["host_gib"] * 2**30))
    return (
        Result(
            "exact",
            "Memory of exact counts, one copy",
            stored / 2**30,
            "GiB",
            "videos × slices × bytes per counter",
        ),
        Result("exact_hosts", "Hosts to hold them", hosts, "hosts", "memory × copies ÷ memory of a host"),
    )


def _sketch(values: Mapping[str, float]) -> tuple[Result, ...]:
    width, depth = sketch_cells(values)
    one = width * depth * CELL
    hour = views_per_second(values) * 3600
    whole = one * values["slices"] * WINDOWS
    return (
        Result("width", "Width of the sketch", width, "counters", "⌈e ÷ ε⌉"),
        Result("depth", "Depth of the sketch", depth, "rows", "⌈ln(1 ÷ δ)⌉"),
        Result("sketch", "Memory of one sketch", one / 2**20, "MiB", "width × depth × 4 bytes"),
        Result(
            "sketch_all", "Memory of all sketches", whole / 2**20, "MiB", "one sketch × slices × 3 windows"
        ),
        Result(
            "bound",
            "A count of the hour is at most too large by",
            values["epsilon_ppm"] / 1e6 * hour,
            "views",
            "ε × views of the hour",
            "The bound is a share of all views, not of the video's own: it says nothing about rare videos.",
        ),
        Result(
            "ratio", "Exact counts need", exact_bytes(values) / whole, "× the memory", "exact ÷ all sketches"
        ),
    )


def _answers(values: Mapping[str, float]) -> tuple[Result, ...]:
    short = values["k"] + values["hosts"] - 1
    return (
        Result(
            "merged",
            "Entries merged when hosts own their videos",
            short,
            "entries",
            "k + hosts − 1: all heads, and the next one after each winner but the last",
            "Merging short lists is right only when no video is on two hosts; after random routing whole "
            "maps must be added.",
        ),
        Result(
            "whole",
            "Entries merged after random routing",
            values["videos"] * values["hosts"],
            "entries",
            "videos × hosts, at most",
        ),
        Result(
            "late",
            "The newest views of a batch answer are old, on average",
            values["interval_s"],
            "s",
            "half an interval of waiting until theirs ends, half until the next ranking",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("views", "Views of the last seconds", "per s", "totals.views_per_s", "peak_views"),),
)
