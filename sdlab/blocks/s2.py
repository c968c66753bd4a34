"""S2 cells: the sphere as six squares, each divided in four again and again, along one Hilbert curve.

The numbers of Google's S2 Geometry library (Eric Veach, https://s2geometry.io/devguide/s2cell_hierarchy): a
cell's 64 bits are its face, two bits a level for which quarter it is, and a one that ends them. All places in
a cell are one range of numbers, so a sorted list of leaf cells answers where anything is.
"""

from __future__ import annotations

import heapq
import math
from functools import lru_cache
from typing import NamedTuple

LEVELS = 30
FACES = 6
CACHED = 1 << 16
# Edges shorter than those of this level (30 m) are too short to say exactly how they run.
STRAIGHT = 18
_SIDE = 1 << LEVELS
_SWAP, _INVERT = 1, 2
# Which quarter (two bits: right half, upper half) is the first, second, third, fourth on the curve, by how it runs.
_POS_TO_IJ = ((0, 1, 3, 2), (0, 2, 3, 1), (3, 2, 0, 1), (3, 1, 0, 2))
_IJ_TO_POS = tuple(tuple(one.index(ij) for ij in range(4)) for one in _POS_TO_IJ)
_TURNS = (_SWAP, 0, 0, _INVERT | _SWAP)
_STEP = 4  # levels that one look into `_CURVE` answers
_LOW = (1 << _STEP) - 1

Vector = tuple[float, float, float]


class Shape(NamedTuple):
    """A cell on the sphere: its middle, the angle around that which holds it, and its edges' normals, inwards."""

    middle: Vector
    reach: float
    edges: tuple[Vector, Vector, Vector, Vector]


def _steps() -> list[tuple[int, int]]:
    """For a direction and four bits of i and of j: the eight bits on the curve, and the direction afterwards."""
    found = []
    for key in range(1 << (2 * _STEP + 2)):
        turn, i, j = key >> 2 * _STEP, key >> _STEP & _LOW, key & _LOW
        position = 0
        for bit in range(_STEP - 1, -1, -1):
            quarter = _IJ_TO_POS[turn][(i >> bit & 1) << 1 | (j >> bit & 1)]
            position = position << 2 | quarter
            turn ^= _TURNS[quarter]
        found.append((position, turn))
    return found


_CURVE = _steps()


class Cell(NamedTuple):
    """A cell: its square's corner (`i`, `j`) in leaf cells on its face, and how the curve runs in it."""

    face: int
    level: int
    i: int
    j: int
    turn: int
    id: int

    @property
    def first(self) -> int:
        """The smallest number of a leaf in it."""
        return self.id - ((self.id & -self.id) - 1)

    @property
    def last(self) -> int:
        """The largest number of a leaf in it."""
        return self.id + ((self.id & -self.id) - 1)

    def children(self) -> tuple[Cell, ...]:
        """Its four quarters, in the order of the curve; none of a leaf."""
        return _children(self)

    def shape(self) -> Shape:
        """Where it is on the sphere."""
        return _shape(self.face, self.level, self.i, self.j)

    def apart(self, at: Vector) -> float:
        """A lower bound of how far everything in it is from a place (a vector of length 1), radians; 0 inside."""
        shape = self.shape()
        round_it = max(0.0, angle(at, shape.middle) - shape.reach)
        if self.level > STRAIGHT:
            return round_it
        x, y, z = at
        outside = max(-(one[0] * x + one[1] * y + one[2] * z) for one in shape.edges)
        if outside <= 0:
            return 0.0
        return max(math.asin(min(1.0, outside)), round_it)

    @property
    def token(self) -> str:
        """Its number in hexadecimal, without zeros at the end."""
        return f"{self.id:016x}".rstrip("0")


FACE_CELLS = tuple(Cell(face, 0, 0, 0, face & _SWAP, face << 61 | 1 << 60) for face in range(FACES))


@lru_cache(maxsize=CACHED)
def _children(cell: Cell) -> tuple[Cell, ...]:
    if cell.level == LEVELS:
        return ()
    side, ends = _SIDE >> (cell.level + 1), cell.id & -cell.id
    first = cell.id - ends + (ends >> 2)
    found = []
    for number, ij in enumerate(_POS_TO_IJ[cell.turn]):
        i, j = cell.i + (ij >> 1) * side, cell.j + (ij & 1) * side
        turn, id = cell.turn ^ _TURNS[number], first + number * (ends >> 1)
        found.append(Cell(cell.face, cell.level + 1, i, j, turn, id))
    return tuple(found)


@lru_cache(maxsize=CACHED)
def _shape(face: int, level: int, i: int, j: int) -> Shape:
    side = _SIDE >> level
    middle = _on_sphere(face, (i + side / 2) / _SIDE, (j + side / 2) / _SIDE)
    around = [_on_sphere(face, (i + right) / _SIDE, (j + up) / _SIDE) for right, up in _around(side)]
    one, two, three, four = around
    return Shape(
        middle,
        max(angle(middle, corner) for corner in around),
        (_normal(one, two), _normal(two, three), _normal(three, four), _normal(four, one)),
    )


