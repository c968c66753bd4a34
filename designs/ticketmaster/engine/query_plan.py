"""What the database says of the query that a hold asks it: the plan, performed and measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.holds import Holds
from designs.ticketmaster.engine.programme import FIRST_EVENT
from sdlab.lab import EngineContext

EXPLAINED_SEATS = ("D10", "D11")
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One step of a plan, outermost first. `rows` came out of it, after `ms`; both -1 where nobody measured."""

    text: str
    rows: float = -1
    ms: float = -1


class QueryPlan:
    """The plan of the hold's query under the approach in force; asked again only when that may have changed."""

    def __init__(self, context: EngineContext[Config], holds: Holds) -> None:
        self._context, self._holds = context, holds
        self._asked: tuple[str, int] | None = None
        self.sql = ""
        self.lines: tuple[PlanLine, ...] = ()

    async def refresh(self, *, holds: int) -> None:
        """Explain the query when the approach is another, or there are more `holds`, than the last time."""
        wanted = (self._context.config.holding, holds)
        if wanted == self._asked:
            return
        self._asked = wanted
        sql = self._context.room.sql
        query = self._holds.locks.query(FIRST_EVENT, EXPLAINED_SEATS)
        plan = await sql.explain(query)
        written = query.compile(dialect=sql.engine.dialect, compile_kwargs={"literal_binds": True})
        self.sql = " ".join(str(written).split()).replace("ticketmaster_seat.", "")
        self.lines = tuple(_lines(plan))[:MOST_LINES]


def _lines(plan: dict[str, Any]) -> Iterator[PlanLine]:
    if "Plan" in plan:
        yield from _steps(plan["Plan"], 0)
        yield PlanLine("planning", ms=plan["Planning Time"])
    else:
        yield from (PlanLine(text) for text in plan["Query Plan"])


def _steps(step: dict[str, Any], depth: int) -> Iterator[PlanLine]:
    using = step.get("Index Name") or step.get("Relation Name")
    text = f"{'→ ' * depth}{step['Node Type']}{f' on {using}' if using else ''}"
    yield PlanLine(text, rows=step.get("Actual Rows", -1), ms=step.get("Actual Total Time", -1))
    for inner in step.get("Plans", ()):
        yield from _steps(inner, depth + 1)
