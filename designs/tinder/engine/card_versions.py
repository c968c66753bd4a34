"""Which cards on phones are void: their filters, or the way to know who was seen, are others now."""

from __future__ import annotations

from collections.abc import Iterable


class CardVersions:
    """A version per person; a phone that got its cards under another one throws them away."""

    def __init__(self) -> None:
        self._everybody = 0
        self._own: dict[int, int] = {}

    def of(self, number: int) -> int:
        """The version that is in force; it only grows."""
        return self._everybody + self._own.get(number, 0)

    def void(self, numbers: Iterable[int]) -> None:
        """The cards of these people are void."""
        for number in numbers:
            self._own[number] = self._own.get(number, 0) + 1

    def void_all(self) -> None:
        """All cards are void: they show other people now."""
        self._everybody += 1
