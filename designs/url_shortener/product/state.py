"""What a visitor wants of the URL shortener: one handler for each verb of the product."""

from __future__ import annotations

from typing import Any

import reflex as rx
import segno

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.link_request import OWN_LINK, is_short_link
from sdlab.lab import Invalid, LabError
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("url-shortener", UrlShortener)

URL_FIELD = "long-url"
ALIAS_FIELD = "alias"
LIFETIMES = {"never": 0.0, "1 min": 60.0, "1 h": 3600.0, "1 day": 86_400.0, "30 days": 30 * 86_400.0}


class ShortenerState(VerbState):
    """The form's last refusal, the newest link, and the link whose QR code is open."""

    wrong_field: str = ""
    wrong: str = ""
    newest: str = ""
    qr_code: str = ""
    qr_picture: str = ""

    def _before_verb(self, given: dict[str, Any]) -> None:
        if "form" in given:
            self.wrong = self.wrong_field = self.newest = ""

    def _refused(self, error: LabError, given: dict[str, Any]) -> Any:
        """A refused form is said beside the field that it is about."""
        if "form" not in given:
            return super()._refused(error, given)
        self.wrong, self.wrong_field = error.detail, str(error.extra.get("field", ""))
        return rx.set_focus(ALIAS_FIELD if self.wrong_field == "alias" else URL_FIELD)

    @verb
    async def shorten(self, engine: UrlShortener, form: dict[str, str]) -> list[rx.event.EventSpec]:
        """Make a link."""
        if is_short_link(form.get("url", ""), str(self.router.url.origin)):
            raise Invalid(OWN_LINK, field="url")
        lifetime = LIFETIMES.get(form.get("lifetime", ""), 0.0)
        link = await engine.generate(
            form.get("url", ""),
            alias=form.get("alias", "").strip() or None,
            expires_at=engine.clock.time() + lifetime if lifetime else None,
        )
        self.newest = link.code
        return [rx.set_value(URL_FIELD, ""), rx.set_value(ALIAS_FIELD, ""), rx.set_focus(URL_FIELD)]

    @verb
    async def delete(self, engine: UrlShortener, code: str) -> None:
        """Delete a link of mine."""
        await engine.delete(code)

    @rx.event
    def toggle_qr(self, code: str, path: str) -> None:
        """Open or close the QR code of a link."""
        if code == self.qr_code:
            self.qr_code = self.qr_picture = ""
            return
        address = f"{self.router.url.origin}{path}"
        self.qr_code = code
        self.qr_picture = segno.make(address, error="m").svg_data_uri(
            scale=4, border=2, dark="#1c2024", light="#fff"
        )
