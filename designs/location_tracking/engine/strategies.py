"""The choices of location tracking: how points are indexed, who may overwrite, where positions live."""

from __future__ import annotations

from typing import ClassVar, Protocol

from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import FullScan, GeohashIndex, H3Index, S2Index, SpatialIndex

H3_FINER = 3
QUERY_CELLS = 12


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


class On:
    """The query looks around."""

    label: ClassVar[str] = "on"
    tradeoff: ClassVar[str] = (
        "Looks into the cells around until nothing nearer can be outside: eight cells more, or rings of them."
    )
    looks = True


class Off:
    """The query looks into its own cell only."""

    label: ClassVar[str] = "off"
    tradeoff: ClassVar[str] = (
        "One prefix, one look-up. Whoever is just across the edge of the cell is not seen."
    )
    looks = False


class Checked:
    """The newer position wins."""

    label: ClassVar[str] = "newer wins"
    tradeoff: ClassVar[str] = (
        "A position older than the stored one is dropped and counted; the store compares in one step."
    )
    checks = True


class LastWrite:
    """Whatever arrives last wins."""

    label: ClassVar[str] = "last write wins"
    tradeoff: ClassVar[str] = (
        "Nothing to compare. A position that was delayed puts the bus back to where it was."
    )
    checks = False


class Ring:
    """Consistent hashing of the cell."""

    label: ClassVar[str] = "consistent hashing"
    tradeoff: ClassVar[str] = "One shard more moves about its share of the cells and no others."
    ring = True


class Modulo:
    """The remainder of a hash."""

    label: ClassVar[str] = "hash mod n"
    tradeoff: ClassVar[str] = "Simple. One shard more moves nearly every cell."
    ring = False


class Even:
    """Buses all over the city."""

    label: ClassVar[str] = "even"
    tradeoff: ClassVar[str] = "Buses turn wherever they like."
    pull = 0.0


class Downtown:
    """Buses drawn to the centre."""

    label: ClassVar[str] = "rush downtown"
    tradeoff: ClassVar[str] = "At each corner most buses turn towards the centre: a few cells fill up."
    pull = 0.75


INDEXES: dict[str, type[Indexing]] = {
    "geohash": Geohash,
    "quadtree": Tree,
    "s2": Cells,
    "h3": Hexagons,
    "scan": Scan,
}
NEIGHBOURS: dict[str, type[On] | type[Off]] = {"on": On, "off": Off}
ORDERINGS: dict[str, type[Checked] | type[LastWrite]] = {"checked": Checked, "last_write": LastWrite}
PLACEMENTS: dict[str, type[Ring] | type[Modulo]] = {"ring": Ring, "modulo": Modulo}
SPREADS: dict[str, type[Even] | type[Downtown]] = {"even": Even, "downtown": Downtown}
