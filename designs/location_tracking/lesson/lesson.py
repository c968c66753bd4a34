"""The lesson: from one bus on a map to twenty thousand."""

from __future__ import annotations

from designs.location_tracking.inside.views import ApproachView, CellView, Snapshot
from sdlab.lab import Ask, Beat, Do, Expect, Lesson, Operation
from sdlab.lab.lesson import violations
from sdlab.lab.scenario import Fault


def _approach(snapshot: Snapshot, id: str) -> ApproachView:
    return next(one for one in snapshot.approaches if one.id == id)


def _measured(snapshot: Snapshot) -> bool:
    return all(one.asked for one in snapshot.approaches)


def _width(cell: CellView) -> int:
    """How many times as wide as a hundred metres, rounded: a grid's cells are all alike."""
    across = cell.corners[::2]
    return round((max(across) - min(across)) / 100)


HEXAGON = 12  # six corners, x and y of each
ASK_DOWNTOWN = Operation("nearby", {"u": 0.5, "v": 0.5, "k": 5}, "you")

LESSON = Lesson(
    (
        Beat(
            "Where is the bus?",
            "Six buses drive their routes, and 234 others drive as they like. Each says where it is once a second. "
            "Choose a bus and a stop: **the minutes are distance along the route, over the speed of the last reports.**",
            2,
            Do(restart=True, workload="drive", rate=20),
            spotlight="path",
            expect=Expect(
                "bus 1 is known and its arrival can be told",
                lambda s: s.totals.known >= 240 and s.followed.minutes >= 0,
                seconds=10,
            ),
        ),
        Beat(
            "A word for a place",
            "The index is a geohash: halve longitude, halve latitude, again and again, five bits to a letter. The "
            "cells on the map are words of six letters. A position that stays in its cell changes nothing but a number.",
            2,
            Do(workload="parents", rate=40),
            spotlight="map",
            ask=Ask(
                "Five nearest of 240 buses: how many must be looked at?",
                ("5", "some dozen", "all 240"),
                1,
                "The own cell and the rings around it, until nothing nearer can be outside.",
            ),
            expect=Expect(
                "few are looked at, and the answer is right",
                lambda s: s.totals.queries > 20 and s.totals.examined_each < 150 and s.totals.missed == 0,
                seconds=10,
            ),
        ),
        Beat(
            "The bus across the street",
            "Now a query looks into its own cell only, as a simple prefix search does. Buses just across the edge "
            "of the cell are near, and have another word.",
            3,
            Do(toggles={"neighbours": "off"}, workload="parents", rate=60),
            spotlight="map",
            ask=Ask(
                "Two places ten metres apart: can their words differ in the first letter?",
                ("no, near means a common prefix", "yes, at the edge of a large cell"),
                1,
                "A common prefix means near. Near does not mean a common prefix.",
            ),
            expect=Expect(
                "near buses are missed, and the evidence names one",
                lambda s: violations(s, "nearest_exact") > 0 and s.totals.missed > 0,
                seconds=10,
            ),
        ),
        Beat(
            "Rush downtown",
            "The cells around are looked at again. It is half past seven, and all buses head for the centre: the "
            "grid has a few crowded cells and many empty ones.",
            2,
            Do(
                toggles={"neighbours": "on", "spread": "downtown"},
                knobs={"fleet": 2000},
                workload="parents",
                rate=60,
                restart=True,
            ),
            spotlight="density",
            expect=Expect(
                "2,000 buses are known, and the fullest cell holds more than three times the mean",
                lambda s: s.totals.known == 2_000 and s.density.fullest > 3 * s.density.mean,
                seconds=20,
            ),
        ),
        Beat(
            "A tree that follows density",
            "The quadtree splits where it gets crowded. Look at the map: small boxes downtown, large ones outside. "
            "Then look at what it pays: every bus that crosses an edge may split one box and merge another.",
            3,
            Do(toggles={"index": "quadtree"}, workload="drive", rate=20),
            spotlight="costs",
            ask=Ask(
                "Which update is dearest?",
                ("geohash", "quadtree", "full scan"),
                1,
                "It walks down the tree twice and splits or merges; a geohash is two multiplications.",
            ),
            expect=Expect(
                "boxes differ in size, and an update costs the tree more than the grid, which a query makes up for",
                lambda s: (
                    len({_width(one) for one in s.cells}) > 1
                    and _measured(s)
                    and _approach(s, "quadtree").update_us > _approach(s, "geohash").update_us
                    and _approach(s, "quadtree").examined < _approach(s, "scan").examined
                ),
                seconds=20,
            ),
        ),
        Beat(
            "Six neighbours, or ranges of a curve",
            "H3 cuts the world into hexagons: all six neighbours are equally far, so rings grow evenly. S2 folds it "
            "onto one curve: a circle is a few ranges. Switch between them and ask by a click on the map.",
            2,
            Do(toggles={"index": "h3", "spread": "even"}, workload="parents", rate=40),
            spotlight="examined",
            expect=Expect(
                "the cells are hexagons, and all five indexes give the same answers",
                lambda s: (
                    bool(s.cells)
                    and all(len(one.corners) == HEXAGON for one in s.cells)
                    and _measured(s)
                    and all(one.right == one.asked for one in s.approaches)
                ),
                seconds=20,
            ),
        ),
        Beat(
            "Messages overtake each other",
            "A phone in a tunnel sends six seconds late. The store takes whatever comes last, and the bus jumps back.",
            2,
            Do(
                toggles={"index": "geohash", "ordering": "last_write"},
                knobs={"fleet": 240},
                workload="late",
                rate=40,
                restart=True,
            ),
            spotlight="connections",
            ask=Ask(
                "What must a position carry, so that the store can tell?",
                ("a random id", "the time of measurement", "the phone's number"),
                1,
                "With it, “store if newer” is one atomic step, and late ones are dropped and counted.",
            ),
            expect=Expect(
                "a bus went back to where it was before",
                lambda s: violations(s, "no_step_back") > 0,
                seconds=12,
            ),
        ),
        Beat(
            "Some fall silent, and a shard more",
            "The newer position wins again. Forty percent of the buses lose their connection, and after four seconds "
            "the map shows them hollow. Add a shard meanwhile and read how many positions moved.",
            2,
            Do(
                toggles={"ordering": "checked"},
                knobs={"shards": 5, "stale_s": 4},
                workload="drive",
                rate=20,
                faults=(Fault("buses", "silent"),),
            ),
            spotlight="shards",
            expect=Expect(
                "the silent ones are shown as stale",
                lambda s: s.connections.stale > 40,
                seconds=15,
            ),
        ),
        Beat(
            "Twenty thousand",
            "Everybody reports again, once in five seconds: 4,000 positions a second. The map draws every fifth; the "
            "index holds all, and a query still looks at a few.",
            2,
            Do(
                knobs={"fleet": 20_000, "interval_s": 5, "precision": 7},
                workload="drive",
                rate=10,
                verbs=(ASK_DOWNTOWN,),
                mend=True,
                restart=True,
            ),
            spotlight="map",
            expect=Expect(
                "all 20,000 are known",
                lambda s: s.totals.known == 20_000,
                seconds=20,
            ),
        ),
    )
)
