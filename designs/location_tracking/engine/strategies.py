"""The choices of location tracking: how points are indexed, who may overwrite, where positions live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from sdlab.blocks.hash_ring import HashRing, ModuloMap
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import FullScan, GeohashIndex, H3Index, S2Index, SpatialIndex

H3_FINER = 3
QUERY_CELLS = 12
VIRTUAL_NODES = 16


class Indexing(Protocol):
    """An index of points. `precision` counts letters of a geohash; hexagons of about that size have
    a resolution three higher. `leaf` is how many points a leaf of a tree holds."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        """An empty index."""
        ...


class Geohash:
    """A word per cell."""

    label: ClassVar[str] = "geohash"
    tradeoff: ClassVar[str] = (
        "An update touches one cell, or two. Uneven density fills some cells and leaves others empty."
    )

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
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return Quadtree(leaf)


class Cells:
    """The Hilbert curve of S2."""

    label: ClassVar[str] = "S2 cells"
    tradeoff: ClassVar[str] = (
        "A circle is a few ranges of one sorted curve, cells of all sizes. Each update costs a position on it."
    )

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
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return H3Index(precision + H3_FINER)


class Scan:
    """No index."""

    label: ClassVar[str] = "full scan"
    tradeoff: ClassVar[str] = "Nothing to keep up to date. Every query looks at every bus."

    @staticmethod
    def make(*, precision: int, leaf: int, neighbours: bool) -> SpatialIndex:
        return FullScan()


class Neighbourhood(Protocol):
    """Whether a geohash query goes beyond the cell that it is asked in."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    looks: ClassVar[bool]


class On:
    """The query looks around."""

    label: ClassVar[str] = "on"
    tradeoff: ClassVar[str] = (
        "Looks into the cells around until nothing nearer can be outside: eight cells more, or rings of them."
    )
    looks: ClassVar[bool] = True


class Off:
    """The query looks into its own cell only."""

    label: ClassVar[str] = "off"
    tradeoff: ClassVar[str] = (
        "One prefix, one look-up. Whoever is just across the edge of the cell is not seen."
    )
    looks: ClassVar[bool] = False


class Ordering(Protocol):
    """What becomes of a position that arrives after a newer one. `compares`: the store looks at the times."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    compares: ClassVar[bool]

    @staticmethod
    def outdated(t: float, stored: float) -> bool:
        """Whether a position measured at `t` is dropped because of the stored one's time."""
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


class Placement(Protocol):
    """How a cell's word leads to a shard."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def make(shards: Sequence[int]) -> HashRing | ModuloMap:
        """The owners of all cells among these shards."""
        ...


class Ring:
    """Consistent hashing of the cell."""

    label: ClassVar[str] = "consistent hashing"
    tradeoff: ClassVar[str] = "One shard more moves about its share of the cells and no others."

    @staticmethod
    def make(shards: Sequence[int]) -> HashRing | ModuloMap:
        return HashRing(shards, virtual_nodes=VIRTUAL_NODES)


class Modulo:
    """The remainder of a hash."""

    label: ClassVar[str] = "hash mod n"
    tradeoff: ClassVar[str] = "Simple. One shard more moves nearly every cell."

    @staticmethod
    def make(shards: Sequence[int]) -> HashRing | ModuloMap:
        return ModuloMap(shards)


class Spread(Protocol):
    """Where buses turn. `pull` is the chance that a bus turns towards downtown at a corner."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]
    pull: ClassVar[float]


class Even:
    """Buses all over the city."""

    label: ClassVar[str] = "even"
    tradeoff: ClassVar[str] = "Buses turn wherever they like."
    pull: ClassVar[float] = 0.0


class Downtown:
    """Buses drawn to the centre."""

    label: ClassVar[str] = "rush downtown"
    tradeoff: ClassVar[str] = "At each corner most buses turn towards the centre: a few cells fill up."
    pull: ClassVar[float] = 0.75


INDEXES: dict[str, type[Indexing]] = {
    "geohash": Geohash,
    "quadtree": Tree,
    "s2": Cells,
    "h3": Hexagons,
    "scan": Scan,
}
NEIGHBOURS: dict[str, type[Neighbourhood]] = {"on": On, "off": Off}
ORDERINGS: dict[str, type[Ordering]] = {"checked": Checked, "last_write": LastWrite}
PLACEMENTS: dict[str, type[Placement]] = {"ring": Ring, "modulo": Modulo}
SPREADS: dict[str, type[Spread]] = {"even": Even, "downtown": Downtown}
