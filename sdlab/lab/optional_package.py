"""A large package that few labs need: it is fetched when one of them is first wanted, and stays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptionalPackage:
    """`name` as the index knows it, the `module` that it brings, what it is called, and the bytes to be fetched."""

    name: str
    module: str
    title: str
    megabytes: int


DUCKDB = OptionalPackage("duckdb", "duckdb", "DuckDB", 21)
FFMPEG = OptionalPackage("imageio-ffmpeg", "imageio_ffmpeg", "ffmpeg", 68)
OPTIONAL_PACKAGES = (DUCKDB, FFMPEG)
