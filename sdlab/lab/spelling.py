"""One spelling for one actor: what code calls `worker-1` is "worker 1" wherever somebody reads of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_KNOWN = 512  # parts of a system; of more, those that came first are spelled out


class Spelling:
    """The parts of a system by their labels.

    A part whose id is its label with hyphens is put right in a text; an id that says something else stays.
    """

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._ids: re.Pattern[str] | None = None

    def learn(self, named: Iterable[tuple[str, str]]) -> None:
        """There are parts with these ids and labels; those that there were before keep theirs."""
        fresh = {id: label for id, label in named if id != label and id == label.replace(" ", "-")}
        if fresh.keys() - self._labels.keys():
            self._labels = dict(list({**self._labels, **fresh}.items())[:MOST_KNOWN])
            known = "|".join(map(re.escape, sorted(self._labels, key=len, reverse=True)))
            self._ids = re.compile(rf"(?<![\w-])({known})(?![\w-])")

    def of(self, text: str) -> str:
        """That text, with every part called by its label."""
        if self._ids is None or "-" not in text:
            return text
        return self._ids.sub(lambda found: self._labels[found[1]], text)
