"""The made-up members of a room: by number, by handle, by name, and who of them acts."""

from __future__ import annotations

from functools import cache

from designs.facebook_feed.engine.graph import FollowGraph
from sdlab.blocks.people import Person, person
from sdlab.lab import NotFound, acting

WORLD = "feed"


@cache
def member(number: int) -> Person:
    """The made-up person with that number."""
    return person(WORLD, number)


@cache
def numbers_of_handles(size: int) -> dict[str, int]:
    """Members by handle."""
    return {member(number).handle: number for number in range(size)}


class Members:
    """Who is there, by the number that the graph and the stores know them by."""

    def __init__(self, graph: FollowGraph) -> None:
        self._graph = graph

    def number_of(self, handle: str) -> int:
        """The member with that handle; `NotFound` for none."""
        found = numbers_of_handles(self._graph.size).get(handle)
        if found is None:
            raise NotFound(f"there is no member {handle!r}")
        return found

    def acting(self) -> int:
        """The member that acts in this task; `NotFound` when whoever acts is no member."""
        return self.number_of(acting().name)

    def known(self, number: int) -> int:
        """That number, if somebody has it; else `NotFound`."""
        if not 0 <= number < self._graph.size:
            raise NotFound(f"there is no member {number}")
        return number

    def find(self, search: str, *, followed_by: int | None = None) -> list[int]:
        """Members with that in their name, the most followed first."""
        among = range(self._graph.size) if followed_by is None else self._graph.followees(followed_by)
        wanted = search.casefold().strip()
        found = [one for one in among if wanted in f"{member(one).name} {member(one).handle}".casefold()]
        return sorted(found, key=lambda one: (-self._graph.popularity(one), one))
