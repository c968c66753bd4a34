"""The choices of location tracking: how points are indexed, who may overwrite, where positions live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from sdlab.blocks.hash_ring import HashRing, ModuloMap
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import Found, FullScan, GeohashIndex, H3Index, S2Index, SpatialIndex

H3_FINER = 3
QUERY_CELLS = 12
VIRTUAL_NODES = 16

Say = Callable[[str], None]


class Indexing(Protocol):
    """An index of points. `precision` counts letters of a geohash; hexagons of about that size have
    a resolution three higher. `leaf` is how many points a leaf of a tree holds."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        """An empty index."""
        ...

    @staticmethod
    def explain(decide: Say, found: Found, points: int) -> None:
        """Say why an answer is this one, of so many points."""
        ...


def _looked(found: Found, points: int, where: str) -> str:
    cells = len(found.cells)
    return f"looked at {found.examined} of {points} points in {cells} {where}, for {len(found.hits)}"


class Geohash:
    """A word per cell."""

    label: ClassVar[str] = "geohash"
    tradeoff: ClassVar[str] = (
        "An update touches one cell, or two. Uneven density fills some cells and leaves others empty."
    )

    @staticmethod
    def explain(decide: Say, found: Found, points: int) -> None:
        decide(_looked(found, points, "geohash cells, the own one first"))

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return GeohashIndex(precision, neighbours=neighbours)


class Tree:
    """Boxes that split."""

    label: ClassVar[str] = "quadtree"
    tradeoff: ClassVar[str] = (
        "Follows density by itself. Buses that move make boxes split and merge all the time."
    )

    @staticmethod
    def explain(decide: Say, found: Found, points: int) -> None:
        decide(_looked(found, points, "boxes of the tree, the nearest first"))

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return Quadtree(leaf)


class Cells:
    """The Hilbert curve of S2."""

    label: ClassVar[str] = "S2 cells"
    tradeoff: ClassVar[str] = (
        "A circle is a few ranges of one sorted curve, cells of all sizes. Each update costs a position on it."
    )

    @staticmethod
    def explain(decide: Say, found: Found, points: int) -> None:
        decide(_looked(found, points, "S2 cells, each a range of the curve"))

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return S2Index(QUERY_CELLS)


class Hexagons:
    """H3."""

    label: ClassVar[str] = "H3 hexagons"
    tradeoff: ClassVar[str] = (
        "Six neighbours at one distance: rings grow evenly. One size of cell for any density."
    )

    @staticmethod
    def explain(decide: Say, found: Found, points: int) -> None:
        decide(_looked(found, points, "hexagons, in rings"))

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return H3Index(precision + H3_FINER)


class Scan:
    """No index."""

    label: ClassVar[str] = "full scan"
    tradeoff: ClassVar[str] = "Nothing to keep up to date. Every query looks at every bus."

    @staticmethod
    def explain(decide: Say, found: Found, points: int) -> None:
        decide(f"no index: looked at all {points} points for {len(found.hits)}")

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return FullScan()


class Neighbourhood(Protocol):
    """Whether a geohash query goes beyond the cell that it is asked in."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    looks: ClassVar[bool]

    @staticmethod
    def explain(decide: Say, found: Found) -> None:
        """Say how far the query looked."""
        ...


class On:
    """The query looks around."""

    label: ClassVar[str] = "on"
    tradeoff: ClassVar[str] = (
        "Looks into the cells around until nothing nearer can be outside: eight cells more, or rings of them."
    )
    looks: ClassVar[bool] = True

    @staticmethod
    def explain(decide: Say, found: Found) -> None:
        decide("the cells around were looked into until nothing nearer could be outside")


class Off:
    """The query looks into its own cell only."""

    label: ClassVar[str] = "off"
    tradeoff: ClassVar[str] = (
        "One prefix, one look-up. Whoever is just across the edge of the cell is not seen."
    )
    looks: ClassVar[bool] = False

    @staticmethod
    def explain(decide: Say, found: Found) -> None:
        decide("only the own cell was looked into: who is across its edge was not seen")


class Ordering(Protocol):
    """What becomes of a position that arrives after a newer one. `compares`: the store looks at the times."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    compares: ClassVar[bool]

    @staticmethod
    def outdated(t: float, stored: float) -> bool:
        """Whether a position measured at `t` is dropped because of the stored one's time."""
        ...

    @staticmethod
    def explain(decide: Say, stored: int, given: int) -> None:
        """Say why so many of those that were given are stored."""
        ...


