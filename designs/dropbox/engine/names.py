"""Paths of the drive: one form of each, none that leads elsewhere, none that another system cannot store.

Unicode Standard Annex 15 (normal forms); reserved names after Microsoft's "Naming Files, Paths, and Namespaces".
"""

from __future__ import annotations

import re

from sdlab.lab import Invalid
from sdlab.lab.text import TextRule

MOST_PATH, MOST_DEPTH, MOST_NAME_BYTES = 400, 12, 200
PATH = TextRule("path", MOST_PATH)
RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
FORBIDDEN = frozenset('<>:"|?*\\')
TEMPORARY = ".sdlab-"  # what a device writes before it is whole; never synchronised
CONFLICTED = re.compile(r" \(conflicted copy of [^()]+\)")


def checked(path: str, *, field: str = "path") -> str:
    """The path in normal form C. `Invalid` for one that is no relative path, or that some system cannot store.

    >>> checked("docs/Cafe\\u0301.txt")
    'docs/Café.txt'
    """
    said = PATH.check(path, field=field)
    parts = said.split("/")
    if len(parts) > MOST_DEPTH:
        raise Invalid(f"a path has at most {MOST_DEPTH} parts", field=field)
    for part in parts:
        if problem := _problem(part):
            raise Invalid(f"“{part}” {problem}", field=field)
    return said


def _problem(part: str) -> str:
    if not part:
        return "is an empty part of a path: it begins and ends with a name, with one slash between two"
    if part in (".", ".."):
        return "leads to another folder"
    if FORBIDDEN & set(part):
        return f"has one of {' '.join(sorted(FORBIDDEN))} in it"
    if part != part.strip() or part.endswith("."):
        return "begins or ends with a space, or ends with a dot"
    if part.split(".", maxsplit=1)[0].casefold() in RESERVED:
        return "is a name that Windows keeps for itself"
    if len(part.encode()) > MOST_NAME_BYTES:
        return f"is longer than {MOST_NAME_BYTES} bytes"
    return "is a name that devices use while they write" if part.startswith(TEMPORARY) else ""


def folded(path: str) -> str:
    """What two paths share that differ in case alone, which many systems cannot tell apart.

    >>> folded("Docs/STRASSE.txt") == folded("docs/straße.txt")
    True
    """
    return path.casefold()


def conflicted(path: str, device: str, number: int = 1) -> str:
    """The path of a conflict copy beside the file. Of a copy it is a further one, not a copy of a copy.

    >>> conflicted("docs/a.txt", "desktop"), conflicted("a", "laptop", 2)
    ('docs/a (conflicted copy of desktop).txt', 'a (conflicted copy of laptop 2)')
    """
    folder, slash, name = CONFLICTED.sub("", path).rpartition("/")
    stem, dot, kind = name.rpartition(".")
    stem, kind = (stem, f"{dot}{kind}") if stem else (name, "")
    counted = f" {number}" if number > 1 else ""
    return f"{folder}{slash}{stem} (conflicted copy of {device}{counted}){kind}"
