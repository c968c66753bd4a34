"""What pages say, by the hash of their text and by fingerprints of it; in memory, and made anew from the rows."""

from __future__ import annotations

from sdlab.blocks.simhash import NearIndex


class ContentIndex:
    """Of one crawl. `exact` and `near` give the number of the first page that says the same; 0 for none."""

    def __init__(self, within: int) -> None:
        self._hashes: dict[str, int] = {}
        self._near = NearIndex(within)
        self._prints: list[tuple[int, int]] = []

    @property
    def within(self) -> int:
        """In how many bits fingerprints of one text may differ."""
        return self._near.within

    @property
    def compared(self) -> int:
        """How many pairs of fingerprints were compared."""
        return self._near.compared

    @property
    def size(self) -> int:
        """How many texts it knows."""
        return len(self._hashes)

    def allow(self, within: int) -> None:
        """Fingerprints may differ in so many bits from now on."""
        if within != self._near.within:
            self._near = NearIndex(within)
            for simhash, number in self._prints:
                self._near.add(simhash, str(number))

    def add(self, hash: str, simhash: int, number: int) -> None:
        """A page was stored."""
        if hash not in self._hashes:
            self._hashes[hash] = number
            self._prints.append((simhash, number))
            self._near.add(simhash, str(number))

    def exact(self, hash: str) -> int:
        """By the hash of the text."""
        return self._hashes.get(hash, 0)

    def near(self, simhash: int) -> int:
        """By a fingerprint that differs in few bits. A text of no words is near none."""
        return int(self._near.near(simhash) or 0) if simhash else 0