class Checked:
    """The newer position wins."""

    label: ClassVar[str] = "newer wins"
    tradeoff: ClassVar[str] = (
        "A position older than the stored one is dropped and counted; the store compares in one step."
    )
    compares: ClassVar[bool] = True

    @staticmethod
    def outdated(t: float, stored: float) -> bool:
        return t < stored

    @staticmethod
    def explain(decide: Say, stored: int, given: int) -> None:
        decide(f"times compared in the store: {stored} of {given} stored")


class LastWrite:
    """Whatever arrives last wins."""

    label: ClassVar[str] = "last write wins"
    tradeoff: ClassVar[str] = (
        "Nothing to compare. A position that was delayed puts the bus back to where it was."
    )
    compares: ClassVar[bool] = False

    @staticmethod
    def outdated(t: float, stored: float) -> bool:
        return False

    @staticmethod
    def explain(decide: Say, stored: int, given: int) -> None:
        decide(f"nothing compared in the store: the last write wins, {stored} of {given} stored")


class Placement(Protocol):
    """How a cell's word leads to a shard."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def make(shards: Sequence[int]) -> HashRing | ModuloMap:
        """The owners of all cells among these shards."""
        ...

    @staticmethod
    def explain(decide: Say, cell: str, shard: int, shards: int) -> None:
        """Say why a cell is on that shard of so many."""
        ...


class Ring:
    """Consistent hashing of the cell."""

    label: ClassVar[str] = "consistent hashing"
    tradeoff: ClassVar[str] = "One shard more moves about its share of the cells and no others."

    @staticmethod
    def make(shards: Sequence[int]) -> HashRing | ModuloMap:
        return HashRing(shards, virtual_nodes=VIRTUAL_NODES)

    @staticmethod
    def explain(decide: Say, cell: str, shard: int, shards: int) -> None:
        decide(f"cell {cell}: the next mark on the ring is of shard {shard}")


class Modulo:
    """The remainder of a hash."""

    label: ClassVar[str] = "hash mod n"
    tradeoff: ClassVar[str] = "Simple. One shard more moves nearly every cell."

    @staticmethod
    def make(shards: Sequence[int]) -> HashRing | ModuloMap:
        return ModuloMap(shards)

    @staticmethod
    def explain(decide: Say, cell: str, shard: int, shards: int) -> None:
        decide(f"cell {cell}: its hash mod {shards} is {shard}")


class Spread(Protocol):
    """Where buses turn. `pull` is the chance that a bus turns towards downtown at a corner."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    pull: ClassVar[float]

    @staticmethod
    def explain(decide: Say, buses: int) -> None:
        """Say how so many buses turn at corners."""
        ...


class Even:
    """Buses all over the city."""

    label: ClassVar[str] = "even"
    tradeoff: ClassVar[str] = "Buses turn wherever they like."
    pull: ClassVar[float] = 0.0

    @staticmethod
    def explain(decide: Say, buses: int) -> None:
        decide(f"{buses} buses are due; at corners they turn by chance alone")


class Downtown:
    """Buses drawn to the centre."""

    label: ClassVar[str] = "rush downtown"
    tradeoff: ClassVar[str] = "At each corner most buses turn towards the centre: a few cells fill up."
    pull: ClassVar[float] = 0.75

    @staticmethod
    def explain(decide: Say, buses: int) -> None:
        decide(f"{buses} buses are due; at corners three in four turn towards downtown")


INDEXES: dict[str, type[Indexing]] = {
    "geohash": Geohash,
    "quadtree": Tree,
    "s2": Cells,
    "h3": Hexagons,
    "scan": Scan,
}
WITH_NEIGHBOURS = ("geohash",)  # indexes that look into the cells around, or not
NEIGHBOURS: dict[str, type[Neighbourhood]] = {"on": On, "off": Off}
ORDERINGS: dict[str, type[Ordering]] = {"checked": Checked, "last_write": LastWrite}
PLACEMENTS: dict[str, type[Placement]] = {"ring": Ring, "modulo": Modulo}
SPREADS: dict[str, type[Spread]] = {"even": Even, "downtown": Downtown}
