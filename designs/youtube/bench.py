"""What YouTube measures: a ladder cell by cell against one plain ffmpeg command, and uploads against a plain streaming PUT."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {}
