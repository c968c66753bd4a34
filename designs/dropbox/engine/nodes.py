"""The parts of the system, left to right."""

from __future__ import annotations

from designs.dropbox.config import Config
from sdlab.lab import DOWN, SLOW, Card, NodeSpec
from sdlab.lab.node import FaultSpec

LAPTOP, DESKTOP, API, DATABASE, STORE, BUS, COLLECTOR = (
    "laptop",
    "desktop",
    "api",
    "database",
    "store",
    "bus",
    "collector",
)
DEVICES = (LAPTOP, DESKTOP)
OFFLINE = FaultSpec("offline", "offline", "reaches nobody; its folder goes on", verb="Take offline")
SKEW = FaultSpec(
    "skew",
    "with a wrong clock",
    "dates its edits by that much",
    "min",
    -600,
    600,
    -60,
    verb="Set its clock wrong",
)
CUT = FaultSpec(
    "cut",
    "cut off",
    "loses the line in the middle of its next upload",
    "parts",
    1,
    100,
    2,
    momentary=True,
    verb="Cut its next upload",
)
SPARSE = FaultSpec(
    "sparse",
    "given a big sparse file",
    "gets a file of so many zeros",
    "MB",
    1,
    16,
    8,
    momentary=True,
    verb="Drop in a big sparse file",
)
MANY = FaultSpec(
    "many",
    "given many files",
    "gets so many small files",
    "files",
    1,
    500,
    100,
    momentary=True,
    verb="Drop in small files",
)
CORRUPT = FaultSpec(
    "corrupt",
    "reached by corrupt parts",
    "gets this share of parts with a flipped bit",
    "%",
    1,
    100,
    30,
    verb="Corrupt parts",
)
LOSES = FaultSpec(
    "loses",
    "losing notifications",
    "loses this share of what it is to tell",
    "%",
    1,
    100,
    100,
    verb="Lose notifications",
)

FLOWS = (
    ("visitor", LAPTOP),
    ("visitor", DESKTOP),
    ("visitor", API),
    ("visitor", STORE),
    (LAPTOP, API),
    (DESKTOP, API),
    (API, LAPTOP),
    (API, DESKTOP),
    (LAPTOP, STORE),
    (DESKTOP, STORE),
    (API, DATABASE),
    (API, STORE),
    (API, BUS),
    (BUS, LAPTOP),
    (BUS, DESKTOP),
    (COLLECTOR, DATABASE),
    (COLLECTOR, STORE),
    ("visitor", COLLECTOR),
)
CARDS = {
    "device": Card(
        "A folder, a watcher of it, and a small database of what was in step last.",
        "Only the device knows that one of its files was changed.",
        "Its edits stay where they are; the others go on.",
        "A browser alone, with no folder.",
    ),
    API: Card(
        "Takes announcements, signs addresses for parts, completes versions, tells changes.",
        "Bytes go past it, straight into the object store; it decides what they mean.",
        "Folders go on by themselves, and are in step once it is back.",
        "A server that takes whole files.",
    ),
    DATABASE: Card(
        "Files, versions, chunks with their references, the change log, the cursors of devices.",
        "A new version, its references and its entry in the log are one transaction.",
        "Nothing can be completed.",
        "A wide-column store, with care for the same transaction.",
    ),
    STORE: Card(
        "Chunks under their fingerprints, each compressed where it pays, and sealed.",
        "It is made for bytes: cheap, large, reached by signed addresses.",
        "What is known cannot be read, and nothing new can come.",
        "Disks of one's own, one day.",
    ),
    BUS: Card(
        "Tells devices that something changed. It keeps nothing.",
        "So that a device need not ask every second.",
        "Devices notice with their next question, or with the reconciliation.",
        "Sockets; more to hold than it is worth for a few changes a day.",
    ),
    COLLECTOR: Card(
        "Deletes chunks that nothing refers to, and compares devices with the server now and then.",
        "Versions end, uploads are given up, notifications get lost.",
        "The store grows, and a lost notification stays lost.",
        "A life-cycle rule of the object store, which knows no references.",
    ),
}


def plan(config: Config) -> tuple[NodeSpec, ...]:
    """Always the same parts."""
    device = (OFFLINE, SKEW, CUT, SPARSE, MANY)
    return (
        NodeSpec(LAPTOP, "laptop", "client", 1, faults=device, card=CARDS["device"]),
        NodeSpec(DESKTOP, "desktop", "client", 1, faults=device, card=CARDS["device"]),
        NodeSpec(
            API, "metadata service", "gateway", 2, faults=(DOWN, SLOW), card=CARDS[API], miss="nothing new"
        ),
        NodeSpec(DATABASE, "metadata", "database", 3, faults=(DOWN, SLOW), card=CARDS[DATABASE]),
        NodeSpec(STORE, "object store", "store", 3, faults=(DOWN, SLOW, CORRUPT), card=CARDS[STORE]),
        NodeSpec(BUS, "notifications", "queue", 3, faults=(LOSES,), card=CARDS[BUS], miss="lost"),
        NodeSpec(COLLECTOR, "collector", "worker", 4, faults=(), card=CARDS[COLLECTOR]),
    )
