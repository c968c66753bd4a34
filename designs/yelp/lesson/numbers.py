"""The estimate: searches and ratings a second, the index, cells of a circle, and how late an edit is found."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.blocks.geohash import cell_size
from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400
ASSUMPTIONS = (
    Assumption("users", "People a day", "people", 1e8, 1, 1e10),
    Assumption("searches", "Searches per person and day", "searches", 5, 0.01, 1_000),
    Assumption("ratio", "Reads per write", "reads", 1_000, 1, 1e6, "the ratio of the source"),
    Assumption("peak", "Peak over the mean", "×", 3, 1, 100),
    Assumption("places", "Places", "places", 2e7, 1, 1e10),
    Assumption("reviews", "Reviews per place", "reviews", 50, 0, 1e5),
    Assumption("row", "Bytes of a review", "bytes", 600, 1, 1e5),
    Assumption("text", "Bytes of a place in the index", "bytes", 400, 1, 1e5),
    Assumption("radius", "Radius", "m", 1_000, 50, 50_000),
    Assumption("letters", "Letters of the geohash", "letters", 6, 1, 9),
    Assumption("lat", "Latitude", "°", 48, 0, 85),
    Assumption("density", "Places per km² here", "places", 150, 0.01, 1e5),
    Assumption("share", "Of them with the word", "%", 5, 0.001, 100),
    Assumption("storm", "Ratings of one place a second", "per s", 200, 0.1, 1e5),
    Assumption("hold", "The row of its sums is held for", "ms", 3, 0.1, 1_000),
    Assumption("pace", "The worker comes every", "ms", 200, 1, 60_000),
)


def cells_for(radius_m: float, letters: float, lat: float) -> tuple[float, float]:
    """At most how many cells of that length a circle touches, and their area in km²."""
    tall, wide = cell_size(round(letters), lat)
    count = (math.ceil(2 * radius_m / tall) + 1) * (math.ceil(2 * radius_m / wide) + 1)
    return count, count * tall * wide / 1e6


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    reads = values["users"] * values["searches"] / DAY
    cells, area = cells_for(values["radius"], values["letters"], values["lat"])
    circle = math.pi * values["radius"] ** 2 / 1e6
    word = values["share"] / 100
    busy = values["storm"] * values["hold"] / 1_000
    return (
        Result("reads", "Searches, mean", reads, "per s", "people × searches ÷ 86,400"),
        Result("peak_reads", "Searches at the peak", reads * values["peak"], "per s", "mean × peak"),
        Result(
            "writes", "Ratings, mean", reads / values["ratio"], "per s", "searches ÷ reads per write",
            "So few that search and writing may be one service, and a unique key costs nothing that matters.",
        ),
        Result("index", "Index of places", values["places"] * values["text"] / 1e9, "GB", "places × bytes"),
        Result(
            "table", "Table of reviews", values["places"] * values["reviews"] * values["row"] / 1e12, "TB",
            "places × reviews × bytes",
        ),
        Result(
            "like", "Rows that LIKE compares per search", values["places"], "rows", "all places",
            "The box of coordinates does not help without an index on them.",
        ),
        Result("cells", "Cells to ask for", cells, "cells", "(⌈2r ÷ height⌉ + 1) × (⌈2r ÷ width⌉ + 1)",
               "Nine cells are enough only where the radius is no longer than a side of one."),
        Result("near", "Places in these cells", area * values["density"], "places", "cells × area × density"),
        Result("measured", "Candidates to measure", area * values["density"] * word, "places", "of them with the word"),
        Result("found", "Found in the circle", circle * values["density"] * word, "places", "π r² × density × share"),
        Result(
            "vain", "Measured in vain", 100 * max(0.0, 1 - circle / area), "%", "1 − circle ÷ cells",
            "At 60° a cell is half as wide as at the equator: letters say nothing about metres without the latitude.",
        ),
        Result(
            "wait", "Busy row of a stormed place", 100 * busy, "%", "ratings × time held",
            "Above 100 % ratings queue up, whatever the isolation level: batch them, or split the sum.",
        ),
        Result("late", "An edit is found after, at most", values["pace"] / 1_000, "s", "the pace of the worker",
               "Plus the time to write the index."),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured(
            "requests", "Requests of all kinds, the last seconds", "per s", "traffic.rate", "peak_reads"
        ),
    ),
)
