"""What a visitor wants of the wall: another query. Tags are changed through the API, by the wall itself."""

from __future__ import annotations

from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.names import tag_query
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("tagging-service", TaggingService)
MOST = 8


class TaggingState(VerbState):
    """Nothing of its own: what is on the wall is in the live frames."""

    @verb
    async def show(
        self, engine: TaggingService, all_of: list[str], any_of: list[str], none_of: list[str], active: bool
    ) -> None:
        """Put a query on the wall."""
        parts = [[str(one) for one in part[:MOST]] for part in (all_of, any_of, none_of)]
        await engine.show(tag_query(*parts, active=bool(active)))
