"""Everybody, as columns of numbers: made from the seed, so that only those who changed need a row.

The columns for 3,000 people are the first rows of those for 200,000.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from designs.tinder.engine.regions import KM_PER_LAT, KM_PER_LNG, REGIONS, degrees, scattered
from sdlab.blocks.people import person
from sdlab.lab import Invalid, NotFound, TooMany

NAMED = 64
MOST_PEOPLE = 20_000
NEIGHBOURS = 24
VISITOR, SAM = "visitor", "sam"
VISITOR_NUMBER = 0
WEEK_S = 7 * 86_400.0
YOUNGEST, OLDEST = 18, 99
NEAREST_KM, FARTHEST_KM = 1.0, 50.0
SIMULATED = re.compile(r"p([1-9]\d{0,6})")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
INTERESTS = (
    *("climbing", "jazz", "baking", "chess", "hiking", "cinema", "dogs", "pottery"),
    *("sailing", "museums", "running", "gardening", "dancing", "board games", "photography", "cycling"),
)
JOBS = (
    *("nurse", "carpenter", "teacher", "violinist", "baker", "geologist", "tram driver", "translator"),
    *("bike mechanic", "librarian", "chemist", "gardener", "animator", "vet", "bookbinder", "pilot"),
)
LINES = (
    "Will trade soup recipes for hill walks.",
    "Ask me about the lighthouse.",
    "Collects maps of places that moved.",
    "Knows every bakery that opens before six.",
    "Bad at small talk, good at long walks.",
    "Owns one chair too many.",
    "Learning the accordion, sorry in advance.",
    "Always has a spare bike light.",
)
COLUMNS: dict[str, str] = {
    **dict.fromkeys(("lat", "lng", "active", "km", "changed"), "f8"),
    **dict.fromkeys(("age", "interests", "age_min", "age_max", "wanted"), "i8"),
    "here": "?",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with what they want to see. `wanted` is an interest or empty for any."""

    number: int
    id: str
    name: str
    age: int
    lat: float
    lng: float
    interests: tuple[str, ...]
    age_min: int = YOUNGEST
    age_max: int = OLDEST
    km: float = 10.0
    wanted: str = ""
    changed: float = 0.0

    @property
    def at(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.lat, self.lng


def bits_of(interests: tuple[str, ...]) -> int:
    """A set of interests as bits; `Invalid` for one that nobody has."""
    unknown = [one for one in interests if one not in INTERESTS]
    if unknown:
        raise Invalid(f"{unknown[0]!r} is no interest; there are {', '.join(INTERESTS)}", field="interests")
    return sum(1 << INTERESTS.index(one) for one in set(interests))


def interests_of(bits: int) -> tuple[str, ...]:
    """The interests that are set."""
    return tuple(name for number, name in enumerate(INTERESTS) if bits >> number & 1)


class Columns:
    """One array per fact; row `n` of all of them is person `n`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.of: dict[str, np.ndarray] = {name: np.zeros(size, kind) for name, kind in COLUMNS.items()}

    def put(self, number: int, row: Mapping[str, float]) -> None:
        """Set the facts of one person that `row` names."""
        for name, value in row.items():
            if name in self.of:
                self.of[name][number] = value

    def row(self, number: int) -> dict[str, float]:
        """The facts of one person."""
        return {name: column[number].item() for name, column in self.of.items()}

    def copy(self) -> Columns:
        """The same facts, to change apart."""
        other = Columns(0)
        other.size = self.size
        other.of = {name: column.copy() for name, column in self.of.items()}
        return other


class People:
    """Who there is, and the truth about them: `size` people of the seed, and some with names before them."""

    def __init__(self, seed: int, size: int, now: float) -> None:
        self.seed = seed
        self._now = now
        self.resize(size)

    def resize(self, size: int) -> None:
        """Begin anew with so many people, as the seed makes them.

        `residents` are the numbers of those who live around each region, nearest first.
        """
        self.size = size
        self.columns = populated(self.seed, size, self._now)
        self.residents = {one: nearest(self.columns, region.at) for one, region in REGIONS.items()}
        self.ids: dict[str, int] = {}
        self.names: dict[int, tuple[str, str]] = {}
        for one in phone_people(self._now):
            self.admit(one)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return NAMED + self.size

    def admit(self, profile: Profile) -> None:
        """Set everything about a person, who may be new."""
        if profile.number < NAMED:
            self.ids[profile.id] = profile.number
            self.names[profile.number] = (profile.id, profile.name)
        self.columns.put(profile.number, facts(profile) | {"here": True})

    def number(self, user: str) -> int:
        """Whose row that is; `NotFound` for nobody."""
        if user in self.ids:
            return self.ids[user]
        if (found := SIMULATED.fullmatch(user)) and int(found[1]) <= self.size:
            return NAMED + int(found[1]) - 1
        raise NotFound(f"nobody is called {user!r} here")

    def new_number(self, user: str) -> int:
        """A free row for somebody who joins; `Invalid` for a bad id, `TooMany` when all are taken."""
        if not NAME.fullmatch(user) or SIMULATED.fullmatch(user):
            raise Invalid("an id begins with a letter and has letters, digits, . _ or -", field="user")
        free = next((n for n in range(NAMED) if n not in self.names), None)
        if free is None:
            raise TooMany(f"at most {NAMED} people join a room")
        return free

    def id(self, number: int) -> str:
        """What the person is called in the API."""
        return self.names[number][0] if number < NAMED else f"p{number - NAMED + 1}"

    def name(self, number: int) -> str:
        """Their first name."""
        return self.names[number][1] if number < NAMED else first_name(self.seed, number)

    def called(self, number: int) -> str:
        """What the feed calls them: by the id that they chose, else by their name."""
        return self.names[number][0] if number < NAMED else first_name(self.seed, number)

    def face(self, number: int) -> str:
        """The seed of their portrait."""
        return f"{self.seed}-{number}"

    def knows(self, user: str) -> bool:
        """Whether there is somebody of that id."""
        try:
            self.number(user)
        except NotFound:
            return False
        return True

    def profile(self, number: int) -> Profile:
        """Everything about one person, as it is now."""
        return profile_of(number, self.id(number), self.name(number), self.columns.row(number))

    def touch(self, number: int, now: float) -> None:
        """Somebody uses the app just now."""
        self.columns.of["active"][number] = now


def facts(profile: Profile) -> dict[str, float]:
    """A profile as numbers."""
    return {
        "age": profile.age,
        "lat": profile.lat,
        "lng": profile.lng,
        "interests": bits_of(profile.interests),
        "age_min": profile.age_min,
        "age_max": profile.age_max,
        "km": profile.km,
        "wanted": INTERESTS.index(profile.wanted) if profile.wanted else -1,
        "changed": profile.changed,
    }


def profile_of(number: int, user: str, name: str, row: Mapping[str, float]) -> Profile:
    """The profile that these numbers say; undoes `facts`."""
    wanted = int(row["wanted"])
    return Profile(
        number=number,
        id=user,
        name=name,
        age=int(row["age"]),
        lat=row["lat"],
        lng=row["lng"],
        interests=interests_of(int(row["interests"])),
        age_min=int(row["age_min"]),
        age_max=int(row["age_max"]),
        km=row["km"],
        wanted=INTERESTS[wanted] if wanted >= 0 else "",
        changed=row["changed"],
    )


def nearest(columns: Columns, at: tuple[float, float]) -> list[int]:
    """The people of the seed who live nearest to a point."""
    x = (columns.of["lng"][NAMED:] - at[1]) * KM_PER_LNG
    y = (columns.of["lat"][NAMED:] - at[0]) * KM_PER_LAT
    order = np.argsort(x * x + y * y, kind="stable")[:NEIGHBOURS]
    return [int(number) for number in order + NAMED]


def phone_people(now: float) -> tuple[Profile, Profile]:
    """The two phones: they live some streets apart and share three interests."""
    city = REGIONS["city"]
    you = Profile(
        VISITOR_NUMBER, VISITOR, "Alex", 29, *city.at, ("climbing", "jazz", "baking", "cinema"), 20, 45, 10.0
    )
    near = degrees(city.x + 0.3, city.y + 0.2)
    sam = replace(you, number=1, id=SAM, name="Sam", age=31, lat=near[0], lng=near[1])
    return you, replace(sam, interests=("climbing", "jazz", "baking", "dogs"))


def populated(seed: int, size: int, now: float) -> Columns:
    """Columns for the named, still empty, and for `size` people of that seed."""

    def rng(column: str) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(f"{seed}:{column}".encode()))

    columns = Columns(NAMED + size)
    even = np.stack([rng("x").random(size), rng("y").random(size)])
    x, y = scattered(
        rng("where").random(size),
        rng("along").standard_normal(size),
        rng("across").standard_normal(size),
        even,
    )
    age = (YOUNGEST + rng("age").gamma(2.2, 7.0, size)).astype(int).clip(YOUNGEST, 75)
    span = rng("span").integers(6, 22, size)
    chosen = np.zeros(size, int)
    for turn in range(5):  # three to five interests each; a repeated draw is one fewer
        chosen |= 1 << rng(f"interest {turn}").integers(0, len(INTERESTS), size)
    made: dict[str, np.ndarray | float | bool] = {
        "lat": y / KM_PER_LAT + degrees(0, 0)[0],
        "lng": x / KM_PER_LNG + degrees(0, 0)[1],
        "age": age,
        "interests": chosen,
        "age_min": (age - span).clip(YOUNGEST),
        "age_max": (age + span).clip(None, OLDEST),
        "km": rng("km").choice((3.0, 5.0, 10.0, 25.0), size),
        "active": now - rng("active").random(size) ** 2 * WEEK_S,
        "wanted": -1,
        "here": True,
    }
    for name, values in made.items():
        columns.of[name][NAMED:] = values
    columns.of["active"][:2] = now
    columns.of["wanted"][:NAMED] = -1
    return columns


@lru_cache(maxsize=MOST_PEOPLE)
def first_name(seed: int, number: int) -> str:
    """What a person of that seed is called."""
    return person(seed, number).first


def job_of(number: int) -> str:
    """What they do for a living."""
    return JOBS[zlib.crc32(b"job %d" % number) % len(JOBS)]


def line_of(number: int) -> str:
    """What they say of themselves."""
    return LINES[zlib.crc32(b"line %d" % number) % len(LINES)]
