"""What a visitor wants of tweet search: search, page on, post, like."""

from __future__ import annotations

from typing import Any

import reflex as rx

from designs.tweet_search.engine.engine import TweetSearch
from sdlab.lab import LabError
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("tweet-search", TweetSearch)

QUERY_FIELD, TEXT_FIELD = "tweet-query", "tweet-text"


class TweetSearchState(VerbState):
    """The last refusal of each form; what is on the page is in the live frames."""

    wrong_query: str = ""
    wrong_text: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong_query = self.wrong_text = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> Any:
        """A refused form is said beside its field, and keeps what was written."""
        form = given.get("form", {})
        if "query" in form:
            self.wrong_query = error.detail
            return rx.set_focus(QUERY_FIELD)
        if "text" in form:
            self.wrong_text = error.detail
            return rx.set_focus(TEXT_FIELD)
        return super()._refused(error, given)

    @verb
    async def search(self, engine: TweetSearch, form: dict[str, str]) -> None:
        """Search for words."""
        await engine.show(form.get("query", ""), engine.screen.sort)

    @verb
    async def show(self, engine: TweetSearch, query: str) -> rx.event.EventSpec:
        """Search for an example."""
        await engine.show(query, engine.screen.sort)
        return rx.set_value(QUERY_FIELD, query)

    @verb
    async def order(self, engine: TweetSearch, sort: str) -> None:
        """The newest first, or the most liked."""
        await engine.show(engine.screen.query, "Time" if sort == "Time" else "Likes")

    @verb
    async def more(self, engine: TweetSearch) -> None:
        """The next page."""
        await engine.more()

    @verb
    async def post(self, engine: TweetSearch, form: dict[str, str]) -> rx.event.EventSpec:
        """Post a tweet."""
        await engine.post(form.get("text", ""))
        return rx.set_value(TEXT_FIELD, "")

    @verb
    async def like(self, engine: TweetSearch, id: int) -> None:
        """Like a tweet."""
        await engine.like(id)
