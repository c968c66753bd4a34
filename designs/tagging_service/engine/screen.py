"""What the visitor looks at: the query that is on the wall."""

from __future__ import annotations

from designs.tagging_service.engine.names import TagQuery

FIRST = TagQuery(all=("night", "circle"))


class Screen:
    """One wall for all who look at the room; another query replaces the one before."""

    def __init__(self) -> None:
        self.query = FIRST
        self.turn = 0

    def show(self, query: TagQuery) -> None:
        """Put that on the wall."""
        self.query = query
        self.turn += 1

    def renamed(self, old: str, new: str) -> None:
        """Where the wall names that tag, it goes on under the other name."""

        def after(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(dict.fromkeys(new if one == old else one for one in names))

        self.turn += 1
        if old in self.query.names:
            self.show(
                TagQuery(
                    after(self.query.all), after(self.query.any), after(self.query.none), self.query.active
                )
            )
