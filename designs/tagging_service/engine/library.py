"""The pictures that a room opens with: drawn from a seed, tagged by what can be seen on them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from random import Random

COLOURS = ("red", "blue", "green", "yellow", "violet", "orange", "white", "pink")
SHAPES = ("circle", "square", "triangle", "star", "heart", "moon", "flower", "fish")
PLACES = ("", "skyline", "sea", "hills", "snow")
SHAPES_OF_MANY = {"fish": "fish"}
NUMBERS = ("", "two", "three")
MOODS = (
    "calm", "wild", "soft", "bold", "old", "new", "quiet", "bright", "deep", "light", "slow", "fast", "warm",
    "cold", "sharp", "round", "dry", "wet", "sweet", "plain", "rare", "odd", "lost", "found", "high", "low",
    "near", "far", "early", "late", "whole", "broken",
)  # fmt: skip
NIGHT, CITY, CITY_LONG = "night", "nyc", "new york"
ZIPF = 1.1
ACTIVE_SHARE = 0.12
SKYLINE_SHARE = 0.3
LONG_NAME_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Picture:
    """An item as it is made: how it looks (12 bits), what it is tagged with, whether it is active."""

    id: int
    look: int
    tags: tuple[str, ...]
    active: bool


def _zipf(rng: Random, count: int) -> int:
    """A number below `count`; the first is the most frequent."""
    shares = list(accumulate(1 / rank**ZIPF for rank in range(1, count + 1)))
    return min(count - 1, bisect_left(shares, rng.random() * shares[-1]))


def pictures(rng: Random, count: int) -> list[Picture]:
    """So many pictures, numbered from 1. Tags are Zipf-distributed; `night` is on half of all."""
    return [_picture(rng, number) for number in range(1, count + 1)]


def look_of(rng: Random) -> int:
    """How a picture looks: colour, shape, night, number and place, in 3 + 3 + 1 + 2 + 3 bits."""
    place = 1 if rng.random() < SKYLINE_SHARE else 2 + _zipf(rng, 3) if rng.random() < 0.5 else 0
    return (
        _zipf(rng, len(COLOURS))
        | _zipf(rng, len(SHAPES)) << 3
        | rng.randrange(2) << 6
        | _zipf(rng, 3) << 7
        | place << 9
    )


def seen_on(look: int) -> tuple[str, ...]:
    """The tags of what can be seen on a picture; a skyline has none of its own."""
    place = PLACES[look >> 9]
    found = (
        COLOURS[look & 7],
        SHAPES[look >> 3 & 7],
        NIGHT if look >> 6 & 1 else "",
        NUMBERS[look >> 7 & 3],
        "" if place == "skyline" else place,
    )
    return tuple(one for one in found if one)


def title(look: int) -> str:
    """What is on a picture, in words: "two red circles over the sea, at night"."""
    colour, shape = COLOURS[look & 7], SHAPES[look >> 3 & 7]
    number = NUMBERS[look >> 7 & 3]
    thing = f"{number} {colour} {SHAPES_OF_MANY.get(shape, f'{shape}s')}" if number else f"a {colour} {shape}"
    place = PLACES[look >> 9]
    return f"{thing}{f' before {place}' if place else ''}{', at night' if look >> 6 & 1 else ''}"


def _picture(rng: Random, number: int) -> Picture:
    look = look_of(rng)
    tags = [*seen_on(look)]
    if PLACES[look >> 9] == "skyline":
        tags.append(CITY_LONG if rng.random() < LONG_NAME_SHARE else CITY)
    tags += {MOODS[_zipf(rng, len(MOODS))] for _ in range(rng.randrange(3))}
    return Picture(number, look, tuple(dict.fromkeys(tags)), rng.random() < ACTIVE_SHARE)
