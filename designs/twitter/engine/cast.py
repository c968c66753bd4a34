"""Who is there when a room opens, what they have said, and what tweets are made of: all made up."""

from __future__ import annotations

from random import Random

VISITOR = "visitor"
NAMES = {
    VISITOR: "You",
    "ada": "Ada Berg",
    "bilal": "Bilal Farah",
    "chloe": "Chloe Novak",
    "diego": "Diego Ramos",
    "elif": "Elif Kaya",
    "farid": "Farid Haddad",
    "grace": "Grace Osei",
    "hugo": "Hugo Lund",
    "ines": "Ines Costa",
    "jamal": "Jamal Okoye",
    "katya": "Katya Petrov",
    "lin": "Lin Chen",
    "mads": "Mads Dahl",
    "nora": "Nora Meyer",
    "oskar": "Oskar Blom",
    "priya": "Priya Gupta",
    "quinn": "Quinn Klein",
    "rosa": "Rosa Silva",
    "sana": "Sana Ito",
    "theo": "Theo Moreau",
    "uma": "Uma Singh",
    "vera": "Vera Popescu",
    "wei": "Wei Tran",
}
CAST = tuple(handle for handle in NAMES if handle != VISITOR)
AUTHORS = CAST[:16]  # those who write most of what there is
FOLLOWED = CAST[:10]  # by the visitor, to begin with
PRIVATE = ("vera", "wei")
BUSY = "ada"  # her tweet is the one that everybody likes

OPENINGS = (
    *("Just saw", "Still thinking about", "Nobody told me about", "Five years of", "A short thread on"),
    *("Today in", "Unpopular opinion:", "I finally understand", "Notes from", "The best part of"),
    *("Reading about", "Looking forward to", "A quiet morning with", "Can we talk about", "Lost an hour to"),
    *("My guide to", "Everything I know about", "Back from", "Trying out", "A small ode to"),
)
SUBJECTS = (
    *("the night train", "sourdough bread", "the harbour market", "cargo bikes", "the northern lights"),
    *("the rocket launch", "a marathon in the rain", "the new tram line", "wild swimming", "old maps"),
    *("the city library", "street photography", "garden birds", "a solar eclipse", "the opening match"),
    *("distributed systems", "the power of two", "cache invalidation", "a database migration", "clean logs"),
    *("the spring festival", "mountain coffee", "a lighthouse keeper", "paper boats", "the last ferry"),
    *("an open source release", "type systems", "slow cooking", "vinyl records", "the final episode"),
)
PLACES = (
    *("in Lisbon", "in Oslo", "in Accra", "in Kyoto", "in Quito", "in Tallinn", "in Lagos", "in Bergen"),
    *("by the river", "on the roof", "at the station", "from my window", "after the storm", "before work"),
    *("with friends", "with the kids", "on a Sunday", "at midnight", "in the fog", "under the bridge"),
)
ENDINGS = (
    *("and it was worth it.", "what a view!", "more soon.", "who else was there?", "no regrets."),
    *("I would do it again.", "pictures later.", "ask me anything.", "send help.", "ten out of ten."),
    *("the queue was short.", "it works now.", "and nobody noticed.", "bring a coat.", "so good."),
    *("do not tell anyone.", "with a twist.", "step by step.", "for beginners.", "and a surprise."),
)
SLOTS = (OPENINGS, SUBJECTS, PLACES, ENDINGS)
TOPICS = ("launch", "bread", "harbour", "train", "festival", "coffee", "cache", "power", "records", "ferry")


def sentence(rng: Random) -> str:
    """Something to tweet."""
    return " ".join(rng.choice(slot) for slot in SLOTS)


def about(rng: Random, topic: str) -> str:
    """Something to tweet about a topic."""
    subject = next((one for one in SUBJECTS if topic in one), topic)
    return " ".join((rng.choice(OPENINGS), subject, rng.choice(PLACES), rng.choice(ENDINGS)))


def name_of(handle: str) -> str:
    """The name beside a handle; who is not of the cast goes by the handle."""
    return NAMES.get(handle, handle)


# What stands in a room from its first moment: who, what, minutes ago, and how many like it. Ada's is six likes
# short of a power of two: what Redis and the database say of it parts, and soon meets.
FIRST_TWEETS: tuple[tuple[str, str, int, int], ...] = (
    ("ada", "The rocket launch is at noon. I have waited eleven years for this picture.", 2, 122),
    ("hugo", "Sourdough bread update: it lives, it grows, it has a name now.", 5, 37),
    ("grace", "Can we talk about cache invalidation? I will go first: I am tired.", 9, 58),
    ("diego", "The last ferry left without me, so here is the harbour at midnight.", 14, 21),
    ("chloe", "Unpopular opinion: the best seat on the night train is the one facing back.", 19, 13),
    ("farid", "Five years of mountain coffee and I still burn the first one.", 26, 9),
    ("ines", "Cargo bikes in the rain are just boats with ambition.", 33, 27),
    ("jamal", "An open source release, on a Sunday, with a changelog. Who are we?", 41, 11),
    ("bilal", "Notes from the city library: the quiet car of cities.", 52, 3),
    ("elif", "The power of two: twenty writes for a million likes. I did the sum twice.", 64, 45),
    ("lin", "Old maps smell better than new ones.", 77, 6),
    ("nora", "Garden birds, 6 a.m., no mercy.", 93, 14),
    ("vera", "For friends only: I am moving to Tallinn in the spring.", 95, 0),
    ("oskar", "The final episode. No words. Well, two: vinyl records.", 120, 2),
    ("priya", "A short thread on distributed systems: they are not where you left them.", 150, 19),
)
FIRST_SEARCHES = (("launch", "hugo"), ("night train", "chloe"), ("sourdough", "ines"))
FIRST_REPLIES = (
    ("chloe", 0, "Noon here or noon there? Asking for a telescope."),
    ("hugo", 0, "I bring the bread."),
    ("lin", 2, "Two hard things, and you chose this one."),
)
