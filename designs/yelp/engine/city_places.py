"""The places that a room opens with: made up, the same for the same seed, denser downtown. None of them exists."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from designs.yelp.engine.place import DECIMALS, Place, Rating
from sdlab.blocks import city as streets
from sdlab.blocks.city import City, nearest
from sdlab.blocks.people import LAST, person

CITY = streets.make_city(3)
OWNER = "owner"
FAVOURITE = 1
CENTRE = streets.to_degrees(*CITY.centre)
KINDS: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    # how common, what such places call themselves, what else there is
    "coffee": (7, ("Coffee", "Roasters", "Espresso", "Café"), ("wifi", "cakes", "flat white", "terrace")),
    "ramen": (3, ("Ramen", "Noodle Bar", "Ramen House"), ("noodles", "vegan broth", "late", "counter")),
    "pizza": (4, ("Pizza", "Pizzeria", "Forno"), ("wood oven", "slices", "families", "terrace")),
    "bakery": (4, ("Bakery", "Bread", "Patisserie"), ("sourdough", "croissants", "early", "coffee")),
    "bar": (4, ("Bar", "Tavern", "Taproom"), ("craft beer", "cocktails", "late", "music")),
    "books": (2, ("Books", "Bookshop", "Pages"), ("second hand", "readings", "children", "coffee")),
    "sushi": (2, ("Sushi", "Sushi Bar"), ("omakase", "counter", "fish", "take away")),
    "tacos": (2, ("Tacos", "Taqueria"), ("late", "salsa", "vegan", "slices")),
    "barber": (2, ("Barber", "Cuts"), ("beards", "walk in", "children")),
    "bikes": (1, ("Bikes", "Cycles"), ("repair", "rental", "children")),
    "flowers": (1, ("Flowers", "Florist"), ("weddings", "plants", "early")),
    "climbing": (1, ("Climbing", "Boulders"), ("wall", "children", "late", "café")),
}
SIGHTS = ("Copper", "Lantern", "Harbour", "Little", "Old", "Blue", "Corner", "North", "Paper", "Golden")
SAYINGS = (
    "Friendly, quick, and not too loud.",
    "I come here every week.",
    "Good, but the queue was long.",
    "Worth the walk.",
    "It was better last year.",
    "The best of its kind around here.",
)
PEOPLE = 40


def city_places(rng: Random, count: int) -> list[Place]:
    """`count` places (>= 1) of the city, ids from 1; the first is a favourite that is a little off the centre."""
    kinds = list(KINDS)
    weights = [KINDS[kind][0] for kind in kinds]
    places = [_favourite(CITY)]
    for number in range(2, count + 1):
        kind = rng.choices(kinds, weights)[0]
        lat, lng, street = _spot(rng, CITY)
        places.append(
            Place(number, _name(rng, kind), kind, _tags(rng, kind), street, OWNER, lat, lng, *_earlier(rng))
        )
    return places  # fmt: skip


def _favourite(city: City) -> Place:
    x, y = city.centre[0] + 360, city.centre[1] + 260
    lat, lng = (round(one, DECIMALS) for one in streets.to_degrees(x, y))
    tags = "flat white, terrace, cakes"
    return Place(FAVOURITE, "Kettle & Crane", "coffee", tags, city.name_of(x, y), OWNER, lat, lng, 412, 2039)


def _spot(rng: Random, city: City) -> tuple[float, float, str]:
    """Beside a street; seven of ten downtown."""
    spread = 1300 if rng.random() < 0.7 else 3000
    x = min(max(rng.gauss(city.centre[0], spread), 60), streets.WIDTH - 60)
    y = min(max(rng.gauss(city.centre[1], spread), 60), streets.HEIGHT - 60)
    if rng.random() < 0.5:
        x = city.xs[nearest(city.xs, x)] + rng.choice((-14, 14))
    else:
        y = city.ys[nearest(city.ys, y)] + rng.choice((-14, 14))
    lat, lng = streets.to_degrees(x, y)
    return round(lat, DECIMALS), round(lng, DECIMALS), city.name_of(x, y)


def _name(rng: Random, kind: str) -> str:
    noun = rng.choice(KINDS[kind][1])
    if rng.random() < 0.4:
        return f"{rng.choice(LAST)}'s {noun}"
    return f"{rng.choice(SIGHTS)} {rng.choice(streets.TREES)} {noun}"


def new_name(rng: Random) -> str:
    """Another name that a place could have, without what it calls itself."""
    return f"{rng.choice(SIGHTS)} {rng.choice(LAST)}"


def _tags(rng: Random, kind: str) -> str:
    known = KINDS[kind][2]
    return ", ".join(rng.sample(known, rng.randint(1, min(3, len(known)))))


def _earlier(rng: Random) -> tuple[int, int]:
    """Ratings from before: how many, and the sum of their stars."""
    count = int(rng.paretovariate(0.9) * 4) if rng.random() < 0.9 else 0
    count = min(count, 900)
    mean = min(4.7, max(1.6, rng.gauss(3.8, 0.55)))
    return count, round(count * mean)


def first_ratings(rng: Random, places: list[Place], count: int, now: float) -> Iterator[Rating]:
    """Some ratings with words, of the favourite first, by different people."""
    for number in range(count):
        place = places[0] if number < 4 else places[rng.randrange(len(places))]
        who = person("yelp", number).handle
        stars = rng.choices((1, 2, 3, 4, 5), (1, 1, 3, 6, 6))[0]
        yield Rating(place.id, who, stars, rng.choice(SAYINGS), now - 86_400 * rng.uniform(1, 90))
