"""What made-up members post: short sentences from a seed, none of them about anybody."""

from __future__ import annotations

from random import Random

OPENINGS = (
    *("Found a", "Finally repaired the", "Anyone else fond of a", "Today's best thing: a", "Painted a"),
    *("Lost and found again: my", "Baked something like a", "Walked past a", "Learnt to draw a", "Sold the"),
    *(
        "Woke up thinking of a",
        "Traded my bike for a",
        "Planted a",
        "Dreamt of a",
        "Cannot stop looking at this",
    ),
)
THINGS = (
    *("lighthouse", "blue kettle", "paper boat", "quiet bakery", "ladder to nowhere", "borrowed accordion"),
    *("street full of plum trees", "map without roads", "window seat", "pocket radio", "night train"),
    *("garden chair", "stone bridge", "tin of buttons", "field of barley", "lemon cake", "red umbrella"),
)
ENDINGS = (
    *("", ".", " at last.", ". Photos later.", ", twice.", " and I am not sorry.", ". Ask me how."),
    *(" before breakfast.", ". Who wants one?", " in the rain.", ". Five stars.", ". More tomorrow."),
)


def sentence(rng: Random) -> str:
    """One post.

    >>> sentence(Random(1)) == sentence(Random(1))
    True
    """
    return f"{rng.choice(OPENINGS)} {rng.choice(THINGS)}{rng.choice(ENDINGS)}"
