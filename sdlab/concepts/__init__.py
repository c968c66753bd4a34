"""The structures and patterns of the field, each explained once: a Markdown file per concept, beside this one.

A file begins with its title; two lines say under which other names it is known (`also:`) and to which
paths through the labs it belongs (`paths:`); the rest is the idea.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sdlab.lab import Design, NotFound, Runs

FOLDER = Path(__file__).parent
PATHS = ("Caching", "Sharding", "Queues", "Consistency", "Geography", "Sketches")


@dataclass(frozen=True, slots=True)
class Concept:
    """One of them. `idea` is Markdown."""

    id: str
    title: str
    also: tuple[str, ...]
    paths: tuple[str, ...]
    idea: str

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called in a text."""
        return (self.title, *self.also)


@cache
def concepts() -> tuple[Concept, ...]:
    """All of them, by title. `ValueError` for a file that does not begin as it should."""
    found = [_parse(path.stem, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.md"))]
    return tuple(sorted(found, key=lambda one: one.title.lower()))


def concept(concept_id: str) -> Concept:
    """The one of that id; `NotFound` when there is none."""
    for one in concepts():
        if one.id == concept_id:
            return one
    raise NotFound(f"there is no concept {concept_id!r}")


def _parse(concept_id: str, text: str) -> Concept:
    title, also, paths, _, *idea = text.split("\n")
    if not title.startswith("# ") or not also.startswith("also: ") or not paths.startswith("paths: "):
        raise ValueError(f"{concept_id}: a title, `also:` and `paths:` come first")
    return Concept(concept_id, title[2:], _listed(also), _listed(paths), "\n".join(idea).strip())


def _listed(line: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in line.partition(":")[2].split(",") if one.strip())


def runs(concept_id: str, labs: tuple[Design, ...]) -> list[tuple[Design, Runs]]:
    """Where it is at work, in the order of the labs."""
    return [(design, one) for design in labs for one in design.concepts if one.concept == concept_id]


def on_path(path: str, labs: tuple[Design, ...]) -> list[tuple[Design, list[Concept]]]:
    """The labs of a path, in their order, each with what it shows of it."""
    mine = {one.id: one for one in concepts() if path in one.paths}
    found = [
        (design, [mine[one.concept] for one in design.concepts if one.concept in mine]) for design in labs
    ]
    return [(design, shown) for design, shown in found if shown]
