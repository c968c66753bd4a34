"""How tags are written, and what is asked for: one name for one thing, whatever somebody types."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sdlab.lab import Invalid
from sdlab.lab.text import TextRule

MAX_NAME = 40
MOST_ASKED = 8
RULE = TextRule("tag", MAX_NAME)
SEPARATORS = ",/"  # lists of tags and addresses are made with them


def tag_name(text: str, *, field: str = "tag") -> str:
    """The tag that a text means: compatibility forms, case and spaces make no difference.

    `Invalid` for one that is empty, too long, or no text.

    >>> tag_name("  New\\u00a0 York "), tag_name("ＮＹＣ")
    ('new york', 'nyc')
    """
    plain = RULE.check(text, field=field)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())
    if any(one in folded for one in SEPARATORS):
        raise Invalid("the tag has no comma and no slash", field=field)
    return RULE.check(" ".join(folded.split()), field=field)


@dataclass(frozen=True, slots=True)
class TagQuery:
    """Items with `all` of these tags, `any` of those, and `none` of the last; `active` ones only, if so."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    active: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every tag that it names."""
        return (*self.all, *self.any, *self.none)

    @property
    def said(self) -> str:
        """The query in words."""
        parts = [
            " and ".join(self.all),
            f"any of {', '.join(self.any)}" if self.any else "",
            f"none of {', '.join(self.none)}" if self.none else "",
            "active" if self.active else "",
        ]
        return " · ".join(part for part in parts if part) or "everything"


def tag_query(
    all_of: Iterable[str] = (),
    any_of: Iterable[str] = (),
    none_of: Iterable[str] = (),
    *,
    active: bool = False,
) -> TagQuery:
    """A query as somebody wrote it. `Invalid` for tags that cannot be, or more than `MOST_ASKED`."""
    parts = [
        tuple(dict.fromkeys(tag_name(one, field=field) for one in names))
        for field, names in (("all", all_of), ("any", any_of), ("none", none_of))
    ]
    if sum(map(len, parts)) > MOST_ASKED:
        raise Invalid(f"a query names at most {MOST_ASKED} tags", field="all")
    return TagQuery(parts[0], parts[1], parts[2], active)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that stands for itself."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query whose names are looked up. `unknown`: it wants a tag that nobody has, so nothing answers it."""

    all: tuple[Tag, ...] = ()
    any: tuple[Tag, ...] = ()
    none: tuple[Tag, ...] = ()
    active: bool = False
    unknown: bool = False

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Every tag that it names."""
        return (*self.all, *self.any, *self.none)
