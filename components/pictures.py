"""Small drawings that stand for the structures of a lab on its card. They are signs, not data."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import reflex as rx

Shapes = list[rx.Component]
TONES = ("a", "b", "c", "d")


def picture(structures: str) -> rx.Component:
    """The drawing that fits the words best; the first word of the table that occurs wins."""
    words = structures.lower()
    draw = next((one for word, one in DRAWINGS.items() if word in words), bars)
    return rx.el.svg(
        *draw(Random(words)),
        class_name="sd-picture",
        view_box="0 0 132 48",
        width="132",
        height="48",
        aria_hidden="true",
    )


def ring(chance: Random) -> Shapes:
    """Segments of a ring, and a row of bits."""
    turns = [0.0, *sorted(chance.sample([n / 24 for n in range(2, 23)], 8)), 1.0]
    around = 2 * 3.14159 * 17
    segments = [
        rx.el.circle(
            cx="24",
            cy="24",
            r="17",
            fill="none",
            class_name=f"line {TONES[index % 4]}",
            stroke_width="6",
            custom_attrs={
                "strokeDasharray": f"{(end - start) * around - 1.5:.2f} {around:.2f}",
                "strokeDashoffset": f"{-start * around:.2f}",
            },
        )
        for index, (start, end) in enumerate(zip(turns, turns[1:], strict=False))
    ]
    return [*segments, *_cells(chance, left=58, columns=9, rows=4)]


def cells(chance: Random) -> Shapes:
    """A grid of counters or seats."""
    return _cells(chance, left=2, columns=16, rows=5)


def _cells(chance: Random, *, left: int, columns: int, rows: int) -> Shapes:
    size = 8
    top = (48 - rows * size) / 2
    return [
        _box(left + x * size, top + y * size, 6, 6, chance.choice(["none", "none", "b", "b", "a", "c"]))
        for y in range(rows)
        for x in range(columns)
    ]


def bars(chance: Random) -> Shapes:
    """A ranking or a distribution."""
    heights = [44 / (1 + n * 0.45) + chance.random() * 2 for n in range(11)]
    return [_box(2 + n * 11.5, 46 - tall, 8, tall, "a" if n < 3 else "b") for n, tall in enumerate(heights)]


def lanes(chance: Random) -> Shapes:
    """Events in time, one lane per party."""
    shapes: Shapes = []
    for y in (6, 18, 30, 42):
        shapes.append(rx.el.path(d=f"M2 {y}H130", class_name="line rule", stroke_width="1.2"))
        for x in sorted(chance.sample(range(8, 126, 6), 7)):
            shapes.append(
                rx.el.circle(cx=str(x), cy=str(y), r="3", class_name=chance.choice(["a", "a", "c", "d"]))
            )
    return shapes


def fan(chance: Random) -> Shapes:
    """One to many."""
    ends = [(70 + chance.random() * 54, 4 + n * 6.6) for n in range(7)]
    lines: Shapes = [
        rx.el.path(d=f"M22 24C52 24 44 {y:.1f} {x:.1f} {y:.1f}", class_name="line rule", stroke_width="1.2")
        for x, y in ends
    ]
    dots: Shapes = [rx.el.circle(cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.2", class_name="b") for x, y in ends]
    return [*lines, *dots, rx.el.circle(cx="20", cy="24", r="6", class_name="a")]


def tree(chance: Random) -> Shapes:
    """A plane divided where the points are."""
    lines = "M2 2H90V46H2ZM46 2V46M2 24H90M68 2V24M46 13H90M57 2V13M24 24V46"
    spots = [(50, 6), (54, 9), (62, 5), (74, 18), (82, 8), (14, 34), (34, 40), (60, 36), (20, 12)]
    return [
        rx.el.path(d=lines, class_name="line rule", stroke_width="1.2", fill="none"),
        *[rx.el.circle(cx=str(x), cy=str(y), r="2.6", class_name=chance.choice("aac")) for x, y in spots],
    ]


def segments(chance: Random) -> Shapes:
    """Pieces in a row: chunks, postings, parts of a file."""
    shapes: Shapes = []
    for y in (5, 20, 35):
        x = 2.0
        while x < 118:
            wide = 9 + chance.random() * 20
            shapes.append(_box(x, y, min(wide, 130 - x), 9, chance.choice(["b", "b", "a", "c"])))
            x += wide + 3
    return shapes


def wave(chance: Random) -> Shapes:
    """A quantity in time against thresholds."""
    points, y = [], 34.0
    for n in range(17):
        y = min(44, max(5, y + chance.uniform(-8, 6.2)))
        points.append(f"{2 + n * 8} {y:.1f}")
    return [
        rx.el.path(
            d="M2 12H130", class_name="line c", stroke_width="1.4", custom_attrs={"strokeDasharray": "4 3"}
        ),
        rx.el.path(d="M2 28H130", class_name="line rule", stroke_width="1.2"),
        rx.el.path(d="M" + "L".join(points), class_name="line a", stroke_width="2", fill="none"),
    ]


def _box(x: float, y: float, wide: float, tall: float, tone: str) -> rx.Component:
    return rx.el.rect(
        x=f"{x:.1f}", y=f"{y:.1f}", width=f"{wide:.1f}", height=f"{tall:.1f}", rx="1.6", class_name=tone
    )


DRAWINGS: dict[str, Callable[[Random], Shapes]] = {
    "ring": ring,
    "hashing": ring,
    "quadtree": tree,
    "geohash": tree,
    "distance": tree,
    "offer": tree,
    "bitmap": cells,
    "sketch": cells,
    "seat": cells,
    "hold": cells,
    "fan-out": fan,
    "sse": fan,
    "websocket": fan,
    "threshold": wave,
    "window": lanes,
    "bucket": lanes,
    "stream": lanes,
    "inbox": lanes,
    "lease": lanes,
    "queue": lanes,
    "chunk": segments,
    "posting": segments,
    "segment": segments,
    "index": segments,
    "cache": cells,
}
