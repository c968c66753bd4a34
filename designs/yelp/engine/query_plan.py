"""What the database says of the search that is on the page: the plan of its statement, performed and measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from designs.yelp.config import Config
from designs.yelp.engine.explorer import Explorer
from designs.yelp.engine.strategies import CANDIDATES, SEARCHES
from sdlab.lab import EngineContext

MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One step of a plan, outermost first. `rows` came out of it, after `ms`; both -1 where nobody measured."""

    text: str
    rows: float = -1
    removed: float = -1
    ms: float = -1


class QueryPlan:
    """The plan of the search by SQL: of the approach in force, or of the one that stands in when the index is down."""

    def __init__(self, context: EngineContext[Config], explorer: Explorer) -> None:
        self._context, self._explorer = context, explorer
        self._asked: object = None
        self.lines: tuple[PlanLine, ...] = ()

    async def refresh(self) -> None:
        """Explain the search again when it is another one than the last time."""
        config, query = self._context.config, self._explorer.query
        wanted = (config.search, config.candidates, config.level, query)
        if wanted == self._asked:
            return
        self._asked = wanted
        reach = CANDIDATES[config.candidates].reach(query, config.level)
        statement = SEARCHES[config.search].statement(self._context.room.id, query, reach)
        plan = await self._context.room.sql.explain(statement)
        self.lines = tuple(_lines(plan))[:MOST_LINES]


def _lines(plan: dict[str, Any]) -> Iterator[PlanLine]:
    if "Plan" in plan:
        yield from _steps(plan["Plan"], 0)
    else:
        yield from (PlanLine(text) for text in plan["Query Plan"])


def _steps(step: dict[str, Any], depth: int) -> Iterator[PlanLine]:
    using = step.get("Index Name") or step.get("Relation Name")
    text = f"{'→ ' * depth}{step['Node Type']}{f' on {using}' if using else ''}"
    removed = step.get("Rows Removed by Filter", step.get("Rows Removed by Index Recheck", -1))
    yield PlanLine(text, step.get("Actual Rows", -1), removed, step.get("Actual Total Time", -1))
    for inner in step.get("Plans", ()):
        yield from _steps(inner, depth + 1)
