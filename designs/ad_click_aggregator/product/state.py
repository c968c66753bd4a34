"""What a visitor wants: one handler for each verb of the product."""

from __future__ import annotations

from typing import Any

from designs.ad_click_aggregator.engine.engine import AdClickAggregator
from sdlab.lab import LabError
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("ad-click-aggregator", AdClickAggregator)


class AdClickState(VerbState):
    """The last refusal; ads are clicked by the page itself, as by any other."""

    wrong: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.wrong = error.detail

    @verb
    async def look(self, engine: AdClickAggregator, advertiser: str) -> None:
        """Put the dashboard of another advertiser on the screen."""
        await engine.look(advertiser)
