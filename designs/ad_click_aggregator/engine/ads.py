"""The ads, and the impressions of them: each shown ad bears an id that we signed."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from designs.ad_click_aggregator.config import Config
from sdlab.lab import EngineContext

SLOTS = ("top", "story", "side")
VALID_S = 600  # of a signature
SIGNATURE = 16  # characters, of 6 bits each


@dataclass(frozen=True, slots=True)
class Ad:
    """An ad; its advertiser's page is where a click leads."""

    id: int
    advertiser: str
    title: str
    slot: str


ADVERTISERS = {
    "Fern & Co": ("Ferns that forgive", "A fern a month", "Pots with a view"),
    "Luma Lamps": ("Light for late readers", "The lamp that dims itself", "Bulbs by the dozen"),
    "Otter Bikes": ("Bikes that float uphill", "A bell for every bike", "Tyres for rain"),
    "Pico Tea": ("Tea in four minutes", "The patient teapot", "Leaves from one garden"),
}
ADS = tuple(
    Ad(1 + 3 * number + place, advertiser, title, SLOTS[place])
    for number, (advertiser, titles) in enumerate(ADVERTISERS.items())
    for place, title in enumerate(titles)
)
BY_ID = {one.id: one for one in ADS}


@dataclass(frozen=True, slots=True)
class Impression:
    """An ad that was shown: `id` says which, in which turn, until when (Unix s), and bears the signature."""

    id: str
    ad: int
    until: float


class ImpressionSigner:
    """Signs impressions with the room's secret. Nothing is stored: the id proves itself."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._secret = sha256(f"{context.room.id}:{context.room.seed}:impressions".encode()).digest()
        self._served = 0
        self._run = context.room.rng(f"impressions {context.clock.time()}").randrange(1 << 30)

    def serve(self, ad: int, *, at: float | None = None) -> Impression:
        """A new impression of an ad, shown now or `at` that time."""
        self._served += 1
        until = int((self._context.clock.time() if at is None else at) + VALID_S)
        body = f"{ad}.{self._run:x}{self._served:x}.{until:x}"
        return Impression(f"{body}.{self.signature(body)}", ad, until)

    def signature(self, body: str) -> str:
        """Of what stands before it."""
        digest = hmac.new(self._secret, body.encode(), sha256).digest()
        return urlsafe_b64encode(digest).decode()[:SIGNATURE]

    def genuine(self, id: str) -> bool:
        """Whether we signed that."""
        body, _, signature = id.rpartition(".")
        return hmac.compare_digest(self.signature(body), signature)


def parsed(id: str) -> Impression | None:
    """What an id says of itself, signed or not; None when it says nothing that can be read."""
    parts = id.split(".")
    if len(parts) != 4 or not id.isascii() or not parts[0].isdecimal() or int(parts[0][:9]) not in BY_ID:
        return None
    try:
        return Impression(id, int(parts[0]), float(int(parts[2][:12], 16)))
    except ValueError:
        return None
