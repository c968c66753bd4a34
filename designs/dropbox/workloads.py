"""Traffic: edits, insertions, copies, new files, conflicts, lost notifications, damaged parts, cut lines, drafts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from sdlab.lab import Operation, Sample, Workload

FILES = 8
PLACES = ("front", "middle", "end")


def _text(rng: Random) -> int:
    return rng.randrange(1 << 16)


def _edit(verb: str, rng: Random, number: int) -> Operation:
    """An edit of the file on the page, or of another; one device writes a file at a time."""
    file = 0 if number % 4 == 1 else rng.randrange(1, FILES)
    args = {
        "device": (number // FILES + file) % 2,
        "file": file,
        "where": rng.choice(PLACES),
        "text": _text(rng),
    }
    return Operation(verb, args)


def edits(rng: Random) -> Iterator[Operation]:
    """Some words here and there, in eight files; now and then one is renamed."""
    for number in count(1):
        if number % 16 == 15:
            yield Operation("rename", {"device": 0, "file": 8 + number // 16 % 3})
        else:
            yield _edit("edit", rng, number)


def inserts(rng: Random) -> Iterator[Operation]:
    """One byte at the front, in the middle, at the end of a text of 64 kB, in turn."""
    for number in count(0):
        place = PLACES[number % 3]
        yield Operation("insert", {"device": 0, "file": number % 2, "where": place, "text": _text(rng)})


def copies(rng: Random) -> Iterator[Operation]:
    """Copies of the files that are there."""
    for number in count(0):
        yield Operation(
            "copy", {"device": 0, "file": rng.randrange(FILES // 2), "to": number, "text": _text(rng)}
        )


def kinds(rng: Random) -> Iterator[Operation]:
    """A text, a picture, an archive, in turn."""
    for number in count(0):
        kind = ("text", "picture", "archive")[number % 3]
        yield Operation("put", {"device": 0, "kind": kind, "file": number // 3, "text": _text(rng)})


def lost(rng: Random) -> Iterator[Operation]:
    """Edits, each of another file; of every second the notification is lost."""
    for number in count(1):
        file = number % 24
        where = {"device": 0, "file": file, "where": "end", "text": _text(rng)}
        yield Operation("lost" if number % 2 else "edit", where)


def conflicts(rng: Random) -> Iterator[Operation]:
    """The same file is edited on both devices, before either has heard of the other."""
    for number in count(0):
        yield Operation("both", {"file": number % 3, "text": _text(rng)})


def damaged(rng: Random) -> Iterator[Operation]:
    """Edits, of which every second has a damaged part."""
    for number in count(1):
        file = number % FILES
        where = {"device": 0, "file": file, "where": rng.choice(PLACES), "text": _text(rng)}
        yield Operation("damaged" if number % 2 else "edit", where)


def churn(rng: Random) -> Iterator[Operation]:
    """Drafts are deleted and come again with the same content."""
    for number in count(0):
        if number % 12 == 11:
            yield Operation("edit", {"device": 0, "file": 0, "where": "end", "text": _text(rng)})
        else:
            yield Operation("churn", {"device": 0, "file": number % 5, "text": rng.randrange(3)})


def cuts(rng: Random) -> Iterator[Operation]:
    """Uploads of some parts, each cut in the middle."""
    for number in count(0):
        yield Operation("cut", {"device": 0, "file": number, "text": _text(rng)})


def small(rng: Random) -> Iterator[Operation]:
    """Small files, one after the other, on both devices."""
    for number in count(0):
        yield Operation("small", {"device": number % 2, "file": number, "text": _text(rng)})


def sample(rng: Random) -> Iterator[Operation]:
    """A letter now and then, in the notes on the page, on either device."""
    for number in count(0):
        yield Operation("type", {"device": number // 6 % 2, "text": _text(rng)})


WORKLOADS = (
    Workload("edits", "Edits", "some words here and there, in eight files", edits, 4, 60, unit="edits"),
    Workload(
        "inserts",
        "One byte more",
        "a byte at the front, in the middle, at the end of a text",
        inserts,
        3,
        60,
        unit="insertions",
    ),
    Workload("copies", "Copies", "files are copied under other names", copies, 4, 60, unit="copies"),
    Workload("kinds", "Text, picture, archive", "new files of three kinds", kinds, 4, 60, unit="files"),
    Workload("lost", "Lost notifications", "of every second edit nobody is told", lost, 5, 60, unit="edits"),
    Workload(
        "conflicts",
        "Edited on both",
        "the same file is edited on both devices",
        conflicts,
        2,
        60,
        unit="conflicts",
    ),
    Workload(
        "damaged", "Damaged parts", "every second upload has a flipped bit", damaged, 4, 60, unit="edits"
    ),
    Workload(
        "churn",
        "Deleted and back again",
        "drafts go and come with the same content",
        churn,
        8,
        60,
        unit="changes",
    ),
    Workload(
        "cuts", "Cut uploads", "the line is cut in the middle of every upload", cuts, 2, 60, unit="uploads"
    ),
    Workload("small", "Small files", "one new small file after the other", small, 10, 60, unit="files"),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "a letter now and then in the notes", sample, rate=1.0),
    on_screen=lambda snapshot: [(one.id, one.text, one.files) for one in snapshot.devices],
)
