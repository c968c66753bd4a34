"""What a visitor wants that goes through the page: to give an upload up. Bytes go by the API, straight from the browser."""

from __future__ import annotations

from typing import Any

from designs.youtube.engine.engine import Youtube
from sdlab.lab import Invalid, LabError
from sdlab.live.state import VerbState, verbs_of

ID_LENGTH = 11

verb = verbs_of("youtube", Youtube)


class YoutubeState(VerbState):
    """The last refusal; videos are in the live frames."""

    wrong: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        self.wrong = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> None:
        self.wrong = error.detail

    @verb
    async def give_up(self, engine: Youtube, id: str) -> None:
        """Delete what was uploaded of a file."""
        if not (len(id) == ID_LENGTH and id.isalnum() and id.isascii()):
            raise Invalid("not the id of an upload", field="id")
        await engine.abandon(id)