def _around(side: int) -> tuple[tuple[int, int], ...]:
    """The corners of a square, against the clock seen from outside."""
    return (0, 0), (side, 0), (side, side), (0, side)


def _normal(a: Vector, b: Vector) -> Vector:
    """Of the great circle through both, length 1, on the left of whoever goes from one to the other."""
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def vector(lat: float, lng: float) -> Vector:
    """A place in degrees as a vector of length 1."""
    up, round_ = math.radians(lat), math.radians(lng)
    flat = math.cos(up)
    return math.cos(round_) * flat, math.sin(round_) * flat, math.sin(up)


def angle(a: Vector, b: Vector) -> float:
    """Between two vectors of length 1, radians; exact for small ones."""
    chord = math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
    return 2 * math.asin(min(1.0, chord / 2))


def leaf(lat: float, lng: float) -> int:
    """The number of the leaf cell (about a centimetre wide) that holds a place in degrees.

    >>> f"{leaf(48.02, 11.05):x}"
    '479c31dc0ae9b6b7'
    """
    face, u, v = _on_face(vector(lat, lng))
    i, j = _leaf_of(u), _leaf_of(v)
    turn, position = face & _SWAP, 0
    for shift in range(2 * _STEP * 3 + _STEP, -1, -_STEP):
        bits, turn = _CURVE[turn << 2 * _STEP | (i >> shift & _LOW) << _STEP | (j >> shift & _LOW)]
        position = position << 2 * _STEP | bits
    return face << 61 | position << 1 | 1


def cell_at(id: int, level: int) -> Cell:
    """The cell of that level that holds the leaf or cell of that number."""
    cell = FACE_CELLS[id >> 61]
    for shift in range(59, 59 - 2 * level, -2):
        cell = cell.children()[id >> shift & 3]
    return cell


def common(a: int, b: int) -> Cell | None:
    """The smallest cell that holds both leaves; None when they are on different faces."""
    if a >> 61 != b >> 61:
        return None
    differ = (a ^ b).bit_length()
    return cell_at(a, LEVELS if differ <= 1 else (61 - differ) // 2)


def covering(lat: float, lng: float, radius: float, most: int) -> list[Cell]:
    """Cells of mixed levels that together hold the circle of that radius (radians) around a place.

    At most `most` (6 or more), in the order of the curve; large ones inside, small ones along the edge. They
    reach beyond the circle: whatever is found in them has yet to be measured.
    """
    at = vector(lat, lng)
    done: list[Cell] = []
    waiting = [(one.level, one.id, one) for one in FACE_CELLS if one.apart(at) <= radius]
    heapq.heapify(waiting)
    while waiting:
        _, _, cell = heapq.heappop(waiting)
        shape = cell.shape()
        inside = angle(at, shape.middle) + shape.reach <= radius
        parts = () if inside else [one for one in cell.children() if one.apart(at) <= radius]
        if len(parts) == 1 or (parts and len(done) + len(waiting) + len(parts) <= most):
            for one in parts:
                heapq.heappush(waiting, (one.level, one.id, one))
        else:
            done.append(cell)
    return sorted(done, key=lambda one: one.id)


def corners(cell: Cell) -> list[tuple[float, float]]:
    """Latitude and longitude of the four corners, in degrees, one after the other around the cell."""
    found = []
    for right, up in _around(_SIDE >> cell.level):
        x, y, z = _on_sphere(cell.face, (cell.i + right) / _SIDE, (cell.j + up) / _SIDE)
        found.append((math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))))
    return found


def cell_of(token: str) -> Cell:
    """The cell that is written so; `ValueError` for what is no token."""
    id = int(token.ljust(16, "0"), 16)
    ends = id & -id
    level = LEVELS - (ends.bit_length() - 1) // 2
    if not 0 <= id >> 61 < FACES or not 0 <= level <= LEVELS or cell_at(id, level).id != id:
        raise ValueError(f"{token!r} is no S2 cell")
    return cell_at(id, level)


def _on_face(at: Vector) -> tuple[int, float, float]:
    x, y, z = at
    if abs(x) >= abs(y) and abs(x) >= abs(z):
        return (0, y / x, z / x) if x > 0 else (3, z / x, y / x)
    if abs(y) >= abs(z):
        return (1, -x / y, z / y) if y > 0 else (4, z / y, -x / y)
    return (2, -x / z, -y / z) if z > 0 else (5, -y / z, -x / z)


def _leaf_of(u: float) -> int:
    """Where on a side of a face, in leaf cells: bent so that cells are about equally large."""
    s = 0.5 * math.sqrt(1 + 3 * u) if u >= 0 else 1 - 0.5 * math.sqrt(1 - 3 * u)
    return max(0, min(_SIDE - 1, int(s * _SIDE)))


def _on_sphere(face: int, s: float, t: float) -> Vector:
    u, v = ((4 * one * one - 1) / 3 if one >= 0.5 else (1 - 4 * (1 - one) ** 2) / 3 for one in (s, t))
    x, y, z = (
        (1.0, u, v),
        (-u, 1.0, v),
        (-u, -v, 1.0),
        (-1.0, -v, -u),
        (v, -1.0, -u),
        (v, u, -1.0),
    )[face]
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length
